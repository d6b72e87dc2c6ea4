//! What happens in a history: callers that make calls one after another, and what goes wrong.

use consul_peering::simulator::host::Conditions;
use consul_peering::simulator::{Fault, Options};

/// A cluster that no call names. It is peered with the first one under [`LEGACY`], and sometimes under a name of the pairs.
pub const OUTSIDER: &str = "old";
pub const LEGACY: &str = "legacy";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// With the token that was generated last, or so many before it.
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

/// What a caller says of the external addresses of the side that accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    Unsaid,
    None,
    Right,
    /// Nothing answers there.
    Wrong,
}

/// The ACL token of a call, where the cluster has ACLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Everything,
    Read,
    Anonymous,
    Unknown,
}

/// A call on the cluster `at`; of a pair, that one accepts.
#[derive(Clone, Debug)]
pub struct Planned {
    pub at: &'static str,
    pub other: &'static str,
    pub op: Op,
    pub timeout: u64,
    pub abort_after: Option<u64>,
    /// The caller crashes after so many steps.
    pub crash_after: Option<u32>,
    /// The value of a meta tag.
    pub meta: Option<&'static str>,
    pub addresses: Addresses,
    pub access: Access,
}

impl Planned {
    /// A call in quiet times.
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
    /// So many ms after the call has begun, something else happens.
    Struck(Planned, u64, Box<What>),
    Restart(&'static str, u64),
    LoseLeader(&'static str, u64),
    /// Its servers come back without data.
    Rebuild(&'static str, u64),
    RotateAuthority(&'static str),
    StepClock(f64),
    Network(Conditions),
    /// So many requests meet it.
    Fault(&'static str, Fault, u32),
}

/// What one party does, so many ms after what it did before.
#[derive(Clone, Debug)]
pub struct Item {
    pub party: usize,
    pub after: u64,
    pub what: What,
}

/// The parties: two callers, and what goes wrong.
pub const CALLERS: usize = 2;
pub const NATURE: usize = CALLERS;

/// What is watched all along: a cluster, and one of its peerings or all.
pub type Watched = (&'static str, Option<&'static str>);

impl What {
    /// The calls.
    pub fn calls(&self) -> Vec<&Planned> {
        match self {
            Self::Call(planned) => vec![planned],
            Self::Struck(planned, _, what) => [planned].into_iter().chain(what.calls()).collect(),
            _ => Vec::new(),
        }
    }
}

pub struct History {
    pub names: Vec<&'static str>,
    pub options: Options,
    /// A live peering of the outsider has a name that the calls use.
    pub is_name_taken: bool,
    pub items: Vec<Item>,
    pub watched: Option<Watched>,
}
