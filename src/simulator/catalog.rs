//! The catalog: the registered nodes, services and checks, stored in the form of Consul's responses.

use serde::Serialize;
use serde_json::{Map, Value as Json};

pub type Object = Map<String, Json>;

pub const GATEWAY: &str = "mesh-gateway";
/// The name of the service of the servers.
pub const SERVERS: &str = "consul";

/// The index at which a server registers itself.
pub const SERVER_INDEX: u64 = 11;

/// All registrations except for the server's own node and service.
#[derive(Debug, Default)]
pub struct Catalog {
    pub nodes: Table,
    pub instances: Table,
    checks: Table,
    /// The index of the last change of each service.
    changed: Object,
    /// The index of the last change.
    index: u64,
    /// The services with a sidecar proxy, in the order of their virtual addresses.
    virtual_addresses: Vec<String>,
}

/// An instance of a service with its node and its checks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Instance {
    pub node: Object,
    pub service: Object,
    pub checks: Vec<Object>,
}

pub fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// Converts a JSON literal to an object.
pub fn object(json: Json) -> Object {
    if let Json::Object(object) = json { object } else { Object::new() }
}

/// Parses a JSON object, and sets some of its string members.
pub fn filled(json: &str, texts: &[(&str, &str)]) -> Object {
    let mut filled = object(serde_json::from_str(json).unwrap_or_default());
    for (key, text) in texts {
        filled.insert((*key).to_owned(), (*text).into());
    }
    filled
}

/// Items sorted by node and id.
#[derive(Debug, Default)]
pub struct Table(Vec<(String, String, Object)>);

impl Table {
    fn find(&self, node: &str, id: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(of, known, _)| (of.as_str(), known.as_str()).cmp(&(node, id)))
    }

    pub fn get(&self, node: &str, id: &str) -> Option<&Object> {
        self.find(node, id).ok().map(|place| &self.0[place].2)
    }

    /// Stores an item, with its create index and modify index.
    fn put(&mut self, node: &str, id: &str, mut item: Object, index: u64) {
        let found = self.find(node, id);
        let created = found.ok().and_then(|place| self.0[place].2.get("CreateIndex").cloned());
        item.insert("CreateIndex".into(), created.unwrap_or_else(|| index.into()));
        item.insert("ModifyIndex".into(), index.into());
        match found {
            Ok(place) => self.0[place].2 = item,
            Err(place) => self.0.insert(place, (node.to_owned(), id.to_owned(), item)),
        }
    }

    fn remove(&mut self, node: &str, id: &str) -> Option<Object> {
        self.find(node, id).ok().map(|place| self.0.remove(place).2)
    }

    /// All items, with their node and id.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &Object)> {
        self.0.iter().map(|(node, id, item)| (node.as_str(), id.as_str(), item))
    }

    fn of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Object> {
        self.0.iter().filter(move |(of, _, _)| of == node).map(|(_, _, item)| item)
    }
}

/// The status of an instance: that of its worst check.
pub fn status_of<'a>(checks: impl Iterator<Item = &'a Object>) -> &'static str {
    let mut worst = "passing";
    for check in checks {
        match text(check, "Status") {
            "passing" => {}
            "warning" if worst == "passing" => worst = "warning",
            "warning" => {}
            _ => worst = "critical",
        }
    }
    worst
}

impl Catalog {
    pub fn index(&self) -> u64 {
        self.index.max(SERVER_INDEX)
    }

    /// The index of the last change of a service, or of the catalog if the service does not exist.
    pub fn index_of(&self, service: &str) -> u64 {
        self.changed.get(service).and_then(Json::as_u64).unwrap_or_else(|| self.index())
    }

    pub fn instance(&self, node: &str, id: &str) -> Option<&Object> {
        self.instances.get(node, id)
    }

    pub fn check(&self, node: &str, id: &str) -> Option<&Object> {
        self.checks.get(node, id)
    }

    pub fn put_node(&mut self, node: &str, item: Object, index: u64) {
        self.index = index;
        self.nodes.put(node, "", item, index);
    }

    pub fn put_instance(&mut self, node: &str, item: Object, index: u64) {
        let id = text(&item, "ID").to_owned();
        self.touch(text(&item, "Service"), index);
        self.instances.put(node, &id, item, index);
    }

    pub fn put_check(&mut self, node: &str, item: Object, index: u64) {
        let id = text(&item, "CheckID").to_owned();
        self.touch(text(&item, "ServiceName"), index);
        self.checks.put(node, &id, item, index);
    }

    fn touch(&mut self, service: &str, index: u64) {
        self.index = index;
        if !service.is_empty() {
            self.changed.insert(service.to_owned(), index.into());
        }
    }

    pub fn remove_check(&mut self, node: &str, id: &str, index: u64) {
        if let Some(check) = self.checks.remove(node, id) {
            self.touch(text(&check, "ServiceName"), index);
        }
    }

    /// Removes an instance with its checks.
    pub fn remove_instance(&mut self, node: &str, id: &str, index: u64) {
        let Some(instance) = self.instances.remove(node, id) else { return };
        self.remove_checks_of(node, id);
        let service = text(&instance, "Service");
        self.touch(service, index);
        if !self.instances.0.iter().any(|(_, _, instance)| text(instance, "Service") == service) {
            self.changed.shift_remove(service);
        }
    }

    pub fn remove_node(&mut self, node: &str, index: u64) {
        let ids: Vec<String> = self.instances.of(node).map(|instance| text(instance, "ID").to_owned()).collect();
        for id in ids {
            self.remove_instance(node, &id, index);
        }
        self.checks.0.retain(|(of, _, _)| of != node);
        if self.nodes.remove(node, "").is_some() {
            self.index = index;
        }
    }

    /// Removes the checks of an instance.
    pub fn remove_checks_of(&mut self, node: &str, id: &str) {
        self.checks.0.retain(|(of, _, check)| of != node || text(check, "ServiceID") != id);
    }

    /// The port of the next sidecar proxy on a node.
    pub fn next_sidecar_port(&self, node: &str) -> u64 {
        const FIRST: u64 = 21_000;
        let taken = |port: &u64| {
            self.instances.of(node).any(|instance| instance.get("Port").and_then(Json::as_u64) == Some(*port))
        };
        (FIRST..).find(|port| !taken(port)).unwrap_or(FIRST)
    }

    /// The virtual address of a service with a sidecar proxy.
    pub fn virtual_address(&mut self, service: &str) -> String {
        let known = self.virtual_addresses.iter().position(|known| known == service);
        let place = known.unwrap_or_else(|| {
            self.virtual_addresses.push(service.to_owned());
            self.virtual_addresses.len() - 1
        });
        format!("240.0.0.{}", place + 1)
    }

    /// The checks of an instance, including those of its node.
    pub fn checks_of<'a>(&'a self, node: &'a str, id: &'a str) -> impl Iterator<Item = &'a Object> {
        self.checks
            .of(node)
            .filter(move |check| matches!(text(check, "ServiceID"), "") || text(check, "ServiceID") == id)
    }

    /// A check as Consul shows it: an alias has the status of its target.
    pub fn shown_check(&self, node: &str, check: &Object) -> Object {
        let mut shown = check.clone();
        let Some(Json::String(of)) = shown.shift_remove("Alias") else { return shown };
        let checks: Vec<_> = self.checks_of(node, &of).filter(|check| text(check, "ServiceID") == of).collect();
        let status = status_of(checks.iter().copied());
        shown.insert("Status".into(), status.into());
        let output = match status {
            _ if checks.is_empty() => "No checks found.",
            "passing" => "All checks passing.",
            _ => "",
        };
        shown.insert("Output".into(), output.into());
        shown
    }
}
