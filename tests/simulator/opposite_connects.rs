//! Calls that connect the same clusters in opposite directions, and clusters that are peered a second time.

use std::cell::Cell;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::decide::plan::NoteCode;
use consul_peering::decide::progress::{Kind, Progress};
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::pair::Pair;
use consul_peering::operations::pair::connect::{connect, plan};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::Options;
use consul_peering::simulator::host::SimulatedHost;
use futures_util::future::join;

use crate::calls::{TIMEOUT, count, done, failed, member, peer_name};
use crate::pair_setup::{Setup, linked};

#[test]
fn two_opposite_connects_end_with_the_same_link() {
    let delays = [1.0, 5.0, 20.0, 60.0, 250.0].map(|after| (1, after));
    for (seed, after) in (1..=20).map(|seed| (seed, 0.0)).chain(delays) {
        let options = Options { seed, ..Options::named(&["eu", "us"]) };
        let pair = Setup { host: SimulatedHost::new(&options).unwrap() };
        let [call, opposite_call] = [(); 2].map(|()| Call::new(pair.host.clone(), TIMEOUT, None));
        let [acceptor, dialer] = pair.sides();
        let mut sides = Pair::new(&call, [acceptor.clone(), dialer.clone()]);
        let mut opposite = Pair::new(&opposite_call, [dialer, acceptor]);
        let later = async {
            pair.host.sleep(Duration::ms(after)).await;
            connect(&opposite_call, &mut opposite).await
        };
        let (one, other) = pair.host.run(join(connect(&call, &mut sides), later));
        let (one, other) = (linked(one), linked(other));
        assert_eq!(one.acceptor.get("id").text(), other.dialer.get("id").text(), "seed {seed}, {after} ms");
        assert_eq!(one.dialer.get("id").text(), other.acceptor.get("id").text(), "{after} ms");
        assert_ne!(one.reversed, other.reversed);
        if after == 0.0 {
            // The one whose acceptor has the smaller identity goes first after one race.
            assert!(!one.reversed, "seed {seed}");
            assert_eq!(count(&pair.host.requests(), "POST", "/v1/peering/token"), 3, "seed {seed}");
        }
        assert_eq!(pair.states(), ["ACTIVE", "ACTIVE"]);
        assert_eq!(["eu", "us"].map(|cluster| pair.host.peerings(cluster).len()), [1, 1]);
    }
}

#[test]
fn connect_waits_until_an_unused_peering_of_the_opposite_direction_is_used() {
    let pair = Setup::new();
    let token = pair.token("us", "eu");
    let waits = Rc::new(Cell::new(false));
    let noted = waits.clone();
    let listener = Box::new(move |progress: &Progress<'_>| {
        if progress.kind == Kind::Retry {
            noted.set(true);
        }
    });
    let call = Call::new(pair.host.clone(), TIMEOUT, Some(listener));
    let mut sides = Pair::new(&call, pair.sides());
    let spec = crate::calls::peering_spec(&pair.host, "us", &token);
    let dial = async {
        while !waits.get() {
            pair.host.sleep(Duration::ms(1.0)).await;
        }
        let establish = consul_peering::consul::request::establish(&spec);
        assert!(pair.host.send(&pair.host.cluster("eu"), &establish).await.is_ok());
    };
    let linked = linked(pair.host.run(join(connect(&call, &mut sides), dial)).0);
    assert_eq!((linked.reversed, linked.changed), (true, false));
}

#[test]
fn an_unused_peering_of_the_opposite_direction_is_a_conflict_after_a_while() {
    let pair = Setup::new();
    pair.token("us", "eu");
    let existing = pair.host.peering("us", "eu");
    for outcome in [pair.plan().map(drop), pair.connect().map(drop)] {
        let error = failed(outcome, Code::RoleConflict);
        assert!(error.retryable && error.left_behind.is_empty());
        assert!(error.hint().starts_with("Another connect may be running in the other direction: run this again"));
    }
    assert_eq!((pair.host.peering("us", "eu"), pair.host.peering("eu", "us")), (existing, None));
}

#[test]
fn a_used_peering_of_the_opposite_direction_is_a_conflict_at_once() {
    let pair = Setup::new();
    pair.dial(&pair.token("us", "eu"), "ap", "us", true);
    let began = pair.host.now();
    let error = failed(pair.connect(), Code::RoleConflict);
    assert!(!error.retryable && !error.hint().contains("other direction"));
    assert!(pair.host.now() - began < crate::client::ms(1_000));
}

#[test]
fn plan_notes_another_peering_of_the_same_two_clusters() {
    let pair = Setup::new();
    pair.link();
    let [acceptor, dialer] = pair.sides();
    let second = || [acceptor.named(&peer_name("us-2")), dialer.named(&peer_name("eu-2"))];
    let notes = |sides| {
        let planned = pair.on_pair(sides, TIMEOUT, async |call, pair| plan(call, pair, false).await);
        done(planned).notes
    };
    let assert_noted = |sides, [us, eu]: [&str; 2]| {
        let notes = notes(sides);
        assert!(notes.len() == 2 && notes.iter().all(|note| note.code == NoteCode::OtherPeering), "{notes:?}");
        for (note, name, cluster) in [(&notes[0], us, "eu"), (&notes[1], eu, "us")] {
            let text = format!("\"{name}\" on the cluster {cluster} is another peering with the same cluster");
            assert!(note.text.contains(&text), "{}", note.text);
        }
    };
    assert_noted(second(), ["us", "eu"]);
    linked(pair.on_pair(second(), TIMEOUT, connect));
    assert_noted(second(), ["us", "eu"]);
    assert_noted(pair.sides(), ["us-2", "eu-2"]);
    assert!(notes([acceptor.named(&peer_name("ap")), member(&pair.host, "ap", "eu")]).is_empty());
}
