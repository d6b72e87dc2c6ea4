//! Real plans, and the changes of a plan.

use consul_peering::rules::terraform::{self, Count};
use serde_json::{Value as Json, json};

use super::host::to_value;
use super::{ACCEPTOR, DIALER, THEN, block, change, check_at, copy, create, entry, found, real, set, token};

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
    // Each place with data of a resource is enough.
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

#[test]
fn every_kind_of_replacement_is_detected() {
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
fn a_forgotten_and_created_peering_sends_its_spent_token_again() {
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

        // A token is generated for an acceptor that remains.
        let mut plan = create();
        self::change(&mut plan, ACCEPTOR)["actions"] = actions;
        assert_eq!(found(&plan), [""; 0]);
    }
}

#[test]
fn a_peering_that_was_deleted_outside_terraform_is_created_again_with_its_spent_token() {
    let mut plan = create();
    set(&mut plan, DIALER, "peering_token", token().into());
    let values = change(&mut plan, DIALER)["after"].clone();
    let drift = |actions: Json, before: &Json| {
        json!([{ "address": DIALER, "mode": "managed", "type": "consul_peering", "name": "eu-us",
                 "change": { "actions": actions, "before": before, "after": null } }])
    };
    assert_eq!(found(&plan), [""; 0], "it was never created");
    plan["resource_drift"] = drift(json!(["delete"]), &values);
    assert_eq!(found(&plan), [format!("error {DIALER} peering_token token_spent")]);
    let finding = check_at(&plan, THEN).pop().unwrap();
    assert!(finding.message.contains("deleted outside Terraform"), "{finding:?}");
    assert!(finding.fix.contains("consul_peering_token"), "{finding:?}");

    plan["resource_drift"] = drift(json!(["update"]), &values);
    assert_eq!(found(&plan), [""; 0]);
    plan["resource_drift"] = drift(json!(["delete"]), &json!({ "peering_token": "another" }));
    assert_eq!(found(&plan), [""; 0], "a new token");
    plan["resource_drift"] = drift(json!(["delete"]), &values);
    plan["resource_drift"][0]["address"] = ACCEPTOR.into();
    assert_eq!(found(&plan), [""; 0], "another resource");
}

/// A plan that deletes both sides under one address and creates them under another, as after a rename.
fn renamed() -> (Json, [String; 2]) {
    let mut plan = create();
    let new = [ACCEPTOR, DIALER].map(|address| copy(&mut plan, address, "renamed"));
    block(&mut plan, &new[1])["expressions"]["peering_token"]["references"] =
        json!([format!("{}.peering_token", new[0]), new[0]]);
    for address in [ACCEPTOR, DIALER] {
        let change = change(&mut plan, address);
        (change["actions"], change["before"]) = (json!(["delete"]), change["after"].take());
        let planned = plan.pointer_mut("/planned_values/root_module/resources").unwrap();
        planned.as_array_mut().unwrap().retain(|item| item["address"] != address);
    }
    (plan, new)
}

#[test]
fn a_name_that_is_deleted_and_created_in_one_apply() {
    let destroyed = [DIALER, ACCEPTOR].map(|address| format!("warning {address} actions destroyed"));
    let with_destroyed = |severity: &str, created: &[&String]| {
        let mut expected: Vec<_> = created.iter().map(|new| format!("{severity} {new} actions replaced")).collect();
        expected.extend(destroyed.clone());
        expected.sort();
        expected
    };
    let sorted = |plan: &Json| {
        let mut found = found(plan);
        found.sort();
        found
    };
    let (mut plan, [token, peering]) = renamed();
    assert_eq!(sorted(&plan), with_destroyed("error", &[&token, &peering]), "the blocks show the cluster");
    let mut elsewhere = plan.clone();
    block(&mut elsewhere, &token)["provider_config_key"] = "consul.third".into();
    elsewhere["configuration"]["provider_config"]["consul.third"] =
        json!({ "expressions": { "address": { "constant_value": "third:8500" } } });
    assert_eq!(sorted(&elsewhere), with_destroyed("error", &[&peering]), "another cluster");
    let mut other_partition = plan.clone();
    change(&mut other_partition, ACCEPTOR)["before"]["partition"] = "team".into();
    assert_eq!(sorted(&other_partition), with_destroyed("error", &[&peering]));
    let mut other_name = plan.clone();
    change(&mut other_name, ACCEPTOR)["before"]["peer_name"] = "another".into();
    assert_eq!(sorted(&other_name), with_destroyed("error", &[&peering]));

    let mut keyed = plan.clone();
    block(&mut keyed, ACCEPTOR).as_object_mut().unwrap().remove("provider_config_key");
    assert_eq!(
        sorted(&keyed),
        with_destroyed("error", &[&peering]),
        "one of the provider's clusters, but unknown which"
    );

    let blocks = plan.pointer_mut("/configuration/root_module/resources").unwrap();
    blocks.as_array_mut().unwrap().retain(|item| item["address"] != ACCEPTOR && item["address"] != DIALER);
    assert_eq!(sorted(&plan), with_destroyed("warning", &[&token, &peering]), "without the blocks");
    let findings = check_at(&plan, THEN);
    let finding = findings.iter().find(|finding| finding.rule == "replaced").unwrap();
    assert!(finding.message.starts_with("If both are on one cluster,"), "{finding:?}");
    assert!(finding.fix.contains("`moved`"), "{finding:?}");
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
fn a_change_without_effect_in_consul_is_no_finding() {
    for actions in [json!(["no-op"]), json!(["forget"]), json!(["read"]), json!(["update"]), json!([]), Json::Null] {
        let mut plan = create();
        change(&mut plan, DIALER)["actions"] = actions.clone();
        change(&mut plan, DIALER)["importing"] = json!({ "id": "us-cluster" });
        assert_eq!(found(&plan), [""; 0], "{actions}");
    }
}

#[test]
fn a_destroyed_peering_is_a_warning() {
    let mut plan = create();
    for address in [DIALER, ACCEPTOR] {
        let change = change(&mut plan, address);
        *change = json!({ "actions": ["delete"], "before": change["after"], "after": null, "after_unknown": {} });
    }
    plan["planned_values"] = json!({ "root_module": {} });
    let warning = |address: &str| format!("warning {address} actions destroyed");
    assert_eq!(found(&plan), [warning(DIALER), warning(ACCEPTOR)]);
    change(&mut plan, DIALER)["actions"] = json!(["delete", "forget"]);
    assert_eq!(found(&plan), [warning(DIALER), warning(ACCEPTOR)], "nothing is recreated");
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
