//! What the callers of a history have sent and seen, and what was found to be wrong.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use consul_peering::consul::peering::Peering;

use crate::coverage::{Condition, Mishap, Triple};
use crate::flaws::Endless;
use crate::history::Op;
use crate::operation::Given;

/// A write whose response was lost may act for so long: Consul tries the exchange of secrets for 3 s.
const LATE: Duration = Duration::from_millis(4_000);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A call ends within its time.
    InTime,
    /// With it ends every request that it has sent.
    EndsOnce,
    /// A write whose response was lost is not sent a second time without a read in between.
    SentOnce,
    /// What an error or progress says of leftovers is so.
    ClaimsAreTrue,
    /// What exists was reported.
    NothingUnsaid,
    /// A live peering of another call is not touched.
    NeverDestroyed,
    /// What a call returns is so.
    DoneIsDone,
    /// An error's code says what was answered.
    ErrorsTell,
    /// The same intent, once nothing goes wrong any more, is reached.
    IntentIsReached,
    NoSecrets,
    NoPanic,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub rule: Rule,
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.rule, self.text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Token,
    Establish,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is under way, or its caller gave up.
    Open,
    /// It did not arrive.
    Refused,
    /// The connection broke.
    Lost,
    Answered(u16, String),
}

/// A request that may change a peering.
pub struct Write {
    pub call: usize,
    pub cluster: String,
    pub name: String,
    pub kind: Kind,
    pub sent: Duration,
    pub at: Option<Duration>,
    pub ended: Ended,
    pub before: Option<Peering>,
}

impl Write {
    /// Consul has not acted, and will not.
    pub fn is_harmless(&self) -> bool {
        match &self.ended {
            Ended::Refused => true,
            Ended::Answered(status, text) => {
                matches!(status, 300..=499)
                    || text.contains("No cluster leader")
                    || text.contains("marked for deletion")
            }
            _ => false,
        }
    }

    /// Whether its caller knows what it has done.
    pub fn is_answered(&self) -> bool {
        match &self.ended {
            Ended::Open | Ended::Lost => false,
            Ended::Refused => true,
            // A page of a proxy is no answer of Consul's.
            Ended::Answered(status, text) => {
                let is_empty = text.is_empty() && self.kind != Kind::Delete;
                !(matches!(status, 502..=504) || text.starts_with('<') || is_empty)
            }
        }
    }
}

/// A peering as a call has read it.
pub struct Seen {
    pub call: usize,
    pub cluster: String,
    pub name: String,
    pub sent: Duration,
    pub peering: Option<Peering>,
}

pub struct Made {
    pub op: Op,
    pub at: &'static str,
    pub other: &'static str,
    pub started: Duration,
    pub ended: Option<Duration>,
    pub has_crashed: bool,
    pub has_succeeded: bool,
    /// Of an establish: where its token leads.
    pub token: Option<Token>,
    /// The peerings whose state it has reported on the way, and the state that came last.
    pub shown: BTreeMap<(String, String), String>,
    /// Where it has reported what exists, as cluster and name.
    pub reported: Vec<(String, String)>,
    /// Requests that are under way.
    pub open: u32,
    /// What exists under its name when it begins.
    pub found: Condition,
    /// What goes wrong meanwhile.
    pub met: BTreeSet<Mishap>,
}

/// A response that is no success, or a request without one.
pub struct Failure {
    pub call: usize,
    /// Nothing: there was no response.
    pub status: Option<u16>,
    pub text: String,
}

impl Made {
    fn is_on(&self, cluster: &str) -> bool {
        matches!(self.op, Op::Mesh | Op::PlanMesh) || [self.at, self.other].contains(&cluster)
    }
}

/// A peering token that a call got.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub peer_id: String,
    pub server_name: String,
}

/// The calls that a fault has met.
pub type MetBy = Arc<Mutex<Vec<usize>>>;

#[derive(Default)]
pub struct Log {
    /// The names that peerings have.
    pub names: RefCell<Vec<&'static str>>,
    pub writes: RefCell<Vec<Write>>,
    pub seen: RefCell<Vec<Seen>>,
    /// When a call last sent a read of a peering or of all, by call and cluster.
    pub reads: RefCell<BTreeMap<(usize, String), Duration>>,
    pub failures: RefCell<Vec<Failure>>,
    /// The clusters that lost their data, and until when they were down.
    pub rebuilt: RefCell<Vec<(&'static str, Duration)>>,
    /// The faults that were ordered, and the calls that each has met.
    pub ordered: RefCell<Vec<(Mishap, MetBy)>>,
    pub covered: RefCell<BTreeSet<Triple>>,
    pub made: RefCell<Vec<Made>>,
    pub tokens: RefCell<Vec<Token>>,
    pub secrets: RefCell<Vec<String>>,
    pub violations: RefCell<Vec<Violation>>,
    /// Of flaws: what the first read of a peering gave, and requests that are never dropped.
    pub first_reads: RefCell<BTreeMap<(String, String), Vec<Given>>>,
    pub endless: RefCell<Vec<Endless>>,
    pub requests: Cell<u32>,
    /// How long the network takes each way, at most so far.
    pub delay: Cell<Duration>,
    pub is_shown: bool,
}

impl Log {
    pub fn violate(&self, rule: Rule, text: String) {
        self.show(|| format!("VIOLATION of {rule:?}: {text}"));
        self.violations.borrow_mut().push(Violation { rule, text });
    }

    pub fn show(&self, line: impl FnOnce() -> String) {
        if self.is_shown {
            eprintln!("{}", line());
        }
    }

    /// Something goes wrong with a call that has not ended.
    pub fn meet(&self, call: usize, mishap: Mishap) {
        let made = &mut self.made.borrow_mut()[call];
        if made.ended.is_none() {
            made.met.insert(mishap);
        }
    }

    /// The calls that have met a fault since this was last called.
    pub fn meet_faults(&self) {
        for (mishap, met) in &*self.ordered.borrow() {
            for call in met.lock().expect("one thread").drain(..) {
                self.made.borrow_mut()[call].met.insert(*mishap);
            }
        }
    }

    /// Something happens to a cluster, or to all: every call under way there meets it.
    pub fn meet_all(&self, cluster: Option<&str>, mishap: Mishap) {
        for made in self.made.borrow_mut().iter_mut().filter(|made| made.ended.is_none()) {
            if cluster.is_none_or(|cluster| made.is_on(cluster)) {
                made.met.insert(mishap);
            }
        }
    }

    /// Whether another call wrote under a name, or may have, or the cluster lost its data, since `from`.
    pub fn is_touched(&self, call: usize, cluster: &str, name: &str, from: Duration) -> bool {
        if self.rebuilt.borrow().iter().any(|(rebuilt, until)| *rebuilt == cluster && *until >= from) {
            return true;
        }
        let made = self.made.borrow();
        self.writes.borrow().iter().any(|write| {
            let until = match (&write.ended, write.at) {
                (Ended::Answered(..) | Ended::Refused, Some(at)) if write.is_answered() => at,
                (_, Some(at)) => at + LATE,
                (_, None) => made[write.call].ended.map_or(Duration::MAX, |ended| ended + LATE),
            };
            write.call != call && write.cluster == cluster && write.name == name && until >= from
        })
    }

    /// What a call read last under a name; nothing where it has not.
    pub fn last_seen(&self, call: usize, cluster: &str, name: &str) -> Option<(Duration, Option<Peering>)> {
        let seen = self.seen.borrow();
        let last = seen.iter().rev().find(|seen| seen.call == call && seen.cluster == cluster && seen.name == name)?;
        Some((last.sent, last.peering.clone()))
    }

    /// No text may hold a secret.
    pub fn check_text(&self, call: usize, text: &str) {
        if self.secrets.borrow().iter().any(|secret| text.contains(secret.as_str())) {
            let op = self.made.borrow()[call].op;
            self.violate(Rule::NoSecrets, format!("call {call}, {op:?}, repeats a secret"));
        }
    }
}

/// A record in a few words.
pub fn brief(peering: Option<&Peering>) -> String {
    let Some(Peering { id, state, role, peer_id, create_index, modify_index, .. }) = peering else {
        return "none".into();
    };
    let linked = peer_id.as_ref().map(|id| format!(" -> {}", &id[..8])).unwrap_or_default();
    format!("{} {}{linked} {state} {create_index}/{modify_index}", role.name(), &id[..8])
}
