//! The catalog: which services are registered on which nodes, and how their checks are. What a node, an instance and a
//! check hold is kept as Consul shows it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::cluster::Cluster;
use super::options::ClusterOptions;

pub type Object = Map<String, Json>;

pub const GATEWAY: &str = "mesh-gateway";
/// The servers' own service.
pub const SERVERS: &str = "consul";

/// The index at which a server has registered itself.
pub const SERVER_INDEX: u64 = 11;

/// Registrations, apart from the server's own node and service.
#[derive(Debug, Default)]
pub struct Catalog {
    nodes: Table,
    instances: Table,
    checks: Table,
    /// By the service: the index of its last change.
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

/// An object of JSON, from one that is written down.
pub fn object(json: Json) -> Object {
    if let Json::Object(object) = json { object } else { Object::new() }
}

/// An object that is written down, with texts in place of some of its own.
pub fn filled(json: &str, texts: &[(&str, &str)]) -> Object {
    let mut filled = object(serde_json::from_str(json).unwrap_or_default());
    for (key, text) in texts {
        filled.insert((*key).to_owned(), (*text).into());
    }
    filled
}

/// Items of nodes, by the node and the id, in this order.
#[derive(Debug, Default)]
struct Table(Vec<(String, String, Object)>);

impl Table {
    fn find(&self, node: &str, id: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(of, known, _)| (of.as_str(), known.as_str()).cmp(&(node, id)))
    }

    fn get(&self, node: &str, id: &str) -> Option<&Object> {
        self.find(node, id).ok().map(|place| &self.0[place].2)
    }

    /// With the indexes at which it was created and changed.
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

    fn of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Object> {
        self.0.iter().filter(move |(of, _, _)| of == node).map(|(_, _, item)| item)
    }
}

/// How an instance is as a whole: as its worst check.
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

    /// The index of the last change to a service; of one that does not exist, to any.
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

    /// An instance with its checks.
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

    /// The checks of an instance are replaced by those that are registered with it.
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

    /// The checks of an instance: those of its node, and its own.
    fn checks_of<'a>(&'a self, node: &'a str, id: &'a str) -> impl Iterator<Item = &'a Object> {
        self.checks
            .of(node)
            .filter(move |check| matches!(text(check, "ServiceID"), "") || text(check, "ServiceID") == id)
    }

    /// An alias has the status of its target.
    fn shown_check(&self, node: &str, check: &Object) -> Object {
        let mut shown = check.clone();
        let Some(Json::String(of)) = shown.shift_remove("Alias") else { return shown };
        let mut checks = self.checks_of(node, &of).filter(|check| text(check, "ServiceID") == of).peekable();
        let has_none = checks.peek().is_none();
        let status = status_of(checks);
        shown.insert("Status".into(), status.into());
        let output = match status {
            _ if has_none => "No checks found.",
            "passing" => "All checks passing.",
            _ => "",
        };
        shown.insert("Output".into(), output.into());
        shown
    }
}

impl Cluster {
    /// The gateways that a cluster is created with are registered as `mesh-gateway`.
    pub fn given_gateways(given: &ClusterOptions) -> impl Iterator<Item = Object> {
        let gateways = given.mesh_gateways.iter().flatten().enumerate();
        gateways.filter_map(|(place, address)| {
            let (host, port) = address.rsplit_once(':')?;
            let id = if place == 0 { GATEWAY.to_owned() } else { format!("{GATEWAY}-{}", place + 1) };
            let host = host.trim_matches(['[', ']']);
            Some(object(
                json!({ "Kind": GATEWAY, "ID": id, "Name": GATEWAY, "Address": host, "Port": port.parse::<u16>().ok()? }),
            ))
        })
    }

    fn server_node(&self) -> Object {
        const NODE: &str = r#"{"ID":"","Node":"","Address":"127.0.0.1","Datacenter":"",
            "TaggedAddresses":{"lan":"127.0.0.1","lan_ipv4":"127.0.0.1","wan":"127.0.0.1","wan_ipv4":"127.0.0.1"},
            "Meta":{"consul-network-segment":""},"CreateIndex":11,"ModifyIndex":11}"#;
        let mut node =
            filled(NODE, &[("ID", &self.node_id), ("Node", &self.node_name), ("Datacenter", &self.datacenter)]);
        if let Some(meta) = node.get_mut("Meta").and_then(Json::as_object_mut) {
            meta.insert("consul-version".into(), self.version.text.clone().into());
        }
        node
    }

    fn server_check(&self) -> Object {
        const CHECK: &str = r#"{"Node":"","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing",
            "Notes":"","Output":"Agent alive and reachable","ServiceID":"","ServiceName":"","ServiceTags":[],"Type":"",
            "Interval":"","Timeout":"","ExposedPort":0,"Definition":{},"CreateIndex":11,"ModifyIndex":11}"#;
        filled(CHECK, &[("Node", &self.node_name)])
    }

    /// The server as an instance of its own service. Where peers cannot dial it, it names no port for them.
    fn server_instance(&self) -> Object {
        const INSTANCE: &str = r#"{"ID":"consul","Service":"consul","Tags":[],"Address":"","Meta":{"grpc_tls_port":"",
            "non_voter":"false","raft_version":"3","read_replica":"false","serf_protocol_current":"2",
            "serf_protocol_max":"5","serf_protocol_min":"1","version":""},"Port":8300,
            "Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,
            "Proxy":{"Mode":"","MeshGateway":{},"Expose":{}},"Connect":{},"PeerName":"","CreateIndex":11,
            "ModifyIndex":11}"#;
        let mut instance = filled(INSTANCE, &[]);
        if let Some(meta) = instance.get_mut("Meta").and_then(Json::as_object_mut) {
            meta.insert("version".into(), self.version.text.clone().into());
            if self.given.grpc_tls && self.given.grpc_port {
                meta.insert("grpc_tls_port".into(), self.server_address.rsplit(':').next().into());
            } else {
                meta.shift_remove("grpc_tls_port");
            }
        }
        instance
    }

    /// What the agent adds to a proxy that is registered with it, of the defaults for all.
    fn with_proxy_defaults(&self, service: &Object) -> Object {
        let mut shown = service.clone();
        let is_proxy = !text(service, "Kind").is_empty();
        let defaults = self.entries.get("proxy-defaults", "global").filter(|_| is_proxy);
        if let (Some(mode), Some(proxy)) = (
            defaults.and_then(|defaults| defaults.get("MeshGateway")),
            shown.get_mut("Proxy").and_then(Json::as_object_mut),
        ) && proxy.get("MeshGateway") == Some(&json!({}))
        {
            proxy.insert("MeshGateway".into(), mode.clone());
        }
        shown
    }

    /// All instances, or those of one service, in Consul's order.
    pub fn instances(&self, service: Option<&str>) -> Vec<Instance> {
        let is_asked = |name: &str| service.is_none_or(|service| service == name);
        let mut found = Vec::new();
        if is_asked(SERVERS) {
            let checks = vec![self.server_check()];
            found.push(Instance { node: self.server_node(), service: self.server_instance(), checks });
        }
        let catalog = &self.catalog;
        for (node, id, instance) in &catalog.instances.0 {
            if !is_asked(text(instance, "Service")) {
                continue;
            }
            let is_server = *node == self.node_name;
            let own = catalog.checks_of(node, id).map(|check| catalog.shown_check(node, check));
            let checks = is_server.then(|| self.server_check()).into_iter().chain(own).collect();
            let (node, service) = match catalog.nodes.get(node, "") {
                _ if is_server => (self.server_node(), self.with_proxy_defaults(instance)),
                Some(registered) => (registered.clone(), instance.clone()),
                None => continue,
            };
            found.push(Instance { node, service, checks });
        }
        found
    }

    /// The names of services of a kind, each with its tags; of every kind where none is given.
    pub fn services(&self, kind: Option<&str>, is_shown: impl Fn(&str, &str) -> bool) -> (Object, bool) {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut is_filtered = false;
        for Instance { node, service, .. } in self.instances(None) {
            if kind.is_some_and(|kind| kind != text(&service, "Kind")) {
                continue;
            }
            let name = text(&service, "Service");
            if !is_shown(name, text(&node, "Node")) {
                is_filtered = true;
                continue;
            }
            let tags = found.entry(name.to_owned()).or_default();
            for tag in service.get("Tags").and_then(Json::as_array).into_iter().flatten() {
                let tag = tag.as_str().unwrap_or_default().to_owned();
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        (found.into_iter().map(|(name, tags)| (name, tags.into())).collect(), is_filtered)
    }

    /// The addresses of the mesh gateways, as other clusters reach them.
    pub fn gateway_addresses(&self) -> Vec<String> {
        let instances = self.catalog.instances.0.iter().map(|(_, _, instance)| instance);
        let gateways = instances.filter(|instance| text(instance, "Kind") == GATEWAY);
        let address = |instance: &Object| {
            let wan = instance.get("TaggedAddresses").and_then(|tagged| tagged.get("wan")?.as_object());
            let at = wan.unwrap_or(instance);
            let host = match text(at, "Address") {
                "" => "127.0.0.1",
                host => host,
            };
            let port = at.get("Port").and_then(Json::as_u64).unwrap_or_default();
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
        };
        gateways.map(address).collect()
    }

    /// Peers are to dial mesh gateways instead of servers.
    pub fn peers_through_gateways(&self) -> bool {
        let mesh = self.entries.get("mesh", "mesh");
        mesh.is_some_and(|mesh| mesh.get("Peering").is_some_and(|peering| peering["PeerThroughMeshGateways"] == true))
    }
}
