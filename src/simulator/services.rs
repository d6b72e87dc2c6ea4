//! The services of a cluster: those of its server, the registered ones, and its mesh gateways.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::catalog::{GATEWAY, Instance, Object, SERVERS, filled, object, text};
use super::cluster::Cluster;
use super::options::ClusterOptions;

impl Cluster {
    /// The gateways of the options, as services named `mesh-gateway`.
    pub fn configured_gateways(given: &ClusterOptions) -> impl Iterator<Item = Object> {
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

    /// The server as an instance of its own service. Without a port for peers, it has no `grpc_tls_port`.
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

    /// A proxy with the settings that the agent adds from `proxy-defaults`.
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
        let is_requested = |name: &str| service.is_none_or(|service| service == name);
        let mut found = Vec::new();
        if is_requested(SERVERS) {
            let checks = vec![self.server_check()];
            found.push(Instance { node: self.server_node(), service: self.server_instance(), checks });
        }
        let catalog = &self.catalog;
        for (node, id, instance) in catalog.instances.all() {
            if !is_requested(text(instance, "Service")) {
                continue;
            }
            let is_server = node == self.node_name;
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

    /// The names of all services, or those of one kind, with their tags; and whether some were filtered out.
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

    /// The addresses of the mesh gateways for other clusters.
    pub fn gateway_addresses(&self) -> Vec<String> {
        let instances = self.catalog.instances.all().map(|(_, _, instance)| instance);
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

    /// Whether peers have to dial mesh gateways instead of servers.
    pub fn peers_through_gateways(&self) -> bool {
        let mesh = self.entries.get("mesh", "mesh");
        mesh.is_some_and(|mesh| mesh.get("Peering").is_some_and(|peering| peering["PeerThroughMeshGateways"] == true))
    }
}
