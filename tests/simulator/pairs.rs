//! The package's operations on several clusters, against simulated ones in virtual time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::progress::{Progress, ProgressCode, StepCode};
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::pair::Pair;
use consul_peering::operations::pair::connect::{connect, plan, rotate};
use consul_peering::rules::duration;
use consul_peering::simulator::host::Conditions;
use consul_peering::simulator::{ClusterOptions, Fault, Match};

use crate::calls::{
    TIMEOUT, TWO_ROUNDS, connect_now, disconnect_now, done, host, host_of, is_active, member, on_pair, pair,
};
use crate::client::ms;

#[test]
fn a_connect_continues_an_interrupted_one() {
    for (path, code) in [
        ("/v1/peering/token", LeftoverCode::TokenUnanswered),
        ("/v1/peering/establish", LeftoverCode::EstablishUnanswered),
    ] {
        let host = host(&["eu", "us"]);
        let post = Match { path: Some(path.into()), ..Match::default() };
        host.world(|world| world.add_fault(Fault::Restart { duration: Duration::MAX, acted: true }, post, 1));
        let Err(error) = connect_now(&host) else { panic!("{path}: it has succeeded") };
        let left = error.left_behind.iter().find(|left| left.code == code).expect(path);
        assert_eq!(left.fix, "Repeat the call. If the two sides are no longer linked, connect links them again.");
    }
}

#[test]
fn connect_links_both_sides_and_changes_nothing_the_second_time() {
    let host = host(&["eu", "us"]);
    let planned =
        done(host.run(on_pair(&host, pair(&host), TIMEOUT, async |call, pair| plan(call, pair, false).await)));
    assert!(!planned.linked && !planned.steps.is_empty());
    let linked = done(connect_now(&host));
    assert!(linked.changed && is_active(&linked.acceptor) && is_active(&linked.dialer));
    assert_eq!(linked.dialer.get("peer_id").text(), linked.acceptor.get("id").text());
    assert!(host.now() < TWO_ROUNDS);

    let again = done(connect_now(&host));
    assert!(!again.changed);
    for (again, first) in [(&again.dialer, &linked.dialer), (&again.acceptor, &linked.acceptor)] {
        assert_eq!(again.get("id").text(), first.get("id").text());
        assert_eq!(again.get("modify_index").index(), first.get("modify_index").index());
    }
    let planned =
        done(host.run(on_pair(&host, pair(&host), TIMEOUT, async |call, pair| plan(call, pair, false).await)));
    assert!(planned.linked && planned.steps.is_empty() && planned.notes.is_empty());
}

#[test]
fn plans_end_in_time_where_the_mesh_config_entry_is_slow() {
    let host = host(&["eu", "us"]);
    let plan_now = |is_linked: bool| {
        let began = host.now();
        let call = Call::new(host.clone(), duration::Duration::ms(500.0), None);
        let mut pair = Pair::new(&call, pair(&host));
        let planned = host.run(async { plan(&call, &mut pair, is_linked).await });
        assert!(!done(planned).steps.is_empty());
        assert!(host.now() - began < ms(500), "{:?}", host.now() - began);
    };
    let path = Some("/v1/config/mesh/mesh".into());
    host.world(|world| world.add_fault(Fault::Delay(ms(60_000)), Match { path, ..Match::default() }, u32::MAX));
    plan_now(false);
    done(connect_now(&host));
    plan_now(true);
}

#[test]
fn connect_reports_each_step_once() {
    let host = host(&["eu", "us"]);
    let reported = Rc::new(RefCell::new(Vec::new()));
    let listener = {
        let reported = reported.clone();
        move |progress: &Progress<'_>| {
            if let ProgressCode::Step(code) = progress.code {
                let name = progress.peer_name.map(str::to_owned);
                reported.borrow_mut().push((code, progress.cluster.to_string(), name));
            }
        }
    };
    let call = Call::new(host.clone(), TIMEOUT, Some(Box::new(listener)));
    let mut pair = Pair::new(&call, pair(&host));
    done(host.run(connect(&call, &mut pair)));
    let on = |cluster: &str, name: &str| (host.cluster(cluster).address.to_string(), Some(name.to_owned()));
    let [acceptor, dialer] = [on("us", "eu"), on("eu", "us")];
    let steps = [
        (StepCode::Generating, acceptor.clone()),
        (StepCode::Establishing, dialer.clone()),
        (StepCode::TokenAccepted, dialer),
        (StepCode::Waiting, acceptor),
    ];
    assert_eq!(*reported.borrow(), steps.map(|(code, (cluster, name))| (code, cluster, name)));
}

#[test]
fn connect_refuses_a_cluster_that_was_rebuilt_until_the_stale_side_is_deleted() {
    for rebuilt in ["eu", "us"] {
        let host = host(&["eu", "us"]);
        done(connect_now(&host));
        host.world(|world| world.rebuild(rebuilt, ms(1_000)).unwrap());
        host.run(host.sleep(duration::Duration::ms(1_000.0)));
        assert_eq!(connect_now(&host).err().map(|error| error.code), Some(Code::PeerMismatch), "{rebuilt}");
        disconnect_now(&host, true);
        let linked = done(connect_now(&host));
        assert!(is_active(&linked.acceptor) && is_active(&linked.dialer), "{rebuilt}");
    }
}

#[test]
fn connect_succeeds_over_a_slow_network_and_while_a_leader_is_lost() {
    let host = host(&["eu", "us"]);
    host.set_conditions(Conditions { delay: ms(200), ..Conditions::default() });
    host.world(|world| world.lose_leader("us", ms(4_000)).unwrap());
    let linked = done(connect_now(&host));
    assert!(is_active(&linked.acceptor) && is_active(&linked.dialer));
}

#[test]
fn connect_fails_with_its_own_cluster() {
    let federated =
        |name: &str| ClusterOptions { trust_domain: Some("t.consul".into()), ..ClusterOptions::named(name) };
    let host = host_of(vec![federated("eu"), federated("us")]);
    assert!(connect_now(&host).is_ok(), "two datacenters of one federation");
    let [acceptor, _] = pair(&host);
    let same = || [acceptor.clone(), member(&host, "us", "other")];
    for code in [
        host.run(on_pair(&host, same(), TIMEOUT, connect)).err().map(|error| error.code),
        host.run(on_pair(&host, same(), TIMEOUT, rotate)).err().map(|error| error.code),
        host.run(on_pair(&host, same(), TIMEOUT, async |call, pair| plan(call, pair, false).await))
            .err()
            .map(|error| error.code),
    ] {
        assert_eq!(code, Some(Code::SameCluster));
    }
}
