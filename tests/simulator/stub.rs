//! A cluster whose record and responses a test decides: for events between two requests of a call that simulated clusters
//! do not have on request.

use std::collections::VecDeque;
use std::time::Duration as Time;

use serde_json::{Value as Json, json};

use crate::client::{content, token_of};

pub const READ: &str = "GET /v1/peering/us";
pub const ESTABLISH: &str = "POST /v1/peering/establish";
pub const GENERATE: &str = "POST /v1/peering/token";
pub const DELETE: &str = "DELETE /v1/peering/us";
pub const ROOTS: &str = "GET /v1/connect/ca/roots";
pub const DATACENTERS: &str = "GET /v1/catalog/datacenters";

const US: &str = "server.us.peering.us.consul";

/// A response, or its absence.
#[derive(Clone)]
pub enum Reply {
    Answer(u16, String),
    /// With this `X-Consul-Index`.
    Indexed(u64, String),
    /// Without what the ACL token may not read.
    Filtered(&'static str),
    /// The connection breaks.
    Reset,
    /// The server does not accept connections.
    Refused,
    Never,
}

pub fn answer(status: u16, text: &str) -> Reply {
    Reply::Answer(status, text.into())
}

/// The record of a peering.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: String,
    pub name: &'static str,
    pub state: &'static str,
    /// A dialer's.
    pub peer_id: Option<String>,
    pub server_name: Option<String>,
    pub meta: Json,
    pub is_deleted: bool,
    pub created: u64,
    pub modified: u64,
    /// The states of the next reads.
    pub states: VecDeque<&'static str>,
}

/// A request that was sent.
#[derive(Clone)]
pub struct Sent {
    pub call: String,
    /// Of those with this method and path, counted from 1.
    pub n: usize,
    /// None for the first read of a watch.
    pub index: Option<u64>,
    pub body: Json,
}

/// What another client does.
pub type Change = fn(&mut Stub);
pub type Hook = Box<dyn FnMut(&mut Stub, &Sent) -> Reply>;

pub struct Stub {
    pub record: Option<Record>,
    /// The states of an accepted dialer, one for each read.
    pub settles: &'static [&'static str],
    /// How many more reads return a deleted record.
    pub lingers: u32,
    pub reported: Vec<String>,
    pub log: Vec<(Time, String)>,
    pub hooks: Vec<(&'static str, Hook)>,
    index: u64,
}

impl Default for Stub {
    fn default() -> Self {
        Self {
            record: None,
            settles: &["ESTABLISHING", "ACTIVE"],
            lingers: 1,
            reported: Vec::new(),
            log: Vec::new(),
            hooks: Vec::new(),
            index: 10,
        }
    }
}

impl Stub {
    /// Creates an acceptor, or with `dialer` a dialer, in place of any other, like another client.
    pub fn put(&mut self, state: &'static str) -> &mut Record {
        self.index += 1;
        self.record.insert(Record {
            id: format!("id-{}", self.index),
            name: "us",
            state,
            peer_id: None,
            server_name: None,
            meta: Json::Null,
            is_deleted: false,
            created: self.index,
            modified: self.index,
            states: VecDeque::new(),
        })
    }

    /// Creates a dialer of the token's acceptor.
    pub fn dialer(&mut self, state: &'static str) -> &mut Record {
        let record = self.put(state);
        (record.peer_id, record.server_name) = (Some("p1".into()), Some(US.into()));
        record
    }

    pub fn existing(&mut self) -> &mut Record {
        self.record.as_mut().expect("a peering exists")
    }

    /// What a real cluster would do, and its response.
    pub fn act(&mut self, sent: &Sent) -> Reply {
        match &*sent.call {
            ROOTS => answer(200, r#"{"TrustDomain":"eu.consul","Roots":[]}"#),
            DATACENTERS => answer(200, r#"["eu"]"#),
            "POST /v1/internal/acl/authorize" => answer(401, "ACL support disabled"),
            ESTABLISH => self.establish(&sent.body),
            GENERATE => {
                if self.record.is_none() {
                    self.put("PENDING").meta = sent.body["Meta"].clone();
                }
                let token = token("good", "eu", "eu.consul");
                Reply::Answer(200, json!({ "PeeringToken": token }).to_string())
            }
            call if call.starts_with("DELETE ") => {
                self.index += 1;
                if let Some(record) = &mut self.record {
                    (record.is_deleted, record.modified) = (true, self.index);
                }
                answer(200, "")
            }
            call if call.starts_with("GET /v1/peering/") => self.read(),
            _ => answer(404, ""),
        }
    }

    fn read(&mut self) -> Reply {
        if self.record.as_ref().is_some_and(|record| record.is_deleted) {
            match self.lingers {
                0 => self.record = None,
                u32::MAX => {}
                _ => self.lingers -= 1,
            }
        }
        let Some(record) = &mut self.record else { return answer(404, "Peering not found for \"us\"") };
        if let Some(state) = record.states.pop_front() {
            record.state = state;
        }
        let shown = json!({
            "ID": record.id,
            "Name": record.name,
            "State": record.state,
            "PeerID": record.peer_id.as_deref().unwrap_or_default(),
            "PeerServerName": record.server_name.as_deref().unwrap_or_default(),
            "Meta": record.meta,
            "DeletedAt": record.is_deleted.then_some("2026-11-24T05:58:13.7Z"),
            "CreateIndex": record.created,
            "ModifyIndex": record.modified,
        });
        Reply::Answer(200, shown.to_string())
    }

    fn establish(&mut self, body: &Json) -> Reply {
        let token = content(body["PeeringToken"].as_str().expect("a token"));
        let text = |key: &str| token[key].as_str().map(str::to_owned);
        let is_new = self.record.is_none();
        if is_new {
            self.put("PENDING");
        } else {
            self.index += 1;
        }
        let (index, settles) = (self.index, self.settles);
        let record = self.existing();
        (record.peer_id, record.server_name) = (text("PeerID"), text("ServerName"));
        (record.meta, record.modified) = (body["Meta"].clone(), index);
        match text("EstablishmentSecret").as_deref() {
            Some("spent") => return answer(403, SPENT),
            Some("unreachable") => return answer(503, UNREACHABLE),
            Some("boom") => return answer(500, "boom"),
            _ => record.states = settles.iter().copied().collect(),
        }
        self.index += 1;
        self.existing().modified = self.index;
        answer(200, "{}")
    }
}

pub const SPENT: &str = "a new peering token must be generated: invalid peering establishment secret";
const UNREACHABLE: &str = "2 errors occurred:
\t* failed to exchange peering secret through address \"1.2.3.4:8503\": rpc error: code = Unavailable desc = refused
\t* failed to exchange peering secret through address \"1.2.3.4:8503\": rpc error: code = Unavailable desc = refused
";

/// A token of cluster `datacenter` in `domain`, for its record p1. The secret decides how the stub responds.
pub fn token(secret: &str, datacenter: &str, domain: &str) -> String {
    token_of(&json!({
        "CA": null,
        "ServerAddresses": ["1.2.3.4:8503"],
        "ServerName": format!("server.{datacenter}.peering.{domain}"),
        "PeerID": "p1",
        "EstablishmentSecret": secret,
        "Remote": { "Partition": "", "Datacenter": datacenter },
    }))
}
