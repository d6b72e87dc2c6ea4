//! `connect` while other calls write to the same pair, in virtual time: how often it plans, waits and reports.

use std::cell::RefCell;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::consul::request;
use consul_peering::decide::plan::{ACCEPTOR_DELETED, NoteCode};
use consul_peering::decide::progress::{Kind, Progress, ProgressCode, StepCode};
use consul_peering::host::{Host, Response};
use consul_peering::operations::call::{Call, Listener, Outcome};
use consul_peering::operations::pair::connect::connect;
use consul_peering::operations::pair::link::Linked;
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::operations::remove::remove;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::{Data, SimulatedHost};
use consul_peering::simulator::{Fault, Match, Options};
use futures_util::future::join;

use crate::calls::{
    TIMEOUT, act, connect_now, count, done, host, is_active, on_pair, pair, peer_name, peering_spec, token_spec,
};
use crate::client::ms;

/// A report of a call: its kind, its code, the cluster and the text.
type Report = (Kind, ProgressCode, String, String);

/// A call whose reports are kept.
fn reporting_call(host: &SimulatedHost) -> (Rc<Call<SimulatedHost>>, Rc<RefCell<Vec<Report>>>) {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let listener: Listener = {
        let reports = reports.clone();
        Box::new(move |progress: &Progress<'_>| {
            let cluster = progress.cluster.to_string();
            reports.borrow_mut().push((progress.kind, progress.code, cluster, progress.text.to_owned()));
        })
    };
    (Call::new(host.clone(), TIMEOUT, Some(listener)), reports)
}

/// The texts of the reports with this code.
fn texts(reports: &RefCell<Vec<Report>>, wanted: ProgressCode) -> Vec<String> {
    reports.borrow().iter().filter(|(_, code, ..)| *code == wanted).map(|(.., text)| text.clone()).collect()
}

async fn connect_members(
    call: &Rc<Call<SimulatedHost>>,
    members: [Member<SimulatedHost>; 2],
) -> Outcome<SimulatedHost, Linked<Data>> {
    let mut pair = Pair::new(call, members);
    connect(call, &mut pair).await.map_err(|error| pair.complete(error))
}

fn sleep(host: &SimulatedHost, ms: f64) {
    host.run(host.sleep(Duration::ms(ms)));
}

#[test]
fn two_connects_in_one_direction_end_with_one_link() {
    for seed in 1..=20 {
        let host = SimulatedHost::new(&Options { seed, ..Options::named(&["eu", "us"]) }).unwrap();
        let calls = [(); 2].map(|()| Call::new(host.clone(), TIMEOUT, None));
        let both = join(connect_members(&calls[0], pair(&host)), connect_members(&calls[1], pair(&host)));
        let (one, other) = host.run(both);
        for linked in [done(one), done(other)] {
            assert!(is_active(&linked.acceptor) && is_active(&linked.dialer), "seed {seed}");
        }
    }
}

#[test]
fn a_failure_without_a_concurrent_call_is_not_retried() {
    let host = host(&["eu", "us"]);
    let refused = Match { path: Some("/v1/peering/establish".into()), ..Match::default() };
    host.world(|world| world.add_fault(Fault::RateLimited(Some(120)), refused, u32::MAX));
    assert_eq!(connect_now(&host).err().map(|error| error.code), Some(Code::RateLimited));
    assert_eq!(count(&host.requests(), "POST", "/v1/peering/token"), 1);
}

/// The two sides are read one after the other, so a dialer that is missing once may just have been created.
#[test]
fn an_acceptor_is_read_without_its_dialer_twice_before_it_is_deleted() {
    let host = host(&["eu", "us"]);
    done(connect_now(&host));
    act(&host, "eu", "DELETE", "/v1/peering/us", "");
    while host.peering("eu", "us").is_some() {
        sleep(&host, 10.0);
    }
    assert_eq!(host.peering("us", "eu").map(|acceptor| acceptor.state), Some(State::Active));
    let before = host.requests().len();
    let (call, reports) = reporting_call(&host);
    let linked = done(host.run(connect_members(&call, pair(&host))));
    assert!(linked.changed && is_active(&linked.acceptor) && is_active(&linked.dialer));
    let requests = &host.requests()[before..];
    let deletion = requests.iter().position(|request| request.method == "DELETE").expect("the acceptor is deleted");
    let lists =
        requests[..deletion].iter().filter(|request| request.cluster == "us" && request.path() == "/v1/peerings");
    assert_eq!(lists.count(), 2);
    let generating = texts(&reports, ProgressCode::Step(StepCode::Generating));
    assert!(generating.len() == 1 && generating[0].ends_with(ACCEPTOR_DELETED), "{generating:?}");
}

#[test]
fn connect_reports_states_and_what_it_waits_for() {
    let host = host(&["eu", "us"]);
    let (call, reports) = reporting_call(&host);
    done(host.run(connect_members(&call, pair(&host))));
    let states = |cluster: &str| -> Vec<_> {
        let address = host.cluster(cluster).address;
        let reports = reports.borrow();
        let of_cluster = reports.iter().filter(|(kind, _, at, _)| *kind == Kind::State && *at == *address);
        of_cluster.map(|(.., text)| text.rsplit(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(states("us"), ["PENDING", "ACTIVE"]);
    assert_eq!(states("eu"), ["ESTABLISHING", "ACTIVE"]);
    let waiting = texts(&reports, ProgressCode::Step(StepCode::Waiting));
    assert_eq!(waiting, ["waiting until \"eu\" is ACTIVE (now PENDING)"]);
    let generating = texts(&reports, ProgressCode::Step(StepCode::Generating));
    assert!(generating.len() == 1 && !generating[0].ends_with(ACCEPTOR_DELETED), "{generating:?}");
}

#[test]
fn a_note_is_reported_once() {
    let host = host(&["eu", "us"]);
    done(connect_now(&host));
    let mut members = pair(&host);
    members[0].meta = Some(vec![("team".into(), "net".into())]);
    let (call, reports) = reporting_call(&host);
    assert!(!done(host.run(connect_members(&call, members.clone()))).changed);
    assert_eq!(texts(&reports, ProgressCode::Note(NoteCode::AcceptorMetaKept)).len(), 1);

    members[1].meta = members[0].meta.clone();
    let (call, reports) = reporting_call(&host);
    let linked = done(host.run(connect_members(&call, members)));
    assert!(linked.changed, "the dialer's meta");
    assert_eq!(host.peering("eu", "us").unwrap().meta, [("team".to_owned(), "net".to_owned())]);
    assert_eq!(texts(&reports, ProgressCode::Note(NoteCode::AcceptorMetaKept)).len(), 1);
}

/// If both sides are deleted at once, Consul may keep one of them marked: the dialer on `eu`.
fn stays_marked() -> SimulatedHost {
    let host = host(&["eu", "us", "ap"]);
    let ap = [("ap", "eu"), ("eu", "ap")].map(|(at, other)| {
        let mut member = Member::new(host.clone(), host.cluster(at), peer_name(other), peer_name(at));
        member.external_addresses = Some(Vec::new());
        member
    });
    done(host.run(connect_members(&Call::new(host.clone(), TIMEOUT, None), ap)));
    done(connect_now(&host));
    act(&host, "ap", "DELETE", "/v1/peering/eu", ""); // with a TERMINATED peering, a removal takes a moment
    sleep(&host, 60_000.0);
    for each in 1..=6 {
        act(&host, "eu", "POST", "/v1/peering/token", &format!(r#"{{"PeerName":"other-{each}"}}"#));
        sleep(&host, 1.0);
    }
    act(&host, "eu", "DELETE", "/v1/peering/us", "");
    act(&host, "us", "DELETE", "/v1/peering/eu", "");
    sleep(&host, 60_000.0);
    assert_eq!(host.peering("eu", "us").map(|dialer| dialer.state), Some(State::Deleting));
    host
}

#[test]
fn a_side_that_stays_marked_as_deleted_is_deleted_again_after_two_seconds() {
    let host = stays_marked();
    let before = host.requests().len();
    let began = host.now();
    let (call, _) = reporting_call(&host);
    let linked = done(host.run(connect_members(&call, pair(&host))));
    assert!(is_active(&linked.acceptor) && is_active(&linked.dialer));
    let took = host.now() - began;
    assert!((ms(2_000)..ms(6_000)).contains(&took), "{took:?}");
    assert_eq!(count(&host.requests()[before..], "DELETE", "/v1/peering/us"), 1);
    let lists = count(&host.requests()[before..], "GET", "/v1/peerings");
    assert!(lists <= 12, "{lists} lists are read");
}

#[test]
fn a_link_that_is_failing_is_not_planned_all_the_time() {
    let host = host(&["eu", "us"]);
    done(connect_now(&host));
    host.world(|world| world.restart("us", ms(4_000)).unwrap());
    sleep(&host, 4_000.0);
    assert_eq!(host.peering("eu", "us").map(|dialer| dialer.state), Some(State::Failing));
    let before = host.requests().len();
    let linked = done(connect_now(&host));
    assert!(is_active(&linked.acceptor) && is_active(&linked.dialer));
    let lists = count(&host.requests()[before..], "GET", "/v1/peerings");
    assert!(lists <= 10, "{lists} lists are read");
}

#[test]
fn a_deletion_without_effect_is_repeated_and_its_refusal_reported() {
    for (fault, reported) in [(Fault::RateLimited(Some(120)), 1), (Fault::DropBefore, 0)] {
        let host = stays_marked();
        let deletion = Match { method: Some("DELETE".into()), ..Match::default() };
        host.world(|world| world.add_fault(fault, deletion, 1));
        let (call, reports) = reporting_call(&host);
        let [_, eu] = pair(&host);
        let client = eu.client(&call).ok().unwrap();
        let began = host.now();
        assert!(done(host.run(client.within(remove(&client, &eu.peer_name, true)))).is_some());
        assert!((ms(6_000)..ms(8_000)).contains(&(host.now() - began)), "the second one, after another three seconds");
        assert_eq!(host.peering("eu", "us"), None);
        assert_eq!(texts(&reports, ProgressCode::Step(StepCode::DeletingAgain)).len(), reported);
    }
}

#[test]
fn a_link_that_another_call_makes_while_the_token_request_waits_keeps_its_meta() {
    let host = host(&["eu", "us"]);
    let tokens = Match { path: Some("/v1/peering/token".into()), ..Match::default() };
    host.world(|world| world.add_fault(Fault::RateLimited(Some(2)), tokens, 1));
    let other = async {
        host.sleep(Duration::ms(500.0)).await;
        let generated = host.send(&host.cluster("us"), &request::token(&token_spec("eu"))).await.ok().unwrap();
        let token = generated.json().unwrap().get("PeeringToken").non_empty_text().unwrap();
        let mut spec = peering_spec(&host, "us", &token);
        spec.meta = vec![("team".into(), "net".into())];
        host.send(&host.cluster("eu"), &request::establish(&spec)).await.ok().unwrap();
    };
    let (connected, ()) = host.run(join(on_pair(&host, pair(&host), TIMEOUT, connect), other));
    let linked = done(connected);
    assert!(is_active(&linked.acceptor) && is_active(&linked.dialer));
    assert_eq!(host.peering("eu", "us").unwrap().meta, [("team".to_owned(), "net".to_owned())]);
    assert_eq!(count(&host.requests(), "POST", "/v1/peering/establish"), 1);
}
