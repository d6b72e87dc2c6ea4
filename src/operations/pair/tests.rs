//! What is known of a pair after its sides were read.

use super::*;
use crate::consul::peering::State;
use crate::decide::leftover::LeftoverCode;
use crate::operations::fixtures::{call, host, pair, peering};
use crate::operations::left_behind::LeftBehind;
use crate::simulator::host::SimulatedHost;
use crate::simulator::{Fault, Match};

const FREE: [Option<State>; 2] = [None, None];

fn left(pair: &Pair<SimulatedHost>) -> Vec<(String, LeftoverCode)> {
    pair.leftovers.all().iter().map(|left| (left.cluster.to_string(), left.code)).collect()
}

#[test]
fn a_read_says_what_the_read_that_failed_left_open() {
    let host = host();
    let call = call(&host);
    let mut pair = pair(&call, &host, FREE);
    let [us, eu] = ["us", "eu"].map(|name| host.cluster(name).address.to_string());
    host.run(new_token::exchange_new_token(&call, &pair, Role::Acceptor, None)).unwrap();
    let other_name =
        LeftBehind { peer_name: "another".into(), ..pair.members[1].left_behind(Leftover::token_unread("us")) };
    pair.leftovers.keep(pair.members[1].left_behind(Leftover::establish_unread("us")));
    pair.leftovers.keep(other_name);
    host.run(pair.fetch(&call, None)).unwrap();
    assert_eq!(
        left(&pair),
        [
            (us, LeftoverCode::NotActive),
            (eu.clone(), LeftoverCode::NotActive),
            (eu.clone(), LeftoverCode::Exists),
            (eu, LeftoverCode::TokenUnread),
        ]
    );
}

#[test]
fn a_read_resolves_the_leftovers_of_its_own_side_alone() {
    let host = host();
    let call = call(&host);
    let pair = pair(&call, &host, FREE);
    let [us, eu] = ["us", "eu"].map(|name| host.cluster(name).address.to_string());
    for member in &pair.members {
        pair.leftovers.keep(member.left_behind(Leftover::not_active(&member.peer_name)));
    }
    let acceptor = pair.member(Role::Acceptor);
    assert_eq!(left(&pair), [(us.clone(), LeftoverCode::NotActive), (eu.clone(), LeftoverCode::NotActive)]);
    pair.resolve_leftovers(acceptor, None);
    assert_eq!(left(&pair), [(eu, LeftoverCode::NotActive)]);

    // An unused token is no leftover once another call has made the name a dialer.
    pair.leftovers.clear();
    pair.leftovers.keep(acceptor.left_behind(Leftover::token_unused("eu")));
    let found = |role| peering("eu", role, State::Pending);
    pair.resolve_leftovers(acceptor, Some(&found(Role::Acceptor)));
    assert_eq!(left(&pair), [(us, LeftoverCode::TokenUnused)]);
    pair.resolve_leftovers(acceptor, Some(&found(Role::Dialer)));
    assert_eq!(left(&pair), []);
}

#[test]
fn an_identity_is_kept_once_all_of_it_is_known() {
    let host = host();
    let call = call(&host);
    let mut pair = pair(&call, &host, FREE);
    let matching = Match { cluster: Some("us".into()), path: Some("/v1/connect/ca/roots".into()), ..Match::default() };
    host.world(|world| world.add_fault(Fault::ProxyPage(403), matching, 2));
    host.run(pair.fetch(&call, None)).unwrap();
    assert_eq!(pair.members.each_ref().map(|member| member.identity.is_some()), [false, true]);
    assert_eq!(pair.members[0].known_identity().datacenter.as_deref(), Some("us"));
    host.run(pair.fetch(&call, None)).unwrap();
    assert!(pair.members.iter().all(|member| member.identity.is_some()));
}

#[test]
fn a_side_has_the_name_and_the_meta_that_are_requested() {
    let host = host();
    let call = call(&host);
    let mut pair = pair(&call, &host, [Some(State::Active), None]);
    pair.members[1].meta = Some(vec![("team".into(), "net".into())]);
    let [acceptor, dialer] = pair.sides();
    assert_eq!((&*acceptor.name, &*dialer.name), ("eu", "us"));
    assert_eq!((acceptor.meta, dialer.meta), (None, pair.members[1].meta.clone()));
}
