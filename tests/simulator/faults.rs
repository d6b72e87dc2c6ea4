//! Faults of the simulator.

use std::time::Duration;

use consul_peering::simulator::{Fault, Match, Options, Outcome, Request, Response};

use crate::client::{Client, ms};

const LONG: Duration = Duration::from_secs(60);

struct Met {
    outcome: Outcome,
    took: Duration,
    acted: bool,
}

/// The outcome of a token request with a fault, and whether Consul has acted.
fn meet(fault: Fault) -> Met {
    let mut client = Client::new(&Options::named(&["eu"])).unwrap();
    let ordered = client.world.add_fault(fault, Match::default(), 1);
    let sent = client.send("eu", Request::new("POST", "/v1/peering/token").with_body(r#"{"PeerName":"us"}"#));
    let outcome = client.settle(sent, LONG).unwrap();
    let took = client.now;
    assert_eq!(client.world.hits(ordered), 1);
    client.advance(LONG); // until it has restarted
    Met { outcome, took, acted: client.status("eu", "GET", "/v1/peering/us") == 200 }
}

fn answered(outcome: &Outcome) -> &Response {
    let Outcome::Answered(response) = outcome else { panic!("{outcome:?}") };
    response
}

#[test]
fn delay() {
    let met = meet(Fault::Delay(ms(60)));
    assert_eq!((answered(&met.outcome).status, met.took, met.acted), (200, ms(60), true));
}

#[test]
fn broken_connections() {
    for (fault, acted) in [(Fault::DropBefore, false), (Fault::DropAfter, true)] {
        let met = meet(fault);
        assert_eq!((met.outcome, met.acted), (Outcome::Dropped, acted));
    }
    let met = meet(Fault::Cut);
    assert!(matches!(&met.outcome, Outcome::Cut(response) if response.body.contains("PeeringToken")));
    assert!(met.acted);
}

#[test]
fn rate_limits_and_unavailable_servers() {
    for (fault, status, retry_after) in [
        (Fault::RateLimited(Some(7)), 429, Some("7")),
        (Fault::RateLimited(None), 429, None),
        (Fault::Unavailable(Some(7)), 503, Some("7")),
        (Fault::Unavailable(None), 503, None),
    ] {
        let met = meet(fault);
        let Response { status: answer, headers, .. } = answered(&met.outcome);
        assert_eq!((*answer, headers.get("retry-after").map(String::as_str)), (status, retry_after));
        assert!(!met.acted);
    }
}

#[test]
fn pages_of_a_proxy() {
    for (fault, status, acted) in
        [(Fault::ProxyPage(502), 502, false), (Fault::ProxyPage(200), 200, false), (Fault::GatewayTimeout, 504, true)]
    {
        let met = meet(fault);
        let response = answered(&met.outcome);
        assert_eq!((response.status, met.acted), (status, acted));
        assert_eq!(response.headers["content-type"], "text/html; charset=utf-8");
        assert!(response.body.starts_with("<!DOCTYPE html>"));
    }
}

#[test]
fn redirect() {
    let met = meet(Fault::Redirect { location: "/there".into(), status: 302 });
    let response = answered(&met.outcome);
    assert_eq!((response.status, response.headers["location"].as_str(), met.acted), (302, "/there", false));
}

#[test]
fn restart() {
    for acted in [false, true] {
        let met = meet(Fault::Restart { duration: ms(20), acted });
        assert_eq!((met.outcome, met.acted), (Outcome::Dropped, acted));
    }
}

#[test]
fn lost_leader() {
    let met = meet(Fault::LeaderLost(ms(60)));
    assert_eq!((answered(&met.outcome).status, met.took, met.acted), (200, ms(60), true));
}

#[test]
fn a_fault_applies_to_matching_requests_up_to_a_count_until_removed() {
    let mut client = Client::named(&["eu", "us"]);
    let matching = Match {
        cluster: Some("eu".into()),
        method: Some("GET".into()),
        path: Some("/v1/peerings".into()),
        ..Match::default()
    };
    let first = client.world.add_fault(Fault::Unavailable(None), matching, 2);
    assert_eq!(client.status("us", "GET", "/v1/peerings"), 200);
    assert_eq!(client.status("eu", "GET", "/v1/peering/x"), 404);
    assert_eq!(client.status("eu", "POST", "/v1/peerings"), 405);
    assert_eq!(client.status("eu", "GET", "/v1/peerings?index=0"), 503);
    assert_eq!(client.status("eu", "GET", "/v1/peerings"), 503);
    assert_eq!(client.status("eu", "GET", "/v1/peerings"), 200);
    assert_eq!(client.world.hits(first), 2);

    let when = |_: &str, request: &Request| request.path().starts_with("/v1/peering/");
    let matching = Match { when: Some(Box::new(when)), ..Match::default() };
    let always = client.world.add_fault(Fault::RateLimited(None), matching, u32::MAX);
    for _ in 0..5 {
        assert_eq!(client.status("us", "GET", "/v1/peering/x"), 429);
    }
    client.world.remove_fault(always);
    assert_eq!(client.status("us", "GET", "/v1/peering/x"), 404);
    assert_eq!(client.world.hits(always), 5);
}

#[test]
fn all_matching_faults_apply() {
    let mut client = Client::named(&["eu"]);
    client.world.add_fault(Fault::Delay(ms(300)), Match::default(), 1);
    client.world.add_fault(Fault::DropAfter, Match::default(), 1);
    let sent = client.send("eu", Request::new("POST", "/v1/peering/token").with_body(r#"{"PeerName":"us"}"#));
    assert_eq!(client.settle(sent, LONG), Some(Outcome::Dropped));
    assert_eq!(client.now, ms(300));
    assert_eq!(client.status("eu", "GET", "/v1/peering/us"), 200);
}

#[test]
fn a_restarted_server_drops_a_delayed_request() {
    let mut client = Client::named(&["eu"]);
    client.world.add_fault(Fault::Delay(ms(300)), Match::default(), 1);
    let sent = client.send("eu", Request::new("POST", "/v1/peering/token").with_body(r#"{"PeerName":"us"}"#));
    client.advance(ms(100));
    client.world.restart("eu", ms(100)).unwrap();
    assert_eq!(client.settle(sent, LONG), Some(Outcome::Dropped));
    client.advance(ms(1_000));
    assert_eq!(client.status("eu", "GET", "/v1/peering/us"), 404);
}

#[test]
fn a_broken_connection_carries_nothing_more() {
    let mut client = Client::named(&["eu"]);
    client.world.add_fault(Fault::DropAfter, Match::default(), 1);
    client.world.add_fault(Fault::GatewayTimeout, Match::default(), 1);
    let sent = client.send("eu", Request::new("GET", "/v1/peerings"));
    assert_eq!(client.settle(sent, LONG), Some(Outcome::Dropped));
}
