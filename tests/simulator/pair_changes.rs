//! `connect` and `rotate` on a link that exists: meta, new tokens, external addresses. The link stays ACTIVE.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::decide::plan::NoteCode;
use consul_peering::host::Host;
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::pair::connect::{connect, plan, rotate};
use consul_peering::operations::pair::link::Linked;
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::ClusterOptions;
use consul_peering::simulator::host::{Data, SimulatedHost};
use futures_util::future::{Either, select};

use crate::calls::{TIMEOUT, failed};
use crate::pair_setup::{Make, Setup, linked};

type Side = Member<SimulatedHost>;

fn connect_as(pair: &Setup, sides: [Side; 2]) -> Outcome<SimulatedHost, Linked<Data>> {
    pair.on_pair(sides, TIMEOUT, connect)
}

fn rotate_as(pair: &Setup, sides: [Side; 2]) -> Outcome<SimulatedHost, Linked<Data>> {
    pair.on_pair(sides, TIMEOUT, rotate)
}

fn with_meta(mut side: Side, meta: &[(&str, &str)]) -> Side {
    side.meta = Some(meta.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect());
    side
}

/// Does the work, and returns the IDs and states of both sides that it had meanwhile.
fn observed<T>(pair: &Setup, work: impl Future<Output = T>) -> (T, BTreeSet<String>) {
    let states = RefCell::new(BTreeSet::new());
    let observe = async {
        loop {
            for (cluster, name) in [("eu", "us"), ("us", "eu")] {
                let peering = pair.host.peering(cluster, name);
                let shown = peering.map_or("-".into(), |peering| format!("{} {}", peering.id, peering.state));
                states.borrow_mut().insert(shown);
            }
            pair.host.sleep(Duration::ms(1.0)).await;
        }
    };
    let ended = pair.host.run(async {
        match select(pin!(work), pin!(observe)).await {
            Either::Left((value, _)) => value,
            Either::Right((never, _)) => never,
        }
    });
    (ended, states.into_inner())
}

async fn perform<T>(
    pair: &Setup,
    sides: [Side; 2],
    work: impl AsyncFnOnce(&Rc<Call<SimulatedHost>>, &mut Pair<SimulatedHost>) -> Outcome<SimulatedHost, T>,
) -> T {
    let call = Call::new(pair.host.clone(), TIMEOUT, None);
    let mut pair = Pair::new(&call, sides);
    work(&call, &mut pair).await.unwrap_or_else(|error| panic!("{}", error.message("the call")))
}

#[test]
fn meta_and_rotate_keep_the_ids_and_active_throughout_in_either_direction() {
    for is_reversed in [false, true] {
        let pair = Setup::new();
        let turned = |[a, b]: [Side; 2]| if is_reversed { [b, a] } else { [a, b] };
        let first = linked(connect_as(&pair, turned(pair.sides())));
        let before = pair.writes();
        // Passed in the same order in either direction; the dialer has the meta.
        let dialer_with = |meta: &[(&str, &str)]| {
            let [acceptor, dialer] = turned(pair.sides());
            turned([acceptor, with_meta(dialer, meta)])
        };
        let meta_of_dialer = |linked: &Linked<Data>| {
            let dialer = if is_reversed { &linked.acceptor } else { &linked.dialer };
            dialer.get("meta").get("team").non_empty_text()
        };
        let ((), states) = observed(&pair, async {
            let unchanged = perform(&pair, pair.sides(), connect).await;
            assert_eq!((unchanged.changed, unchanged.reversed), (false, is_reversed));
            let changed = perform(&pair, dialer_with(&[("team", "net")]), connect).await;
            assert_eq!((changed.changed, meta_of_dialer(&changed).as_deref()), (true, Some("net")));
            let rotated = perform(&pair, pair.sides(), rotate).await;
            assert_eq!((rotated.changed, rotated.reversed), (true, is_reversed));
            assert_eq!(meta_of_dialer(&rotated).as_deref(), Some("net"), "carried over");
            let both = perform(&pair, dialer_with(&[("team", "web")]), rotate).await;
            assert_eq!(meta_of_dialer(&both).as_deref(), Some("web"));
            let cleared = perform(&pair, dialer_with(&[]), connect).await;
            assert_eq!(meta_of_dialer(&cleared), None);
        });
        let ids = [&first.acceptor, &first.dialer].map(|side| side.get("id").text().unwrap().to_owned());
        assert_eq!(states, ids.map(|id| format!("{id} ACTIVE")).into(), "each side, throughout");
        let writes = &pair.writes()[before.len()..];
        assert_eq!(writes.iter().filter(|write| write.ends_with("/token")).count(), 4, "{writes:?}");
    }
}

#[test]
fn an_acceptor_keeps_its_meta_with_a_note() {
    let pair = Setup::new();
    let [acceptor, dialer] = pair.sides();
    linked(connect_as(&pair, [with_meta(acceptor.clone(), &[("a", "1")]), dialer.clone()]));
    let before = pair.writes();
    let requested = [with_meta(acceptor, &[("a", "2")]), dialer];
    let planned = pair.on_pair(requested.clone(), TIMEOUT, async |call, pair| plan(call, pair, false).await);
    let planned = planned.unwrap_or_else(|_| panic!("it fails"));
    let notes: Vec<_> = planned.notes.iter().map(|note| note.code).collect();
    assert_eq!((notes, planned.steps.len()), (vec![NoteCode::AcceptorMetaKept], 0));
    assert!(linked(connect_as(&pair, requested)).acceptor.get("meta").get("a").is_text("1"));
    assert_eq!(pair.writes(), before);
}

#[test]
fn external_addresses_have_to_be_passed_again_for_each_new_token() {
    let lb = vec!["lb.eu:443".to_owned()];
    let eu =
        ClusterOptions { external_addresses: lb.clone(), reachable: Some(lb.clone()), ..ClusterOptions::named("eu") };
    let pair = Setup::with_options(eu, ClusterOptions::named("us"));
    let [acceptor, dialer] = pair.sides();
    let [mut named, mut silent] = [acceptor.clone(), acceptor];
    (named.external_addresses, silent.external_addresses) = (Some(lb), None);
    let changed = with_meta(dialer.clone(), &[("a", "1")]);
    linked(connect_as(&pair, [named.clone(), dialer.clone()]));
    let before = pair.writes();
    let planned =
        pair.on_pair([silent.clone(), changed.clone()], TIMEOUT, async |call, pair| plan(call, pair, false).await);
    for outcome in [
        rotate_as(&pair, [silent.clone(), dialer.clone()]).map(drop),
        connect_as(&pair, [silent.clone(), changed.clone()]).map(drop),
        planned.map(drop),
    ] {
        let error = failed(outcome, Code::ExternalAddressesUnknown);
        assert_eq!(error.location.as_ref().and_then(|at| at.peer_name.as_deref()), Some("us"));
        assert!(error.hint().contains("server_external_addresses"), "{}", error.hint());
    }
    assert!(!linked(connect_as(&pair, [silent.clone(), dialer.clone()])).changed, "not required without a new token");
    assert_eq!(pair.writes(), before, "nothing was sent");
    linked(rotate_as(&pair, [named, changed]));
    // With them, it recovers after a restart of the dialing side.
    pair.host.world(|world| world.restart("us", std::time::Duration::ZERO).unwrap());
    linked(connect_as(&pair, [silent, dialer]));
}

#[test]
fn rotate_is_refused_unless_the_two_are_linked() {
    let makes: [Make; 3] = [
        |_| {},
        |pair| {
            pair.own_token();
        },
        |pair| {
            pair.link();
            pair.remove("us", "eu");
            pair.terminated("eu", "us");
        },
    ];
    for make in makes {
        let pair = Setup::new();
        make(&pair);
        let before = pair.writes();
        let error = failed(rotate_as(&pair, pair.sides()), Code::NotActive);
        assert!(error.hint().contains("connect"), "{}", error.hint());
        assert_eq!(pair.writes(), before);
    }
}
