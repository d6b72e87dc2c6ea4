//! Leaders, streams and requests of servers, as observed on real servers of 1.22.3.

use std::collections::BTreeMap;
use std::time::Duration;

use consul_peering::simulator::{ClusterOptions, Options, Outcome, Request};
use serde_json::json;

use crate::client::{Client, EXPORTED, Sent, ms, token_of};

pub const LONG: Duration = Duration::from_secs(3_600);

pub fn two() -> Client {
    Client::named(&["eu", "us"])
}

pub fn three() -> Client {
    Client::named(&["eu", "us", "ap"])
}

/// The states on both sides.
pub fn states(client: &mut Client) -> [String; 2] {
    [client.state("eu", "us"), client.state("us", "eu")]
}

pub fn waiting_read() -> Request {
    Request::new("GET", "/v1/peerings?index=99&wait=10m")
}

#[test]
fn requests_wait_for_a_leader_and_are_refused_when_none_comes() {
    let mut client = two();
    client.peer();
    client.world.lose_leader("us", ms(3_000)).unwrap();
    assert_eq!(client.get("us", "/v1/status/leader"), "");
    assert_eq!(client.status("us", "GET", "/v1/catalog/datacenters"), 200);
    assert_eq!(client.state("eu", "us"), "FAILING");
    let began = client.now;
    assert_eq!(client.state("us", "eu"), "PENDING", "the new leader knows of no stream");
    assert_eq!(client.now - began, ms(3_000));
    client.advance(ms(5_000));
    assert_eq!(client.state("us", "eu"), "ACTIVE");

    client.world.lose_leader("us", ms(120_000)).unwrap();
    let requests = [
        Request::new("POST", "/v1/peering/token").with_body(r#"{"PeerName":"x"}"#),
        Request::new("DELETE", "/v1/peering/eu"),
        Request::new("GET", "/v1/connect/ca/roots"),
        Request::new("GET", "/v1/peerings"),
    ];
    let began = client.now;
    let sent = requests.map(|request| client.send("us", request));
    let took = sent.map(|sent| {
        let Some(Outcome::Answered(response)) = client.settle(sent, LONG) else { panic!("no response") };
        assert_eq!((response.status, response.body.as_str()), (500, "No cluster leader"));
        client.now - began
    });
    assert!(took[..3].iter().all(|took| (ms(7_000)..ms(10_600)).contains(took)), "{took:?}");
    assert!((ms(42_000)..ms(63_600)).contains(&took[3]), "{took:?}");
}

#[test]
fn an_invalid_request_is_refused_without_a_leader_too() {
    let mut client = two();
    client.world.lose_leader("us", ms(60_000)).unwrap();
    let response = client.post("us", "/v1/peering/token", &json!({ "PeerName": "X_" }));
    assert!(response.body.contains("is not a valid peer name"));
    assert_eq!(client.now, ms(0));
}

#[test]
fn services_are_listed_on_both_sides_while_exported() {
    let mut client = two();
    client.peer();
    let shown = |client: &mut Client| {
        let [here, there] = [client.read("us", "eu"), client.read("eu", "us")];
        json!([
            here["StreamStatus"]["ExportedServices"],
            here["StreamStatus"]["ImportedServices"],
            there["StreamStatus"]["ImportedServices"],
            there["StreamStatus"]["ExportedServices"]
        ])
    };
    assert_eq!(shown(&mut client), json!([null, null, null, null]));
    let services = [("web", vec!["eu"]), ("billing", vec!["eu", "ap"]), ("other", vec!["ap"])];
    let services = services.map(|(name, peers)| (name.into(), peers.into_iter().map(String::from).collect()));
    client.world.export_services("us", services.into()).unwrap();
    assert_eq!(shown(&mut client), json!([null, null, null, null]), "it is on its way");
    client.advance(EXPORTED);
    assert_eq!(shown(&mut client), json!([["billing", "web"], null, ["billing", "web"], null]));
    let exported = client.get("us", "/v1/exported-services");
    assert_eq!(exported[0], json!({ "Service": "billing", "Consumers": { "Peers": ["ap", "eu"] } }));
    client.world.export_services("us", BTreeMap::new()).unwrap();
    client.advance(EXPORTED);
    assert_eq!(shown(&mut client), json!([null, null, null, null]));
}

#[test]
fn heartbeats_come_every_fifteen_seconds() {
    let mut client = two();
    client.peer();
    let before = client.read("eu", "us")["StreamStatus"].clone();
    assert!(before["LastHeartbeat"].is_null());
    client.advance(ms(31_000));
    let after = client.read("eu", "us")["StreamStatus"].clone();
    assert!(after["LastHeartbeat"].as_str().unwrap().starts_with("2026-01-01T00:00:30."), "{after}");
    assert_eq!(after["LastReceive"], after["LastHeartbeat"]);
    assert_eq!(after["LastSend"], before["LastSend"]);
    assert_eq!(client.read("eu", "us")["StreamStatus"], after);
}

#[test]
fn deleting_both_sides_at_once_may_leave_one_marked_permanently() {
    let mut client = three();
    let token = client.token("ap", "eu");
    client.establish("eu", "ap", &token);
    client.peer();
    client.status("ap", "DELETE", "/v1/peering/eu"); // with a TERMINATED peering, a removal takes a moment
    client.advance(ms(60_000));
    // The leader of one has synced so often that its termination would come late; that of the other has not.
    for each in 1..=6 {
        client.token("eu", &format!("other-{each}"));
        client.advance(ms(1));
    }
    client.status("eu", "DELETE", "/v1/peering/us");
    client.status("us", "DELETE", "/v1/peering/eu");
    client.advance(ms(600_000));
    let left = client.read("eu", "us");
    assert_eq!(left["State"], "TERMINATED");
    assert!(left["DeletedAt"].is_string());
    client.status("eu", "DELETE", "/v1/peering/us");
    client.advance(ms(1_000));
    assert_eq!(client.status("eu", "GET", "/v1/peering/us"), 404);
}

#[test]
fn an_establish_whose_client_disconnects_ends_and_its_token_stays_valid() {
    let us = ClusterOptions { external_addresses: vec!["lb:1".into()], ..ClusterOptions::named("us") };
    let clusters = vec![ClusterOptions::named("eu"), us];
    let mut client = Client::new(&Options { clusters, ..Options::named(&[]) }).unwrap();
    let nowhere = "127.0.0.1:1";
    let addresses = json!({ "PeerName": "eu", "ServerExternalAddresses": [nowhere, nowhere, nowhere, "lb:1"] });
    let token = client.token_with("us", &addresses);
    let body = json!({ "PeerName": "us", "PeeringToken": token }).to_string();
    let Sent::Waiting(id) = client.send("eu", Request::new("POST", "/v1/peering/establish").with_body(body)) else {
        panic!("it has to reach the other side")
    };
    client.advance(ms(100));
    client.world.abort(id);
    client.advance(ms(5_000));
    assert_eq!(client.state("eu", "us"), "PENDING");
    assert_eq!(client.establish("eu", "us", &token).status, 200);
}

#[test]
fn a_write_completes_though_its_client_disconnects() {
    let mut client = two();
    let body = r#"{"PeerName":"eu"}"#;
    let Sent::Waiting(id) = client.send("us", Request::new("POST", "/v1/peering/token").with_body(body)) else {
        panic!("a write takes its turn")
    };
    client.world.abort(id);
    client.advance(ms(0));
    assert_eq!(client.status("us", "GET", "/v1/peering/eu"), 200);
}

#[test]
fn a_world_without_requests_becomes_idle() {
    let mut client = two();
    client.advance(ms(1));
    assert_eq!(client.world.next_timeout(), None);
    let Sent::Waiting(id) = client.send("eu", waiting_read()) else { panic!("it waits") };
    assert!(client.world.next_timeout() > Some(client.now));
    client.world.abort(id);
    assert_eq!(client.world.next_timeout(), None);
    let token = token_of(&json!({ "ServerAddresses": ["127.0.0.1:1"], "PeerID": "1", "EstablishmentSecret": "2" }));
    let body = json!({ "PeerName": "us", "PeeringToken": token }).to_string();
    let Sent::Waiting(id) = client.send("eu", Request::new("POST", "/v1/peering/establish").with_body(body)) else {
        panic!("it has to reach the other side")
    };
    client.advance(ms(1_000));
    client.world.abort(id);
    assert_eq!(client.world.next_timeout(), None, "it is not tried any more");
}
