//! Consul clusters in memory that peer with each other and answer like real ones, without input and output of their own:
//! requests and the time are arguments, chance comes from a seed. It knows nothing of the rest of the crate, as Consul
//! does not.
//!
//! A request is handled at once or waits; [`World::advance`] moves the time, and [`World::take_outcomes`] gives what has
//! ended. What is not simulated: `pkg/simulator.d.ts` says so, and the same holds here but for [`World::rebuild`] and
//! [`World::set_peering`].

mod acl;
mod agent;
mod api;
mod authorize;
mod blocking;
mod certificate;
mod cluster;
mod delete;
mod dial;
mod establish;
mod fault;
mod generate_token;
mod go;
pub mod host;
mod http;
mod in_flight;
mod json;
mod leader;
mod limiter;
mod network;
mod options;
mod peering;
mod peering_token;
mod query;
mod random;
mod response;
mod store;
mod stream;
mod time;
mod timer;
mod unmarshal;
mod validate;
mod version;

use std::collections::BTreeMap;
use std::time::Duration;

pub use fault::{Fault, FaultId, Match, When};
pub use http::{Headers, Outcome, Request, Response};
pub use options::{Access, AclOptions, AclRules, ClusterOptions, InvalidOption, Options};
pub use timer::RequestId;
pub use version::NEWEST;

use cluster::{Cluster, Trouble};
use fault::Faults;
use in_flight::InFlight;
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
    outcomes: Vec<(RequestId, Outcome)>,
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
        };
        for place in 0..world.clusters.len() {
            world.start_leader(place);
        }
        Ok(world)
    }

    /// A request to a cluster's agent at `now`. What was due before happens first; what is due at the same instant may
    /// still come after it.
    pub fn handle(&mut self, cluster: &str, request: Request, now: Duration) -> Handled {
        self.run(|due| due < now);
        self.timers.reach(now);
        let place = self.places.get(cluster).copied();
        let Some(place) = place.filter(|place| self.clusters[*place].trouble != Some(Trouble::Down)) else {
            return Handled::Done(Outcome::Refused);
        };
        let id = self.receive_request(place, request);
        match self.outcomes.iter().position(|(ended, _)| *ended == id) {
            Some(at) => Handled::Done(self.outcomes.remove(at).1),
            None => Handled::Wait(id),
        }
    }

    /// The caller of a request has gone. What was being written is written all the same.
    pub fn abort(&mut self, id: RequestId) {
        self.break_off(id, None);
        self.outcomes.retain(|(ended, _)| *ended != id);
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

    /// The requests that have ended since this was last called, in their order.
    pub fn take_outcomes(&mut self) -> Vec<(RequestId, Outcome)> {
        std::mem::take(&mut self.outcomes)
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
    /// `Duration::MAX`: for good), then back with its peerings and without its streams.
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
        self.clusters[place].exports = services;
        Ok(())
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
            match event {
                Event::Resume(id) => self.resume(id),
                Event::Sync { cluster } => self.sync_peerings(cluster),
                Event::Remove { cluster, id } => self.remove_marked(cluster, &id),
                Event::Recover { cluster } => self.recover(cluster),
                Event::Connect { cluster, id } => self.connect(End { cluster, id }),
                Event::Answer { stream } => self.answer_stream(stream),
                Event::Authority { cluster, id, stream } => self.receive_authority(cluster, id, stream),
                Event::Addresses { cluster, id, stream } => self.receive_addresses(cluster, &id, stream),
                Event::Terminated { cluster, id } => self.terminated(cluster, &id),
            }
        }
    }
}
