//! A history is drawn from bytes, so that proptest and the fuzzer share them: the existing peering, as Consul returns
//! it, the cluster's identity, the request, and the later reads.

use base64::Engine;
use consul_peering::rules::identity::Identity;
use consul_peering::rules::spec::{self, PeeringSpec};
use serde_json::{Value as Json, json};

use super::consul_token::GO;
use super::host::{read_json, to_value};
use super::peering_token::NOW;

const SERVER_NAMES: [&str; 3] = ["server.us.peering.d.consul", "server.ap.peering.x.consul", ""];
const STATES: [&str; 8] =
    ["PENDING", "ESTABLISHING", "ACTIVE", "FAILING", "TERMINATED", "DELETING", "UNDEFINED", "active"];

/// Bytes for choices; when they are used up, each choice is the first.
pub struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub fn are_used_up(&self) -> bool {
        self.0.len() == 0
    }

    pub fn of<T: Clone>(&mut self, with_peerings_of: &[T]) -> T {
        with_peerings_of[usize::from(*self.0.next().unwrap_or(&0)) % with_peerings_of.len()].clone()
    }

    /// Consul's response to a read: an object, or None if the peering is missing.
    pub fn answer(&mut self) -> Option<Json> {
        let mut object = json!({ "ID": self.of(&["1", "1", "1", "2"]), "Name": "us", "State": self.of(&STATES) });
        let deleted = [
            None,
            None,
            None,
            Some(""),
            Some("0001-01-01T00:00:00Z"),
            Some("1970-01-01T00:00:00Z"),
            Some("2026-11-24T05:58:13.7Z"),
        ];
        let metas = [json!(null), json!({}), json!({ "a": "1" }), json!({ "a": "2" })];
        for (key, value) in [
            ("DeletedAt", json!(self.of(&deleted))),
            ("PeerID", json!(self.of(&[Some("p1"), Some("p1"), Some("p2"), None, Some("")]))),
            ("PeerServerName", json!(self.of(&[Some(SERVER_NAMES[0]), Some(SERVER_NAMES[1]), Some(""), None]))),
            ("PeerServerAddresses", json!(self.of(&[None, Some(vec![]), Some(vec!["a.example:1"])]))),
            ("Meta", self.of(&metas)),
            ("CreateIndex", json!(self.of(&[7, 8]))),
            ("ModifyIndex", json!(self.of(&[7, 8, 9]))),
        ] {
            // Absent when empty, as Consul writes it, or null.
            if value != Json::Null || self.of(&[true, false]) {
                object[key] = value;
            }
        }
        (self.of(&[0, 1, 2, 3, 4, 5]) != 5).then_some(object)
    }

    /// The response to the next read: mostly the same record in one of the states while it settles, sometimes anything.
    pub fn after(&mut self, last: Option<&Json>) -> Option<Json> {
        const SETTLING: [&str; 6] = ["FAILING", "ACTIVE", "FAILING", "ACTIVE", "ESTABLISHING", "PENDING"];
        if self.of(&[0, 1, 2, 3, 4, 5, 6, 7]) == 7 {
            return self.answer();
        }
        let mut object = last.cloned().unwrap_or_else(|| json!({ "ID": "1", "Name": "us", "PeerID": "p1" }));
        object["State"] = json!(self.of(&SETTLING));
        Some(object)
    }

    /// A peering to establish, with a token for the record `p1`.
    pub fn spec(&mut self) -> PeeringSpec {
        let token = json!({
            "ServerAddresses": ["1.2.3.4:8503"],
            "ServerName": self.of(&SERVER_NAMES),
            "PeerID": "p1",
            "EstablishmentSecret": "s3cr3t",
        });
        let value = json!({
            "peer_name": "us",
            "peering_token": GO.encode(token.to_string()),
            "meta": self.of(&[json!(null), json!({ "a": "1" })]),
        });
        spec::peering(&to_value(&value), read_json, NOW).spec.unwrap()
    }

    pub fn identity(&mut self) -> Identity {
        Identity {
            datacenter: self.of(&[Some("eu"), Some("us"), None]).map(str::to_owned),
            trust_domain: self.of(&[Some("d.consul"), Some("x.consul"), None]).map(str::to_owned),
        }
    }
}
