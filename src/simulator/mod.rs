//! Consul clusters in memory that peer with each other and respond like real ones. Sans-IO: requests and the time are
//! arguments, and random choices come from a seed. A separate crate that, like Consul, does not depend on the package.
//!
//! A request completes immediately or waits. [`World::advance`] advances the time, and [`World::take_outcomes`] returns the
//! outcomes. `pkg/simulator.d.ts` documents the limitations; in addition to it, this crate has [`World::rebuild`],
//! [`World::rotate_authority`] and [`World::set_peering`], and `hold.rs` for tests of short-lived states.

mod acl;
mod agent;
mod agent_registration;
mod api;
mod authorize;
mod blocking;
mod catalog;
mod catalog_registration;
mod certificate;
mod cluster;
mod config_entries;
mod config_requests;
mod controls;
mod delete;
mod dial;
mod establish;
mod exports;
mod fault;
mod generate_token;
mod go;
mod health;
mod hold;
mod http;
mod in_flight;
mod json;
mod leader;
mod limiter;
#[cfg(any(test, target_arch = "wasm32"))]
mod module;
mod network;
mod operation;
mod options;
mod peering;
mod peering_token;
mod query;
pub mod random;
mod registration;
mod response;
mod routes;
mod service_records;
mod services;
mod store;
mod stream;
mod time;
mod timer;
mod unmarshal;
mod validate;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use controls::UnknownCluster;
pub use fault::{Fault, FaultId, Match, When};
pub use http::{Headers, Outcome, Request, Response};
pub use options::{Access, AclOptions, AclRules, ClusterOptions, InvalidOption, Options};
pub use timer::RequestId;
pub use version::NEWEST;

use cluster::{Cluster, Outage};
use fault::Faults;
use in_flight::{Arrival, InFlight};
use random::Random;
use stream::{End, Stream};
use timer::{Event, Timers};

/// The maximum duration at a low speed.
const DURATION_MAX_SECONDS: f64 = 1e9;

/// Clusters, the network between their servers, and their pending events.
#[derive(Debug)]
pub struct World {
    clusters: Vec<Cluster>,
    /// The index of each cluster, by name.
    places: BTreeMap<String, usize>,
    /// The index of each cluster, by the addresses that reach it.
    reachable: BTreeMap<String, usize>,
    timers: Timers,
    random: Random,
    /// For values that must not affect the ids and secrets of the seed.
    other_random: Random,
    speed: f64,
    /// The start of the world, since 1970.
    began: Duration,
    faults: Faults,
    flights: BTreeMap<RequestId, InFlight>,
    request_serial: RequestId,
    open_streams: BTreeMap<u64, Stream>,
    stream_serial: u64,
    outcomes: Vec<Ended>,
    /// The clusters whose connections have been broken.
    broken: BTreeSet<usize>,
}

/// A request that has ended.
#[derive(Debug)]
struct Ended {
    id: RequestId,
    cluster: usize,
    at: Duration,
    outcome: Outcome,
}

/// The immediate result of a request.
#[derive(Debug)]
pub enum Handled {
    /// It has ended.
    Done(Outcome),
    /// It is pending. [`World::take_outcomes`] returns its outcome.
    Wait(RequestId),
}

impl World {
    /// Creates clusters that can reach each other. The time starts at zero.
    pub fn new(options: &Options) -> Result<Self, InvalidOption> {
        let mut random = Random::new(options.seed);
        let mut other_random = Random::new(options.seed ^ 0xce27);
        let mut clusters = Vec::new();
        let mut places = BTreeMap::new();
        let mut reachable = BTreeMap::new();
        for (cluster_index, resolved) in options::resolve(options)?.into_iter().enumerate() {
            places.insert(resolved.name.clone(), cluster_index);
            for address in &resolved.reachable {
                reachable.entry(address.clone()).or_insert(cluster_index);
            }
            clusters.push(Cluster::new(resolved, &mut random, &mut other_random, options.began));
        }
        let mut world = Self {
            clusters,
            places,
            reachable,
            timers: Timers::default(),
            random,
            other_random,
            speed: options.speed,
            began: options.began,
            faults: Faults::default(),
            flights: BTreeMap::new(),
            request_serial: 0,
            open_streams: BTreeMap::new(),
            stream_serial: 0,
            outcomes: Vec::new(),
            broken: BTreeSet::new(),
        };
        for cluster_index in 0..world.clusters.len() {
            world.start_leader(cluster_index);
        }
        Ok(world)
    }

    /// Rounds all timers up to whole milliseconds, for clocks without fractions, so that a response is received before the
    /// events that follow it.
    pub fn count_whole_ms(&mut self) {
        self.timers.in_whole_ms = true;
    }

    /// Sends a request to the agent of a cluster at `now`. Earlier events are handled first; those of the same instant may be
    /// handled after it.
    pub fn handle(&mut self, cluster: &str, request: Request, now: Duration) -> Handled {
        let Some(cluster_index) = self.accepts(cluster, now) else { return Handled::Done(Outcome::Refused) };
        let id = self.receive_request(cluster_index, request, Vec::new(), Arrival::Alone);
        match self.outcomes.iter().position(|ended| ended.id == id) {
            Some(at) => Handled::Done(self.outcomes.remove(at).outcome),
            None => Handled::Wait(id),
        }
    }

    /// Like [`handle`](Self::handle), for several requests at the same instant: an event such as a restart affects all of
    /// them. [`take_outcomes`](Self::take_outcomes) returns the outcome. None if the connection is refused. `faults` apply in
    /// addition to those that were added.
    pub fn submit(&mut self, cluster: &str, request: Request, faults: Vec<Fault>, now: Duration) -> Option<RequestId> {
        let cluster_index = self.accepts(cluster, now)?;
        Some(self.receive_request(cluster_index, request, faults, Arrival::WithOthers))
    }

    /// Whether the server of a cluster accepts connections at `now`.
    pub fn is_up(&mut self, cluster: &str, now: Duration) -> bool {
        self.accepts(cluster, now).is_some()
    }

    /// Aborts a request whose caller has gone. A pending write is completed nevertheless.
    pub fn abort(&mut self, id: RequestId) {
        self.abort_request(id, None);
        self.outcomes.retain(|ended| ended.id != id);
    }

    /// The time of the next event.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Advances the time to `now`, and handles all events until then in order.
    pub fn advance(&mut self, now: Duration) {
        self.run(|due| due <= now);
        self.timers.reach(now);
    }

    /// Like [`advance`](Self::advance), but stops after the instant at which a request ends, so that its caller can act
    /// before later events.
    pub fn advance_to_outcome(&mut self, now: Duration) {
        while self.outcomes.is_empty() || self.timers.has_immediate() {
            let Some(event) = self.timers.pop(|due| due <= now) else { return self.timers.reach(now) };
            self.handle_event(event);
        }
    }

    /// The requests that have ended since the last call, in order.
    pub fn take_outcomes(&mut self) -> Vec<(RequestId, Outcome)> {
        std::mem::take(&mut self.outcomes).into_iter().map(|Ended { id, outcome, .. }| (id, outcome)).collect()
    }

    /// The time since the start of the world.
    pub fn now(&self) -> Duration {
        self.timers.now()
    }

    /// The names of the clusters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.clusters.iter().map(|cluster| cluster.name.as_str())
    }

    /// The secret of the management token, if the cluster has ACLs.
    pub fn management_token(&self, cluster: &str) -> Option<&str> {
        self.clusters[*self.places.get(cluster)?].management.as_deref()
    }

    fn accepts(&mut self, cluster: &str, now: Duration) -> Option<usize> {
        self.run(|due| due < now);
        self.timers.reach(now);
        let cluster_index = self.places.get(cluster).copied();
        cluster_index.filter(|cluster_index| self.clusters[*cluster_index].outage != Some(Outage::Down))
    }

    /// Scales a duration of a real Consul by the speed of the world.
    fn scaled(&self, ms: f64) -> Duration {
        Duration::from_secs_f64((ms / 1_000.0 / self.speed).min(DURATION_MAX_SECONDS))
    }

    /// The date, since 1970.
    fn date(&self) -> Duration {
        self.began + self.timers.now()
    }

    fn run(&mut self, is_due: impl Fn(Duration) -> bool) {
        while let Some(event) = self.timers.pop(&is_due) {
            self.handle_event(event);
        }
    }

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::Resume(id) => self.resume(id),
            Event::Sync { cluster } => self.sync_peerings(cluster),
            Event::Remove { cluster, id } => self.remove_marked(cluster, &id),
            Event::Recover { cluster } => self.recover(cluster),
            Event::Connect { cluster, id } => self.connect(End { cluster, id }),
            Event::Answer { stream } => self.answer_stream(stream),
            Event::Authority { cluster, id, stream } => self.receive_authority(cluster, id, stream),
            Event::Addresses { cluster, id, stream } => self.receive_addresses(cluster, &id, stream),
            Event::Exports { cluster, id, stream } => self.send_exports(cluster, &id, stream),
            Event::Terminated { cluster, id } => self.terminated(cluster, &id),
        }
    }
}
