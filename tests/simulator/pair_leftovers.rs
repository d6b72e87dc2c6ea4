//! What an unsuccessful `connect` or `rotate` leaves behind, and what it says about it.

use consul_peering::consul::code::Code;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::progress::{Progress, ProgressCode, StepCode};
use consul_peering::operations::call::Outcome;
use consul_peering::operations::error::Error;
use consul_peering::operations::pair::connect::{connect, rotate};
use consul_peering::operations::pair::link::Linked;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::{Data, SimulatedHost};
use consul_peering::simulator::{Access, AclOptions, AclRules, ClusterOptions, Fault, Match};

use crate::calls::{TIMEOUT, act, failed, peer_name};
use crate::client::ms;
use crate::pair_setup::{Setup, linked};

/// `eu` is unreachable from `us`: its tokens lead nowhere.
fn cut_off() -> Setup {
    Setup::with_options(
        ClusterOptions { reachable: Some(Vec::new()), ..ClusterOptions::named("eu") },
        ClusterOptions::named("us"),
    )
}

fn refuse_deletions(pair: &Setup, cluster: &str) {
    let redirect = Fault::Redirect { location: "http://elsewhere.example/".into(), status: 301 };
    let matching = Match { cluster: Some(cluster.into()), method: Some("DELETE".into()), ..Match::default() };
    pair.host.world(|world| world.add_fault(redirect, matching, u32::MAX));
}

/// The peerings that an error reports, as cluster/name.
fn places(pair: &Setup, error: &Error<Data>) -> Vec<String> {
    let name = |address: &str| if *pair.host.cluster("eu").address == *address { "eu" } else { "us" };
    let mut places: Vec<_> =
        error.left_behind.iter().map(|left| format!("{}/{}", name(left.key().0), left.key().1)).collect();
    places.sort();
    places
}

#[test]
fn an_unreachable_acceptor_that_the_call_created_is_deleted() {
    let pair = cut_off();
    let error = failed(pair.connect(), Code::Unreachable);
    let location = error.location.as_ref().expect("a place");
    assert_eq!((&location.cluster, location.peer_name.as_deref()), (&pair.host.cluster("us").address, Some("eu")));
    assert!(error.message("connect").contains("connection refused"), "{}", error.message("connect"));
    assert!(error.left_behind.is_empty());
    assert_eq!(pair.states(), ["-", "-"]);
}

#[test]
fn an_unreachable_acceptor_that_existed_is_kept() {
    let pair = cut_off();
    pair.own_token();
    assert!(failed(pair.connect(), Code::Unreachable).left_behind.is_empty());
    assert_eq!(pair.states(), ["PENDING", "-"]);
}

#[test]
fn sides_that_cannot_be_deleted_are_reported() {
    let pair = cut_off();
    refuse_deletions(&pair, "eu");
    let error = failed(pair.connect(), Code::Unreachable);
    assert_eq!((places(&pair, &error), pair.states()), (vec!["eu/us".to_owned()], ["PENDING", "-"].map(Into::into)));

    // While its dialer exists, the acceptor is kept.
    let pair = cut_off();
    refuse_deletions(&pair, "us");
    let error = failed(pair.connect(), Code::Unreachable);
    assert_eq!(pair.states(), ["PENDING", "PENDING"]);
    assert_eq!(places(&pair, &error), ["eu/us", "us/eu"]);
}

#[test]
fn without_the_permission_to_dial_nothing_is_left() {
    const READER: &str = "reader-of-peerings";
    let rules = AclRules { peering: Some(Access::Read), ..AclRules::default() };
    let acl = AclOptions { tokens: vec![(READER.into(), rules)], ..AclOptions::default() };
    let us = ClusterOptions { acl: Some(acl), ..ClusterOptions::named("us") };
    let pair = Setup::with_options(ClusterOptions::named("eu"), us);
    let [acceptor, mut dialer] = pair.sides();
    dialer.cluster.options.token = Some(consul_peering::rules::secret::Secret::new(READER.into()));
    let error = failed(pair.on_pair([acceptor, dialer], TIMEOUT, connect), Code::PermissionDenied);
    assert_eq!(error.location.as_ref().map(|at| &at.cluster), Some(&pair.host.cluster("us").address));
    assert!(error.left_behind.is_empty());
    assert_eq!(pair.states(), ["-", "-"]);
}

fn connect_within(pair: &Setup, timeout: f64) -> Outcome<SimulatedHost, Linked<Data>> {
    pair.on_pair(pair.sides(), Duration::ms(timeout), connect)
}

#[test]
fn a_slow_request_times_out_the_whole_call_and_the_next_one_continues() {
    for (cluster, path) in [(Some("eu"), "/v1/peerings"), (None, "/v1/peering/token"), (None, "/v1/peering/establish")]
    {
        let pair = Setup::new();
        let matching = Match { cluster: cluster.map(Into::into), path: Some(path.into()), ..Match::default() };
        pair.host.world(|world| world.add_fault(Fault::Delay(ms(60_000)), matching, 1));
        let began = pair.host.now();
        let error = failed(connect_within(&pair, 400.0), Code::Timeout);
        assert_eq!(pair.host.now() - began, ms(400), "{path}");
        assert!(error.message("connect").ends_with(": timed out after 400 ms") && error.retryable);
        let before = pair.writes();
        pair.sleep(Duration::ms(1_000.0));
        assert_eq!(pair.writes(), before, "nothing is sent afterwards");
        linked(pair.connect());
    }
}

#[test]
fn a_link_that_is_not_active_in_time_is_reported_with_both_sides() {
    let pair = Setup::new();
    pair.hold();
    let error = failed(connect_within(&pair, 400.0), Code::Timeout);
    assert!(error.retryable);
    assert_eq!(places(&pair, &error), ["eu/us", "us/eu"]);
    pair.release();
    linked(pair.connect());
}

#[test]
fn an_interrupted_rotation_keeps_the_link() {
    let pair = Setup::new();
    let first = linked(pair.connect());
    let matching = Match { path: Some("/v1/peering/establish".into()), ..Match::default() };
    pair.host.world(|world| world.add_fault(Fault::Delay(ms(60_000)), matching, 1));
    failed(pair.on_pair(pair.sides(), Duration::ms(400.0), rotate), Code::Timeout);
    let again = linked(pair.on_pair(pair.sides(), TIMEOUT, rotate));
    assert_eq!(again.dialer.get("id").text(), first.dialer.get("id").text());
}

#[test]
fn a_link_that_fails_for_fifteen_seconds_is_not_active() {
    let pair = Setup::new();
    linked(pair.connect());
    pair.restart("eu"); // and no stream is opened again
    let error = failed(connect_within(&pair, 30_000.0), Code::NotActive);
    assert!(error.message("connect").contains("FAILING for 15 s"), "{}", error.message("connect"));
    let left: Vec<_> =
        error.left_behind.iter().map(|left| (left.code, left.state.as_ref().map(ToString::to_string))).collect();
    assert!(left.iter().all(|(code, _)| *code == LeftoverCode::NotActive) && left.len() == 2, "{left:?}");
    assert_eq!(left[1].1.as_deref(), Some("FAILING"));
    assert!(error.left_behind[1].fix.contains("Disconnect"));
    pair.release();
    linked(pair.connect());
}

#[test]
fn the_identity_of_a_cluster_is_read_again_with_the_steps_that_depend_on_it() {
    for (fault, times) in [(Fault::DropBefore, 2), (Fault::Delay(ms(3_000)), 4)] {
        let pair = Setup::new();
        pair.link();
        pair.remove("us", "eu");
        pair.terminated("eu", "us");
        let faults = ["/v1/connect/ca/roots", "/v1/catalog/datacenters"].map(|path| {
            let matching = Match { path: Some(path.into()), ..Match::default() };
            pair.host.world(|world| world.add_fault(fault.clone(), matching, times))
        });
        linked(pair.connect());
        assert_eq!(faults.map(|id| pair.host.world(|world| world.hits(id))), [times; 2], "{fault:?}");
    }
}

#[test]
fn an_acceptor_that_another_call_has_recreated_meanwhile_is_kept() {
    let pair = cut_off();
    // While the dialer tries, the acceptor is deleted and recreated.
    let host = pair.host.clone();
    let recreated = std::cell::Cell::new(false);
    let outcome = pair.connect_with(pair.sides(), move |progress: &Progress<'_>| {
        if matches!(progress.code, ProgressCode::Step(StepCode::Establishing)) && !recreated.replace(true) {
            act(&host, "eu", "DELETE", "/v1/peering/us", "");
            act(&host, "eu", "POST", "/v1/peering/token", r#"{"PeerName":"us","Meta":{"by":"another"}}"#);
        }
    });
    failed(outcome, Code::Unreachable);
    let kept =
        pair.perform("eu", "us", async |client| consul_peering::operations::read::read(client, &peer_name("us")).await);
    assert!(kept.is_some_and(|peering| peering.get("meta").get("by").is_text("another")));
}
