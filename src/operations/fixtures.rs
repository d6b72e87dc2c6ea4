//! Pairs in given states, for the unit tests of what follows from them.

use std::rc::Rc;

use super::call::Call;
use super::pair::{Existing, Member, Pair};
use crate::consul::peering::{Peering, Role, State};
use crate::host::HostValue;
use crate::rules::duration::Duration;
use crate::rules::meta::Meta;
use crate::rules::peer_name::PeerName;
use crate::simulator::Options;
use crate::simulator::host::{Data, SimulatedHost};

pub fn host() -> SimulatedHost {
    SimulatedHost::new(&Options::named(&["eu", "us"])).expect("the options are valid")
}

pub fn call(host: &SimulatedHost) -> Rc<Call<SimulatedHost>> {
    Call::new(host.clone(), Duration::ms(60_000.0), None)
}

/// The first of its records.
pub fn peering(name: &str, role: Role, state: State) -> Peering {
    Peering {
        id: format!("{name}-1"),
        name: name.into(),
        state,
        role,
        meta: Meta::default(),
        peer_id: None,
        server_name: None,
        create_index: 10,
        modify_index: 20,
    }
}

/// `us` accepts and calls the other `eu`, `eu` dials; with the existing peerings in these states.
pub fn pair(call: &Call<SimulatedHost>, host: &SimulatedHost, states: [Option<State>; 2]) -> Pair<SimulatedHost> {
    let name = |name: &str| PeerName::new(name).expect("it is valid");
    let [acceptor, dialer] = states;
    let side = |at: &str, other: &str, role, state: Option<State>| {
        let mut member = Member::new(host.clone(), host.cluster(at), name(other), name(at));
        member.existing = state.map(|state| Existing {
            object: Data::null(),
            side: Rc::default(),
            peering: peering(other, role, state),
        });
        member
    };
    Pair::new(call, [side("us", "eu", Role::Acceptor, acceptor), side("eu", "us", Role::Dialer, dialer)])
}
