//! Events at one instant, and servers that are held.

use consul_peering::simulator::{Fault, Outcome, Request};
use serde_json::json;

use crate::client::{Client, ms};

fn read(name: &str) -> Request {
    Request::new("GET", &format!("/v1/peering/{name}"))
}

#[test]
fn a_server_that_goes_down_breaks_the_requests_of_the_same_instant() {
    for acted in [false, true] {
        let mut client = Client::named(&["eu"]);
        let world = &mut client.world;
        let first = world.submit("eu", read("us"), Vec::new(), ms(0)).unwrap();
        let restart = Fault::Restart { duration: ms(50), acted };
        let second = world.submit("eu", read("us"), vec![restart], ms(0)).unwrap();
        world.advance(ms(0));
        let mut outcomes = world.take_outcomes();
        outcomes.sort_by_key(|(id, _)| *id);
        assert_eq!(outcomes, [(first, Outcome::Dropped), (second, Outcome::Dropped)], "acted: {acted}");
        assert_eq!((world.take_downed_clusters(), world.take_downed_clusters()), (vec!["eu".to_owned()], vec![]));
        assert!(world.submit("eu", read("us"), Vec::new(), ms(49)).is_none());
        assert!(world.submit("eu", read("us"), Vec::new(), ms(51)).is_some());
    }
}

#[test]
fn a_request_that_ended_earlier_is_not_broken() {
    let mut client = Client::named(&["eu"]);
    let world = &mut client.world;
    let first = world.submit("eu", read("us"), Vec::new(), ms(0)).unwrap();
    world.advance(ms(1));
    world.restart("eu", ms(50)).unwrap();
    let outcomes = world.take_outcomes();
    assert!(matches!(&outcomes[..], [(id, Outcome::Answered(response))] if *id == first && response.status == 404));
}

#[test]
fn a_caller_acts_on_a_response_before_more_becomes_due() {
    let mut client = Client::named(&["eu", "us"]);
    client.world.count_whole_ms();
    let token = client.token("us", "eu");
    let body = json!({ "PeerName": "us", "PeeringToken": token }).to_string();
    let now = client.now;
    let establish = Request::new("POST", "/v1/peering/establish").with_body(body);
    client.world.submit("eu", establish, Vec::new(), now).unwrap();
    // Late by more than it takes until the peering is ACTIVE.
    let late = now + ms(1_000);
    while client.world.take_outcomes().is_empty() {
        client.world.advance_to_outcome(late);
    }
    assert!(client.world.next_timeout().unwrap() < late);
    assert_eq!(client.world.list_now("eu").unwrap().matches("\"ESTABLISHING\"").count(), 1);
    client.world.advance_to_outcome(late);
    assert_eq!(client.world.list_now("eu").unwrap().matches("\"ACTIVE\"").count(), 1);
}

#[test]
fn everything_becomes_due_at_a_whole_millisecond() {
    let mut client = Client::named(&["off"]);
    client.world.set_peering("off", false).unwrap();
    let wait = |client: &mut Client| {
        let id = client.world.submit("off", Request::new("GET", "/v1/peerings"), Vec::new(), client.now).unwrap();
        client.advance(ms(0));
        let next = client.world.next_timeout().unwrap();
        client.world.abort(id);
        next
    };
    assert_ne!(wait(&mut client).subsec_nanos() % 1_000_000, 0);
    client.world.count_whole_ms();
    assert_eq!(wait(&mut client).subsec_nanos() % 1_000_000, 0);
}

#[test]
fn held_servers_do_nothing_by_themselves() {
    let mut client = Client::named(&["eu", "us"]);
    client.advance(ms(1));
    client.world.hold();
    let token = client.token("us", "eu");
    assert_eq!(client.establish("eu", "us", &token).status, 200);
    client.advance(ms(60_000));
    assert_eq!(client.state("eu", "us"), "ESTABLISHING");
    // Its leader dials, and is connected.
    let set_last = |client: &Client| client.world.held().into_iter().max().unwrap();
    for state in ["ESTABLISHING", "ACTIVE"] {
        let serial = set_last(&client);
        client.world.fire_timer(serial);
        assert_eq!(client.state("eu", "us"), state);
        assert_eq!(client.state("us", "eu"), "PENDING");
    }
    client.world.release();
    client.advance(ms(60_000));
    assert_eq!(client.state("us", "eu"), "ACTIVE");
    assert!(client.world.held().is_empty());
}
