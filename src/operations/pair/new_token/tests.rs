use std::time::Duration;

use super::*;
use crate::decide::leftover::LeftoverCode;
use crate::operations::error::Location;
use crate::operations::fixtures::{call, host, pair};
use crate::operations::generate::generate;
use crate::rules::peer_name::PeerName;
use crate::simulator::host::SimulatedHost;
use crate::simulator::{Fault, Match};

const FREE: [Option<State>; 2] = [None, None];

fn matching(method: &str, path: &str) -> Match {
    Match { method: Some(method.into()), path: Some(path.into()), ..Match::default() }
}

/// Generates a token on one side, as another call may.
fn generate_token(host: &SimulatedHost, call: &Rc<Call<SimulatedHost>>, member: &Member<SimulatedHost>) {
    let wanted = TokenSpec {
        options: QueryOptions::default(),
        peer_name: member.peer_name.clone(),
        meta: None,
        server_external_addresses: None,
    };
    let client = member.client(call).unwrap();
    host.run(client.within(generate(&client, &wanted, false))).unwrap();
}

fn codes(pair: &Pair<SimulatedHost>) -> Vec<LeftoverCode> {
    pair.leftovers.all().iter().map(|left| left.code).collect()
}

#[test]
fn each_write_is_in_the_partition_of_its_side() {
    let host = host();
    let mut pair = pair(&call(&host), &host, FREE);
    pair.members[0].cluster.options.partition = Some("team".into());
    let partitions = pair.members.each_ref().map(|member| query_options(member).partition);
    assert_eq!(partitions, [Some("team".to_owned()), None]);
}

#[test]
fn both_sides_are_leftovers_until_they_are_active() {
    let host = host();
    let call = call(&host);
    let pair = pair(&call, &host, FREE);
    host.run(exchange_new_token(&call, &pair, Role::Acceptor, None)).unwrap();
    assert_eq!(codes(&pair), [LeftoverCode::NotActive, LeftoverCode::NotActive]);
    assert!(host.peering("us", "eu").is_some() && host.peering("eu", "us").is_some());
}

#[test]
fn the_acceptor_of_a_refused_token_is_deleted_unless_it_existed_before() {
    let host = host();
    let call = call(&host);
    let mut pair = pair(&call, &host, FREE);
    generate_token(&host, &call, pair.member(Role::Dialer));
    let renew_now = |pair: &_| host.run(exchange_new_token(&call, pair, Role::Acceptor, None)).unwrap_err().code;
    assert_eq!(renew_now(&pair), Code::RoleConflict);
    assert_eq!((host.peering("us", "eu"), codes(&pair)), (None, vec![]));

    generate_token(&host, &call, pair.member(Role::Acceptor));
    pair.members[0].existing =
        crate::operations::fixtures::pair(&call, &host, [Some(State::Pending), None]).members[0].existing.clone();
    assert_eq!(renew_now(&pair), Code::RoleConflict);
    assert!(host.peering("us", "eu").is_some());
    assert_eq!(codes(&pair), []);
}

/// The dialer's server goes down once it has the token, so the acceptor is kept.
fn assert_acceptor_is_left(host: &SimulatedHost, call: &Rc<Call<SimulatedHost>>, pair: &Pair<SimulatedHost>) {
    let down = Fault::Restart { duration: Duration::MAX, acted: true };
    host.world(|world| world.add_fault(down, matching("POST", "/v1/peering/establish"), 1));
    assert!(host.run(exchange_new_token(call, pair, Role::Acceptor, None)).is_err());
    assert!(host.peering("us", "eu").is_some());
    assert_eq!(codes(pair), [LeftoverCode::TokenUnused]);
}

#[test]
fn the_acceptor_is_kept_where_the_dialer_may_exist() {
    let host = host();
    let call = call(&host);
    let pair = pair(&call, &host, FREE);
    assert_acceptor_is_left(&host, &call, &pair);
}

/// Another call may delete the acceptor that the plan was made for.
#[test]
fn an_acceptor_is_a_leftover_if_the_token_request_has_created_it() {
    let host = host();
    let call = call(&host);
    let pair = pair(&call, &host, [Some(State::Pending), None]);
    assert_acceptor_is_left(&host, &call, &pair);
}

#[test]
fn a_new_acceptor_gets_the_meta_although_the_plan_was_made_for_another() {
    let host = host();
    let call = call(&host);
    let mut pair = pair(&call, &host, [Some(State::Pending), None]);
    pair.members[0].meta = Some(vec![("team".into(), "a".into())]);
    let accepted = |pair: &_| {
        host.run(exchange_new_token(&call, pair, Role::Acceptor, None)).unwrap();
        host.peering("us", "eu").unwrap().meta.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(accepted(&pair), [("team".into(), "a".into())]);
    pair.members[0].meta = Some(vec![]);
    assert_eq!(accepted(&pair), [("team".into(), "a".into())], "an existing acceptor keeps its meta");
}

#[test]
fn a_refused_token_resolves_the_leftover_of_a_dialer_that_is_gone() {
    let host = host();
    let call = call(&host);
    let pair = pair(&call, &host, FREE);
    pair.leftovers.keep(pair.members[1].left_behind(Leftover::not_active("us")));
    let refused = Fault::Redirect { location: "http://other.example".into(), status: 302 };
    host.world(|world| world.add_fault(refused, matching("POST", "/v1/peering/establish"), 1));
    assert!(host.run(exchange_new_token(&call, &pair, Role::Acceptor, None)).is_err());
    assert_eq!((host.peering("eu", "us"), codes(&pair)), (None, vec![]));
}

#[test]
fn an_acceptor_is_taken_back_only_if_no_call_can_need_it() {
    let refused = || Error::new(Code::RoleConflict, "why");
    let lost = || {
        let mut error = refused();
        error.timeout = Some(crate::rules::duration::Duration::ms(1.0));
        error
    };
    let with_leftover = |pair: &Pair<SimulatedHost>| {
        let mut error = refused();
        error.left_behind = vec![pair.members[1].left_behind(Leftover::establish_unread("us"))];
        error
    };
    for (case, tokens, is_gone, exists) in [
        ("its only token was refused", 1, true, false),
        ("another call has a newer token", 2, false, true),
        ("another call has deleted it, and created another", 1, true, true),
        ("its token cannot be read", 1, false, true),
        ("it is gone", 0, true, false),
        ("the dialer may exist", 1, false, true),
        ("the call has timed out", 1, false, true),
        ("the deadline has passed during the request", 1, false, true),
        ("another call wrote in between", 1, false, true),
    ] {
        let host = host();
        let call = call(&host);
        let pair = pair(&call, &host, FREE);
        let acceptor = pair.member(Role::Acceptor);
        (0..tokens).for_each(|_| generate_token(&host, &call, acceptor));
        let id = match case {
            "another call has deleted it, and created another" => Some("another".into()),
            "its token cannot be read" => None,
            _ => host.peering("us", "eu").map(|peering| peering.id),
        };
        let error = match case {
            "the dialer may exist" => with_leftover(&pair),
            "the call has timed out" => Error::new(Code::Timeout, "why"),
            "the deadline has passed during the request" => lost(),
            "another call wrote in between" => Error::new(Code::TokenSpent, "why"),
            _ => refused(),
        };
        let left = host.run(delete_unused_acceptor(&call, acceptor, id.as_deref(), &error));
        assert_eq!(left.map(|left| left.len()), is_gone.then_some(0), "{case}");
        assert_eq!(host.peering("us", "eu").is_some(), exists, "{case}");
    }
}

#[test]
fn an_acceptor_that_was_dialed_is_kept() {
    let host = host();
    let call = call(&host);
    let pair = pair(&call, &host, FREE);
    host.run(exchange_new_token(&call, &pair, Role::Acceptor, None)).unwrap();
    host.run(host.sleep(crate::rules::duration::Duration::ms(6_000.0)));
    let id = host.peering("us", "eu").unwrap().id;
    let refused = Error::new(Code::RoleConflict, "why");
    assert!(host.run(delete_unused_acceptor(&call, pair.member(Role::Acceptor), Some(&id), &refused)).is_none());
    assert!(host.peering("us", "eu").is_some());
}

#[test]
fn a_deletion_without_a_response_is_the_leftover() {
    let host = host();
    let call = call(&host);
    let pair = pair(&call, &host, FREE);
    let acceptor = pair.member(Role::Acceptor);
    generate_token(&host, &call, acceptor);
    let id = host.peering("us", "eu").unwrap().id;
    let refused = Error::new(Code::RoleConflict, "why");
    let down = Fault::Restart { duration: Duration::MAX, acted: false };
    host.world(|world| world.add_fault(down, matching("DELETE", "/v1/peering/eu"), 1));
    let left = host.run(delete_unused_acceptor(&call, acceptor, Some(&id), &refused)).unwrap();
    assert_eq!(left.iter().map(|left| left.code).collect::<Vec<_>>(), [LeftoverCode::DeletionUnanswered]);

    let unreadable = host.run(delete_unused_acceptor(&call, acceptor, Some(&id), &refused));
    assert!(unreadable.is_none(), "the leftover that is known remains");
}

#[test]
fn a_role_conflict_is_a_race_where_the_name_was_free() {
    let host = host();
    let call = call(&host);
    let error = |code, location| {
        let mut error = Error::new(code, "why");
        error.location = location;
        error
    };
    let free = pair(&call, &host, FREE);
    let dialer = || Some(free.members[1].location());
    let elsewhere = |change: fn(&mut Location)| {
        let mut location = free.members[1].location();
        change(&mut location);
        Some(location)
    };
    assert!(was_changed_concurrently(&error(Code::RoleConflict, dialer()), &free));
    let other_name = elsewhere(|location| location.peer_name = PeerName::new("ap"));
    let other_cluster = elsewhere(|location| location.cluster = Default::default());
    for location in [None, other_name, other_cluster] {
        assert!(!was_changed_concurrently(&error(Code::RoleConflict, location), &free));
    }
    let existing = pair(&call, &host, [None, Some(State::Active)]);
    assert!(!was_changed_concurrently(&error(Code::RoleConflict, dialer()), &existing));
    for code in [Code::TokenSpent, Code::PeerMismatch, Code::NotActive, Code::Deleting] {
        assert!(was_changed_concurrently(&error(code, None), &existing), "{code:?}");
    }
    assert!(!was_changed_concurrently(&error(Code::Network, dialer()), &free));
}
