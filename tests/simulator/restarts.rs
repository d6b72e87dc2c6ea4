//! Restarts of servers, as observed on real servers of 1.22.3.

use std::time::Duration;

use chrono::DateTime;
use consul_peering::simulator::{Outcome, World};
use serde_json::Value as Json;

use crate::client::{Client, Sent, ms};
use crate::servers::{LONG, states, three, two, waiting_read};

#[test]
fn a_server_that_is_down_does_not_respond() {
    let mut client = two();
    let waiting = client.send("eu", waiting_read());
    client.advance(ms(0));
    client.world.restart("eu", ms(1_000)).unwrap();
    assert_eq!(client.settle(waiting, LONG), Some(Outcome::Dropped));
    let refused = client.send("eu", waiting_read());
    assert!(matches!(refused, Sent::Ended(Outcome::Refused)));
    client.advance(ms(1_000));
    assert_eq!(client.status("eu", "GET", "/v1/peerings"), 200);
}

#[test]
fn an_acceptor_that_restarts_shows_pending_until_the_dialer_retries() {
    let mut client = two();
    client.peer();
    client.world.restart("us", ms(1_000)).unwrap();
    let dialer = client.read("eu", "us");
    assert_eq!(dialer["State"], "FAILING");
    assert!(dialer["StreamStatus"]["LastReceive"].as_str().unwrap().starts_with("2026-01-01T00:00:06."));
    client.advance(ms(1_000));
    let acceptor = client.read("us", "eu");
    assert_eq!(acceptor["State"], "PENDING");
    assert_eq!(acceptor["PeerCAPems"].as_array().unwrap().len(), 1);
    assert_eq!(acceptor["Remote"]["Datacenter"], "eu");
    assert!(acceptor["StreamStatus"].as_object().unwrap().values().all(Json::is_null));
    client.advance(ms(1_100));
    assert_eq!(states(&mut client), ["ACTIVE", "ACTIVE"]);
}

#[test]
fn a_dialer_that_restarts_shows_establishing_and_connects_at_once() {
    let mut client = two();
    client.peer();
    client.world.restart("eu", ms(1_000)).unwrap();
    assert_eq!(client.state("us", "eu"), "FAILING");
    client.advance(ms(1_000));
    assert_eq!(client.state("eu", "us"), "ESTABLISHING");
    client.advance(ms(20));
    assert_eq!(states(&mut client), ["ACTIVE", "ACTIVE"]);
}

#[test]
fn a_dialer_that_is_lost_before_the_acceptor_has_answered_leaves_no_stream() {
    for lose in [World::restart, World::lose_leader] {
        let mut client = two();
        let token = client.token("us", "eu");
        client.establish("eu", "us", &token);
        client.advance(ms(7)); // it has connected, without a response yet
        assert_eq!(client.state("eu", "us"), "ACTIVE");
        lose(&mut client.world, "eu", ms(1_000)).unwrap();
        client.advance(ms(100));
        assert_eq!(client.state("us", "eu"), "PENDING");
    }
}

#[test]
fn an_acceptor_that_is_down_before_the_first_stream_leaves_the_dialer_establishing() {
    let mut client = two();
    let token = client.token("us", "eu");
    client.establish("eu", "us", &token);
    client.world.restart("us", ms(30_000)).unwrap();
    client.advance(ms(10_000));
    let dialer = client.read("eu", "us");
    assert_eq!(dialer["State"], "ESTABLISHING");
    // It retries after 2 and after 4 seconds more, which counts as something sent.
    assert_eq!(dialer["StreamStatus"]["LastReceive"], "0001-01-01T00:00:00Z");
    let sent = dialer["StreamStatus"]["LastSend"].as_str().unwrap();
    assert!(sent.starts_with("2026-01-01T00:00:06.") && DateTime::parse_from_rfc3339(sent).is_ok(), "{sent}");
    client.advance(ms(25_000));
    assert_eq!(client.state("eu", "us"), "ACTIVE");
}

#[test]
fn an_acceptor_that_never_returns_leaves_the_dialer_failing() {
    let mut client = two();
    client.peer();
    client.world.restart("us", Duration::MAX).unwrap();
    client.advance(ms(600_000));
    assert_eq!(client.state("eu", "us"), "FAILING");
    client.status("eu", "DELETE", "/v1/peering/us");
    client.advance(ms(1_000));
    assert_eq!(client.status("eu", "GET", "/v1/peering/us"), 404);
}

#[test]
fn an_unused_token_does_not_end_the_stream() {
    let mut client = two();
    client.peer();
    client.token("us", "eu");
    client.world.restart("eu", ms(1_000)).unwrap();
    client.advance(ms(1_100));
    assert_eq!(states(&mut client), ["ACTIVE", "ACTIVE"]);
}

#[test]
fn a_token_that_a_third_cluster_used_ends_the_stream_when_the_first_connects_again() {
    let mut client = three();
    client.peer();
    let token = client.token("us", "eu");
    assert_eq!(client.establish("ap", "us", &token).status, 200);
    client.advance(ms(10_000));
    let all = |client: &mut Client| [client.state("eu", "us"), client.state("ap", "us"), client.state("us", "eu")];
    assert_eq!(all(&mut client), ["ACTIVE", "ACTIVE", "ACTIVE"]);
    assert_eq!(client.read("us", "eu")["Remote"]["Datacenter"], "ap");
    client.world.restart("eu", ms(1_000)).unwrap();
    client.advance(ms(60_000));
    // The acceptor has one record for both: it keeps the state of the first, though the second's stream is open.
    assert_eq!(all(&mut client), ["FAILING", "ACTIVE", "FAILING"]);
}

#[test]
fn a_removal_continues_after_a_restart() {
    let mut client = two();
    client.peer();
    client.status("us", "DELETE", "/v1/peering/eu");
    client.advance(ms(6_000));
    assert_eq!(client.state("eu", "us"), "TERMINATED");
    client.status("eu", "DELETE", "/v1/peering/us"); // with a TERMINATED peering, a removal takes a moment
    assert!(client.read("eu", "us")["DeletedAt"].is_string());
    client.world.restart("eu", ms(1_000)).unwrap();
    client.advance(ms(1_300));
    assert_eq!(client.status("eu", "GET", "/v1/peering/us"), 404);
}

#[test]
fn a_stream_is_reopened_with_its_former_record_until_the_leader_reads_the_new_one() {
    let mut client = three();
    client.peer();
    // The wrong cluster's token over a live dialer: refused, but written.
    let token = client.token("ap", "eu");
    assert_eq!(client.establish("eu", "us", &token).status, 503);
    assert!(client.read("eu", "us")["PeerServerName"].as_str().unwrap().starts_with("server.ap."));
    client.world.restart("us", ms(1_000)).unwrap();
    client.advance(ms(10_000));
    assert_eq!(states(&mut client), ["ACTIVE", "ACTIVE"]);
    client.world.restart("us", ms(1_000)).unwrap();
    client.token("eu", "other"); // any change has the leader sync all peerings
    client.advance(ms(60_000));
    assert_eq!(states(&mut client), ["FAILING", "PENDING"]);
}
