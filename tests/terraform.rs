//! Documents of Terraform, checked: real ones (`tests/terraform/real/`) as they came, and each changed in one thing, so
//! that every rule is met on both sides of its border.

#![cfg(not(target_arch = "wasm32"))]

#[path = "properties/invariants/host.rs"]
mod host;

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use consul_peering::rules::finding::Finding;
use consul_peering::rules::terraform::{self, Count};
use serde_json::{Value as Json, json};

use host::{read_json, to_value};

/// When the documents were made, in ms since 1970; and when the CAs of all tokens in them have ended.
const THEN: f64 = 1_795_564_800_000.0;
const LATE: f64 = 2_200_000_000_000.0;

const DIALER: &str = "consul_peering.eu-us";
const ACCEPTOR: &str = "consul_peering_token.eu-us";

fn real(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform/real").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn check_at(document: &Json, now: f64) -> Vec<Finding> {
    terraform::check(&to_value(document), read_json, now)
}

/// Severity, resource, field and rule of each finding.
fn found(document: &Json) -> Vec<String> {
    check_at(document, THEN).iter().map(brief).collect()
}

fn brief(finding: &Finding) -> String {
    let severity = if finding.is_error() { "error" } else { "warning" };
    let path = finding.path.as_deref().unwrap_or("-");
    format!("{severity} {path} {} {}", finding.field, finding.rule)
}

fn entry<'a>(list: &'a mut Json, address: &str) -> &'a mut Json {
    let is_it = |item: &&mut Json| item["address"] == address;
    list.as_array_mut().unwrap().iter_mut().find(is_it).unwrap_or_else(|| panic!("no {address}"))
}

/// A resource's change in a plan.
fn change<'a>(plan: &'a mut Json, address: &str) -> &'a mut Json {
    &mut entry(&mut plan["resource_changes"], address)["change"]
}

/// A resource's block in the root module.
fn block<'a>(plan: &'a mut Json, address: &str) -> &'a mut Json {
    entry(&mut plan["configuration"]["root_module"]["resources"], address)
}

/// Gives a value to a resource, wherever a plan shows it.
fn set(plan: &mut Json, address: &str, key: &str, value: Json) {
    entry(&mut plan["planned_values"]["root_module"]["resources"], address)["values"][key] = value.clone();
    change(plan, address)["after"][key] = value;
    change(plan, address)["after_unknown"].as_object_mut().unwrap().remove(key);
}

/// Puts a resource like another one beside it, under another name.
fn copy(plan: &mut Json, address: &str, name: &str) -> String {
    let kind = address.split('.').next().unwrap();
    let new = format!("{kind}.{name}");
    for pointer in
        ["/resource_changes", "/planned_values/root_module/resources", "/configuration/root_module/resources"]
    {
        let list = plan.pointer_mut(pointer).unwrap();
        let mut item = entry(list, address).clone();
        (item["address"], item["name"]) = (new.clone().into(), name.into());
        list.as_array_mut().unwrap().push(item);
    }
    new
}

/// The example of the provider's documentation, with its reference mended, before anything is made.
fn create() -> Json {
    real("create.json")
}

/// A token that a Consul has made, of servers that are elsewhere.
fn token() -> String {
    let state = real("state-after-create.json");
    let token = state.pointer("/values/root_module/resources/1/values/peering_token").unwrap();
    let mut json: Json = serde_json::from_slice(&STANDARD.decode(token.as_str().unwrap()).unwrap()).unwrap();
    json["ServerAddresses"] = json!(["1.2.3.4:8503"]);
    STANDARD.encode(json.to_string())
}

// --- As they came ----------------------------------------------------------------------------------------------------

#[test]
fn a_good_plan_and_a_good_state_are_clean() {
    for name in ["create.json", "no-change.json", "destroy.json", "state-after-create.json"] {
        assert_eq!(found(&real(name)), [""; 0], "{name}");
    }
}

#[test]
fn a_plan_with_a_dozen_faults() {
    let expected = [
        "error consul_peering.dot peer_name characters",
        "error consul_peering.garbage peering_token base64",
        "error consul_peering.twice_b peer_name same_name",
        "error consul_peering.twice_b peering_token token_reused",
        "error consul_peering_token.meta meta.bad key key_characters",
        "error consul_peering_token.meta meta.consul-owner key_reserved",
        "error consul_peering_token.meta meta.long value_length",
        "error consul_peering_token.no_port server_external_addresses[0] address",
        "error consul_peering_token.reserved peer_name reserved",
        "error consul_peering_token.upper peer_name lower_case",
        "error module.pair[\"Not_OK\"].consul_peering_token.t peer_name characters",
        "error module.pair[\"Not_OK\"].consul_peering_token.t peer_name lower_case",
        "warning consul_peering_token.no_port server_external_addresses[1] private_address",
    ];
    let mut faults = found(&real("faults.json"));
    faults.sort();
    assert_eq!(faults, expected);
    // Each place that tells of a resource is enough.
    for part in ["resource_changes", "planned_values"] {
        let mut plan = real("faults.json");
        plan.as_object_mut().unwrap().remove(part);
        let names: Vec<_> = found(&plan).into_iter().filter(|fault| fault.contains("peer_name")).collect();
        assert_eq!(names.len(), 6, "without {part}: {names:?}");
    }
}

#[test]
fn real_replacements() {
    let dialer = |field: &str| format!("error {DIALER} {field} replaced");
    let local = format!("warning {DIALER} peering_token local_address");
    assert_eq!(found(&real("meta-change-replaces.json")), [local, dialer("meta")]);
    assert_eq!(found(&real("import-replaces.json")), [dialer("peering_token")]);
    assert_eq!(found(&real("token-replaced.json")), [format!("error {ACCEPTOR} actions replaced")]);
    let fix = |name| check_at(&real(name), THEN).pop().unwrap().fix;
    assert!(fix("meta-change-replaces.json").contains("consul-peering rotate"));
    assert!(fix("import-replaces.json").contains("import block"));
}

// --- What a plan does ------------------------------------------------------------------------------------------------

#[test]
fn whatever_makes_anew_replaces() {
    for actions in [json!(["delete", "create"]), json!(["create", "delete"])] {
        for address in [DIALER, ACCEPTOR] {
            let mut plan = create();
            change(&mut plan, address)["actions"] = actions.clone();
            assert_eq!(found(&plan), [format!("error {address} actions replaced")], "{actions}");
            change(&mut plan, address)["replace_paths"] = json!([["peer_name"], ["meta", "a"]]);
            assert_eq!(found(&plan), [format!("error {address} peer_name replaced")], "{actions}");
        }
    }
}

#[test]
fn what_is_forgotten_and_created_sends_its_spent_token_again() {
    for actions in [json!(["create", "forget"]), json!(["forget", "create"])] {
        let mut plan = create();
        set(&mut plan, DIALER, "peering_token", token().into());
        let change = change(&mut plan, DIALER);
        (change["actions"], change["before"]) = (actions.clone(), change["after"].clone());
        change["replace_paths"] = json!([["meta"]]);
        assert_eq!(found(&plan), [format!("error {DIALER} peering_token token_spent")], "{actions}");
        let finding = check_at(&plan, THEN).pop().unwrap();
        assert!(finding.message.starts_with("Nothing is deleted"), "{finding:?}");

        // A new token renews the peering in place.
        let mut unknown = plan.clone();
        let change = self::change(&mut unknown, DIALER);
        change["after"].as_object_mut().unwrap().remove("peering_token");
        change["after_unknown"]["peering_token"] = json!(true);
        assert_eq!(found(&unknown), [""; 0]);
        let mut known = plan.clone();
        self::change(&mut known, DIALER)["before"]["peering_token"] = "spent".into();
        assert_eq!(found(&known), [""; 0]);

        // A token is generated for an acceptor that stays.
        let mut plan = create();
        self::change(&mut plan, ACCEPTOR)["actions"] = actions;
        assert_eq!(found(&plan), [""; 0]);
    }
}

#[test]
fn a_peering_that_no_apply_restores() {
    let warning = [format!("warning {DIALER} state terminated")];
    for (actions, expected) in [
        (json!(["no-op"]), &warning[..]),
        (json!(["read"]), &warning),
        (json!(["forget"]), &[]),
        (json!(["create"]), &[]),
    ] {
        let mut plan = create();
        set(&mut plan, DIALER, "state", "TERMINATED".into());
        change(&mut plan, DIALER)["actions"] = actions.clone();
        assert_eq!(found(&plan), expected, "{actions}");
        set(&mut plan, DIALER, "state", "ACTIVE".into());
        assert_eq!(found(&plan), [""; 0], "{actions}");
    }
    let mut state = real("state-after-create.json");
    entry(&mut state["values"]["root_module"]["resources"], DIALER)["values"]["state"] = "TERMINATED".into();
    assert_eq!(found(&state), warning);
}

#[test]
fn how_much_is_checked() {
    let count = |document: &Json| {
        let Count { peerings, tokens, data_sources } = terraform::count(&to_value(document));
        [peerings, tokens, data_sources]
    };
    assert_eq!(count(&create()), [1, 1, 0]);
    assert_eq!(count(&real("state-after-create.json")), [1, 1, 0]);
    assert_eq!(count(&json!({ "format_version": "1.2", "planned_values": { "root_module": {} } })), [0, 0, 0]);
    assert_eq!(count(&json!({ "version": 4, "resources": [] })), [0, 0, 0]);
    let mut plan = create();
    let mut deposed = entry(&mut plan["resource_changes"], DIALER).clone();
    deposed["deposed"] = "0a1b2c3d".into();
    plan["resource_changes"].as_array_mut().unwrap().push(deposed);
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [
        { "address": "data.consul_peering.far", "mode": "data", "type": "consul_peering", "name": "far", "values": {} },
    ] } } });
    assert_eq!(count(&plan), [1, 1, 1]);
}

#[test]
fn what_changes_nothing_in_consul_is_no_finding() {
    for actions in [json!(["no-op"]), json!(["forget"]), json!(["read"]), json!(["update"]), json!([]), Json::Null] {
        let mut plan = create();
        change(&mut plan, DIALER)["actions"] = actions.clone();
        change(&mut plan, DIALER)["importing"] = json!({ "id": "us-cluster" });
        assert_eq!(found(&plan), [""; 0], "{actions}");
    }
}

#[test]
fn what_is_destroyed_is_a_warning() {
    let mut plan = create();
    for address in [DIALER, ACCEPTOR] {
        let change = change(&mut plan, address);
        *change = json!({ "actions": ["delete"], "before": change["after"], "after": null, "after_unknown": {} });
    }
    plan["planned_values"] = json!({ "root_module": {} });
    let warning = |address: &str| format!("warning {address} actions destroyed");
    assert_eq!(found(&plan), [warning(DIALER), warning(ACCEPTOR)]);
    change(&mut plan, DIALER)["actions"] = json!(["delete", "forget"]);
    assert_eq!(found(&plan), [warning(DIALER), warning(ACCEPTOR)], "nothing is made anew");
}

#[test]
fn a_deposed_object_that_is_destroyed_takes_the_peering_with_it() {
    let mut plan = create();
    change(&mut plan, DIALER)["actions"] = json!(["no-op"]);
    let deposed = json!({ "actions": ["delete"], "before": change(&mut plan, DIALER)["after"], "after": null });
    let mut item = entry(&mut plan["resource_changes"], DIALER).clone();
    (item["change"], item["deposed"]) = (deposed, "0a1b2c3d".into());
    plan["resource_changes"].as_array_mut().unwrap().push(item);
    assert_eq!(found(&plan), [format!("warning {DIALER} actions destroyed")]);
}

// --- Values ----------------------------------------------------------------------------------------------------------

#[test]
fn what_is_not_known_is_no_finding() {
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
fn what_is_sensitive_is_not_shown() {
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
        // A mark on a value of meta is none on its keys, which the mark itself shows.
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
    // Read while planning; to be read when it is applied; in a state; in a module.
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
            assert_eq!(document("US"), [""; 0], "Consul folds the case of what it looks up");
        }
    }
}

#[test]
fn a_data_source_takes_no_name_and_ends_nothing() {
    let mut plan = create();
    plan["resource_changes"].as_array_mut().unwrap().push(json!({
        "address": "data.consul_peering.later", "mode": "data", "type": "consul_peering", "name": "later",
        "change": { "actions": ["read", "delete"], "before": { "peer_name": "us-cluster" }, "after": null } }));
    // Named in the configuration and in Consul as the resource is.
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [
        { "address": "data.consul_peering.eu-us", "mode": "data", "type": "consul_peering", "name": "eu-us",
          "values": { "peer_name": "us-cluster" } },
    ] } } });
    assert_eq!(found(&plan), [""; 0]);
}

#[test]
fn what_the_prior_state_alone_has_is_no_more() {
    let mut plan = create();
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [
        { "address": "consul_peering.old", "mode": "managed", "type": "consul_peering", "values": { "peer_name": "A" } },
    ] } } });
    assert_eq!(found(&plan), [""; 0]);
}

// --- Tokens ----------------------------------------------------------------------------------------------------------

#[test]
fn a_token_is_judged_where_it_is_to_be_used() {
    let dialer = |rule: &str| format!("error {DIALER} peering_token {rule}");
    for (given, rules) in [
        (token(), vec![]),
        (format!("{}\r\n", token()), vec![]),
        (format!("{} ", token()), vec![dialer("trimmed")]),
        (format!("\t{}", token()), vec![dialer("trimmed")]),
        (String::new(), vec![dialer("required")]),
        (token()[4..].to_owned(), vec![dialer("json")]),
        (
            STANDARD.encode(br#"{"ServerAddresses":["a:1"],"PeerID":7}"#),
            ["type", "peer_id", "secret"].map(dialer).to_vec(),
        ),
        ("e30=".to_owned(), ["server_addresses", "peer_id", "secret"].map(dialer).to_vec()),
    ] {
        let mut plan = create();
        set(&mut plan, DIALER, "peering_token", given.clone().into());
        assert_eq!(found(&plan), rules);
        change(&mut plan, DIALER)["actions"] = json!(["no-op"]);
        assert_eq!(found(&plan), [""; 0], "has done its work");
    }
    let mut plan = create();
    set(&mut plan, DIALER, "peering_token", token().into());
    let late: Vec<_> = check_at(&plan, LATE).iter().map(brief).collect();
    assert_eq!(late, [format!("warning {DIALER} peering_token ca_expired")]);
}

#[test]
fn no_finding_holds_a_token() {
    for name in ["meta-change-replaces.json", "token-replaced.json"] {
        let mut plan = real(name);
        plan["planned_values"] = Json::Null;
        let spent = plan["prior_state"].to_string();
        let token = spent.split("\"peering_token\":\"").nth(1).unwrap().split('"').next().unwrap();
        for finding in check_at(&plan, LATE) {
            assert!(!format!("{finding:?}").contains(&token[..24]));
        }
    }
}

#[test]
fn a_token_of_the_same_cluster() {
    let finding = format!("error {DIALER} peering_token same_cluster");
    let mut plan = create();
    block(&mut plan, ACCEPTOR)["provider_config_key"] = "consul.eu".into();
    assert_eq!(found(&plan), [&*finding]);
    let there = plan.clone();
    change(&mut plan, DIALER)["actions"] = json!(["no-op"]);
    assert_eq!(found(&plan), [""; 0], "where it stands, it is none");

    // In two partitions it is right; where they are not known, nothing is said.
    for (values, expected) in
        [((json!("a"), json!("b")), 0), ((json!("a"), json!("a")), 1), ((json!("default"), json!(null)), 1)]
    {
        let mut plan = there.clone();
        set(&mut plan, DIALER, "partition", values.0);
        set(&mut plan, ACCEPTOR, "partition", values.1);
        assert_eq!(found(&plan).len(), expected);
        change(&mut plan, ACCEPTOR)["after_unknown"]["partition"] = json!(true);
        assert_eq!(found(&plan), [""; 0]);
    }

    // Two tokens from the same resource with for_each, and the keys of it.
    let mut plan = there.clone();
    block(&mut plan, ACCEPTOR)["for_each_expression"] = json!({ "references": ["var.all"] });
    block(&mut plan, DIALER)["expressions"]["peering_token"]["references"] =
        json!([ACCEPTOR, "each.value.name_of_the_cluster_that_accepts"]);
    assert_eq!(found(&plan), [&*finding]);

    // One of that name in another module is another one.
    let mut plan = create();
    let mut elsewhere = entry(&mut plan["resource_changes"], ACCEPTOR).clone();
    (elsewhere["address"], elsewhere["module_address"]) = (format!("module.m.{ACCEPTOR}").into(), "module.m".into());
    elsewhere["change"]["after"]["peer_name"] = "another".into();
    plan["resource_changes"].as_array_mut().unwrap().push(elsewhere);
    let mut moved = block(&mut plan, ACCEPTOR).clone();
    moved["provider_config_key"] = "consul.eu".into();
    plan["configuration"]["root_module"]["module_calls"] = json!({ "m": { "module": { "resources": [moved] } } });
    assert_eq!(found(&plan), [""; 0]);

    // It may be another token.
    for references in
        [json!(["var.token"]), json!([]), json!([ACCEPTOR, "var.token"]), json!(["module.a.token", "module.a"])]
    {
        let mut plan = there.clone();
        block(&mut plan, DIALER)["expressions"]["peering_token"]["references"] = references;
        assert_eq!(found(&plan), [""; 0]);
    }
}

#[test]
fn a_known_token_tells_whose_it_is() {
    // One that stands on eu, and one for a peering on eu that comes from somewhere else.
    let plan = |provider: &str, given: String| {
        let mut plan = create();
        block(&mut plan, ACCEPTOR)["provider_config_key"] = provider.into();
        set(&mut plan, ACCEPTOR, "peering_token", token().into());
        change(&mut plan, ACCEPTOR)["actions"] = json!(["no-op"]);
        set(&mut plan, DIALER, "peering_token", given.into());
        block(&mut plan, DIALER)["expressions"]["peering_token"] = json!({ "references": ["var.token"] });
        found(&plan)
    };
    assert_eq!(plan("consul.eu", token()), [format!("error {DIALER} peering_token same_cluster")]);
    assert_eq!(plan("consul.us", token()), [""; 0]);
    let mut other: Json = serde_json::from_slice(&STANDARD.decode(token()).unwrap()).unwrap();
    other["ServerName"] = "server.ap.peering.d.consul".into();
    assert_eq!(plan("consul.eu", STANDARD.encode(other.to_string())), [""; 0]);
}

#[test]
fn a_token_works_once() {
    let mut plan = create();
    let second = copy(&mut plan, DIALER, "second");
    set(&mut plan, &second, "peer_name", "other".into());
    let reused = |address: &str| format!("error {address} peering_token token_reused");
    assert_eq!(found(&plan), [reused(&second)]);
    assert!(check_at(&plan, THEN)[0].message.ends_with(&format!("{DIALER}.")));

    // The one that is new is told, whichever stands first.
    change(&mut plan, &second)["actions"] = json!(["no-op"]);
    assert_eq!(found(&plan), [reused(DIALER)]);
    change(&mut plan, DIALER)["actions"] = json!(["no-op"]);
    assert_eq!(found(&plan), [""; 0]);

    // From a resource that stands for many: one of them, one each, and one that is not said.
    let with = |many: Json, first: Json, second: Json| {
        let mut plan = create();
        let two = copy(&mut plan, DIALER, "two");
        set(&mut plan, &two, "peer_name", "two".into());
        for (address, references) in [(DIALER, first), (&two, second)] {
            block(&mut plan, address)["expressions"]["peering_token"]["references"] = references;
        }
        block(&mut plan, ACCEPTOR)["for_each_expression"] = many;
        found(&plan)
    };
    let many = || json!({ "references": ["var.all"] });
    let of =
        |key: &str| json!([format!("{ACCEPTOR}[\"{key}\"].peering_token"), format!("{ACCEPTOR}[\"{key}\"]"), ACCEPTOR]);
    assert_eq!(with(many(), of("a"), of("b")), [""; 0]);
    assert_eq!(with(many(), of("a"), of("a")), [reused("consul_peering.two")]);
    assert_eq!(with(many(), json!([ACCEPTOR]), json!([ACCEPTOR])), [""; 0]);
    assert_eq!(with(many(), json!([ACCEPTOR, "each.key"]), json!([ACCEPTOR, "each.key"])), [""; 0]);
    assert_eq!(with(Json::Null, json!([ACCEPTOR, "count.index"]), json!([ACCEPTOR, "count.index"])), [""; 0]);
    assert_eq!(with(Json::Null, json!([ACCEPTOR]), json!([ACCEPTOR])), [reused("consul_peering.two")]);

    // A peering that is renamed in the configuration alone takes a spent token along.
    let mut plan = create();
    let renamed = copy(&mut plan, DIALER, "renamed");
    set(&mut plan, &renamed, "peering_token", token().into());
    let gone = change(&mut plan, DIALER);
    *gone = json!({ "actions": ["delete"], "before": { "peer_name": "us-cluster", "peering_token": token() }, "after": null });
    let planned = plan.pointer_mut("/planned_values/root_module/resources").unwrap();
    planned.as_array_mut().unwrap().retain(|item| item["address"] != DIALER);
    block(&mut plan, &renamed)["expressions"]["peering_token"] = json!({ "references": ["var.token"] });
    assert_eq!(found(&plan), [format!("warning {DIALER} actions destroyed"), reused(&renamed)]);
}

// --- Names and clusters ----------------------------------------------------------------------------------------------

/// A plan with a second acceptor of the same name, and the provider of each.
fn namesake_plan(first: Json, second: Json) -> Json {
    let mut plan = create();
    let other = copy(&mut plan, ACCEPTOR, "other");
    set(&mut plan, &other, "peer_name", "EU-cluster".to_lowercase().into());
    for (address, key, provider) in [(ACCEPTOR, "consul.first", first), (&other, "consul.second", second)] {
        block(&mut plan, address)["provider_config_key"] = key.into();
        plan["configuration"]["provider_config"][key] = provider;
    }
    plan
}

fn namesakes(first: Json, second: Json) -> Vec<String> {
    found(&namesake_plan(first, second))
}

#[test]
fn one_name_on_one_cluster() {
    let clash = ["error consul_peering_token.other peer_name same_name"];
    let at = |address: &str| json!({ "expressions": { "address": { "constant_value": address } } });
    let at_dc = |address: &str, datacenter: &str| {
        json!({ "expressions": {
            "address": { "constant_value": address }, "datacenter": { "constant_value": datacenter },
            "token": { "references": ["var.token"] } } })
    };
    assert_eq!(namesakes(at("a:8500"), at("a:8500")), clash);
    assert_eq!(namesakes(at("http://a:8500"), at("a:8500")), clash);
    assert_eq!(namesakes(json!({ "name": "consul" }), json!({ "name": "consul" })), clash, "of the environment");
    assert_eq!(namesakes(at_dc("a:8500", "dc1"), at_dc("a:8500", "dc1")), clash);
    assert_eq!(namesakes(at("a:8500"), at("b:8500")), [""; 0]);
    assert_eq!(namesakes(at_dc("a:8500", "dc1"), at_dc("a:8500", "dc2")), [""; 0]);
    // Written in another way.
    assert_eq!(namesakes(at("https://eu:8501/"), at("https://EU:8501")), clash);
    assert_eq!(namesakes(at("https://eu"), at("HTTPS://eu:443/")), clash);
    assert_eq!(namesakes(at("https://eu"), at("http://eu")), [""; 0]);
    assert_eq!(namesakes(at("https://eu/a"), at("https://eu/b")), [""; 0]);
    let scheme = json!({ "expressions": {
        "address": { "constant_value": "eu" }, "scheme": { "constant_value": "https" } } });
    assert_eq!(namesakes(scheme, at("https://eu")), clash);
}

/// Namesakes whose providers have computed addresses, in a plan with these variables.
fn computed(variables: Json, first: Json, second: Json) -> Vec<String> {
    let of = |references: Json| json!({ "expressions": { "address": { "references": references } } });
    let mut plan = namesake_plan(of(first), of(second));
    plan["variables"] = variables;
    found(&plan)
}

#[test]
fn a_variable_is_the_address_that_it_has() {
    let error = ["error consul_peering_token.other peer_name same_name"];
    let eu = || json!({ "a": { "value": "https://eu:8501" }, "b": { "value": "https://EU:8501/" }, "c": { "value": "us:1" } });
    assert_eq!(computed(eu(), json!(["var.a"]), json!(["var.a"])), error, "the same expression");
    assert_eq!(computed(eu(), json!(["var.a"]), json!(["var.b"])), error, "the same address");
    assert_eq!(computed(eu(), json!(["var.a"]), json!(["var.c"])), [""; 0]);
    let map =
        || json!({ "all": { "value": { "eu": { "address": "https://eu" }, "us": { "address": "https://us" } } } });
    let of = |key: &str| {
        let item = format!("var.all[\"{key}\"]");
        json!([format!("{item}.address"), item, "var.all"])
    };
    assert_eq!(computed(map(), of("eu"), of("eu")), error);
    assert_eq!(computed(map(), of("eu"), of("us")), [""; 0]);
    // Its value is in no finding: it may have credentials.
    let credentials = json!({ "a": { "value": "https://user:hunter2@eu:8501" } });
    let of_a = || json!({ "expressions": { "address": { "references": ["var.a"] } } });
    let mut plan = namesake_plan(of_a(), of_a());
    plan["variables"] = credentials;
    let findings = check_at(&plan, THEN);
    assert_eq!(findings.len(), 1);
    assert!(!format!("{findings:?}").contains("hunter2"));
}

#[test]
fn what_a_plan_does_not_tell_is_a_warning_where_all_expressions_are_equal() {
    let warning = ["warning consul_peering_token.other peer_name same_name"];
    assert_eq!(computed(Json::Null, json!(["var.a"]), json!(["var.a"])), warning, "no values");
    assert_eq!(computed(Json::Null, json!(["local.eu"]), json!(["local.eu"])), warning);
    assert_eq!(computed(Json::Null, json!(["local.eu"]), json!(["local.us"])), [""; 0]);
    // `"eu.${var.domain}"` and `"us.${var.domain}"`, and two keys that are looked up.
    let part = json!({ "a": { "value": "consul.example" }, "b": { "value": { "eu": "x" } } });
    assert_eq!(computed(part.clone(), json!(["var.a"]), json!(["var.a"])), [""; 0]);
    assert_eq!(computed(part, json!(["var.b"]), json!(["var.b"])), [""; 0]);
    let other_token = |token: &str| json!({ "expressions": { "address": { "references": ["var.a"] }, "token": { "references": [token] } } });
    assert_eq!(namesakes(other_token("var.eu"), other_token("var.us")), [""; 0], "different in another argument");
    let header = json!({ "expressions": { "address": { "constant_value": "a:8500" }, "header": [{ "name": { "constant_value": "X" } }] } });
    assert_eq!(namesakes(header.clone(), header), warning);

    // A token for the cluster that uses it, made by way of two providers.
    let mut plan = create();
    let provider = json!({ "expressions": { "address": { "references": ["var.a"] } } });
    plan["configuration"]["provider_config"]["consul.eu"] = provider.clone();
    plan["configuration"]["provider_config"]["consul.us"] = provider;
    assert_eq!(found(&plan), [format!("warning {DIALER} peering_token same_cluster")]);
    assert!(check_at(&plan, THEN)[0].message.ends_with("may lead to the same cluster."));
    plan["variables"] = json!({ "a": { "value": "https://eu:8501" } });
    assert_eq!(found(&plan), [format!("error {DIALER} peering_token same_cluster")]);
}

#[test]
fn a_module_has_the_address_that_it_is_given() {
    let provider = |module: &str| json!({ "module_address": module, "expressions": { "address": { "references": ["var.address"] } } });
    let plan = |first: &str, second: &str| {
        let mut plan = namesake_plan(provider("module.a"), provider("module.b"));
        plan["configuration"]["root_module"]["module_calls"] = json!({
            "a": { "expressions": { "address": { "references": [format!("var.{first}")] } }, "module": {} },
            "b": { "expressions": { "address": { "constant_value": second } }, "module": {} } });
        plan["variables"] = json!({ "eu": { "value": "https://eu:8501" } });
        found(&plan).len()
    };
    assert_eq!(plan("eu", "https://eu:8501"), 1);
    assert_eq!(plan("eu", "https://us:8501"), 0);
}

#[test]
fn one_provider_is_one_cluster_unless_it_is_many() {
    let plan = |provider: Json, key: &str| {
        let mut plan = create();
        let other = copy(&mut plan, ACCEPTOR, "other");
        for address in [ACCEPTOR, &other] {
            block(&mut plan, address)["provider_config_key"] = key.into();
        }
        plan["configuration"]["provider_config"]["consul.by"] = provider;
        found(&plan).len()
    };
    let address = |references: Json| json!({ "expressions": { "address": { "references": references } } });
    assert_eq!(plan(address(json!(["var.address"])), "consul.by"), 1);
    assert_eq!(plan(address(json!(["each.value.address", "each.value"])), "consul.by"), 0, "OpenTofu's for_each");
    let header = json!({ "expressions": { "header": [{ "value": { "references": ["each.key"] } }] } });
    assert_eq!(plan(header, "consul.by"), 0);
    assert_eq!(plan(json!({}), "module.m:consul"), 1, "one that is not resolved is one");
    assert_eq!(plan(json!({}), "consul"), 1);

    let keys = |first: &str, second: &str| {
        let mut plan = create();
        let other = copy(&mut plan, ACCEPTOR, "other");
        block(&mut plan, ACCEPTOR)["provider_config_key"] = first.into();
        block(&mut plan, &other)["provider_config_key"] = second.into();
        found(&plan).len()
    };
    assert_eq!(keys("module.m:consul", "module.n:consul"), 0, "whose they are is not said");
    assert_eq!(keys("consul", "other"), 1, "both take all from the environment");
}

#[test]
fn names_are_compared_as_consul_does() {
    let plan = |name: &str, partition: Json| {
        let mut plan = create();
        // The two kinds share the names.
        block(&mut plan, DIALER)["provider_config_key"] = "consul.us".into();
        block(&mut plan, DIALER)["expressions"]["peering_token"] = json!({ "references": ["var.token"] });
        set(&mut plan, DIALER, "peer_name", name.into());
        set(&mut plan, DIALER, "partition", partition);
        found(&plan)
    };
    let clash = format!("error {ACCEPTOR} peer_name same_name");
    assert_eq!(plan("eu-cluster", Json::Null), [&*clash]);
    assert_eq!(plan("eu-cluster", "default".into()), [&*clash]);
    assert_eq!(plan("eu-cluster", "".into()), [&*clash]);
    assert_eq!(plan("eu-cluster", "other".into()), [""; 0]);
    assert_eq!(plan("us-cluster", Json::Null), [""; 0]);
    let mut unknown = create();
    block(&mut unknown, DIALER)["provider_config_key"] = "consul.us".into();
    block(&mut unknown, DIALER)["expressions"]["peering_token"] = json!({ "references": ["var.token"] });
    set(&mut unknown, DIALER, "peer_name", Json::Null);
    set(&mut unknown, ACCEPTOR, "peer_name", Json::Null);
    assert_eq!(found(&unknown), [""; 0], "two that are not known are not the same");
    assert_eq!(plan("EU-cluster", Json::Null), [format!("error {DIALER} peer_name lower_case"), clash]);
}

#[test]
fn modules_have_providers_and_tokens_of_their_own() {
    // module.link["a.b[0]"] and module.link["\"]."], each with both sides in module.inner.
    let mut plan = create();
    let keys = ["[\"a.b[0]\"]", "[\"\\\"].\"]", "[0]"];
    let changes = std::mem::take(&mut plan["resource_changes"]);
    plan["planned_values"] = json!({ "root_module": {} });
    plan["resource_changes"] = keys
        .iter()
        .flat_map(|key| {
            changes.as_array().unwrap().iter().map(move |item| {
                let mut item = item.clone();
                let module = format!("module.link{key}.module.inner");
                item["address"] = format!("{module}.{}", item["address"].as_str().unwrap()).into();
                item["change"]["after"]["peer_name"] = format!("n{}", key.len()).into();
                item["module_address"] = module.into();
                item
            })
        })
        .collect();
    let root = std::mem::take(&mut plan["configuration"]["root_module"]);
    plan["configuration"]["root_module"] =
        json!({ "module_calls": { "link": { "module": { "module_calls": { "inner": { "module": root } } } } } });
    assert_eq!(found(&plan), [""; 0]);

    // On one cluster, each leads back to it.
    let mut same = plan.clone();
    let inner = "/configuration/root_module/module_calls/link/module/module_calls/inner/module/resources/1";
    same.pointer_mut(inner).unwrap()["provider_config_key"] = "consul.eu".into();
    let rules: Vec<_> = check_at(&same, THEN).iter().map(|finding| finding.rule).collect();
    assert_eq!(rules.iter().filter(|rule| **rule == "same_cluster").count(), 3, "{rules:?}");
    assert_eq!(rules.iter().filter(|rule| **rule == "same_name").count(), 3, "both sides have one name here");

    // Of one name, they clash across the modules.
    for item in plan["resource_changes"].as_array_mut().unwrap() {
        item["change"]["after"]["peer_name"] = "same".into();
    }
    let clashes = found(&plan);
    assert_eq!(clashes.len(), 4);
    assert!(clashes.iter().all(|clash| clash.contains(" peer_name same_name") && clash.contains("module.link[")));
}

// --- Documents -------------------------------------------------------------------------------------------------------

#[test]
fn what_is_no_document() {
    for document in [
        json!(null),
        json!("{}"),
        json!([create()]),
        json!({}),
        json!({ "version": 4, "terraform_version": "1.11.4", "resources": [] }),
        json!({ "format_version": 1 }),
        json!({ "format_version": "1.0", "provider_schemas": {}, "more": {} }),
        json!({ "format_version": "1.2", "resource_changes": {} }),
        json!({ "format_version": "1.2", "planned_values": { "root_module": 7 } }),
        json!({ "format_version": "1.2", "resource_changes": [{ "type": "consul_peering", "mode": "managed" }] }),
        json!({ "format_version": "1.2", "values": { "root_module": { "child_modules": ["x"] } } }),
        json!({ "format_version": "1.2", "planned_values": { "root_module": { "resources": "x" } } }),
        json!({ "format_version": "1.2", "values": { "root_module": { "child_modules": [{ "resources": {} }] } } }),
    ] {
        assert_eq!(found(&document), ["error - document document"], "{document}");
    }
    let message = |document: Json| check_at(&document, THEN).pop().unwrap().message;
    assert!(message(json!({ "version": 4, "lineage": "x", "resources": [] })).contains("is a state file"));
    assert!(
        message(json!({ "@level": "info", "@message": "Terraform 1.11.4", "type": "version" })).contains("plan -json")
    );
    for state in [json!({ "format_version": "1.0" }), json!({ "format_version": "1.0", "terraform_version": "1.11.4" })]
    {
        assert_eq!(found(&state), [""; 0], "a state without resources");
    }
}

#[test]
fn versions() {
    for (version, known) in
        [("0.1", true), ("0.2", true), ("1", true), ("1.99", true), ("2.0", false), ("10.0", false), ("x", false)]
    {
        let mut plan = create();
        plan["format_version"] = version.into();
        let expected = if known { vec![] } else { vec!["error - format_version format_version"] };
        assert_eq!(found(&plan), expected, "{version}");
    }
}

#[test]
fn a_plan_that_failed_and_one_that_leaves_something_out() {
    let mut plan = real("faults.json");
    plan["errored"] = true.into();
    assert_eq!(found(&plan), ["error - errored errored"]);
    plan["errored"] = false.into();
    plan["complete"] = false.into();
    let findings = found(&plan);
    assert_eq!(findings[0], "warning - complete incomplete");
    assert_eq!(findings.len(), 14);
    for key in ["errored", "complete"] {
        let mut plan = create();
        plan.as_object_mut().unwrap().remove(key);
        assert_eq!(found(&plan), [""; 0], "an older Terraform and OpenTofu do not say {key}");
    }
}

#[test]
fn others_resources_are_none_of_ours() {
    let mut plan = create();
    for kind in ["consul_key_prefix", "aws_instance", "consul_peerings"] {
        let item = json!({ "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": { "actions": ["delete", "create"], "after": { "peer_name": "_" } }, "values": { "peer_name": "_" } });
        plan["resource_changes"].as_array_mut().unwrap().push(item.clone());
        plan["planned_values"]["root_module"]["resources"].as_array_mut().unwrap().push(item);
    }
    assert_eq!(found(&plan), [""; 0]);
}
