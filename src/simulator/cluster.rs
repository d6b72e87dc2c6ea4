//! A cluster: its identity and its outages. Each request has a file of its own; `store.rs` has the data, `leader.rs` the
//! activity of the leader, `stream` the connections to other clusters.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::World;
use super::acl::Acl;
use super::catalog::{Catalog, object};
use super::certificate::Authority;
use super::config_entries::ConfigEntries;
use super::exports::Imports;
use super::http::Outcome;
use super::leader::Leader;
use super::options::{ClusterOptions, ResolvedOptions};
use super::random::Random;
use super::response::Refusal;
use super::store::{Record, Secrets, State, Store};
use super::stream::Streams;
use super::timer::{Event, RequestId, Timer};
use super::version::Version;

/// An outage of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The servers do not respond.
    Down,
    /// The servers have no leader.
    Leaderless,
}

#[derive(Debug)]
pub struct Cluster {
    pub name: String,
    pub datacenter: String,
    pub version: Version,
    pub management: Option<String>,
    pub node_name: String,
    pub node_id: String,
    pub server_address: String,
    pub trust_domain: String,
    /// The name in its servers' certificates.
    pub server_name: String,
    pub authority: Authority,
    /// The certificates of earlier authorities. They have cross-signed the current one, so that peers that trust one of them
    /// also trust it.
    pub former_authorities: Vec<String>,
    pub acl: Acl,
    pub entries: ConfigEntries,
    pub catalog: Catalog,
    /// By the id of the peering.
    pub imports: BTreeMap<String, Imports>,
    pub store: Store,
    pub streams: Streams,
    pub leader: Leader,
    pub outage: Option<Outage>,
    recovery: Option<Timer>,
    /// Whether its servers lose their data in the current outage.
    is_emptied: bool,
    /// The requests, of any cluster, that wait for a change on this one.
    pub waiting: BTreeSet<RequestId>,
    /// The pending requests to its agent.
    pub answering: BTreeSet<RequestId>,
    pub given: ClusterOptions,
}

impl Cluster {
    /// `now`: since 1970. `other_random`: for values that must not affect the ids and secrets of the seed.
    pub(super) fn new(
        resolved: ResolvedOptions,
        random: &mut Random,
        other_random: &mut Random,
        now: Duration,
    ) -> Self {
        let ResolvedOptions { name, datacenter, version, management, acl, node_name, server_address, given, .. } =
            resolved;
        let trust_domain = trust_domain(&given, random);
        let node_id = random.uuid();
        let label = random.hex(7);
        let mut cluster = Self {
            server_name: server_name(&datacenter, &trust_domain),
            authority: Authority::new(&trust_domain, &label, now, other_random),
            former_authorities: Vec::new(),
            acl: Acl::new(acl.as_ref(), random, now),
            entries: ConfigEntries::default(),
            catalog: Catalog::default(),
            imports: BTreeMap::new(),
            store: Store::new(),
            streams: Streams::default(),
            leader: Leader::default(),
            outage: None,
            recovery: None,
            is_emptied: false,
            waiting: BTreeSet::new(),
            answering: BTreeSet::new(),
            name,
            datacenter,
            version,
            management,
            node_name,
            node_id,
            server_address,
            trust_domain,
            given,
        };
        cluster.set_up();
        cluster
    }

    /// Creates the config entries and gateways of the options.
    fn set_up(&mut self) {
        if self.given.mesh_gateways.is_some() {
            let mesh = json!({ "Kind": "mesh", "Peering": { "PeerThroughMeshGateways": true } });
            self.write_entry(mesh);
        }
        for gateway in Self::configured_gateways(&self.given).collect::<Vec<_>>() {
            self.put_agent_service(&gateway);
        }
        let exported = std::mem::take(&mut self.given.exported_services);
        if !exported.is_empty() {
            self.export(&exported);
        }
        self.given.exported_services = exported;
    }

    fn write_entry(&mut self, entry: Json) {
        let index = self.store.raise_index();
        let _ = self.entries.write(&object(entry), index);
    }

    /// Replaces the exported services: the names of the peers, by service.
    pub fn export(&mut self, services: &BTreeMap<String, Vec<String>>) {
        if services.is_empty() {
            let index = self.store.raise_index();
            return self.entries.remove("exported-services", "default", index);
        }
        let consumers = |peers: &[String]| peers.iter().map(|peer| json!({ "Peer": peer })).collect::<Vec<_>>();
        let services = services.iter().map(|(name, peers)| json!({ "Name": name, "Consumers": consumers(peers) }));
        let services: Vec<Json> = services.collect();
        self.write_entry(json!({ "Kind": "exported-services", "Name": "default", "Services": services }));
    }

    /// Removes all data and creates a new identity. ACL tokens are those of the options.
    fn rebuild(&mut self, random: &mut Random, other_random: &mut Random, now: Duration) {
        self.store = Store::new();
        self.entries = ConfigEntries::default();
        self.catalog = Catalog::default();
        self.imports.clear();
        self.trust_domain = trust_domain(&self.given, random);
        self.server_name = server_name(&self.datacenter, &self.trust_domain);
        self.authority = Authority::new(&self.trust_domain, &random.hex(7), now, other_random);
        self.former_authorities.clear();
        self.set_up();
    }

    fn rotate_authority(&mut self, other_random: &mut Random, now: Duration) {
        let new = Authority::new(&self.trust_domain, &other_random.hex(7), now, other_random);
        self.former_authorities.push(std::mem::replace(&mut self.authority, new).pem);
    }

    pub fn has_leader(&self) -> bool {
        self.outage != Some(Outage::Leaderless)
    }

    /// The addresses that peers dial; empty if they have to dial gateways and there are none.
    pub fn peer_addresses(&self) -> Vec<String> {
        if self.peers_through_gateways() { self.gateway_addresses() } else { vec![self.server_address.clone()] }
    }
}

fn trust_domain(given: &ClusterOptions, random: &mut Random) -> String {
    given.trust_domain.clone().unwrap_or_else(|| format!("{}.consul", random.uuid()))
}

fn server_name(datacenter: &str, trust_domain: &str) -> String {
    format!("server.{datacenter}.peering.{trust_domain}")
}

impl World {
    /// Stops the servers of a cluster for `duration` (`Duration::MAX`: permanently). Then they restart with their peerings and
    /// without streams. Pending requests fail.
    pub(super) fn restart_servers(&mut self, cluster_index: usize, duration: Duration) {
        for id in std::mem::take(&mut self.clusters[cluster_index].answering) {
            self.abort_request(id, Some(Outcome::Dropped));
        }
        // Responses of the same instant have not been delivered yet.
        let now = self.timers.now();
        for ended in self.outcomes.iter_mut().filter(|ended| ended.cluster == cluster_index && ended.at == now) {
            ended.outcome = Outcome::Dropped;
        }
        self.broken.insert(cluster_index);
        self.fail(cluster_index, Outage::Down, duration);
    }

    pub(super) fn empty_servers(&mut self, cluster_index: usize, duration: Duration) {
        self.restart_servers(cluster_index, duration);
        self.clusters[cluster_index].is_emptied = true;
    }

    pub(super) fn rotate_authority_of(&mut self, cluster_index: usize) {
        let date = self.date();
        self.clusters[cluster_index].rotate_authority(&mut self.other_random, date);
        self.send_authority(cluster_index);
    }

    pub(super) fn lose_leader_of(&mut self, cluster_index: usize, duration: Duration) {
        self.fail(cluster_index, Outage::Leaderless, duration);
    }

    fn fail(&mut self, cluster_index: usize, outage: Outage, duration: Duration) {
        let cluster = &mut self.clusters[cluster_index];
        let recovery = cluster.recovery.take();
        cluster.outage = Some(outage);
        self.timers.cancel(recovery);
        self.stop_leader(cluster_index);
        self.forget_streams(cluster_index);
        if duration < Duration::MAX {
            let recovery = self.timers.set_after(duration, Event::Recover { cluster: cluster_index });
            self.clusters[cluster_index].recovery = Some(recovery);
        }
    }

    pub(super) fn recover(&mut self, cluster_index: usize) {
        let date = self.date();
        let cluster = &mut self.clusters[cluster_index];
        cluster.recovery = None;
        cluster.outage = None;
        if std::mem::take(&mut cluster.is_emptied) {
            cluster.rebuild(&mut self.random, &mut self.other_random, date);
        }
        self.start_leader(cluster_index);
        self.wake_waiting(cluster_index);
    }

    /// Writes to the store of a cluster, and notifies everything that depends on it.
    pub(super) fn write(
        &mut self,
        cluster_index: usize,
        record: Record,
        state: Option<State>,
        secrets: Option<Secrets>,
    ) -> Result<(), Refusal> {
        if self.clusters[cluster_index].store.write(record, state, secrets)? {
            self.changed(cluster_index);
        }
        Ok(())
    }

    /// Notifies everything that depends on the store of a cluster.
    pub(super) fn changed(&mut self, cluster_index: usize) {
        self.wake_waiting(cluster_index);
        self.wake_leader(cluster_index);
    }
}
