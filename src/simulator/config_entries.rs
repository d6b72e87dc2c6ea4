//! Config entries, and the exports and intentions that result from them.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::catalog::SERVER_INDEX;
use super::response::{Refusal, refuse};

/// A write to `/v1/config`.
#[derive(Clone, Debug)]
pub enum ConfigCall {
    Write(Map<String, Json>),
    Delete { kind: String, name: String },
}

#[derive(Debug, Default)]
pub struct ConfigEntries {
    /// By kind and name.
    entries: BTreeMap<(String, String), Map<String, Json>>,
    /// The index of the last change.
    index: u64,
}

/// The members of a kind in Consul's order, with their default. `None`: omitted by default.
fn members(kind: &str) -> Option<Vec<(&'static str, Option<Json>)>> {
    let name = ("Name", None);
    let proxies =
        [("TransparentProxy", Some(json!({}))), ("MeshGateway", Some(json!({}))), ("Expose", Some(json!({})))];
    Some(match kind {
        "exported-services" => vec![name, ("Services", None)],
        "mesh" => vec![("TransparentProxy", Some(json!({ "MeshDestinationsOnly": false }))), ("Peering", None)],
        "proxy-defaults" => {
            let mut all = vec![name, ("Config", Some(Json::Null))];
            all.extend(proxies);
            all.push(("AccessLogs", Some(json!({}))));
            all
        }
        "service-defaults" => [name, ("Protocol", None)].into_iter().chain(proxies).collect(),
        "service-intentions" => vec![name, ("Sources", None)],
        "service-resolver" => vec![name, ("Redirect", None), ("Failover", None)],
        _ => return None,
    })
}

/// The name of an entry; there is only one entry of the kind `mesh`.
pub fn name_of(entry: &Map<String, Json>) -> String {
    let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    if text("Kind") == "mesh" { "mesh".into() } else { text("Name") }
}

fn ordered(given: &Map<String, Json>, keys: &[&str]) -> Json {
    Json::Object(keys.iter().filter_map(|key| Some(((*key).to_owned(), given.get(*key)?.clone()))).collect())
}

/// The precedence of an intention: exact names before wildcards.
fn precedence(source: &str, destination: &str) -> u8 {
    let exact = [destination, source].map(|name| u8::from(name != "*"));
    5 + 3 * exact[0] + exact[1]
}

/// A source of intentions, as Consul stores it.
fn source(given: &Json, destination: &str) -> Json {
    let mut stored = given.as_object().cloned().unwrap_or_default();
    let name = stored.get("Name").and_then(Json::as_str).unwrap_or_default().to_owned();
    stored.insert("Precedence".into(), precedence(&name, destination).into());
    stored.insert("Type".into(), "consul".into());
    ordered(&stored, &["Name", "Action", "Permissions", "Precedence", "Type", "Peer"])
}

fn target(given: &Json) -> Json {
    given.as_object().map_or(Json::Null, |target| ordered(target, &["Service", "Peer"]))
}

impl ConfigEntries {
    pub fn index(&self) -> u64 {
        self.index.max(SERVER_INDEX)
    }

    pub fn get(&self, kind: &str, name: &str) -> Option<&Map<String, Json>> {
        self.entries.get(&(kind.to_owned(), name.to_owned()))
    }

    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Map<String, Json>> {
        self.entries.iter().filter(move |((each, _), _)| each == kind).map(|(_, entry)| entry)
    }

    pub fn protocol(&self, service: &str) -> String {
        let own = self.get("service-defaults", service).and_then(|entry| entry.get("Protocol"));
        let all = self.get("proxy-defaults", "global").and_then(|entry| entry.get("Config")?.get("protocol"));
        own.or(all).and_then(Json::as_str).filter(|protocol| !protocol.is_empty()).unwrap_or("tcp").to_owned()
    }

    fn has_permissions(&self, service: &str) -> bool {
        let sources = self.get("service-intentions", service).and_then(|entry| entry.get("Sources")?.as_array());
        sources.into_iter().flatten().any(|source| source.get("Permissions").is_some())
    }

    /// The exported services as written, with their consumers.
    pub fn exports(&self) -> BTreeMap<String, Vec<String>> {
        let services = self.get("exported-services", "default").and_then(|entry| entry.get("Services")?.as_array());
        let mut exports = BTreeMap::new();
        for service in services.into_iter().flatten() {
            let name = service.get("Name").and_then(Json::as_str).unwrap_or_default();
            let consumers = service.get("Consumers").and_then(Json::as_array).into_iter().flatten();
            let peers = consumers.filter_map(|consumer| Some(consumer.get("Peer")?.as_str()?.to_owned())).collect();
            exports.insert(name.to_owned(), peers);
        }
        exports
    }

    pub fn intentions(&self) -> Vec<Json> {
        let mut shown = Vec::new();
        for entry in self.of_kind("service-intentions") {
            let destination = name_of(entry);
            for source in entry.get("Sources").and_then(Json::as_array).into_iter().flatten() {
                let mut intention = Map::new();
                let mut show = |key: &str, value: Option<&Json>| {
                    if let Some(value) = value {
                        intention.insert(key.to_owned(), value.clone());
                    }
                };
                show("SourceNS", Some(&json!("default")));
                show("SourceName", source.get("Name"));
                show("DestinationNS", Some(&json!("default")));
                show("DestinationName", Some(&json!(destination)));
                show("SourcePeer", source.get("Peer"));
                show("SourceType", source.get("Type"));
                for (key, of) in [("Action", source), ("Permissions", source), ("Precedence", source)] {
                    show(key, of.get(key));
                }
                show("CreateIndex", entry.get("CreateIndex"));
                show("ModifyIndex", entry.get("ModifyIndex"));
                shown.push(Json::Object(intention));
            }
        }
        let key = |intention: &Json| {
            let text = |key: &str| intention.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
            let precedence = intention.get("Precedence").and_then(Json::as_u64);
            (std::cmp::Reverse(precedence), text("SourcePeer"), text("SourceName"))
        };
        shown.sort_by_key(key);
        shown
    }

    pub fn remove(&mut self, kind: &str, name: &str, index: u64) {
        self.entries.remove(&(kind.to_owned(), name.to_owned()));
        self.index = index;
    }

    /// Stores an entry like Consul, or refuses it.
    pub fn write(&mut self, given: &Map<String, Json>, index: u64) -> Result<(), Refusal> {
        let kind = given.get("Kind").and_then(Json::as_str).unwrap_or_default().to_owned();
        let Some(members) = members(&kind) else {
            return Err(refuse(400, format!("Request decode error: invalid config entry kind: {kind}")));
        };
        let name = name_of(given);
        let mut stored = Map::from_iter([("Kind".to_owned(), json!(kind))]);
        for (key, default) in members {
            if let Some(value) = given.get(key).cloned().or(default) {
                stored.insert(key.into(), value);
            }
        }
        if let Some(Json::Array(sources)) = stored.get_mut("Sources") {
            *sources = sources.iter().map(|given| source(given, &name)).collect();
        }
        if let Some(redirect) = stored.get_mut("Redirect") {
            *redirect = target(redirect);
        }
        for failover in stored.get_mut("Failover").and_then(Json::as_object_mut).into_iter().flatten() {
            if let Some(Json::Array(targets)) = failover.1.get_mut("Targets") {
                *targets = targets.iter().map(target).collect();
            }
        }
        let key = (kind, name);
        let created = self.entries.get(&key).and_then(|entry| entry.get("CreateIndex").cloned());
        stored.insert("Hash".into(), index.into());
        stored.insert("CreateIndex".into(), created.unwrap_or_else(|| index.into()));
        stored.insert("ModifyIndex".into(), index.into());
        let before = self.entries.insert(key.clone(), stored);
        // L7 permissions require an HTTP protocol.
        let services = self.of_kind("service-intentions").map(name_of);
        let conflict = services.map(|service| (self.protocol(&service), service)).find(|(protocol, service)| {
            self.has_permissions(service) && !matches!(&**protocol, "http" | "http2" | "grpc")
        });
        let Some((protocol, service)) = conflict else {
            self.index = index;
            return Ok(());
        };
        match before {
            Some(before) => drop(self.entries.insert(key, before)),
            None => drop(self.entries.remove(&key)),
        }
        let sentence = format!(
            "service \"{service}\" has protocol \"{protocol}\", which is incompatible with L7 intentions permissions"
        );
        Err(refuse(500, sentence))
    }
}
