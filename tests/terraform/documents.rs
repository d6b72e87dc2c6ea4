//! Which documents are read, and what they omit.

use serde_json::{Value as Json, json};

use super::{THEN, check_at, create, found, real};

#[test]
fn rejects_other_documents() {
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
fn a_failed_and_a_partial_plan() {
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
fn ignores_resources_of_other_types() {
    let mut plan = create();
    for kind in ["consul_key_prefix", "aws_instance", "consul_peerings"] {
        let item = json!({ "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": { "actions": ["delete", "create"], "after": { "peer_name": "_" } }, "values": { "peer_name": "_" } });
        plan["resource_changes"].as_array_mut().unwrap().push(item.clone());
        plan["planned_values"]["root_module"]["resources"].as_array_mut().unwrap().push(item);
    }
    assert_eq!(found(&plan), [""; 0]);
}
