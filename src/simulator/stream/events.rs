//! What happens on the streams between clusters.

use std::collections::BTreeSet;

use super::{ANSWER_MS, End, Note, Status, Stream, Streams};
use crate::World;
use crate::cluster::Outage;
use crate::peering_token::Remote;
use crate::store::{Record, Secrets, State};
use crate::timer::Event;

const MESSAGE_MS: f64 = 1.0;
const HEARTBEAT_MS: f64 = 15_000.0;

impl World {
    pub(crate) fn streams_of(&mut self, cluster_index: usize) -> &mut Streams {
        &mut self.clusters[cluster_index].streams
    }

    /// The current status of a peering's stream. None if a stream was never opened.
    pub(crate) fn stream_status(&self, cluster_index: usize, id: &str) -> Option<Status> {
        self.clusters[cluster_index].streams.notes.get(id).map(|note| self.live(note))
    }

    /// The status including the heartbeats of an open stream.
    fn live(&self, note: &Note) -> Status {
        let mut status = note.status.clone();
        if note.other.is_none() {
            return status;
        }
        let beat = self.scaled(HEARTBEAT_MS);
        let beats = ((self.timers.now() - status.since).as_nanos() / beat.as_nanos().max(1)) as u32;
        if beats > 0 {
            status.heartbeat = Some(status.since + beat * beats);
            status.received = status.received.max(status.heartbeat);
        }
        status
    }

    /// Opens a stream, before the acceptor's response.
    pub(crate) fn open(&mut self, dialer: End, acceptor: End) -> u64 {
        // In Consul, a dialer counts as connected before the acceptor has accepted the stream.
        self.connected(&dialer);
        self.stream_serial += 1;
        let stream = self.stream_serial;
        for end in [&dialer, &acceptor] {
            self.streams_of(end.cluster).open.entry(end.id.clone()).or_default().insert(stream);
        }
        self.open_streams.insert(stream, Stream { dialer, acceptor, accepted: false });
        stream
    }

    fn close(&mut self, stream: u64) -> Option<Stream> {
        let closed = self.open_streams.remove(&stream)?;
        for end in [&closed.dialer, &closed.acceptor] {
            let open = &mut self.streams_of(end.cluster).open;
            if let Some(streams) = open.get_mut(&end.id) {
                streams.remove(&stream);
                if streams.is_empty() {
                    open.remove(&end.id);
                }
            }
        }
        Some(closed)
    }

    /// Breaks a stream. The dialer retries.
    fn fail_stream(&mut self, stream: u64, quickly: bool) {
        let Some(Stream { dialer, acceptor, accepted }) = self.close(stream) else { return };
        if accepted {
            self.broken(&acceptor);
        }
        self.broken(&dialer);
        self.retry(&dialer, quickly);
    }

    /// Closes the stream of a peering that was deleted, and sends a termination.
    pub(crate) fn send_termination(&mut self, cluster_index: usize, id: &str) {
        for stream in self.streams_of(cluster_index).open.get(id).cloned().unwrap_or_default() {
            let Some(Stream { dialer, acceptor, .. }) = self.close(stream) else { continue };
            let End { cluster, id } =
                if dialer.cluster == cluster_index && dialer.id == id { acceptor } else { dialer };
            self.timers.set_after(self.scaled(ANSWER_MS), Event::Terminated { cluster, id });
        }
        self.stop_dialing(cluster_index, id);
        self.streams_of(cluster_index).notes.remove(id);
    }

    /// Closes all streams when the servers stop. For the other ends, they break.
    pub(crate) fn forget_streams(&mut self, cluster_index: usize) {
        let open: BTreeSet<u64> = self.streams_of(cluster_index).open.values().flatten().copied().collect();
        for stream in open {
            self.fail_stream(stream, false);
        }
        let calls: Vec<String> = self.streams_of(cluster_index).calls.keys().cloned().collect();
        for id in calls {
            self.stop_dialing(cluster_index, &id);
        }
        self.streams_of(cluster_index).notes.clear();
    }

    /// The acceptor's response to the first message of a dialer.
    pub(crate) fn answer_stream(&mut self, stream: u64) {
        let Some(Stream { dialer, acceptor, .. }) = self.open_streams.get(&stream) else { return };
        let (dialer, acceptor) = (dialer.clone(), acceptor.clone());
        let acceptor_cluster = &self.clusters[acceptor.cluster];
        if acceptor_cluster.outage.is_some() {
            return self.fail_stream(stream, true);
        }
        let Some(record) = acceptor_cluster.store.by_id(&acceptor.id) else { return self.fail_stream(stream, false) };
        if !record.is_active() {
            if record.state == State::Terminated {
                return self.fail_stream(stream, false);
            }
            self.close(stream);
            return self.terminated(dialer.cluster, &dialer.id);
        }
        let Some(call) = self.clusters[dialer.cluster].streams.calls.get(&dialer.id) else { return };
        let secrets = acceptor_cluster.store.secrets(&record.id);
        let secret = Some(&call.secret);
        if secret != secrets.active.as_ref() {
            if secret != secrets.pending.as_ref() {
                return self.fail_stream(stream, false);
            }
            let datacenter = self.clusters[dialer.cluster].datacenter.clone();
            let record = Record { remote: Remote { datacenter, ..Remote::default() }, ..record.clone() };
            let state = Some(record.state);
            let secrets = Secrets { establishment: secrets.establishment, active: secrets.pending, pending: None };
            let _ = self.write(acceptor.cluster, record, state, Some(secrets));
        }
        if self.clusters[acceptor.cluster].streams.is_connected(&acceptor.id) {
            // Consul allows only one stream, but the refused one still changes the status of the peering.
            self.broken(&acceptor);
            return self.fail_stream(stream, false);
        }
        if let Some(open) = self.open_streams.get_mut(&stream) {
            open.accepted = true;
        }
        self.connected(&acceptor);
        self.introduce(&acceptor, stream, &dialer);
        self.introduce(&dialer, stream, &acceptor);
    }

    /// Schedules the first messages: each side sends its authority, then the acceptor its addresses.
    fn introduce(&mut self, end: &End, stream: u64, other: &End) {
        let End { cluster, id } = end.clone();
        self.streams_of(cluster).note(&id).other = Some((stream, other.clone()));
        self.timers.set_after(self.scaled(MESSAGE_MS), Event::Authority { cluster, id, stream });
        if self.has_exports(end, other) {
            self.export_soon(end);
        }
    }

    /// Whether this end exports services to the other, or did before.
    fn has_exports(&self, here: &End, there: &End) -> bool {
        let cluster = &self.clusters[here.cluster];
        cluster.entries.get("exported-services", "default").is_some()
            || self.clusters[there.cluster].imports.contains_key(&there.id)
    }

    /// Sends a new authority over every open stream.
    pub(crate) fn send_authority(&mut self, cluster_index: usize) {
        let others: Vec<_> =
            self.clusters[cluster_index].streams.notes.values().filter_map(|note| note.other.clone()).collect();
        for (stream, End { cluster, id }) in others {
            self.timers.set_after(self.scaled(MESSAGE_MS), Event::Authority { cluster, id, stream });
        }
    }

    pub(crate) fn receive_authority(&mut self, cluster_index: usize, id: String, stream: u64) {
        let now = Some(self.timers.now());
        let Some(other) = self.clusters[cluster_index].streams.other_end(&id, stream) else { return };
        let pem = self.clusters[other.cluster].authority.pem.clone();
        let note = self.streams_of(cluster_index).note(&id);
        (note.status.received, note.status.sent) = (now, now);
        self.receive(cluster_index, &id, |record| record.authorities = vec![pem]);
        if self.clusters[cluster_index].streams.calls.contains_key(&id) {
            self.timers.set_after(self.scaled(MESSAGE_MS), Event::Addresses { cluster: cluster_index, id, stream });
        }
    }

    pub(crate) fn receive_addresses(&mut self, cluster_index: usize, id: &str, stream: u64) {
        let Some(other) = self.clusters[cluster_index].streams.other_end(id, stream) else { return };
        let addresses = self.clusters[other.cluster].peer_addresses();
        // Without a gateway, there is no address.
        if !addresses.is_empty() {
            self.receive(cluster_index, id, |record| record.addresses = addresses);
        }
    }

    /// Updates a record with data that was received over a stream.
    fn receive(&mut self, cluster_index: usize, id: &str, change: impl FnOnce(&mut Record)) {
        let Some(record) = self.clusters[cluster_index].store.by_id(id).filter(|record| record.is_active()) else {
            return;
        };
        let mut record = record.clone();
        change(&mut record);
        let state = Some(record.state);
        let _ = self.write(cluster_index, record, state, None);
    }

    fn connected(&mut self, end: &End) {
        let micros = self.random.between(1.0, 999_999.0);
        let since = self.timers.now();
        let status = &mut self.streams_of(end.cluster).note(&end.id).status;
        *status = Status { connected: true, broken: false, since, micros, ..std::mem::take(status) };
    }

    pub(crate) fn terminated(&mut self, cluster_index: usize, id: &str) {
        if self.clusters[cluster_index].outage == Some(Outage::Down) {
            return;
        }
        self.disconnected(cluster_index, id).broken = false;
        self.stop_dialing(cluster_index, id);
        self.clusters[cluster_index].imports.remove(id);
        if self.clusters[cluster_index].store.terminate(id) {
            self.changed(cluster_index);
        }
    }

    /// Marks a stream as ended without a termination.
    fn broken(&mut self, end: &End) {
        let now = self.timers.now();
        let status = self.disconnected(end.cluster, &end.id);
        status.broken = true;
        status.received = Some(now);
    }

    fn disconnected(&mut self, cluster_index: usize, id: &str) -> &mut Status {
        let status = self.stream_status(cluster_index, id).unwrap_or_default();
        let note = self.streams_of(cluster_index).note(id);
        *note = Note { status: Status { connected: false, ..status }, other: None, is_exporting: false };
        &mut note.status
    }
}
