//! Values: unknown, sensitive, from data sources and from the prior state.

use serde_json::json;

use super::{ACCEPTOR, DIALER, THEN, change, check_at, create, entry, found, set};

#[test]
fn unknown_values_are_no_finding() {
    let mut plan = create();
    for key in ["peer_name", "meta", "partition"] {
        for address in [DIALER, ACCEPTOR] {
            let unknown = change(&mut plan, address);
            unknown["after"].as_object_mut().unwrap().remove(key);
            unknown["after_unknown"][key] = json!(true);
            let planned = entry(&mut plan["planned_values"]["root_module"]["resources"], address);
            planned["values"].as_object_mut().unwrap().remove(key);
        }
    }
    set(&mut plan, ACCEPTOR, "server_external_addresses", json!([null, "a.example:1"]));
    change(&mut plan, ACCEPTOR)["after_unknown"]["server_external_addresses"] = json!([true]);
    assert_eq!(found(&plan), [""; 0]);
    set(&mut plan, ACCEPTOR, "server_external_addresses", json!([null, "a.example"]));
    assert_eq!(found(&plan), [format!("error {ACCEPTOR} server_external_addresses[1] address")]);
    set(&mut plan, ACCEPTOR, "server_external_addresses", json!([]));
    set(&mut plan, ACCEPTOR, "meta", json!({ "known": "1", "unknown": null, "consul-x": "2" }));
    assert_eq!(found(&plan), [format!("error {ACCEPTOR} meta.consul-x key_reserved")]);
}

#[test]
fn sensitive_values_are_not_shown() {
    let secret = "Hunter_2";
    let many: serde_json::Map<_, _> = (0..65).map(|index| (format!("k{index}"), "v".into())).collect();
    for (key, value, fields) in [
        ("peer_name", json!(secret), 2),
        ("meta", json!({ "Hunter_2 ": "x" }), 1),
        ("meta", json!(many), 1),
        ("server_external_addresses", json!(["ok.example:1", secret]), 1),
    ] {
        let mut plan = create();
        set(&mut plan, ACCEPTOR, key, value);
        for marked in [json!(true), json!({ key: true }), json!({ key: [false, true] })] {
            change(&mut plan, ACCEPTOR)["after_sensitive"] = marked.clone();
            let findings = check_at(&plan, THEN);
            assert_eq!(findings.len(), fields, "{key}");
            for finding in findings {
                assert_eq!(finding.field, key, "{marked}");
                assert!(!format!("{finding:?}").to_lowercase().contains("hunter"), "{marked}: {finding:?}");
                assert!(finding.message.contains(finding.rule), "says which rule: {finding:?}");
            }
        }
        // A mark on a value of meta is not one on its keys, which the mark itself shows.
        change(&mut plan, ACCEPTOR)["after_sensitive"] = json!({ "meta": { "Hunter_2 ": true }, key: false });
        assert!(check_at(&plan, THEN).iter().all(|finding| !finding.message.contains("sensitive")), "{key}");
    }
}

#[test]
fn a_data_source_is_read_by_its_name() {
    let item = |name: &str| {
        json!({ "address": "data.consul_peering.far", "mode": "data", "type": "consul_peering", "name": "far",
            "values": { "peer_name": name, "meta": { "consul-x": "y" }, "peering_token": "no token" } })
    };
    // Read during planning; to be read during apply; in a state; in a module.
    for place in ["/prior_state/values", "/planned_values", "/values"] {
        for nested in [false, true] {
            let document = |name: &str| {
                let module = json!({ "resources": [item(name)] });
                let root = if nested { json!({ "child_modules": [{ "child_modules": [module] }] }) } else { module };
                let mut document = json!({ "format_version": "1.2", "values": {}, "planned_values": {}, "prior_state": { "values": {} } });
                document.pointer_mut(place).unwrap()["root_module"] = root;
                found(&document)
            };
            assert_eq!(document("token"), ["error data.consul_peering.far peer_name reserved"], "{place}");
            assert_eq!(document("a_b"), ["error data.consul_peering.far peer_name characters"]);
            assert_eq!(document("US"), [""; 0], "Consul ignores the case of names");
        }
    }
}

#[test]
fn a_data_source_takes_no_name_and_ends_nothing() {
    let mut plan = create();
    plan["resource_changes"].as_array_mut().unwrap().push(json!({
        "address": "data.consul_peering.later", "mode": "data", "type": "consul_peering", "name": "later",
        "change": { "actions": ["read", "delete"], "before": { "peer_name": "us-cluster" }, "after": null } }));
    // Named like the resource, in the configuration and in Consul.
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [
        { "address": "data.consul_peering.eu-us", "mode": "data", "type": "consul_peering", "name": "eu-us",
          "values": { "peer_name": "us-cluster" } },
    ] } } });
    assert_eq!(found(&plan), [""; 0]);
}

#[test]
fn resources_of_the_prior_state_alone_are_ignored() {
    let mut plan = create();
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [
        { "address": "consul_peering.old", "mode": "managed", "type": "consul_peering", "values": { "peer_name": "A" } },
    ] } } });
    assert_eq!(found(&plan), [""; 0]);
}
