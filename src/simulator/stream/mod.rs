//! The streams between clusters. The status of a stream makes a peering ACTIVE or FAILING. When one side is deleted, it sends
//! a termination, which makes the other side TERMINATED.

mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::dial::Call;

pub const ANSWER_MS: f64 = 2.0; // until the response to the first message

/// The streams of a cluster, by the id of the peering.
#[derive(Debug, Default)]
pub struct Streams {
    /// From the first connection attempt on.
    notes: BTreeMap<String, Note>,
    /// The peerings that this cluster dials.
    pub calls: BTreeMap<String, Call>,
    /// The open streams of each peering.
    open: BTreeMap<String, BTreeSet<u64>>,
}

/// The status of a stream. Times are since the start of the world.
#[derive(Clone, Debug, Default)]
pub struct Status {
    pub connected: bool,
    /// Whether it has ended without a termination.
    pub broken: bool,
    since: Duration,
    /// The fraction of a millisecond in times, constant so that repeated reads return the same time.
    pub micros: f64,
    pub heartbeat: Option<Duration>,
    pub received: Option<Duration>,
    pub sent: Option<Duration>,
    pub imported: Vec<String>,
    pub exported: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Note {
    pub status: Status,
    /// The open stream and its other end.
    other: Option<(u64, End)>,
    /// Whether exports are being sent over the stream.
    is_exporting: bool,
}

/// One end of a stream: the index of a cluster, and the id of the peering there.
#[derive(Clone, Debug)]
pub struct End {
    pub cluster: usize,
    pub id: String,
}

/// A stream that is open or being opened.
#[derive(Debug)]
pub struct Stream {
    pub dialer: End,
    pub acceptor: End,
    pub accepted: bool,
}

impl Streams {
    /// The ids of the peerings with a stream.
    pub fn connected(&self) -> Vec<String> {
        self.notes.iter().filter(|(_, note)| note.status.connected).map(|(id, _)| id.clone()).collect()
    }

    pub fn is_connected(&self, id: &str) -> bool {
        self.notes.get(id).is_some_and(|note| note.status.connected)
    }

    pub fn note(&mut self, id: &str) -> &mut Note {
        self.notes.entry(id.into()).or_default()
    }

    /// The ids of the peerings whose stream is open.
    pub fn open_ends(&self) -> Vec<String> {
        self.notes.iter().filter(|(_, note)| note.other.is_some()).map(|(id, _)| id.clone()).collect()
    }

    /// Starts sending exports, and returns the stream. None if they are already being sent.
    pub fn begin_export(&mut self, id: &str) -> Option<u64> {
        let note = self.notes.get_mut(id)?;
        let (stream, _) = note.other.as_ref()?;
        (!std::mem::replace(&mut note.is_exporting, true)).then_some(*stream)
    }

    /// Completes sending exports over this stream, and returns its other end.
    pub fn end_export(&mut self, id: &str, stream: u64) -> Option<End> {
        let end = self.other_end(id, stream).cloned()?;
        self.note(id).is_exporting = false;
        Some(end)
    }

    /// The other end of a peering's stream, if this stream is still open.
    fn other_end(&self, id: &str, stream: u64) -> Option<&End> {
        let (open, end) = self.notes.get(id)?.other.as_ref()?;
        (*open == stream).then_some(end)
    }
}
