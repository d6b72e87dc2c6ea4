//! Specs: nearly valid ones, any tree of values, and keys with a meaning in JavaScript.

use base64::Engine;
use consul_peering::rules::{finding::Finding, spec};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::invariants::consul_token::GO;
use super::invariants::host::{read_json, to_value};
use super::invariants::peering_token::NOW;
use super::invariants::spec::check_json;
use super::names::near_address;
use super::text::any_text;

const TOKEN: &str = "0b5ddc26-3c53-4a4d-9d6f-52d1c6a1a3c4";

/// Keys that have a meaning for JavaScript's objects, and none here.
const STRANGE_KEYS: [&str; 6] = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then"];

fn token() -> String {
    GO.encode(
        json!({
            "ServerAddresses": ["1.2.3.4:8503"],
            "ServerName": "server.us.peering.d.consul",
            "PeerID": "p1",
            "EstablishmentSecret": TOKEN,
        })
        .to_string(),
    )
}

fn text(with_peerings_of: &[&str]) -> impl Strategy<Value = Json> + use<> {
    prop::sample::select(with_peerings_of.iter().map(|text| json!(text)).collect::<Vec<_>>())
}

fn key() -> impl Strategy<Value = String> {
    let known = [
        "peer_name",
        "meta",
        "token",
        "datacenter",
        "peerName",
        "Peer-Name",
        "state",
        "id",
        "server_external_addresses",
    ];
    prop_oneof![
        6 => prop::sample::select([&known[..], &STRANGE_KEYS].concat()).prop_map(str::to_owned),
        2 => "[a-zA-Z_-]{0,12}",
        1 => any_text(),
    ]
}

/// Any tree of values.
fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any_text().prop_map(Json::from),
        "[a-z0-9.:]{0,9}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((key(), inner), 0..6).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// A member: often valid, sometimes any value, sometimes missing.
fn member(key: &'static str, good: impl Strategy<Value = Json> + 'static) -> BoxedStrategy<Option<(String, Json)>> {
    let value = prop_oneof![8 => good, 1 => tree()];
    prop::option::weighted(0.9, value.prop_map(move |value| (key.to_owned(), value))).boxed()
}

/// Nearly a spec, of each kind.
fn near_spec() -> impl Strategy<Value = Json> {
    let address = text(&["lb.example:8503", "[2001:db8::1]:1", "127.0.0.1:1", ":1", "http://a:1", "a"]);
    let meta = prop::collection::btree_map("[a-z_]{1,9}|consul-a|__proto__", "[a-z]{0,9}", 0..3);
    let known = [
        member("peer_name", prop_oneof![6 => "[a-z]{1,9}".prop_map(Json::from), 1 => text(&["token", "A", "-"])]),
        member("meta", meta.prop_map(|meta| json!(meta))),
        member("datacenter", text(&["", "dc-1_a", "dc1", "a b"])),
        member("partition", text(&["", "p", "p", "a/b"])),
        member("token", text(&["", TOKEN, TOKEN, "a b", "a\n"])),
    ];
    let own = prop_oneof![
        2 => member("peering_token", text(&[&token(), &token(), &format!("{}\n", token()), "x"])),
        1 => member("server_external_addresses", prop::collection::vec(address, 0..3).prop_map(Json::from)),
        1 => Just(None),
    ];
    let other = prop::option::weighted(0.3, (key(), tree()));
    (known, own, other)
        .prop_map(|(known, own, other)| known.into_iter().chain([own, other]).flatten().collect::<Map<_, _>>().into())
}

proptest! {
    #[test]
    fn nearly_a_spec_is_validated_as_consul_does(spec in near_spec()) {
        check_json(&spec);
    }

    #[test]
    fn an_external_address_is_one_that_can_be_used(address in prop_oneof![8 => near_address(), 1 => Just(":1".to_owned())]) {
        check_json(&json!({ "peer_name": "us", "server_external_addresses": [address] }));
    }

    #[test]
    fn any_value_is_validated(value in tree()) {
        check_json(&value);
    }

    /// An unknown key is one error about that key, and changes nothing else.
    #[test]
    fn a_strange_key_is_an_unknown_key(
        key in prop_oneof![prop::sample::select(STRANGE_KEYS.to_vec()).prop_map(str::to_owned), "x[a-z-]{1,30}"],
        member in tree(),
    ) {
        prop_assume!(!member.is_null());
        let mut spec = json!({ "peer_name": "us", "peering_token": token() });
        prop_assert!(spec::peering(&to_value(&spec), read_json, NOW).spec.is_some());
        spec[&key] = member;
        check_json(&spec);
        let spec = to_value(&spec);
        for findings in [spec::peering(&spec, read_json, NOW).findings, spec::reference(&spec).findings] {
            let about = |finding: &&Finding| finding.field == key;
            let rules: Vec<_> = findings.iter().filter(about).map(|finding| finding.rule).collect();
            prop_assert_eq!(rules, ["unknown"], "{:?}", findings);
        }
    }

    /// In meta they are keys like any other: sent unchanged.
    #[test]
    fn a_strange_key_in_meta_is_meta(key in prop::sample::select(STRANGE_KEYS.to_vec()), value in "[a-z]{0,9}") {
        let spec = json!({ "peer_name": "us", "meta": { key: value } });
        check_json(&spec);
        prop_assert_eq!(spec::token(&to_value(&spec)).spec.unwrap().meta.unwrap(), [(key.to_owned(), value)]);
    }
}
