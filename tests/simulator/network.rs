//! Operations over a network that is slow or loses requests, with an ACL token that is denied or replaced, and dropped calls.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::{generate, read, remove};
use consul_peering::rules::duration;
use consul_peering::simulator::host::{Conditions, Data, SimulatedHost};
use consul_peering::simulator::{AclOptions, ClusterOptions, Fault, Match, Options, Request, When};
use futures_util::future::{Either, select};

use crate::calls::{TIMEOUT, call, done, failed, host, host_of, peer, peer_name, read_now, token_spec};
use crate::client::ms;

/// An ACL token that the cluster does not know.
const OTHER: &str = "11111111-2222-4333-8444-555555555555";

#[test]
fn a_denied_read_ends_long_before_consul_answers() {
    let host = host_of(vec![ClusterOptions { acl: Some(AclOptions::default()), ..ClusterOptions::named("eu") }]);
    let anonymous = || {
        let mut cluster = host.cluster("eu");
        cluster.options.token = None;
        let call = Call::new(host.clone(), TIMEOUT, None);
        Client::new(&call, host.clone(), cluster, None, TIMEOUT)
    };
    let client = anonymous();
    failed(host.run(client.within(read::list(&client))), Code::PermissionDenied);
    assert_eq!(host.now(), ms(400));
    assert_eq!(read_now(&host, "eu", "us"), None, "the cluster's own token may read");
}

/// A read of `us` that Consul does not answer in time.
fn read_in_silence(acl: Option<AclOptions>, token: Option<&str>, fault: Option<Fault>) -> (Error<Data>, SimulatedHost) {
    let host = host_of(vec![ClusterOptions { acl, ..ClusterOptions::named("eu") }]);
    host.world(|world| {
        world.add_fault(Fault::Delay(ms(120_000)), Match { method: Some("GET".into()), ..Match::default() }, 1);
        let probe = Match { path: Some("/v1/internal/acl/authorize".into()), ..Match::default() };
        fault.map(|fault| world.add_fault(fault, probe, u32::MAX));
    });
    if let Some(token) = token {
        host.set_token(token);
    }
    let client = call(&host, "eu", "us");
    let read = host.run(client.within(read::read(&client, &peer_name("us"))));
    (read.err().unwrap(), host)
}

#[test]
fn a_read_in_silence_fails_at_once_if_the_token_is_unknown() {
    let (error, host) = read_in_silence(Some(AclOptions::default()), Some(OTHER), None);
    assert_eq!((error.code, host.now()), (Code::AclTokenUnknown, ms(400)));
}

#[test]
fn that_the_rights_cannot_be_read_is_not_the_reason_of_a_timeout() {
    let (error, host) = read_in_silence(None, None, Some(Fault::ProxyPage(502)));
    assert_eq!((error.code, &*error.reason, host.now()), (Code::Timeout, "", ms(60_000)));
}

#[test]
fn a_token_that_is_rotated_during_a_call_is_used_and_never_shown() {
    let host = host_of(vec![ClusterOptions { acl: Some(AclOptions::default()), ..ClusterOptions::named("eu") }]);
    let client = call(&host, "eu", "us");
    let former = host.cluster("eu").options.token.unwrap();
    assert_eq!(done(host.run(read::read(&client, &peer_name("us")))), None);
    host.set_token(OTHER);
    failed(host.run(read::read(&client, &peer_name("us"))), Code::AclTokenUnknown);
    let shown = client.redact(&format!("{OTHER} {}", former.expose()));
    assert!(!shown.contains(OTHER) && !shown.contains(former.expose()));
    host.set_token(former.expose());
    assert_eq!(done(host.run(read::read(&client, &peer_name("us")))), None);
}

/// The error of `generateToken` when the deadline passes during its first request like `pending` after a rate limit.
fn limited_and_out_of_time(pending: &'static str, code: Code) -> Error<Data> {
    let host = host(&["eu", "us"]);
    let limited = Rc::new(Cell::new(false));
    let set = limited.clone();
    let write = move |_: &str, request: &Request| request.method == "POST" && !set.replace(true);
    let after = move |_: &str, request: &Request| request.method == pending && limited.get();
    for (fault, when) in [
        (Fault::Delay(ms(2 * TIMEOUT.as_ms() as u64)), Box::new(after) as When),
        (Fault::RateLimited(None), Box::new(write)),
    ] {
        let matching = Match { when: Some(when), ..Match::default() };
        host.world(|world| world.add_fault(fault, matching, 1));
    }
    let client = call(&host, "us", "eu");
    failed(host.run(client.within(generate::generate(&client, &token_spec("eu"), false))), code)
}

#[test]
fn a_deadline_during_a_retry_reports_the_limit_unless_a_write_is_without_a_response() {
    let error = limited_and_out_of_time("GET", Code::RateLimited);
    assert_eq!((error.timeout, error.left_behind.len()), (Some(TIMEOUT), 0));
    let error = limited_and_out_of_time("POST", Code::Timeout);
    let leftovers: Vec<_> = error.left_behind.iter().map(|leftover| leftover.code).collect();
    assert_eq!(leftovers, [LeftoverCode::TokenUnanswered]);
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
    let host = host(&["eu", "us"]);
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
    let host = host(&["eu", "us"]);
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
