//! What happens by itself, and when. Of the events of one instant, those happen first that follow from what has just
//! happened, then the others in the order in which they were set.

use std::collections::BTreeMap;
use std::time::Duration;

/// Identifies a request from when it is handled until its outcome is taken.
pub type RequestId = u64;

/// Something that becomes due. A cluster is given by its place, a peering by its id.
#[derive(Debug)]
pub enum Event {
    /// A request continues.
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
    /// What a cluster exports to a peer reaches it over a stream.
    Exports { cluster: usize, id: String, stream: u64 },
    /// The other side has deleted its half.
    Terminated { cluster: usize, id: String },
}

impl Event {
    /// Servers do it by themselves; no request waits for it.
    fn is_by_itself(&self) -> bool {
        !matches!(self, Self::Resume(_))
    }
}

/// A timer that is set: when it is due, whether it was set ahead of that instant, and its number.
pub type Timer = (Duration, bool, u64);

#[derive(Debug, Default)]
pub struct Timers {
    now: Duration,
    serial: u64,
    pending: BTreeMap<Timer, Event>,
    /// What servers do by themselves does not become due.
    pub is_held: bool,
    /// Everything becomes due at a whole millisecond.
    pub in_whole_ms: bool,
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

    fn insert(&mut self, mut due: Duration, ahead: bool, event: Event) -> Timer {
        self.serial += 1;
        let below = due.subsec_nanos() % 1_000_000;
        if self.in_whole_ms && below > 0 {
            due = due.saturating_add(Duration::from_nanos(u64::from(1_000_000 - below)));
        }
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
        self.first().map(|(due, ..)| due)
    }

    /// Whether an event is set that happens before anything else that is due.
    pub fn has_at_once(&self) -> bool {
        self.first().is_some_and(|(_, ahead, _)| !ahead)
    }

    fn first(&self) -> Option<Timer> {
        self.pending.iter().find(|(_, event)| !(self.is_held && event.is_by_itself())).map(|(timer, _)| *timer)
    }

    /// The next event that is due, whose instant becomes the present.
    pub fn pop(&mut self, is_due: impl Fn(Duration) -> bool) -> Option<Event> {
        let timer = self.first().filter(|(due, ..)| is_due(*due))?;
        self.now = self.now.max(timer.0);
        self.pending.remove(&timer)
    }

    /// The serials of what servers do by themselves, in the order in which it becomes due.
    pub fn by_themselves(&self) -> impl Iterator<Item = u64> {
        self.pending.iter().filter(|(_, event)| event.is_by_itself()).map(|((.., serial), _)| *serial)
    }

    /// An event, before it is due.
    pub fn take(&mut self, serial: u64) -> Option<Event> {
        let timer = *self.pending.keys().find(|(.., each)| *each == serial)?;
        self.pending.remove(&timer)
    }

    /// Moves the present forward.
    pub fn reach(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }
}
