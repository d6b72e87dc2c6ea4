//! Timers and their events. Among the events of one instant, immediate ones come first, then the others in the order in which
//! they were set.

use std::collections::BTreeMap;
use std::time::Duration;

/// Identifies a pending request.
pub type RequestId = u64;

/// A scheduled event. Clusters are identified by their index, peerings by their id.
#[derive(Debug)]
pub enum Event {
    /// A request continues.
    Resume(RequestId),
    /// The leader syncs all peerings.
    Sync { cluster: usize },
    /// The leader removes a peering that is marked for deletion.
    Remove { cluster: usize, id: String },
    /// An outage ends.
    Recover { cluster: usize },
    /// A dialer opens its stream.
    Connect { cluster: usize, id: String },
    /// The acceptor answers a dialer's first message.
    Answer { stream: u64 },
    /// The certificate of the other side arrives over a stream.
    Authority { cluster: usize, id: String, stream: u64 },
    /// The addresses of the acceptor arrive over a stream.
    Addresses { cluster: usize, id: String, stream: u64 },
    /// The exports of a cluster arrive at a peer over a stream.
    Exports { cluster: usize, id: String, stream: u64 },
    /// The termination by the other side arrives.
    Terminated { cluster: usize, id: String },
}

impl Event {
    /// Whether the event belongs to a server, as opposed to a request.
    fn is_server_event(&self) -> bool {
        !matches!(self, Self::Resume(_))
    }
}

/// Identifies a timer: when it is due, whether it is not immediate, and its serial number.
pub type Timer = (Duration, bool, u64);

#[derive(Debug, Default)]
pub struct Timers {
    now: Duration,
    serial: u64,
    pending: BTreeMap<Timer, Event>,
    /// Whether events of servers are paused.
    pub is_held: bool,
    /// Whether timers are rounded up to whole milliseconds.
    pub in_whole_ms: bool,
}

impl Timers {
    pub fn now(&self) -> Duration {
        self.now
    }

    pub fn set(&mut self, due: Duration, event: Event) -> Timer {
        self.insert(due.max(self.now), true, event)
    }

    /// At the current instant, before other events.
    pub fn set_immediate(&mut self, event: Event) -> Timer {
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

    pub fn set_after(&mut self, delay: Duration, event: Event) -> Timer {
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

    /// Whether there is an immediate event.
    pub fn has_immediate(&self) -> bool {
        self.first().is_some_and(|(_, ahead, _)| !ahead)
    }

    fn first(&self) -> Option<Timer> {
        self.pending.iter().find(|(_, event)| !(self.is_held && event.is_server_event())).map(|(timer, _)| *timer)
    }

    /// Takes the next event that is due, and advances the time to it.
    pub fn pop(&mut self, is_due: impl Fn(Duration) -> bool) -> Option<Event> {
        let timer = self.first().filter(|(due, ..)| is_due(*due))?;
        self.now = self.now.max(timer.0);
        self.pending.remove(&timer)
    }

    /// The serial numbers of the events of servers, the next one first.
    pub fn server_events(&self) -> impl Iterator<Item = u64> {
        self.pending.iter().filter(|(_, event)| event.is_server_event()).map(|((.., serial), _)| *serial)
    }

    /// Takes an event before it is due.
    pub fn take(&mut self, serial: u64) -> Option<Event> {
        let timer = *self.pending.keys().find(|(.., each)| *each == serial)?;
        self.pending.remove(&timer)
    }

    /// Advances the time.
    pub fn reach(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }
}
