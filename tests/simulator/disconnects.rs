//! `disconnect`: deletes both sides of a pair, and keeps the peerings of others.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::progress::{Progress, ProgressCode, StepCode};
use consul_peering::host::Host;
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::pair::connect::{DisconnectOptions, connect, disconnect};
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::{Data, SimulatedHost};
use consul_peering::simulator::{ClusterOptions, Fault, Match, Request, When};
use futures_util::future::join;

use crate::calls::{TIMEOUT, done, failed, host_of, peer_name};
use crate::pair_setup::{Make, Setup, linked};

const PLAIN: DisconnectOptions = DisconnectOptions { force: false, dry_run: false };
const FORCED: DisconnectOptions = DisconnectOptions { force: true, dry_run: false };

type Sides = [Member<SimulatedHost>; 2];

fn disconnect_as(pair: &Setup, sides: Sides, options: DisconnectOptions) -> Outcome<SimulatedHost, [Option<Data>; 2]> {
    let work = async |call: &Rc<Call<_>>, pair: &mut Pair<_>| disconnect(call, pair, options).await;
    pair.on_pair(sides, TIMEOUT, work).map(|disconnected| [disconnected.a, disconnected.b])
}

fn names(deleted: &[Option<Data>; 2]) -> [Option<&str>; 2] {
    deleted.each_ref().map(|side| side.as_ref().and_then(|peering| peering.get("peer_name").text()))
}

fn count(pair: &Setup) -> [usize; 2] {
    ["eu", "us"].map(|cluster| pair.host.peerings(cluster).len())
}

#[test]
fn disconnect_deletes_both_sides_in_either_order_and_direction() {
    let turned = |[a, b]: Sides, is_turned| if is_turned { [b, a] } else { [a, b] };
    for (link_turned, unlink_turned) in [(false, false), (false, true), (true, false)] {
        let pair = Setup::new();
        linked(pair.on_pair(turned(pair.sides(), link_turned), TIMEOUT, connect));
        let steps: Rc<RefCell<Vec<_>>> = Rc::default();
        let noted = steps.clone();
        let listener = Box::new(move |progress: &Progress<'_>| {
            if let ProgressCode::Step(code) = progress.code {
                noted.borrow_mut().push((code, progress.cluster.to_owned(), progress.peer_name.map(str::to_owned)));
            }
        });
        let call = Call::new(pair.host.clone(), TIMEOUT, Some(listener));
        let mut sides = Pair::new(&call, turned(pair.sides(), unlink_turned));
        let disconnected = done(pair.host.run(disconnect(&call, &mut sides, PLAIN)));
        let deleted = [disconnected.a, disconnected.b];
        let expected = if unlink_turned { ["eu", "us"] } else { ["us", "eu"] };
        assert_eq!(names(&deleted), expected.map(Some));
        assert!(deleted.iter().flatten().all(|peering| peering.get("state").is_text("ACTIVE")), "as they were");
        for (cluster, name) in [("eu", "us"), ("us", "eu")] {
            let address = pair.host.cluster(cluster).address.to_string();
            for code in [StepCode::Deleting, StepCode::Deleted] {
                let step = (code, address.clone(), Some(name.to_owned()));
                assert!(steps.borrow().contains(&step), "{code:?} on {cluster} is not reported");
            }
        }
        assert_eq!(count(&pair), [0, 0]);
        assert_eq!(names(&done(disconnect_as(&pair, pair.sides(), PLAIN))), [None, None]);
        assert!(linked(pair.connect()).changed, "connect links them again");
    }
}

#[test]
fn disconnect_deletes_one_side_that_is_left() {
    let makes: [Make; 4] = [
        |pair| {
            pair.own_token();
        },
        |pair| pair.spoil(&pair.own_token()),
        |pair| {
            pair.link();
            pair.remove("us", "eu");
            pair.terminated("eu", "us");
        },
        |pair| {
            pair.link();
            pair.remove("eu", "us");
            pair.terminated("us", "eu");
        },
    ];
    for make in makes {
        let pair = Setup::new();
        make(&pair);
        done(disconnect_as(&pair, pair.sides(), PLAIN));
        assert_eq!(count(&pair), [0, 0]);
    }
    let pair = Setup::new();
    pair.link();
    pair.deleting("us", "eu");
    let call = Call::new(pair.host.clone(), TIMEOUT, None);
    let mut sides = Pair::new(&call, pair.sides());
    let release = async {
        pair.host.sleep(Duration::ms(50.0)).await;
        pair.release();
    };
    done(pair.host.run(join(disconnect(&call, &mut sides, PLAIN), release)).0);
    assert_eq!(count(&pair), [0, 0]);
}

#[test]
fn disconnect_keeps_the_peerings_of_other_pairs_unless_forced() {
    let cases: [(&str, Make); 4] = [
        ("us", |pair| pair.link_as("us", "ap", "eu")),
        ("eu", |pair| pair.dial(&pair.token("ap", "us"), "us", "eu", true)),
        ("us", |pair| pair.link_as("us", "us", "other")),
        ("eu", |pair| pair.dial(&pair.token("eu", "other"), "us", "eu", true)),
    ];
    for (name, make) in cases {
        let pair = Setup::new();
        make(&pair);
        let (existing, before) = (count(&pair), pair.writes());
        let error = failed(disconnect_as(&pair, pair.sides(), PLAIN), Code::PeerMismatch);
        assert_eq!(error.location.as_ref().and_then(|at| at.peer_name.as_deref()), Some(name));
        assert!(error.left_behind.is_empty());
        assert_eq!((count(&pair), pair.writes()), (existing, before));
        let deleted = done(disconnect_as(&pair, pair.sides(), FORCED));
        assert!(names(&deleted).contains(&Some(name)), "{:?}", names(&deleted));
        let cluster = if name == "us" { "eu" } else { "us" };
        assert!(pair.host.peering(cluster, name).is_none());
    }
}

/// Where the leftovers of an error are, with their codes.
fn left(pair: &Setup, error: &consul_peering::operations::error::Error<Data>) -> Vec<(&'static str, LeftoverCode)> {
    let cluster_of = |address: &str| {
        let is_of = |name: &&&str| *pair.host.cluster(name).address == *address;
        *["eu", "us"].iter().find(is_of).expect("a cluster of the pair")
    };
    error.left_behind.iter().map(|left| (cluster_of(left.key().0), left.code)).collect()
}

#[test]
fn a_disconnect_with_one_failing_side_reports_what_was_deleted() {
    let pair = Setup::new();
    pair.link();
    let redirect = Fault::Redirect { location: "http://elsewhere.example/".into(), status: 301 };
    let matching = Match { cluster: Some("us".into()), method: Some("DELETE".into()), ..Match::default() };
    pair.host.world(|world| world.add_fault(redirect, matching, 1));
    let error = failed(disconnect_as(&pair, pair.sides(), PLAIN), Code::Network);
    assert_eq!(error.location.as_ref().map(|at| &at.cluster), Some(&pair.host.cluster("us").address));
    assert_eq!(left(&pair, &error).iter().map(|(cluster, _)| *cluster).collect::<Vec<_>>(), ["eu"]);
    assert!(pair.host.peering("eu", "us").is_none());
    assert_eq!(names(&done(disconnect_as(&pair, pair.sides(), PLAIN)))[0], None);
    assert_eq!(count(&pair), [0, 0]);
}

#[test]
fn a_disconnect_that_loses_both_responses_reports_both_sides() {
    let pair = Setup::new();
    pair.link();
    for cluster in ["eu", "us"] {
        let deleted = Cell::new(false);
        let from_deletion = move |_: &str, request: &Request| {
            deleted.set(deleted.get() || request.method == "DELETE");
            deleted.get()
        };
        let when = Some(Box::new(from_deletion) as When);
        let matching = Match { cluster: Some(cluster.into()), when, ..Match::default() };
        pair.host.world(|world| world.add_fault(Fault::DropAfter, matching, u32::MAX));
    }
    let error = failed(disconnect_as(&pair, pair.sides(), PLAIN), Code::Network);
    let mut clusters: Vec<_> = left(&pair, &error).into_iter().map(|(cluster, _)| cluster).collect();
    clusters.sort_unstable();
    assert_eq!(clusters, ["eu", "us"]);
}

#[test]
fn disconnect_of_a_name_that_does_not_exist_changes_nothing() {
    let pair = Setup::new();
    pair.link();
    let [acceptor, dialer] = pair.sides();
    let other = [acceptor.named(&peer_name("none")), dialer.named(&peer_name("none"))];
    assert_eq!(names(&done(disconnect_as(&pair, other, PLAIN))), [None, None]);
    assert_eq!(count(&pair), [1, 1]);
}

#[test]
fn an_acceptor_of_a_federated_datacenter_is_kept_if_the_own_datacenter_is_unknown() {
    let federated =
        |name: &str| ClusterOptions { trust_domain: Some("t.consul".into()), ..ClusterOptions::named(name) };
    let us = ClusterOptions { block_endpoints: vec!["/v1/catalog/datacenters".into()], ..federated("us") };
    let pair = Setup { host: host_of(vec![ClusterOptions::named("eu"), us, federated("ap")]) };
    pair.link_as("us", "ap", "eu");
    failed(disconnect_as(&pair, pair.sides(), PLAIN), Code::PeerMismatch);
    failed(pair.connect(), Code::PeerMismatch);
    assert!(pair.host.peering("eu", "us").is_some_and(|peering| peering.state == State::Active));
}
