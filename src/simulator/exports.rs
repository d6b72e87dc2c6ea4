//! The services that a cluster exports to its peers and imports from them. They are sent over the streams, and imports
//! exist until the peering ends.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::World;
use super::catalog::{GATEWAY, Instance, Object, SERVERS, filled, object, status_of, text};
use super::cluster::Cluster;
use super::health::is_reached_through;
use super::stream::End;
use super::timer::Event;

/// The time from a change until the other side has received it. With real servers, it was between 2 and 90 ms.
const EXPORTS_MS: f64 = 40.0;
const EVERY_SERVICE: &str = "*";

/// The services that a peer exports to this cluster.
#[derive(Debug, Default)]
pub struct Imports {
    /// Sorted by name.
    services: Vec<(String, Vec<Instance>)>,
    /// The index of the last change of each service.
    changed: Object,
    index: u64,
}

impl Imports {
    pub fn index_of(&self, service: &str) -> u64 {
        self.changed.get(service).and_then(Json::as_u64).unwrap_or(self.index).max(1)
    }

    pub fn instances(&self, service: &str) -> Vec<Instance> {
        let index = Json::from(self.index_of(service));
        let indexed = |object: &Object| {
            let mut shown = object.clone();
            for key in ["CreateIndex", "ModifyIndex"] {
                shown.insert(key.into(), index.clone());
            }
            shown
        };
        let shown = |Instance { node, service, checks }: &Instance| Instance {
            node: indexed(node),
            service: indexed(service),
            checks: checks.iter().map(indexed).collect(),
        };
        of(&self.services, service).into_iter().flatten().map(shown).collect()
    }

    /// The proxies of a service.
    pub fn proxies(&self, service: &str) -> Vec<Instance> {
        let all = self.services.iter().flat_map(|(name, _)| self.instances(name));
        all.filter(|found| is_reached_through(&found.service, service)).collect()
    }

    /// Replaces the imported services. Returns whether anything has changed.
    fn replace(&mut self, services: Vec<(String, Vec<Instance>)>, mut raise_index: impl FnMut() -> u64) -> bool {
        let mut is_changed = false;
        for (name, _) in &self.services {
            if of(&services, name).is_none() {
                self.index = raise_index();
                self.changed.shift_remove(name);
                is_changed = true;
            }
        }
        for (name, instances) in &services {
            if of(&self.services, name) != Some(instances) {
                self.index = raise_index();
                self.changed.insert(name.clone(), self.index.into());
                is_changed = true;
            }
        }
        self.services = services;
        is_changed
    }
}

fn of<'a>(services: &'a [(String, Vec<Instance>)], name: &str) -> Option<&'a Vec<Instance>> {
    services.iter().find(|(known, _)| known == name).map(|(_, instances)| instances)
}

impl Cluster {
    /// The exported services, each with its peers.
    pub fn exports(&self) -> BTreeMap<String, Vec<String>> {
        let mut exports: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (service, peers) in self.entries.exports() {
            let names = if service == EVERY_SERVICE { self.own_services() } else { vec![service] };
            for name in names.into_iter().filter(|name| name != SERVERS) {
                for peer in &peers {
                    let known = exports.entry(name.clone()).or_default();
                    if let Err(place) = known.binary_search(peer) {
                        known.insert(place, peer.clone());
                    }
                }
            }
        }
        exports
    }

    /// Services that are neither proxies nor gateways.
    fn own_services(&self) -> Vec<String> {
        self.services(Some(""), |_, _| true).0.into_iter().map(|(name, _)| name).collect()
    }

    /// The names of the services exported to a peer.
    fn exported_to(&self, peer: &str) -> Vec<String> {
        let exports = self.exports().into_iter();
        exports.filter(|(_, peers)| peers.iter().any(|each| each == peer)).map(|(name, _)| name).collect()
    }

    /// The services imported from a peer. Peer names are case-insensitive.
    pub(super) fn imports_of(&self, peer: &str) -> Option<&Imports> {
        self.imports.get(&self.store.find(peer)?.id)
    }

    /// The instances of a service as a peer imports them. `peer`: the peer's name for this cluster.
    fn instances_for(&self, service: &str, peer: &str) -> Vec<Instance> {
        self.instances(Some(service)).iter().map(|found| as_imported(found, peer)).collect()
    }
}

/// A proxy of the service for its callers in other clusters.
fn proxy_name(service: &str) -> String {
    format!("{service}-sidecar-proxy")
}

impl Cluster {
    /// A peer reaches the proxies of a service through the mesh gateways: it gets a proxy for each gateway, at its address.
    fn proxies_for(&self, service: &str, peer_here: &str, peer_there: &str) -> Vec<Instance> {
        let all = self.instances(None);
        if !all.iter().any(|found| is_reached_through(&found.service, service)) {
            return Vec::new();
        }
        let (domain, datacenter) = (&self.trust_domain, &self.datacenter);
        let gateways = all.into_iter().filter(|found| text(&found.service, "Kind") == GATEWAY).enumerate();
        let proxies = gateways.map(|(number, Instance { node, service: gateway, checks })| {
            let of_gateway = |key: &str| gateway.get(key).cloned().unwrap_or_default();
            let name = proxy_name(service);
            let service = object(json!({
                "Kind": "connect-proxy",
                "ID": format!("{name}-instance-{number}"),
                "Service": name,
                "Tags": [],
                "Address": of_gateway("Address"),
                "TaggedAddresses": of_gateway("TaggedAddresses"),
                "Meta": null,
                "Port": of_gateway("Port"),
                "Weights": of_gateway("Weights"),
                "EnableTagOverride": false,
                "Proxy": {
                    "DestinationServiceName": service,
                    "DestinationServiceID": format!("{service}-instance-{number}"),
                    "Mode": "",
                    "MeshGateway": {},
                    "Expose": {},
                },
                "Connect": {
                    "PeerMeta": {
                        "SNI": [format!("{service}.default.default.{peer_here}.external.{domain}")],
                        "SpiffeID": [
                            format!("spiffe://{domain}/ns/default/dc/{datacenter}/svc/{service}"),
                            format!("spiffe://{domain}/gateway/mesh/dc/{datacenter}"),
                        ],
                        "Protocol": self.entries.protocol(service),
                    },
                },
            }));
            as_imported(&Instance { node, service, checks }, peer_there)
        });
        proxies.collect()
    }

    /// The virtual address of an imported service is one of the importing cluster.
    fn add_virtual_address(&mut self, service: &str, peer: &str, proxy: &mut Instance) {
        let address = self.catalog.virtual_address(&format!("{service} {peer}"));
        let port = proxy.service.get("Port").cloned().unwrap_or_default();
        let mut tagged = object(json!({ "consul-virtual": { "Address": address, "Port": port } }));
        if let Some(Json::Object(known)) = proxy.service.get("TaggedAddresses") {
            tagged.extend(known.clone());
        }
        proxy.service.insert("TaggedAddresses".into(), tagged.into());
    }
}

const CHECK: &str = r#"{"Node":"","CheckID":"","Name":"overall-check","Status":"","Notes":"","Output":"","ServiceID":"",
    "ServiceName":"","ServiceTags":[],"Type":"","Interval":"","Timeout":"","ExposedPort":0,"PeerName":"",
    "Definition":{}}"#;

/// An instance without indexes, which the importing cluster sets.
fn as_imported(Instance { node, service, checks }: &Instance, peer: &str) -> Instance {
    let mut of = Instance { node: node.clone(), service: service.clone(), checks: Vec::new() };
    for object in [&mut of.node, &mut of.service] {
        for key in ["CreateIndex", "ModifyIndex"] {
            object.shift_remove(key);
        }
    }
    let place = of.node.keys().position(|key| key == "Datacenter").map_or(0, |place| place + 1);
    of.node.shift_insert(place, "PeerName".into(), peer.into());
    of.service.insert("PeerName".into(), peer.into());
    let id = text(service, "ID");
    let check = format!("{id}:overall-check");
    let texts = [
        ("Node", text(node, "Node")),
        ("CheckID", &check),
        ("Status", status_of(checks.iter())),
        ("ServiceID", id),
        ("ServiceName", text(service, "Service")),
        ("PeerName", peer),
    ];
    let mut check = filled(CHECK, &texts);
    check.insert("ServiceTags".into(), service.get("Tags").cloned().unwrap_or_default());
    of.checks.push(check);
    of
}

impl World {
    /// Notifies everything that depends on services, checks or exports.
    pub(super) fn services_changed(&mut self, cluster_index: usize) {
        self.wake_waiting(cluster_index);
        let ids: Vec<String> = self.clusters[cluster_index].streams.open_ends();
        for id in ids {
            self.export_soon(&End { cluster: cluster_index, id });
        }
    }

    /// Schedules sending the exports to the other end of the stream.
    pub(super) fn export_soon(&mut self, end: &End) {
        let duration = self.scaled(EXPORTS_MS);
        let End { cluster, id } = end.clone();
        if let Some(stream) = self.streams_of(cluster).begin_export(&id) {
            self.timers.set_after(duration, Event::Exports { cluster, id, stream });
        }
    }

    pub(super) fn send_exports(&mut self, cluster_index: usize, id: &str, stream: u64) {
        let Some(other) = self.streams_of(cluster_index).end_export(id, stream) else { return };
        let cluster = &self.clusters[cluster_index];
        let (Some(record), Some(there)) =
            (cluster.store.by_id(id), self.clusters[other.cluster].store.by_id(&other.id))
        else {
            return;
        };
        let names = cluster.exported_to(&record.name);
        let mut services: Vec<(String, Vec<Instance>)> =
            names.iter().map(|name| (name.clone(), cluster.instances_for(name, &there.name))).collect();
        let proxies: Vec<(String, Vec<Instance>)> =
            names.iter().map(|name| (name.clone(), cluster.proxies_for(name, &record.name, &there.name))).collect();
        let now = self.timers.now();
        let note = self.streams_of(cluster_index).note(id);
        let is_new = note.status.exported != names;
        note.status.exported.clone_from(&names);
        if is_new {
            note.status.sent = Some(now);
        }
        let note = self.streams_of(other.cluster).note(&other.id);
        note.status.imported = names;
        let importer = &mut self.clusters[other.cluster];
        for (name, mut proxies) in proxies.into_iter().filter(|(_, proxies)| !proxies.is_empty()) {
            proxies.iter_mut().for_each(|proxy| importer.add_virtual_address(&name, &other.id, proxy));
            services.push((proxy_name(&name), proxies));
        }
        let (imports, store) = (&mut importer.imports, &mut importer.store);
        if imports.contains_key(&other.id) || !services.is_empty() {
            let imports = imports.entry(other.id.clone()).or_default();
            if imports.replace(services, || store.raise_index()) {
                self.wake_waiting(other.cluster);
            }
        }
        let dials = self.clusters[other.cluster].streams.calls.contains_key(&other.id);
        let known = self.clusters[other.cluster].store.by_id(&other.id).map(|record| &record.addresses);
        if dials && known.is_some_and(|known| *known != self.clusters[cluster_index].peer_addresses()) {
            self.receive_addresses(other.cluster, &other.id, stream);
        }
    }
}
