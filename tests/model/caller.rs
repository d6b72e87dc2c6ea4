//! The host of one call: the simulated host, with a log of all requests.

use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::peering::Peering;
use consul_peering::consul::request::{Method, Request};
use consul_peering::host::{Explanation, Host, HostValue, Response, SendError};
use consul_peering::rules::duration::{self, Instant};
use consul_peering::rules::secret::Secret;
use consul_peering::rules::time::Timestamp;
use consul_peering::rules::value::Value;
use consul_peering::simulator::host::{Data, SimulatedHost, SimulatedResponse};

use crate::coverage::FailureMode;
use crate::flaws::{self, Flaw};
use crate::log::{Ended, Failure, Kind, Log, PeeringRead, Rule, Token, Write};
use crate::sending::verify_write;

/// Identifies the call of a request, for faults.
pub const CALL_HEADER: &str = "x-model-call";

#[derive(Clone)]
pub struct Caller {
    pub host: SimulatedHost,
    pub log: Rc<Log>,
    pub call: usize,
    pub flaw: Option<Flaw>,
}

/// The name of the cluster of an address.
pub fn cluster_of(address: &str) -> &str {
    address.trim_start_matches("http://").split('.').next().unwrap_or_default()
}

impl Caller {
    /// Logs a write before it is sent, and returns its index in the log.
    fn begin(&self, cluster: &str, request: &Request) -> Option<usize> {
        let body = request.body.as_deref().and_then(Data::read_json).unwrap_or(Value::Null);
        let (kind, name) = match (request.method, &*request.path) {
            (Method::Delete, path) => (Kind::Delete, path.rsplit('/').next()?.to_owned()),
            (Method::Post, "/v1/peering/token") => (Kind::Token, body.get("PeerName").non_empty_text()?),
            (Method::Post, "/v1/peering/establish") => (Kind::Establish, body.get("PeerName").non_empty_text()?),
            _ => return None,
        };
        if name == "-" {
            return None; // a permission check
        }
        let before = self.host.peering(cluster, &name);
        let token = body.get("PeeringToken").text().and_then(read_token);
        let write = Write {
            call: self.call,
            cluster: cluster.into(),
            name,
            kind,
            sent: self.host.now(),
            at: None,
            ended: Ended::Open,
            before,
        };
        verify_write(&self.log, &self.host, &write, token.as_ref());
        self.race(&write);
        self.log.show(|| {
            let before = crate::log::describe(write.before.as_ref());
            format!("{:?} call {} {kind:?} {cluster}/{} over {before}", write.sent, self.call, write.name)
        });
        self.log.writes.borrow_mut().push(write);
        Some(self.log.writes.borrow().len() - 1)
    }

    /// Records a race for every other pending call on the pair of this peering.
    fn race(&self, Write { cluster, name, .. }: &Write) {
        let is_peering = |at: &str, other: &str| (cluster, name) == (&at.to_owned(), &other.to_owned());
        for (call, made) in self.log.made.borrow_mut().iter_mut().enumerate() {
            let is_pair = is_peering(made.at, made.other) || is_peering(made.other, made.at);
            if call != self.call && made.ended.is_none() && is_pair {
                made.failures.insert(FailureMode::Race);
            }
        }
    }

    /// Counts a request until it has ended.
    fn open(&self) -> Open {
        {
            let made = &mut self.log.made.borrow_mut()[self.call];
            made.open += 1;
            if self.host.conditions().delay > Duration::ZERO {
                made.failures.insert(FailureMode::SlowNetwork);
            }
        }
        if self.log.made.borrow()[self.call].ended.is_some() {
            self.log.violate(Rule::EndsOnce, format!("call {} sends a request after its end", self.call));
        }
        Open { log: self.log.clone(), call: self.call }
    }

    /// Logs a response that is not a success.
    fn log_failure(&self, path: &str, response: &Result<SimulatedResponse, SendError<Data>>) {
        let (status, text) = match response {
            Ok(response) if response.status() == 200 => {
                let is_authorization = path.ends_with("/authorize");
                let text = response.text(if is_authorization { 400 } else { 1 });
                let is_denial = is_authorization && text.contains("\"Allow\": false");
                // A proxy may return an HTML page with status 200.
                if !text.starts_with('<') && !is_denial {
                    return;
                }
                (Some(200), text)
            }
            Ok(response) => (Some(response.status()), response.text(400)),
            Err(SendError::Redirected(status)) => (*status, String::new()),
            Err(_) => (None, String::new()),
        };
        let is_refused = matches!(response, Err(SendError::Failed(error)) if error.get("code").is_text("ECONNREFUSED"));
        if is_refused {
            self.log.record(self.call, FailureMode::ServerDown);
        } else if status.is_none() && self.host.conditions().lost_before > 0.0 {
            self.log.record(self.call, FailureMode::LossyNetwork);
        }
        if text.contains("No cluster leader") {
            self.log.record(self.call, FailureMode::LeaderLost);
        }
        self.log.failures.borrow_mut().push(Failure { call: self.call, status, text });
    }

    fn log_read(&self, cluster: &str, request: &Request, sent: Duration, response: &SimulatedResponse) {
        let answered = self.host.now();
        let note = |name: &str, peering| {
            let (call, cluster, name) = (self.call, cluster.to_owned(), name.to_owned());
            self.log.peering_reads.borrow_mut().push(PeeringRead { call, cluster, name, sent, answered, peering });
        };
        let Some(name) = request.path.strip_prefix("/v1/peering") else { return };
        if request.method == Method::Get && matches!(response.status(), 200 | 404) {
            self.log.reads.borrow_mut().insert((self.call, cluster.to_owned()), sent);
        }
        match (response.status(), name) {
            (200, "s") => {
                let Some(list) = response.json() else { return };
                let listed: Vec<_> = Value::items(&list).iter().filter_map(Peering::from_consul).collect();
                let is_missing = |name: &&&str| !listed.iter().any(|peering| peering.name == **name);
                self.log.names.borrow().iter().filter(is_missing).for_each(|name| note(name, None));
                listed.into_iter().for_each(|peering| note(&peering.name.clone(), Some(peering)));
            }
            (200, name) => {
                let peering = response.json().and_then(|data| Peering::from_consul(&data));
                if peering.is_some() {
                    note(&name[1..], peering);
                }
            }
            (404, name) if response.text(17) == "Peering not found" => note(&name[1..], None),
            _ => {}
        }
    }

    fn end(&self, place: usize, response: &Result<SimulatedResponse, SendError<Data>>) {
        let ended = match response {
            Ok(response) => Ended::Answered(response.status(), response.text(10_000)),
            Err(SendError::Redirected(status)) => Ended::Answered(status.unwrap_or(301), String::new()),
            Err(SendError::Failed(error)) if error.get("code").is_text("ECONNREFUSED") => Ended::Refused,
            Err(_) => Ended::Lost,
        };
        let mut writes = self.log.writes.borrow_mut();
        let write = &mut writes[place];
        if write.kind == Kind::Token
            && let Some(token) =
                response.as_ref().ok().and_then(|response| response.json()?.get("PeeringToken").non_empty_text())
        {
            let secret = decoded(&token).and_then(|token| token.get("EstablishmentSecret").non_empty_text());
            let mut secrets = self.log.secrets.borrow_mut();
            secrets.extend(secret);
            secrets.push(token);
        }
        write.at = Some(self.host.now());
        self.log.show(|| {
            let shown = match &ended {
                Ended::Answered(200, _) => "200".to_owned(),
                ended => format!("{ended:?}"),
            };
            format!(
                "{:?} call {} {:?} {}/{} = {shown}",
                self.host.now(),
                self.call,
                write.kind,
                write.cluster,
                write.name
            )
        });
        write.ended = ended;
    }
}

/// Decodes a peering token.
fn decoded(token: &str) -> Option<Value> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(token).ok()?;
    Data::read_json(std::str::from_utf8(&bytes).ok()?)
}

pub fn read_token(text: &str) -> Option<Token> {
    let token = decoded(text)?;
    let [peer_id, server_name] = ["PeerID", "ServerName"].map(|key| token.get(key).non_empty_text());
    Some(Token { text: text.into(), peer_id: peer_id?, server_name: server_name? })
}

/// A pending request.
struct Open {
    log: Rc<Log>,
    call: usize,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.log.made.borrow_mut()[self.call].open -= 1;
    }
}

impl Caller {
    /// Sends a request and logs it.
    pub async fn deliver(&self, cluster: &Cluster, request: &Request) -> Result<SimulatedResponse, SendError<Data>> {
        let name = cluster_of(&cluster.address);
        let _open = self.open();
        let write = self.begin(name, request);
        let sent = self.host.now();
        let mut tagged = cluster.clone();
        tagged.headers.push((CALL_HEADER.into(), self.call.to_string()));
        let response = self.host.send(&tagged, request).await;
        self.log_failure(&request.path, &response);
        if let Ok(response) = &response {
            self.log_read(name, request, sent, response);
        }
        match write {
            Some(place) => self.end(place, &response),
            None => self.log.show(|| {
                let status = response.as_ref().map_or(0, Response::status);
                format!("{:?} call {} {name}{} of {sent:?} = {status}", self.host.now(), self.call, request.path)
            }),
        }
        response
    }
}

impl Host for Caller {
    type Value = Data;
    type Response = SimulatedResponse;

    async fn send(&self, cluster: &Cluster, request: &Request) -> Result<SimulatedResponse, SendError<Data>> {
        match self.flaw {
            Some(flaw) => flaws::send(self, flaw, cluster, request).await,
            None => self.deliver(cluster, request).await,
        }
    }

    async fn sleep(&self, duration: duration::Duration) {
        let longer = if self.flaw == Some(Flaw::SleepsLonger) { 1.5 } else { 1.0 };
        self.host.sleep(duration * longer).await;
    }

    fn monotonic(&self) -> Instant {
        self.host.monotonic()
    }

    fn wall_clock(&self) -> Timestamp {
        self.host.wall_clock()
    }

    fn random(&self) -> f64 {
        self.host.random()
    }

    fn token(&self) -> Option<Secret> {
        self.host.token()
    }

    fn redact(&self, text: &str, secrets: Vec<String>) -> String {
        match self.flaw {
            Some(Flaw::RepeatsSecrets) => format!("{text} {}", secrets.concat()),
            _ => self.host.redact(text, secrets),
        }
    }

    fn explain(&self, error: &Data, secrets: Vec<String>) -> Explanation<Data> {
        self.host.explain(error, secrets)
    }

    fn network_hint(&self) -> Option<&'static str> {
        self.host.network_hint()
    }
}
