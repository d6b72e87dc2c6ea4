//! The package's operations against simulated clusters, in virtual time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::wait::Until;
use consul_peering::operations::{establish, generate, read, remove, wait};
use consul_peering::rules::duration;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::spec::{self, PeeringSpec, TokenSpec};
use consul_peering::simulator::host::{Conditions, Data, SimulatedHost, crash_after};
use consul_peering::simulator::{AclOptions, ClusterOptions, Fault, Match, Options, Request};
use futures_util::future::{Either, join, select};

use crate::client::ms;

const TIMEOUT: duration::Duration = duration::Duration::ms(60_000.0);
const ESTABLISH: establish::EstablishOptions = establish::EstablishOptions { wait: true, replace: false };

fn host() -> SimulatedHost {
    SimulatedHost::new(&Options::named(&["eu", "us"])).unwrap()
}

pub fn peer_name(name: &str) -> PeerName {
    PeerName::new(name).unwrap()
}

/// One call on a cluster, about a peering.
fn call(host: &SimulatedHost, cluster: &str, name: &str) -> Client<SimulatedHost> {
    let call = Call::new(host.clone(), TIMEOUT, None);
    Client::new(&call, host.clone(), host.cluster(cluster), PeerName::new(name), TIMEOUT)
}

pub fn done<T>(ended: Outcome<SimulatedHost, T>) -> T {
    ended.unwrap_or_else(|error| panic!("{}", error.message("the operation")))
}

fn failed<T>(ended: Outcome<SimulatedHost, T>) -> Error<Data> {
    ended.err().expect("the operation has succeeded")
}

fn token_spec(name: &str) -> TokenSpec {
    spec::token(&Data::object([("peer_name", name.into())])).spec.unwrap()
}

fn peering_spec(host: &SimulatedHost, name: &str, token: &str) -> PeeringSpec {
    let given = Data::object([("peer_name", name.into()), ("peering_token", token.into())]);
    spec::peering(&given, Data::read_json, host.wall_clock()).spec.unwrap()
}

fn generate_token(host: &SimulatedHost, cluster: &str, name: &str) -> String {
    let client = call(host, cluster, name);
    let token = host.run(client.within(generate::generate(&client, &token_spec(name), false)));
    done(token).expose().into()
}

fn establish_with(host: &SimulatedHost, cluster: &str, name: &str, token: &str) -> Outcome<SimulatedHost, Data> {
    let client = call(host, cluster, name);
    let spec = peering_spec(host, name, token);
    host.run(client.within(establish::establish(&client, &spec, ESTABLISH)))
}

/// `eu` dials `us`; each is named after the other.
fn peer(host: &SimulatedHost) {
    let token = generate_token(host, "us", "eu");
    assert!(done(establish_with(host, "eu", "us", &token)).get("state").is_text("ACTIVE"));
}

fn read_now(host: &SimulatedHost, cluster: &str, name: &str) -> Option<Data> {
    let client = call(host, cluster, name);
    done(host.run(client.within(read::read(&client, &peer_name(name)))))
}

fn is_in(host: &SimulatedHost, cluster: &str, name: &str, state: &str) -> bool {
    read_now(host, cluster, name).is_some_and(|peering| peering.get("state").is_text(state))
}

fn sleep(host: &SimulatedHost, duration: duration::Duration) {
    host.run(host.sleep(duration));
}

/// The next request that a cluster receives with this method and path.
fn order(host: &SimulatedHost, fault: Fault, method: &str, path: &str) {
    let matching = Match { method: Some(method.into()), path: Some(path.into()), ..Match::default() };
    host.world(|world| world.add_fault(fault, matching, 1));
}

#[test]
fn establish_resolves_when_the_peering_is_active() {
    let host = host();
    let token = generate_token(&host, "us", "eu");
    let began = host.now();
    let peering = done(establish_with(&host, "eu", "us", &token));
    assert!(peering.get("state").is_text("ACTIVE") && peering.get("role").is_text("dialer"), "{peering:?}");
    assert!(host.now() - began < ms(5_100), "a leader's round");
    assert!(is_in(&host, "us", "eu", "ACTIVE"));
}

/// The error of `generateToken` when the deadline passes during its first request like `pending` after a rate limit.
fn limited_and_out_of_time(pending: &'static str) -> Error<Data> {
    let host = host();
    let limited = Arc::new(AtomicBool::new(false));
    let set = limited.clone();
    let write = move |_: &str, request: &Request| request.method == "POST" && !set.swap(true, Ordering::Relaxed);
    let after = move |_: &str, request: &Request| request.method == pending && limited.load(Ordering::Relaxed);
    for (fault, when) in [
        (Fault::Delay(ms(2 * TIMEOUT.as_ms() as u64)), Box::new(after) as Box<dyn Fn(&str, &Request) -> bool + Send>),
        (Fault::RateLimited(None), Box::new(write)),
    ] {
        let matching = Match { when: Some(when), ..Match::default() };
        host.world(|world| world.add_fault(fault, matching, 1));
    }
    let client = call(&host, "us", "eu");
    failed(host.run(client.within(generate::generate(&client, &token_spec("eu"), false))))
}

#[test]
fn a_deadline_during_a_retry_reports_the_limit_unless_a_write_is_without_a_response() {
    let error = limited_and_out_of_time("GET");
    assert_eq!((error.code, error.timeout, error.left_behind.len()), (Code::RateLimited, Some(TIMEOUT), 0));
    let error = limited_and_out_of_time("POST");
    let leftovers: Vec<_> = error.left_behind.iter().map(|leftover| leftover.code).collect();
    assert_eq!((error.code, leftovers), (Code::Timeout, vec![LeftoverCode::TokenUnanswered]));
}

#[test]
fn establish_reads_the_outcome_after_a_lost_response() {
    let host = host();
    let token = generate_token(&host, "us", "eu");
    order(&host, Fault::DropAfter, "POST", "/v1/peering/establish");
    assert!(done(establish_with(&host, "eu", "us", &token)).get("state").is_text("ACTIVE"));
}

#[test]
fn establish_deletes_the_leftover_of_a_spent_token() {
    let host = host();
    let spent = generate_token(&host, "us", "eu");
    generate_token(&host, "us", "eu");
    let error = failed(establish_with(&host, "eu", "us", &spent));
    assert_eq!(error.code, Code::TokenSpent);
    assert!(error.left_behind.is_empty());
    assert_eq!(read_now(&host, "eu", "us"), None);
}

#[test]
fn generate_token_refuses_a_dialer_and_waits_for_a_removal() {
    let host = host();
    peer(&host);
    let client = call(&host, "eu", "us");
    let error = failed(host.run(client.within(generate::generate(&client, &token_spec("us"), false))));
    assert_eq!(error.code, Code::RoleConflict);

    let client = call(&host, "us", "eu");
    done(host.run(client.within(remove::remove(&client, &peer_name("eu"), false))));
    let token = generate_token(&host, "us", "eu");
    assert!(is_in(&host, "us", "eu", "PENDING"));
    sleep(&host, duration::Duration::ms(6_000.0)); // until the other side is TERMINATED
    assert!(done(establish_with(&host, "eu", "us", &token)).get("state").is_text("ACTIVE"));
}

#[test]
fn read_and_list() {
    let host = host();
    assert_eq!(read_now(&host, "us", "eu"), None);
    let listed = |host: &SimulatedHost| {
        let client = call(host, "us", "");
        done(host.run(client.within(read::list(&client)))).items().unwrap()
    };
    assert!(listed(&host).is_empty());
    for name in ["eu", "ap"] {
        generate_token(&host, "us", name);
    }
    let peering = read_now(&host, "us", "eu").unwrap();
    assert!(peering.get("peer_name").is_text("eu") && peering.get("role").is_text("acceptor"), "{peering:?}");
    let names: Vec<_> =
        listed(&host).iter().map(|peering| peering.get("peer_name").non_empty_text().unwrap()).collect();
    assert_eq!(names, ["ap", "eu"]);
}

#[test]
fn a_denied_read_ends_long_before_consul_answers() {
    let clusters = vec![ClusterOptions { acl: Some(AclOptions::default()), ..ClusterOptions::named("eu") }];
    let host = SimulatedHost::new(&Options { clusters, ..Options::named(&[]) }).unwrap();
    let anonymous = || {
        let mut cluster = host.cluster("eu");
        cluster.options.token = None;
        let call = Call::new(host.clone(), TIMEOUT, None);
        Client::new(&call, host.clone(), cluster, None, TIMEOUT)
    };
    let client = anonymous();
    let error = failed(host.run(client.within(read::list(&client))));
    assert_eq!((error.code, host.now()), (Code::PermissionDenied, ms(400)));
    assert_eq!(read_now(&host, "eu", "us"), None, "the cluster's own token may read");
}

#[test]
fn a_token_that_is_rotated_during_a_call_is_used_and_never_shown() {
    const OTHER: &str = "11111111-2222-4333-8444-555555555555";
    let clusters = vec![ClusterOptions { acl: Some(AclOptions::default()), ..ClusterOptions::named("eu") }];
    let host = SimulatedHost::new(&Options { clusters, ..Options::named(&[]) }).unwrap();
    let client = call(&host, "eu", "us");
    let former = host.cluster("eu").options.token.unwrap();
    assert_eq!(done(host.run(read::read(&client, &peer_name("us")))), None);
    host.set_token(OTHER);
    let error = failed(host.run(read::read(&client, &peer_name("us"))));
    assert_eq!(error.code, Code::AclTokenUnknown);
    let shown = client.redact(&format!("{OTHER} {}", former.expose()));
    assert!(!shown.contains(OTHER) && !shown.contains(former.expose()));
    host.set_token(former.expose());
    assert_eq!(done(host.run(read::read(&client, &peer_name("us")))), None);
}

#[test]
fn delete_resolves_when_the_peering_is_gone_and_ends_the_other_side() {
    let host = host();
    peer(&host);
    let client = call(&host, "us", "eu");
    let deleted = done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true)))).unwrap();
    assert!(deleted.get("state").is_text("ACTIVE"), "as it was");
    assert_eq!(read_now(&host, "us", "eu"), None);
    let client = call(&host, "eu", "us");
    let ended = host.run(client.within(wait::wait(&client, &peer_name("us"), Until::State(State::Terminated))));
    assert!(done(ended).unwrap().get("state").is_text("TERMINATED"));
    assert!(host.now() < ms(11_000), "two of the leaders' rounds");

    let client = call(&host, "us", "eu");
    assert_eq!(
        done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true)))),
        None,
        "it did not exist"
    );
}

#[test]
fn delete_continues_after_a_lost_response() {
    let host = host();
    peer(&host);
    order(&host, Fault::DropAfter, "DELETE", "/v1/peering/eu");
    let client = call(&host, "us", "eu");
    done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true))));
    assert_eq!(read_now(&host, "us", "eu"), None);
}

#[test]
fn wait_times_out_at_its_deadline() {
    let host = host();
    generate_token(&host, "us", "eu");
    let began = host.now();
    let client = call(&host, "us", "eu");
    host.step_wall_clock(-3_600_000.0); // has no effect
    let error = failed(host.run(client.within(wait::wait(&client, &peer_name("eu"), Until::Gone))));
    assert_eq!((error.code, host.now() - began), (Code::Timeout, Duration::from_secs(60)));
    assert!(error.peering.as_ref().is_some_and(|peering| peering.get("state").is_text("PENDING")));
}

#[test]
fn operations_succeed_over_a_slow_network_that_loses_requests() {
    for seed in 1..=20 {
        let host = SimulatedHost::new(&Options { seed, ..Options::named(&["eu", "us"]) }).unwrap();
        peer(&host);
        let delay = ms(300);
        host.set_conditions(Conditions { delay, lost_before: 0.05, lost_after: 0.05, cut: 0.05 });
        for _ in 0..5 {
            let client = call(&host, "us", "eu");
            let Ok(peering) = host.run(client.within(read::read(&client, &peer_name("eu")))) else { continue };
            assert!(peering.unwrap().get("state").is_text("ACTIVE"));
        }
        let client = call(&host, "us", "eu");
        if (host.run(client.within(remove::remove(&client, &peer_name("eu"), true)))).is_ok() {
            host.set_conditions(Conditions::default());
            assert_eq!(read_now(&host, "us", "eu"), None, "seed {seed}");
        }
    }
}

#[test]
fn the_conditions_of_the_network() {
    let host = host();
    let duration = |conditions| {
        host.set_conditions(conditions);
        let began = host.now();
        let client = call(&host, "us", "eu");
        let ended = host.run(client.within(read::read(&client, &peer_name("eu"))));
        (ended.map_err(|error| error.code), host.now() - began)
    };
    let delay = ms(200);
    let (read, took) = duration(Conditions { delay, ..Conditions::default() });
    assert!(read == Ok(None) && took > ms(0) && took < ms(400), "{took:?}");
    for conditions in [
        Conditions { lost_before: 1.0, ..Conditions::default() },
        Conditions { lost_after: 1.0, ..Conditions::default() },
        Conditions { cut: 1.0, ..Conditions::default() },
    ] {
        let (read, took) = duration(conditions);
        assert_eq!(read, Err(Code::Network), "{conditions:?}");
        assert!(took > ms(0), "it was retried");
    }
}

#[test]
fn a_call_that_is_dropped_ends_its_request() {
    let host = host();
    host.world(|world| world.lose_leader("us", Duration::MAX).unwrap());
    let client = call(&host, "us", "eu");
    let name = peer_name("eu");
    host.run(async {
        let read = pin!(read::read(&client, &name));
        assert!(
            matches!(select(read, pin!(host.sleep(duration::Duration::ms(100.0)))).await, Either::Right(_)),
            "there is no leader"
        );
    });
    drop(client);
    assert_eq!(host.world(|world| world.next_timeout()), None);
}

/// Runs `attempt` with a crash after 0, 1, 2, … steps until it ends without one, each time in a new world.
fn crash_anywhere(attempt: impl Fn(u32) -> bool) {
    let ended = (0..10_000).find(|steps| attempt(*steps)).expect("it never ends");
    assert!(ended > 5, "it takes {ended} steps");
}

#[test]
fn an_establish_completes_one_that_crashed_anywhere() {
    crash_anywhere(|steps| {
        let host = host();
        let token = generate_token(&host, "us", "eu");
        let client = call(&host, "eu", "us");
        let spec = peering_spec(&host, "us", &token);
        let work = client.within(establish::establish(&client, &spec, ESTABLISH));
        let ended = host.run(crash_after(steps, work));
        let peering = done(establish_with(&host, "eu", "us", &token));
        assert!(peering.get("state").is_text("ACTIVE"), "after {steps} steps: {peering:?}");
        assert!(is_in(&host, "us", "eu", "ACTIVE"));
        ended.is_some()
    });
}

#[test]
fn a_delete_completes_one_that_crashed_anywhere() {
    crash_anywhere(|steps| {
        let host = host();
        peer(&host);
        let client = call(&host, "us", "eu");
        let ended = host.run(crash_after(steps, client.within(remove::remove(&client, &peer_name("eu"), true))));
        let client = call(&host, "us", "eu");
        done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true))));
        assert_eq!(read_now(&host, "us", "eu"), None, "after {steps} steps");
        ended.is_some()
    });
}

#[test]
fn two_concurrent_establishes_with_one_token_both_resolve() {
    let host = host();
    let token = generate_token(&host, "us", "eu");
    let spec = peering_spec(&host, "us", &token);
    let [one, other] = [(); 2].map(|()| call(&host, "eu", "us"));
    let both = host.run(join(
        one.within(establish::establish(&one, &spec, ESTABLISH)),
        other.within(establish::establish(&other, &spec, ESTABLISH)),
    ));
    for peering in [done(both.0), done(both.1)] {
        assert!(peering.get("state").is_text("ACTIVE"));
    }
}
