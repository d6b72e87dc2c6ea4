//! The covered combinations of operation, initial condition and failure.

use std::collections::BTreeSet;

use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::simulator::Fault;

use crate::history::Op;

/// An operation, the condition of its peering when it starts, and a failure during the call.
pub type Triple = (usize, Condition, FailureMode);

const OPERATIONS: [&str; 18] = [
    "establish",
    "generate",
    "read",
    "list",
    "delete",
    "wait",
    "connect",
    "rotate",
    "disconnect",
    "disconnect with force",
    "mesh",
    "permissions",
    "identify",
    "watch",
    "plan",
    "plan of rotate",
    "plan of disconnect",
    "plan of mesh",
];

pub fn operation(op: Op) -> usize {
    match op {
        Op::Establish { .. } => 0,
        Op::Generate { .. } => 1,
        Op::Read => 2,
        Op::List => 3,
        Op::Delete { .. } => 4,
        Op::Wait { .. } => 5,
        Op::Connect => 6,
        Op::Rotate => 7,
        Op::Disconnect { force: false } => 8,
        Op::Disconnect { force: true } => 9,
        Op::Mesh => 10,
        Op::Permissions => 11,
        Op::Identify => 12,
        Op::Watch { .. } => WATCH,
        Op::Plan => 14,
        Op::PlanRotation => 15,
        Op::PlanDisconnect => 16,
        Op::PlanMesh => 17,
    }
}

const WATCH: usize = 13;

macro_rules! listed {
    ($name:ident { $($variant:ident = $text:literal,)* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($variant,)*
        }

        impl $name {
            pub const ALL: &[(Self, &str)] = &[$((Self::$variant, $text),)*];
        }
    };
}

listed! {
    Condition {
        Nothing = "none",
        AcceptorPending = "acceptor PENDING",
        AcceptorActive = "acceptor ACTIVE",
        AcceptorFailing = "acceptor FAILING",
        AcceptorTerminated = "acceptor TERMINATED",
        AcceptorDeleting = "acceptor DELETING",
        DialerPending = "dialer PENDING",
        DialerEstablishing = "dialer ESTABLISHING",
        DialerActive = "dialer ACTIVE",
        DialerFailing = "dialer FAILING",
        DialerTerminated = "dialer TERMINATED",
        DialerDeleting = "dialer DELETING",
    }
}

impl Condition {
    pub fn is_acceptor(self) -> bool {
        (Self::AcceptorPending..=Self::AcceptorDeleting).contains(&self)
    }

    pub fn of(peering: Option<&Peering>) -> Self {
        let Some(peering) = peering else { return Self::Nothing };
        let accepts = peering.role == Role::Acceptor;
        let [acceptor, dialer] = match &peering.state {
            State::Pending => [Self::AcceptorPending, Self::DialerPending],
            State::Active => [Self::AcceptorActive, Self::DialerActive],
            State::Failing => [Self::AcceptorFailing, Self::DialerFailing],
            State::Terminated => [Self::AcceptorTerminated, Self::DialerTerminated],
            State::Deleting => [Self::AcceptorDeleting, Self::DialerDeleting],
            State::Establishing | State::Other(_) => return Self::DialerEstablishing,
        };
        if accepts { acceptor } else { dialer }
    }
}

listed! {
    FailureMode {
        Nothing = "nothing",
        Delay = "delay",
        DropBefore = "dropped before",
        DropAfter = "dropped after",
        Cut = "cut",
        RateLimited = "429",
        Unavailable = "503",
        LeaderLost = "no leader",
        ProxyPage = "HTML of a proxy",
        GatewayTimeout = "504",
        Redirect = "redirect",
        ServerDown = "server down",
        SlowNetwork = "slow network",
        LossyNetwork = "lossy network",
        ClockStep = "clock step",
        Rebuild = "rebuilt cluster",
        NewAuthority = "rotated CA",
        Race = "write of another call",
        Abort = "abort",
        Crash = "crash",
        TimeOut = "time out",
    }
}

impl FailureMode {
    pub fn of(fault: &Fault) -> Self {
        match fault {
            Fault::Delay(_) => Self::Delay,
            Fault::DropBefore => Self::DropBefore,
            Fault::DropAfter => Self::DropAfter,
            Fault::Cut => Self::Cut,
            Fault::RateLimited(_) => Self::RateLimited,
            Fault::Unavailable(_) => Self::Unavailable,
            Fault::LeaderLost(_) => Self::LeaderLost,
            Fault::ProxyPage(_) => Self::ProxyPage,
            Fault::GatewayTimeout => Self::GatewayTimeout,
            Fault::Redirect { .. } => Self::Redirect,
            Fault::Restart { .. } => Self::ServerDown,
        }
    }
}

/// A watch has no deadline.
fn is_possible((operation, _, failure_mode): Triple) -> bool {
    (operation, failure_mode) != (WATCH, FailureMode::TimeOut)
}

/// The number of possible combinations.
pub fn possible() -> usize {
    all().count()
}

fn all() -> impl Iterator<Item = Triple> {
    (0..OPERATIONS.len())
        .flat_map(|operation| FailureMode::ALL.iter().map(move |(failure_mode, _)| (operation, *failure_mode)))
        .flat_map(|(operation, failure_mode)| {
            Condition::ALL.iter().map(move |(found, _)| (operation, *found, failure_mode))
        })
        .filter(|triple| is_possible(*triple))
}

/// The missing combinations: a line for each operation and failure, with the conditions.
pub fn missing(covered: &BTreeSet<Triple>) -> Vec<String> {
    let mut lines = Vec::new();
    for (operation, name) in OPERATIONS.iter().enumerate() {
        for (failure_mode, text) in FailureMode::ALL {
            let is_missing = |triple| is_possible(triple) && !covered.contains(&triple);
            let states: Vec<_> = Condition::ALL
                .iter()
                .filter(|(found, _)| is_missing((operation, *found, *failure_mode)))
                .map(|(_, text)| *text)
                .collect();
            match states.len() {
                0 => {}
                all if all == Condition::ALL.len() => lines.push(format!("{name} × {text}: never")),
                _ => lines.push(format!("{name} × {text} over {}", states.join(", "))),
            }
        }
    }
    lines
}

#[test]
fn missing_combinations_are_listed() {
    let mut covered: BTreeSet<_> = all().collect();
    assert_eq!(missing(&covered), [] as [String; 0]);
    covered.remove(&(0, Condition::DialerPending, FailureMode::Cut));
    covered.remove(&(0, Condition::AcceptorFailing, FailureMode::Cut));
    covered.retain(|(operation, _, mode)| (*operation, *mode) != (WATCH, FailureMode::Abort));
    assert_eq!(missing(&covered), ["establish × cut over acceptor FAILING, dialer PENDING", "watch × abort: never"]);
}
