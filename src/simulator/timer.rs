//! What happens by itself, and when. Of the events of one instant, those happen first that follow from what has just
//! happened, then the others in the order in which they were set.

use std::collections::BTreeMap;
use std::time::Duration;

/// Identifies a request from when it is handled until its outcome is taken.
pub type RequestId = u64;

/// Something that becomes due. A cluster is given by its place, a peering by its id.
#[derive(Debug)]
pub enum Event {
    /// A request goes on.
    Resume(RequestId),
    /// The leader syncs all peerings.
    Sync { cluster: usize },
    /// The leader removes a peering that is marked for deletion.
    Remove { cluster: usize, id: String },
    /// The servers are back, or have a leader again.
    Recover { cluster: usize },
    /// A dialer opens its stream.
    Connect { cluster: usize, id: String },
    /// The acceptor answers a dialer's first message.
    Answer { stream: u64 },
    /// The certificate of the other side arrives over a stream.
    Authority { cluster: usize, id: String, stream: u64 },
    /// The addresses of the acceptor arrive over a stream.
    Addresses { cluster: usize, id: String, stream: u64 },
    /// The other side has deleted its half.
    Terminated { cluster: usize, id: String },
}

/// A timer that is set: when it is due, whether it was set ahead of that instant, and its number.
pub type Timer = (Duration, bool, u64);

#[derive(Debug, Default)]
pub struct Timers {
    now: Duration,
    serial: u64,
    pending: BTreeMap<Timer, Event>,
}

impl Timers {
    pub fn now(&self) -> Duration {
        self.now
    }

    pub fn set(&mut self, due: Duration, event: Event) -> Timer {
        self.insert(due.max(self.now), true, event)
    }

    /// At this instant, before anything else that is due.
    pub fn at_once(&mut self, event: Event) -> Timer {
        self.insert(self.now, false, event)
    }

    fn insert(&mut self, due: Duration, ahead: bool, event: Event) -> Timer {
        self.serial += 1;
        let timer = (due, ahead, self.serial);
        self.pending.insert(timer, event);
        timer
    }

    pub fn after(&mut self, delay: Duration, event: Event) -> Timer {
        self.set(self.now.saturating_add(delay), event)
    }

    pub fn cancel(&mut self, timer: Option<Timer>) {
        if let Some(timer) = timer {
            self.pending.remove(&timer);
        }
    }

    pub fn next(&self) -> Option<Duration> {
        self.pending.keys().next().map(|(due, ..)| *due)
    }

    /// The next event that is due, whose instant becomes the present.
    pub fn pop(&mut self, is_due: impl Fn(Duration) -> bool) -> Option<Event> {
        let entry = self.pending.first_entry().filter(|entry| is_due(entry.key().0))?;
        let ((due, ..), event) = entry.remove_entry();
        self.now = due;
        Some(event)
    }

    /// Moves the present forward.
    pub fn reach(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }
}
