//! The leader of a cluster. After each change of a peering, it opens streams, closes those of deleted peerings, and removes
//! peerings that are marked for deletion. Its rate is limited: it syncs all peerings up to five times in a row, then once
//! every five seconds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::World;
use super::limiter::Limiter;
use super::store::State;
use super::timer::{Event, Timer};

const SYNC_INTERVAL_MS: f64 = 5_000.0;
const SYNC_BURST: u32 = 5;
const REMOVAL_INTERVAL_MS: f64 = 100.0;
const REMOVAL_BURST: u32 = 10;

#[derive(Debug)]
pub struct Leader {
    syncs: Limiter,
    removals: Limiter,
    next_sync: Option<Timer>,
    /// By the peering's id.
    removing: BTreeMap<String, Timer>,
    /// The number of TERMINATED peerings when removals were last scheduled.
    terminated: usize,
}

impl Default for Leader {
    fn default() -> Self {
        Self {
            syncs: Limiter::new(Duration::ZERO, SYNC_BURST),
            removals: Limiter::new(Duration::ZERO, REMOVAL_BURST),
            next_sync: None,
            removing: BTreeMap::new(),
            terminated: 0,
        }
    }
}

impl World {
    /// Elects a leader.
    pub(super) fn start_leader(&mut self, cluster_index: usize) {
        self.stop_leader(cluster_index);
        let (syncs, removals) = (self.scaled(SYNC_INTERVAL_MS), self.scaled(REMOVAL_INTERVAL_MS));
        let leader = &mut self.clusters[cluster_index].leader;
        leader.syncs = Limiter::new(syncs, SYNC_BURST);
        leader.removals = Limiter::new(removals, REMOVAL_BURST);
        self.wake_leader(cluster_index);
    }

    pub(super) fn stop_leader(&mut self, cluster_index: usize) {
        let leader = &mut self.clusters[cluster_index].leader;
        self.timers.cancel(leader.next_sync.take());
        for timer in std::mem::take(&mut leader.removing).into_values() {
            self.timers.cancel(Some(timer));
        }
    }

    /// Schedules a sync after a change.
    pub(super) fn wake_leader(&mut self, cluster_index: usize) {
        if self.clusters[cluster_index].outage.is_some() {
            return;
        }
        self.schedule_removals(cluster_index);
        let leader = &mut self.clusters[cluster_index].leader;
        if leader.next_sync.is_none() {
            let due = leader.syncs.reserve(self.timers.now());
            leader.next_sync = Some(self.timers.set(due, Event::Sync { cluster: cluster_index }));
        }
    }

    pub(super) fn sync_peerings(&mut self, cluster_index: usize) {
        let cluster = &mut self.clusters[cluster_index];
        cluster.leader.next_sync = None;
        let store = &cluster.store;
        let connected = cluster.streams.connected(); // before new streams are dialed
        let is_ended = |id: &String| store.by_id(id).is_none_or(|record| !record.is_active());
        let ended: Vec<String> = connected.into_iter().filter(is_ended).collect();
        let to_dial: Vec<String> = store
            .all()
            .filter(|record| record.is_active() && record.is_dialer())
            .filter(|record| store.active_secret(&record.id).is_some() && !cluster.streams.is_connected(&record.id))
            .map(|record| record.id.clone())
            .collect();
        for id in to_dial {
            self.dial(cluster_index, &id);
        }
        for id in ended {
            self.send_termination(cluster_index, &id);
        }
    }

    /// While there are TERMINATED peerings, Consul's cleanup of these uses up the rate limit, so that removals queue.
    fn schedule_removals(&mut self, cluster_index: usize) {
        let interval = self.scaled(REMOVAL_INTERVAL_MS).as_secs_f64();
        let cluster = &mut self.clusters[cluster_index];
        let leader = &mut cluster.leader;
        let now = self.timers.now();
        for record in cluster.store.deleting() {
            if leader.removing.contains_key(&record.id) {
                continue;
            }
            if leader.terminated > 0 {
                leader.removals.drain(now);
            }
            let others = self.random.between(0.0, interval * 2.0 * leader.terminated as f64);
            let due = leader.removals.reserve(now) + Duration::from_secs_f64(others);
            let id = record.id.clone();
            let timer = self.timers.set(due, Event::Remove { cluster: cluster_index, id: id.clone() });
            leader.removing.insert(id, timer);
        }
        leader.terminated = cluster.store.terminated();
    }

    pub(super) fn remove_marked(&mut self, cluster_index: usize, id: &str) {
        let cluster = &mut self.clusters[cluster_index];
        cluster.leader.removing.remove(id);
        // If the termination by the other side made it TERMINATED meanwhile, it exists until it is deleted again.
        if cluster.store.by_id(id).is_some_and(|record| record.state == State::Deleting) {
            cluster.store.remove(id);
            cluster.imports.remove(id);
            self.changed(cluster_index);
        }
    }
}
