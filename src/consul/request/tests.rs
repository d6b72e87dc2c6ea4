use serde_json::{Value as Json, json};

use super::*;
use crate::rules::host::tests::read_json;
use crate::rules::peering_token::tests::{NOW, plain};
use crate::rules::spec;

fn body(request: &Request) -> Json {
    serde_json::from_str(request.body.as_ref().unwrap()).unwrap()
}

fn us() -> PeerName {
    PeerName::new("us").unwrap()
}

#[test]
fn reads_have_no_body_and_no_effect() {
    let request = read(&us(), Some("p"));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/v1/peering/us"));
    assert_eq!(request.partition.as_deref(), Some("p"));
    assert!(request.body.is_none() && request.effect == Effect::Read);
    assert_eq!(list(None).path, "/v1/peerings");
    assert_eq!(list(None).partition, None);
    assert!(read(&us(), None).denial_is_slow && list(None).denial_is_slow);
    assert!(!roots().denial_is_slow && !datacenters().denial_is_slow && !delete(&us(), None).denial_is_slow);
    assert!(!authorize().denial_is_slow && !refused_token().denial_is_slow);
    assert_eq!(roots().path, "/v1/connect/ca/roots");
    assert_eq!(datacenters().path, "/v1/catalog/datacenters");
}

#[test]
fn a_blocking_read_is_not_probed() {
    let request = blocking(read(&us(), None), 7, Duration::ms(2_000.0));
    assert_eq!((request.path.as_str(), request.blocking), ("/v1/peering/us", Some((7, Duration::ms(2_000.0)))));
    assert!(!request.denial_is_slow && request.effect == Effect::Read);
    assert_eq!(list(None).blocking, None);
}

#[test]
fn the_path_contains_partition_and_index() {
    assert_eq!(read(&us(), None).target(), "/v1/peering/us");
    assert_eq!(list(Some("p")).target(), "/v1/peerings?partition=p");
    assert_eq!(blocking(list(None), 7, Duration::ms(2_000.0)).target(), "/v1/peerings?index=7&wait=2000ms");
    assert_eq!(
        blocking(read(&us(), Some("p")), 7, Duration::ms(2_000.0)).target(),
        "/v1/peering/us?partition=p&index=7&wait=2000ms"
    );
}

#[test]
fn only_lists_may_be_large() {
    use crate::consul::service_request::{
        config_entries, config_entry, default_intention, exported_services, health, intentions, proxies, servers,
        services_of_kind,
    };
    for list in [
        list(None),
        blocking(list(Some("p")), 7, Duration::ms(2_000.0)),
        config_entries("service-resolver", Some("p")),
        intentions(Some("p")),
        services_of_kind("mesh-gateway", None),
        servers(),
        health("web", Some("east"), None),
        proxies("web", None),
    ] {
        assert_eq!(list.response_max_bytes(), LIST_MAX_BYTES, "{}", list.path);
    }
    for single in [
        read(&us(), None),
        config_entry("mesh", "mesh", None),
        config_entry("proxy-defaults", "global", Some("p")),
        exported_services(Some("p")),
        default_intention(None),
        authorize(),
        roots(),
        refused_token(),
        delete(&us(), None),
    ] {
        assert_eq!(single.response_max_bytes(), OTHER_MAX_BYTES, "{}", single.path);
    }
}

#[test]
fn a_delete_changes_something() {
    let request = delete(&us(), Some("p"));
    assert_eq!((request.method, request.path.as_str()), (Method::Delete, "/v1/peering/us"));
    assert_eq!(request.partition.as_deref(), Some("p"));
    assert_eq!(request.effect, Effect::Write);
}

#[test]
fn a_token_request_writes_only_what_is_set() {
    let request = |json: &str| token(&spec::token(&read_json(json).unwrap()).spec.unwrap());
    for unset in [r#"{"peer_name":"eu"}"#, r#"{"peer_name":"eu","meta":{},"server_external_addresses":[]}"#] {
        assert_eq!(request(unset).body.as_deref(), Some(r#"{"PeerName":"eu"}"#));
    }
    let full = request(
        r#"{"peer_name":"eu","meta":{"__proto__":"1"},"partition":"p","server_external_addresses":["lb.example:8503"]}"#,
    );
    assert_eq!(
        full.body.as_deref(),
        Some(
            r#"{"PeerName":"eu","Meta":{"__proto__":"1"},"Partition":"p","ServerExternalAddresses":["lb.example:8503"]}"#
        )
    );
    assert_eq!((full.method, full.path.as_str(), full.effect), (Method::Post, "/v1/peering/token", Effect::Write));
    assert_eq!(full.partition, None, "a query would be refused by the community edition");
}

#[test]
fn an_establish_request_carries_the_trimmed_token() {
    let text = plain(r#"["1.2.3.4:8503"]"#);
    let value = read_json(&format!(r#"{{"peer_name":"us","peering_token":" {text} "}}"#)).unwrap();
    let request = establish(&spec::peering(&value, read_json, NOW).spec.unwrap());
    assert_eq!((request.path.as_str(), request.effect), ("/v1/peering/establish", Effect::Write));
    assert_eq!(body(&request), json!({ "PeerName": "us", "PeeringToken": text }));
}

#[test]
fn probes_change_nothing() {
    for request in [authorize(), refused_token()] {
        assert_eq!((request.method, request.effect), (Method::Post, Effect::Read));
    }
    assert_eq!(body(&refused_token()), json!({ "PeerName": "-" }));
    let asked = ["read", "write"].map(|access| json!({ "Resource": "peering", "Access": access }));
    assert_eq!(body(&authorize()), json!(asked));
}
