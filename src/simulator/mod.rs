//! Consul clusters in memory that peer with each other and respond like real ones, without input and output: requests
//! and the time are arguments, random choices come from a seed. A separate crate, which does not depend on the package,
//! as Consul does not.
//!
//! A request is handled at once or waits; [`World::advance`] moves the time, and [`World::take_outcomes`] gives what has
//! ended. What is not simulated: `pkg/simulator.d.ts` says so, and the same holds here but for [`World::rebuild`] and
//! [`World::set_peering`].

mod acl;
mod agent;
mod api;
mod authorize;
mod blocking;
mod catalog;
mod certificate;
mod cluster;
mod config_entries;
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
mod options;
mod peering;
mod peering_token;
mod query;
pub mod random;
mod registration;
mod response;
mod store;
mod stream;
mod time;
mod timer;
mod unmarshal;
mod validate;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use fault::{Fault, FaultId, Match, When};
pub use http::{Headers, Outcome, Request, Response};
pub use options::{Access, AclOptions, AclRules, ClusterOptions, InvalidOption, Options};
pub use timer::RequestId;
pub use version::NEWEST;

use cluster::{Cluster, Trouble};
use fault::Faults;
use in_flight::{Arrival, InFlight};
use random::Random;
use stream::{End, Stream};
use timer::{Event, Timers};

/// Nothing takes longer, however slow a world is.
const PACE_MAX_SECONDS: f64 = 1e9;

/// Clusters, the network between their servers, and what happens to them.
#[derive(Debug)]
pub struct World {
    clusters: Vec<Cluster>,
    /// The clusters' places, by name.
    places: BTreeMap<String, usize>,
    /// The clusters' places, by the addresses that lead to them.
    reachable: BTreeMap<String, usize>,
    timers: Timers,
    random: Random,
    /// For what the ids and secrets of a seed do not depend on.
    chance: Random,
    speed: f64,
    /// When the world began, since 1970.
    began: Duration,
    faults: Faults,
    flights: BTreeMap<RequestId, InFlight>,
    request_serial: RequestId,
    open_streams: BTreeMap<u64, Stream>,
    stream_serial: u64,
    outcomes: Vec<Ended>,
    /// The places of the clusters whose connections are broken.
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

/// What becomes of a request at first.
#[derive(Debug)]
pub enum Handled {
    /// It has ended.
    Done(Outcome),
    /// It waits. Its outcome comes with [`World::take_outcomes`].
    Wait(RequestId),
}

/// There is no cluster of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is no cluster {0:?}.")]
pub struct UnknownCluster(String);

impl World {
    /// Clusters that know each other. The time begins at zero.
    pub fn new(options: &Options) -> Result<Self, InvalidOption> {
        let mut random = Random::new(options.seed);
        let mut chance = Random::new(options.seed ^ 0xce27);
        let mut clusters = Vec::new();
        let mut places = BTreeMap::new();
        let mut reachable = BTreeMap::new();
        for (place, filled) in options::fill(options)?.into_iter().enumerate() {
            places.insert(filled.name.clone(), place);
            for address in &filled.reachable {
                reachable.entry(address.clone()).or_insert(place);
            }
            clusters.push(Cluster::new(filled, &mut random, &mut chance, options.began));
        }
        let mut world = Self {
            clusters,
            places,
            reachable,
            timers: Timers::default(),
            random,
            chance,
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
        for place in 0..world.clusters.len() {
            world.start_leader(place);
        }
        Ok(world)
    }

    /// From now on everything becomes due at a whole millisecond, as for a clock without fractions: a response is then
    /// received before the events that follow it.
    pub fn count_whole_ms(&mut self) {
        self.timers.in_whole_ms = true;
    }

    /// A request to a cluster's agent at `now`. What was due before happens first; what is due at the same instant may
    /// still come after it.
    pub fn handle(&mut self, cluster: &str, request: Request, now: Duration) -> Handled {
        let Some(place) = self.accepts(cluster, now) else { return Handled::Done(Outcome::Refused) };
        let id = self.receive_request(place, request, Vec::new(), Arrival::Alone);
        match self.outcomes.iter().position(|ended| ended.id == id) {
            Some(at) => Handled::Done(self.outcomes.remove(at).outcome),
            None => Handled::Wait(id),
        }
    }

    /// As [`handle`](Self::handle), for requests that may be sent at one instant: what ends one of them at once, such as a
    /// server that goes down, ends the others too. The outcome always comes with [`take_outcomes`](Self::take_outcomes);
    /// nothing where the connection is refused. The request meets `faults` beside those that were ordered.
    pub fn submit(&mut self, cluster: &str, request: Request, faults: Vec<Fault>, now: Duration) -> Option<RequestId> {
        let place = self.accepts(cluster, now)?;
        Some(self.receive_request(place, request, faults, Arrival::WithOthers))
    }

    /// Whether a cluster's server accepts connections at `now`.
    pub fn is_up(&mut self, cluster: &str, now: Duration) -> bool {
        self.accepts(cluster, now).is_some()
    }

    /// The caller of a request has gone. What was being written is written all the same.
    pub fn abort(&mut self, id: RequestId) {
        self.break_off(id, None);
        self.outcomes.retain(|ended| ended.id != id);
    }

    /// When something happens next by itself.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Moves the time to `now`. What is due by then happens in its order, with all that follows from it.
    pub fn advance(&mut self, now: Duration) {
        self.run(|due| due <= now);
        self.timers.reach(now);
    }

    /// As [`advance`](Self::advance), but once requests have ended, only what follows at once: their callers may act before
    /// more becomes due.
    pub fn advance_to_outcome(&mut self, now: Duration) {
        while self.outcomes.is_empty() || self.timers.has_at_once() {
            let Some(event) = self.timers.pop(|due| due <= now) else { return self.timers.reach(now) };
            self.happen(event);
        }
    }

    /// The requests that have ended since this was last called, in their order.
    pub fn take_outcomes(&mut self) -> Vec<(RequestId, Outcome)> {
        std::mem::take(&mut self.outcomes).into_iter().map(|Ended { id, outcome, .. }| (id, outcome)).collect()
    }

    /// The time.
    pub fn now(&self) -> Duration {
        self.timers.now()
    }

    /// The names of the clusters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.clusters.iter().map(|cluster| cluster.name.as_str())
    }

    /// The secret of the ACL token that may do everything, where a cluster has ACLs.
    pub fn management_token(&self, cluster: &str) -> Option<&str> {
        self.clusters[*self.places.get(cluster)?].management.as_deref()
    }

    /// The server of a cluster is down for `lasting` (zero: just long enough to lose everything it was busy with;
    /// `Duration::MAX`: permanently), then restarts with its peerings and without its streams.
    pub fn restart(&mut self, cluster: &str, lasting: Duration) -> Result<(), UnknownCluster> {
        let place = self.place(cluster)?;
        self.restart_servers(place, lasting);
        Ok(())
    }

    /// As [`restart`](Self::restart), but the servers lose their data: they come back without peerings, and with a new
    /// authority and trust domain, unless the options have one.
    pub fn rebuild(&mut self, cluster: &str, lasting: Duration) -> Result<(), UnknownCluster> {
        let place = self.place(cluster)?;
        self.empty_servers(place, lasting);
        Ok(())
    }

    /// A cluster gets a new certificate authority, which the former ones have signed too. Its peers receive it over the
    /// open streams.
    pub fn rotate_authority(&mut self, cluster: &str) -> Result<(), UnknownCluster> {
        let place = self.place(cluster)?;
        self.rotate_authority_of(place);
        Ok(())
    }

    /// Whether peering is enabled in a cluster's configuration from now on.
    pub fn set_peering(&mut self, cluster: &str, enabled: bool) -> Result<(), UnknownCluster> {
        let place = self.place(cluster)?;
        self.clusters[place].given.peering = enabled;
        Ok(())
    }

    /// The servers of a cluster have no leader for `lasting`. The new one knows of no stream.
    pub fn lose_leader(&mut self, cluster: &str, lasting: Duration) -> Result<(), UnknownCluster> {
        let place = self.place(cluster)?;
        self.lose_leader_of(place, lasting);
        Ok(())
    }

    /// Exports services, by name to peers, in place of those exported so far.
    pub fn export_services(
        &mut self,
        cluster: &str,
        services: BTreeMap<String, Vec<String>>,
    ) -> Result<(), UnknownCluster> {
        let place = self.place(cluster)?;
        self.clusters[place].export(&services);
        self.services_changed(place);
        Ok(())
    }

    /// The clusters whose server went down since this was last called: their connections are broken.
    pub fn take_broken(&mut self) -> Vec<String> {
        let broken = std::mem::take(&mut self.broken);
        broken.into_iter().map(|place| self.clusters[place].name.clone()).collect()
    }

    fn accepts(&mut self, cluster: &str, now: Duration) -> Option<usize> {
        self.run(|due| due < now);
        self.timers.reach(now);
        let place = self.places.get(cluster).copied();
        place.filter(|place| self.clusters[*place].trouble != Some(Trouble::Down))
    }

    fn place(&self, cluster: &str) -> Result<usize, UnknownCluster> {
        self.places.get(cluster).copied().ok_or_else(|| UnknownCluster(cluster.into()))
    }

    /// How long something takes here that takes Consul so many milliseconds.
    fn pace(&self, ms: f64) -> Duration {
        Duration::from_secs_f64((ms / 1_000.0 / self.speed).min(PACE_MAX_SECONDS))
    }

    /// The date, since 1970.
    fn date(&self) -> Duration {
        self.began + self.timers.now()
    }

    fn run(&mut self, is_due: impl Fn(Duration) -> bool) {
        while let Some(event) = self.timers.pop(&is_due) {
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
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
