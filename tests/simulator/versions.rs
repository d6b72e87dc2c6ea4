//! The responses of older versions. They were not run; `tests/recordings/older` has their shapes from their source.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use consul_peering::host::HostValue;
use consul_peering::simulator::host::Data;
use consul_peering::simulator::{ClusterOptions, Options, Request};
use serde_json::{Value as Json, json};

use crate::client::{Client, EXPORTED, content};

fn clusters(version: &str, change: impl Fn(&mut ClusterOptions)) -> Client {
    let cluster = |name: &&str| {
        let mut options = ClusterOptions { version: version.into(), ..ClusterOptions::named(name) };
        change(&mut options);
        options
    };
    Client::new(&Options { clusters: ["eu", "us"].iter().map(cluster).collect(), ..Options::named(&[]) }).unwrap()
}

/// The documented peerings of a version, as Consul returns them (`answer`) and as the package returns them
/// (`expected`).
fn documented(version: &str) -> Vec<Json> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/older/{version}.json"));
    let mut document: Json = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    document["peerings"].as_array_mut().map(std::mem::take).unwrap()
}

fn recorded(version: &str) -> Vec<Json> {
    documented(version).into_iter().map(|peering| peering["answer"].clone()).collect()
}

#[test]
fn the_host_gives_peerings_in_the_form_of_the_package() {
    for case in ["1.13", "1.14"].into_iter().flat_map(documented) {
        let [answer, expected] = ["answer", "expected"].map(|key| Data::parse(&case[key].to_string()).unwrap());
        let peering = answer.to_peering().unwrap();
        assert_eq!(format!("{peering:?}"), format!("{expected:?}"), "{}", case["why"]);
    }
    let list = |text: &str| Data::parse(text).unwrap().to_peerings().map(|_| ());
    let named = r#"[{"ID":"1","Name":"eu","State":"ACTIVE"},{"Name":"us"}]"#;
    let fault = "item 2 has no ID, no State (its Name is \"us\")";
    assert_eq!(list(named), Err(format!("not a list of peerings: {fault}")));
    assert_eq!(list("{}"), Err("not a list of peerings".into()));
    assert_eq!(list("[]"), Ok(()));
}

/// The keys in their order, without those that exist only with a value.
fn shape(peering: &Json) -> Vec<&str> {
    let keys = peering.as_object().unwrap().keys().map(String::as_str);
    keys.filter(|key| !["Meta", "Partition", "DeletedAt"].contains(key)).collect()
}

#[test]
fn consul_1_13_has_two_counts_without_the_stream_or_the_other_side() {
    let mut client = clusters("1.13.9", |_| {});
    let recorded = recorded("1.13");
    client.token("eu", "US-East");
    assert_eq!(shape(&client.read("eu", "us-east")), shape(&recorded[1]));
    client.peer();
    client.world.export_services("us", BTreeMap::from([("billing".into(), vec!["eu".into()])])).unwrap();
    client.advance(EXPORTED);
    let peering = client.read("eu", "us");
    assert_eq!(shape(&peering), shape(&recorded[0]));
    assert_eq!([&peering["ImportedServiceCount"], &peering["ExportedServiceCount"]], [1, 0]);
}

#[test]
fn consul_1_14_shows_never_as_the_year_1() {
    let mut client = clusters("1.14.3", |_| {});
    let recorded = recorded("1.14");
    let acceptor = recorded.iter().find(|peering| peering["State"] == "PENDING").unwrap();
    client.token("eu", "us");
    let peering = client.read("eu", "us");
    assert_eq!(shape(&peering), shape(acceptor));
    assert_eq!(peering["StreamStatus"], acceptor["StreamStatus"]);
    let response = client.ask("eu", Request::new("GET", "/v1/peerings?index=999&wait=1s"));
    assert!(!response.headers.contains_key("x-consul-index"));
}

#[test]
fn the_response_and_the_leftover_of_a_refused_establish() {
    for (version, status, left) in [("1.13.9", 500, 404), ("1.15.9", 500, 200), ("1.16.0", 503, 200)] {
        let mut client = clusters(version, |options| options.reachable = Some(Vec::new()));
        let token = client.token("us", "eu");
        let response = client.establish("eu", "us", &token);
        assert_eq!(response.status, status, "{version}");
        assert_eq!(response.body.starts_with("rpc error: code = Unknown desc = "), status == 500, "{version}");
        assert_eq!(client.status("eu", "GET", "/v1/peering/us"), left, "{version}");
    }
}

#[test]
fn consul_1_13_replaces_its_own_addresses_by_external_ones() {
    let mut generate = |version| {
        let mut client = clusters(version, |options| options.server_address = Some("10.0.0.1:8502".into()));
        let body = json!({ "PeerName": "us", "ServerExternalAddresses": ["lb:8502"] });
        content(&client.token_with("eu", &body))
    };
    let [before, since] = ["1.13.9", "1.14.0"].map(&mut generate);
    assert_eq!(before["ServerAddresses"], json!(["lb:8502"]));
    assert!(before.get("ManualServerAddresses").is_none());
    assert_eq!(since["ServerAddresses"], json!(["10.0.0.1:8502"]));
    assert_eq!(since["ManualServerAddresses"], json!(["lb:8502"]));
}
