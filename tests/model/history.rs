//! A history: callers that make calls one after another, and failures.

use consul_peering::simulator::host::Conditions;
use consul_peering::simulator::{Fault, Options};

/// A cluster without calls. It is peered with the first one as [`LEGACY`], and sometimes under a name of the pairs as well.
pub const OUTSIDER: &str = "old";
pub const LEGACY: &str = "legacy";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `token`: 0 for the peering token that was generated last, 1 for the one before, …
    Establish {
        token: usize,
        wait: bool,
        replace: bool,
    },
    Generate {
        replace: bool,
    },
    Read,
    List,
    Delete {
        wait: bool,
    },
    Wait {
        gone: bool,
    },
    Connect,
    Rotate,
    Disconnect {
        force: bool,
    },
    Mesh,
    Permissions,
    Identify,
    /// Until the timeout.
    Watch {
        all: bool,
    },
    Plan,
    PlanRotation,
    PlanDisconnect,
    PlanMesh,
}

/// The external addresses of the acceptor in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    Omitted,
    None,
    Right,
    /// Unreachable.
    Wrong,
}

/// The ACL token of a call, if the cluster has ACLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Everything,
    Read,
    Anonymous,
    Unknown,
}

/// A call on the cluster `at`, which is the acceptor of a pair.
#[derive(Clone, Debug)]
pub struct Planned {
    pub at: &'static str,
    pub other: &'static str,
    pub op: Op,
    pub timeout: u64,
    pub abort_after: Option<u64>,
    /// The number of polls after which the caller crashes.
    pub crash_after: Option<u32>,
    /// The value of a meta tag.
    pub meta: Option<&'static str>,
    pub addresses: Addresses,
    pub access: Access,
}

impl Planned {
    /// A call without failures.
    pub fn new(at: &'static str, other: &'static str, op: Op) -> Self {
        Self {
            at,
            other,
            op,
            timeout: 60_000,
            abort_after: None,
            crash_after: None,
            meta: None,
            addresses: Addresses::None,
            access: Access::Everything,
        }
    }
}

#[derive(Clone, Debug)]
pub enum What {
    Call(Planned),
    /// Something else happens during the call, this many ms after its start.
    Interrupted(Planned, u64, Box<What>),
    Restart(&'static str, u64),
    LoseLeader(&'static str, u64),
    /// The servers restart without data.
    Rebuild(&'static str, u64),
    RotateAuthority(&'static str),
    StepClock(f64),
    Network(Conditions),
    /// With the number of requests that it applies to.
    Fault(&'static str, Fault, u32),
}

/// An action of one party, `after` ms after its previous one.
#[derive(Clone, Debug)]
pub struct Item {
    pub party: usize,
    pub after: u64,
    pub what: What,
}

/// The parties: two callers, and the environment.
pub const CALLERS: usize = 2;
pub const ENVIRONMENT: usize = CALLERS;

/// A continuous watch: a cluster, and one of its peerings or all.
pub type Watched = (&'static str, Option<&'static str>);

impl What {
    /// The calls.
    pub fn calls(&self) -> Vec<&Planned> {
        match self {
            Self::Call(planned) => vec![planned],
            Self::Interrupted(planned, _, what) => [planned].into_iter().chain(what.calls()).collect(),
            _ => Vec::new(),
        }
    }
}

pub struct History {
    pub names: Vec<&'static str>,
    pub options: Options,
    /// Whether a live peering with the outsider has a name that the calls use.
    pub is_name_taken: bool,
    pub items: Vec<Item>,
    pub watched: Option<Watched>,
}
