//! The log of a history: the requests and reads of all calls, and the violations.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::peering::Peering;

use crate::coverage::{Condition, FailureMode, Triple};
use crate::flaws::Endless;
use crate::history::Op;
use crate::operation::HealthInput;

/// How long a write may take effect after its response was lost: Consul tries the exchange of secrets for 3 s.
const LATE: Duration = Duration::from_millis(4_000);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A call ends within its timeout.
    InTime,
    /// A call sends no request after its end, and its requests end with it.
    EndsOnce,
    /// After a write whose response was lost, there is a read before the next write.
    SentOnce,
    /// The leftovers in errors and progress are true.
    ClaimsAreTrue,
    /// Each peering that exists was reported.
    AllIsReported,
    /// A live peering of another call is not changed.
    NeverDestroyed,
    /// The result of a call is true.
    DoneIsDone,
    /// The code of an error matches the responses.
    ErrorsAreTrue,
    /// Repeating the call without failures succeeds.
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
    /// It is pending, or its caller has given up.
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
    /// Whether it certainly has no effect.
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

    /// Whether its caller knows the effect.
    pub fn is_answered(&self) -> bool {
        match &self.ended {
            Ended::Open | Ended::Lost => false,
            Ended::Refused => true,
            // HTML comes from a proxy, not from Consul.
            Ended::Answered(status, text) => {
                let is_empty = text.is_empty() && self.kind != Kind::Delete;
                !(matches!(status, 502..=504) || text.starts_with('<') || is_empty)
            }
        }
    }
}

/// A peering that a call has read.
#[derive(Clone)]
pub struct PeeringRead {
    pub call: usize,
    pub cluster: String,
    pub name: String,
    pub sent: Duration,
    /// A server without a leader may execute it late.
    pub answered: Duration,
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
    /// The peering token of an establish.
    pub token: Option<Token>,
    /// The secrets of the streams of its pair when it started, if it is to replace them.
    pub secrets: [Option<String>; 2],
    /// The last state of each peering in its progress, by cluster and name.
    pub shown: BTreeMap<(String, String), String>,
    /// The peerings that it has reported, as cluster and name.
    pub reported: Vec<(String, String)>,
    /// The number of pending requests.
    pub open: u32,
    /// The condition of its peering when it started.
    pub found: Condition,
    /// The failures during the call.
    pub failures: BTreeSet<FailureMode>,
}

/// An error response, or a request without a response.
pub struct Failure {
    pub call: usize,
    /// None without a response.
    pub status: Option<u16>,
    pub text: String,
}

impl Made {
    fn is_on(&self, cluster: &str) -> bool {
        matches!(self.op, Op::Mesh | Op::PlanMesh) || [self.at, self.other].contains(&cluster)
    }
}

/// A peering token that a call has generated.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub peer_id: String,
    pub server_name: String,
}

/// The calls that a fault was applied to.
pub type AffectedCalls = Rc<RefCell<Vec<usize>>>;

#[derive(Default)]
pub struct Log {
    /// The names of peerings.
    pub names: RefCell<Vec<&'static str>>,
    pub writes: RefCell<Vec<Write>>,
    pub peering_reads: RefCell<Vec<PeeringRead>>,
    /// The time of the last read of peerings, by call and cluster.
    pub reads: RefCell<BTreeMap<(usize, String), Duration>>,
    pub failures: RefCell<Vec<Failure>>,
    /// The clusters that lost their data, and when their outage ended.
    pub rebuilt: RefCell<Vec<(&'static str, Duration)>>,
    /// The faults, and the calls that each was applied to.
    pub faults: RefCell<Vec<(FailureMode, AffectedCalls)>>,
    pub covered: RefCell<BTreeSet<Triple>>,
    pub made: RefCell<Vec<Made>>,
    pub tokens: RefCell<Vec<Token>>,
    pub secrets: RefCell<Vec<String>>,
    pub violations: RefCell<Vec<Violation>>,
    /// For flaws: the first result of each read, and requests that are never dropped.
    pub first_reads: RefCell<BTreeMap<(String, String), Vec<HealthInput>>>,
    pub endless: RefCell<Vec<Endless>>,
    /// The highest latency of the network so far.
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

    /// Records a failure of a pending call.
    pub fn record(&self, call: usize, failure_mode: FailureMode) {
        let made = &mut self.made.borrow_mut()[call];
        if made.ended.is_none() {
            made.failures.insert(failure_mode);
        }
    }

    /// Records the faults that were applied since the last call.
    pub fn record_faults(&self) {
        for (failure_mode, calls) in &*self.faults.borrow() {
            for call in calls.borrow_mut().drain(..) {
                self.made.borrow_mut()[call].failures.insert(*failure_mode);
            }
        }
    }

    /// Records a failure of a cluster, or of all, for every pending call there.
    pub fn record_all(&self, cluster: Option<&str>, failure_mode: FailureMode) {
        for made in self.made.borrow_mut().iter_mut().filter(|made| made.ended.is_none()) {
            if cluster.is_none_or(|cluster| made.is_on(cluster)) {
                made.failures.insert(failure_mode);
            }
        }
    }

    /// Whether since `from` another call has or may have written to a name, or the cluster has lost its data.
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

    /// The last read of a name by a call, with its time.
    pub fn last_read(&self, call: usize, cluster: &str, name: &str) -> Option<PeeringRead> {
        self.last_read_that(call, cluster, name, |_| true)
    }

    /// The last peering that a call read under a name, which may be gone since.
    pub fn last_found(&self, call: usize, cluster: &str, name: &str) -> Option<Peering> {
        self.last_read_that(call, cluster, name, |read| read.peering.is_some())?.peering
    }

    fn last_read_that(
        &self,
        call: usize,
        cluster: &str,
        name: &str,
        holds: impl Fn(&PeeringRead) -> bool,
    ) -> Option<PeeringRead> {
        let reads = self.peering_reads.borrow();
        let of_name = |read: &&PeeringRead| read.call == call && read.cluster == cluster && read.name == name;
        reads.iter().rev().filter(of_name).find(|read| holds(read)).cloned()
    }

    /// Reports a violation if a text contains a secret.
    pub fn check_text(&self, call: usize, text: &str) {
        if self.secrets.borrow().iter().any(|secret| text.contains(secret.as_str())) {
            let op = self.made.borrow()[call].op;
            self.violate(Rule::NoSecrets, format!("call {call}, {op:?}, repeats a secret"));
        }
    }
}

/// A short description of a peering.
pub fn describe(peering: Option<&Peering>) -> String {
    let Some(Peering { id, state, role, peer_id, create_index, modify_index, .. }) = peering else {
        return "none".into();
    };
    let linked = peer_id.as_ref().map(|id| format!(" -> {}", &id[..8])).unwrap_or_default();
    format!("{} {}{linked} {state} {create_index}/{modify_index}", role.name(), &id[..8])
}
