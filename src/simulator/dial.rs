//! The dialing side of a stream: the address that it dials, and its retries.

use std::time::Duration;

use super::World;
use super::store::Record;
use super::stream::{ANSWER_MS, End};
use super::timer::{Event, Timer};

const CONNECT_MS: f64 = 6.0; // TCP and TLS
const RETRY_MAX_MS: f64 = 64_000.0;
/// Retries after a refusal by a server that is not the leader, which usually lasts only for a moment.
const QUICK_RETRIES: i32 = 5;
const QUICK_RETRY_MS: f64 = 8.0;
const QUICK_RETRY_MAX_MS: f64 = 8_192.0;

/// A dialed peering, with the data of its record when it was first dialed. The addresses are read for each attempt.
#[derive(Debug)]
pub struct Call {
    pub secret: String,
    server_name: String,
    authorities: Vec<String>,
    peer_id: String,
    /// The addresses to dial if the record no longer exists.
    addresses: Vec<String>,
    failures: i32,
    timer: Option<Timer>,
}

impl World {
    /// Opens a stream for a peering, and reopens it whenever it breaks.
    pub(super) fn dial(&mut self, cluster_index: usize, id: &str) {
        self.stop_dialing(cluster_index, id);
        let store = &self.clusters[cluster_index].store;
        let (Some(record), Some(secret)) = (store.by_id(id), store.active_secret(id)) else { return };
        let call = Call {
            secret: secret.into(),
            server_name: record.server_name.clone(),
            authorities: record.authorities.clone(),
            peer_id: record.peer_id.clone(),
            addresses: record.addresses_to_dial().to_vec(),
            failures: 0,
            timer: None,
        };
        self.streams_of(cluster_index).note(id);
        self.streams_of(cluster_index).calls.insert(id.into(), call);
        self.connect_after(&End { cluster: cluster_index, id: id.into() }, self.scaled(CONNECT_MS));
    }

    fn connect_after(&mut self, end: &End, delay: Duration) {
        let End { cluster, id } = end.clone();
        let timer = self.timers.set_after(delay, Event::Connect { cluster, id });
        if let Some(call) = self.streams_of(cluster).calls.get_mut(&end.id) {
            call.timer = Some(timer);
        }
    }

    pub(super) fn connect(&mut self, dialer: End) {
        let cluster = &self.clusters[dialer.cluster];
        let Some(call) = cluster.streams.calls.get(&dialer.id) else { return };
        let addresses = cluster.store.by_id(&dialer.id).map_or(call.addresses.as_slice(), Record::addresses_to_dial);
        let found = match addresses.len() {
            0 => None,
            count => {
                let address = &addresses[call.failures as usize % count];
                self.reach(address, &call.server_name, &call.authorities).ok()
            }
        };
        let Some(far) = found else { return self.retry(&dialer, false) };
        let acceptor = End { cluster: far, id: call.peer_id.clone() };
        let stream = self.open(dialer.clone(), acceptor);
        let timer = self.timers.set_after(self.scaled(ANSWER_MS), Event::Answer { stream });
        if let Some(call) = self.streams_of(dialer.cluster).calls.get_mut(&dialer.id) {
            call.timer = Some(timer);
        }
    }

    pub(super) fn retry(&mut self, dialer: &End, quickly: bool) {
        let now = self.timers.now();
        let streams = self.streams_of(dialer.cluster);
        let Some(call) = streams.calls.get_mut(&dialer.id) else { return };
        call.failures += 1;
        let failures = call.failures;
        let answer = call.timer.take();
        streams.note(&dialer.id).status.sent = Some(now);
        self.timers.cancel(answer);
        let ms = if quickly {
            (QUICK_RETRY_MS * 2f64.powi((failures - QUICK_RETRIES).max(0))).min(QUICK_RETRY_MAX_MS)
        } else {
            (1_000.0 * 2f64.powi(failures)).min(RETRY_MAX_MS)
        };
        self.connect_after(dialer, self.scaled(ms) + self.scaled(CONNECT_MS));
    }

    pub(super) fn stop_dialing(&mut self, cluster_index: usize, id: &str) {
        let call = self.streams_of(cluster_index).calls.remove(id);
        self.timers.cancel(call.and_then(|call| call.timer));
    }
}
