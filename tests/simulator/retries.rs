//! Which requests an operation retries, when, and the error in the end. `src/decide/retry.rs` has the rules.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::generate::generate;
use consul_peering::operations::permissions::permissions;
use consul_peering::operations::read::{list, read};
use consul_peering::operations::wait::{Until, wait};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::Data;
use consul_peering::simulator::{Fault, Match};

use crate::calls::{OPTIONS, count, failed, generate_token, host, peer_name, token_spec};
use crate::client::ms;
use crate::stub::{ESTABLISH, GENERATE, READ, Reply, answer};
use crate::stub_host::{StubHost, dialer, establish_now};

const AUTHORIZE: &str = "POST /v1/internal/acl/authorize";
const NO_LEADER: &str = "No cluster leader";

fn read_within(host: &StubHost, timeout: f64) -> Outcome<StubHost, Option<Data>> {
    host.run(host.call(Duration::ms(timeout), None, async |client| read(client, &peer_name("us")).await))
}

/// Responds like this to the first requests, and then as usual.
fn failing_first(host: &StubHost, call: &'static str, times: usize, reply: Reply) {
    host.on(call, move |stub, sent| if sent.n <= times { reply.clone() } else { stub.act(sent) });
}

#[test]
fn a_read_that_fails_on_the_network_is_retried_twice_within_a_second_and_reported() {
    for reply in [Reply::Refused, Reply::Reset] {
        let host = StubHost::default();
        failing_first(&host, READ, usize::MAX, reply.clone());
        failed(read_within(&host, 60_000.0), Code::Network);
        assert!(host.now() < ms(1_000), "{:?}", host.now());
        assert_eq!((host.log().len(), host.reported()), (3, vec!["retry: network".to_owned(); 2]));

        let recovers = dialer("ACTIVE");
        failing_first(&recovers, READ, 2, reply);
        assert!(read_within(&recovers, 60_000.0).is_ok_and(|peering| peering.is_some()));
        assert_eq!(recovers.reported().last().map(String::as_str), Some("recovered: recovered"));
    }
}

#[test]
fn lists_and_permissions_are_retried_like_a_read() {
    let host = StubHost::default();
    host.on("GET /v1/peerings", |_, sent| if sent.n < 3 { Reply::Reset } else { answer(200, "[]") });
    assert!(host.perform(async |client| list(client).await).is_ok());
    let rights =
        r#"[{"Resource":"peering","Access":"read","Allow":true},{"Resource":"peering","Access":"write","Allow":true}]"#;
    host.on(AUTHORIZE, move |_, sent| match sent.n {
        1 => Reply::Reset,
        2 => answer(429, ""),
        _ => answer(200, rights),
    });
    let found = host.perform(async |client| permissions(client).await).unwrap_or_else(|_| panic!("it fails"));
    assert!(found.read && found.write);
}

/// When a read was sent again after 429 with this `Retry-After`; None if it failed without another attempt.
fn retried_after(seconds: Option<u32>, timeout: f64) -> Option<std::time::Duration> {
    let host = host(&["eu"]);
    host.world(|world| world.add_fault(Fault::RateLimited(seconds), Match::default(), 1));
    let call = Call::new(host.clone(), Duration::ms(timeout), None);
    let client = Client::new(&call, host.clone(), host.cluster("eu"), None, Duration::ms(timeout));
    let outcome = host.run(client.within(read(&client, &peer_name("us"))));
    let requests = host.requests();
    assert_eq!(outcome.is_ok(), requests.len() == 2, "{requests:?}");
    if let Err(error) = outcome {
        assert!(error.code == Code::RateLimited && error.retryable);
        assert!(host.now() < ms(1_000), "it fails at once");
    }
    requests.get(1).map(|second| second.at - requests[0].at)
}

#[test]
fn a_rate_limit_is_waited_out_unless_it_lasts_beyond_the_timeout() {
    let waits = |seconds| retried_after(seconds, 60_000.0).expect("it is retried");
    assert!(waits(Some(1)) >= ms(1_000) && waits(Some(1)) < ms(3_500));
    for short in [Some(0), None] {
        assert!(waits(short) >= ms(200) && waits(short) < ms(3_500), "{:?}", waits(short));
    }
    assert_eq!(retried_after(Some(30), 5_000.0), None);
}

#[test]
fn a_server_that_is_not_ready_is_retried_until_the_timeout() {
    for (status, text, code) in [
        (500, NO_LEADER, Code::NotReady),
        (500, "CA has not finished initializing", Code::NotReady),
        (503, "try later", Code::ServerError),
        (429, "", Code::RateLimited),
    ] {
        let host = StubHost::default();
        failing_first(&host, READ, usize::MAX, answer(status, text));
        let error = failed(read_within(&host, 1_200.0), code);
        assert!(error.status == Some(status) && host.now() <= ms(1_200), "{:?}", host.now());
        let attempts = host.log().len();
        assert!((2..6).contains(&attempts), "{attempts}");

        let recovers = StubHost::default();
        failing_first(&recovers, READ, 2, answer(status, text));
        assert!(read_within(&recovers, 60_000.0).is_ok());
    }
}

#[test]
fn an_agent_without_a_route_to_its_leader_is_retried_and_its_hint_names_another_target() {
    const TEXT: &str = "last connection error: connection error: desc = \"transport: Error while dialing: failed to find \
                        Consul server for global address \\\"dc1-10.0.0.1:8300\\\"\"";
    let host = StubHost::default();
    failing_first(&host, READ, usize::MAX, answer(503, TEXT));
    let error = failed(read_within(&host, 200.0), Code::LeaderUnreachable); // before the next attempt
    assert!(!error.retryable);
    let hint = error.hint();
    assert!(hint.contains("leader itself or to another server") && hint.contains("advertise_addr"), "{hint}");

    let elected = StubHost::default();
    failing_first(&elected, READ, 1, answer(503, TEXT));
    assert!(read_within(&elected, 60_000.0).is_ok());
    assert_eq!(elected.log().len(), 2);
}

#[test]
fn a_permanent_refusal_is_not_retried() {
    for (status, text, code) in [
        (500, "boom", Code::ServerError),
        (502, "", Code::ServerError),
        (403, "Permission denied: anonymous token lacks permission 'peering:read'", Code::PermissionDenied),
        (403, "ACL not found", Code::AclTokenUnknown),
        (403, "Endpoint is blocked by agent configuration", Code::EndpointBlocked),
        (403, "Access is restricted", Code::WritesRestricted),
        (500, "peering must be enabled to use this endpoint", Code::PeeringDisabled),
    ] {
        let host = StubHost::default();
        failing_first(&host, READ, usize::MAX, answer(status, text));
        let error = failed(read_within(&host, 60_000.0), code);
        assert_eq!((error.status, host.log().len()), (Some(status), 1), "{text}");
    }
}

#[test]
fn a_slow_read_finds_out_whether_peering_is_disabled() {
    for text in ["peering must be enabled to use this endpoint", "peering is disabled"] {
        let host = StubHost::default();
        failing_first(&host, READ, usize::MAX, Reply::Never);
        host.on(GENERATE, move |_, _| answer(500, text));
        failed(read_within(&host, 60_000.0), Code::PeeringDisabled);
        assert!(host.now() < ms(5_000), "{:?}", host.now());
    }
}

#[test]
fn a_write_is_retried_only_if_it_had_no_effect() {
    let generate_now = |host: &StubHost| host.perform(async |client| generate(client, &token_spec("us"), false).await);
    for reply in [Reply::Refused, answer(429, ""), answer(500, NO_LEADER)] {
        let host = StubHost::default();
        failing_first(&host, GENERATE, 1, reply.clone());
        assert!(generate_now(&host).is_ok());
        assert_eq!(host.writes(), [GENERATE; 2]);
        let host = StubHost::default();
        failing_first(&host, ESTABLISH, 1, reply);
        assert!(establish_now(&host, OPTIONS).is_ok());
        assert_eq!(host.writes(), [ESTABLISH; 2]);
    }
    for reply in [Reply::Reset, answer(502, ""), answer(504, ""), answer(200, "{")] {
        let host = StubHost::default();
        for call in [GENERATE, ESTABLISH] {
            failing_first(&host, call, usize::MAX, reply.clone());
        }
        assert!(generate_now(&host).is_err() && establish_now(&host, OPTIONS).is_err());
        assert_eq!(host.writes(), [GENERATE, ESTABLISH]);
    }
}

#[test]
fn the_failure_of_a_probe_is_not_the_reason_of_a_timeout() {
    let host = host(&["us"]);
    generate_token(&host, "us", "eu");
    let fault = |fault, path: &str| {
        let matching = Match { path: Some(path.into()), ..Match::default() };
        host.world(|world| world.add_fault(fault, matching, 1));
    };
    fault(Fault::Delay(ms(600)), "/v1/peering/eu");
    fault(Fault::RateLimited(None), "/v1/internal/acl/authorize");
    let call = Call::new(host.clone(), Duration::ms(5_000.0), None);
    let client = Client::new(&call, host.clone(), host.cluster("us"), Some(peer_name("eu")), Duration::ms(5_000.0));
    let waiting = client.within(async { wait(&client, &peer_name("eu"), Until::State(State::Active)).await });
    failed(host.run(waiting), Code::Timeout);
    assert_eq!(count(&host.requests(), "POST", "/v1/internal/acl/authorize"), 1);
}
