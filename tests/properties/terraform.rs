//! Documents of Terraform: modified real ones, and plans with few names, so that they conflict.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use consul_peering::rules::terraform;
use consul_peering::rules::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::invariants::host::{read_json, to_value};
use super::invariants::terraform::check_json;

static REAL: LazyLock<Vec<Json>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform/real");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
});

/// The position in a document that is `n` steps from its beginning, counting members and items.
fn place<'a>(json: &'a mut Json, n: &mut usize) -> Option<&'a mut Json> {
    if *n == 0 {
        return Some(json);
    }
    *n -= 1;
    match json {
        Json::Array(items) => items.iter_mut().find_map(|item| place(item, n)),
        Json::Object(members) => members.values_mut().find_map(|member| place(member, n)),
        _ => None,
    }
}

fn other() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["delete", "create"])),
        Just(json!(["create"])),
        "[a-zA-Z_.-]{0,9}".prop_map(Json::from),
        Just(json!("consul_peering")),
        Just(json!("consul_peering_token.eu-us")),
        Just(json!("consul.us")),
        Just(json!({ "constant_value": "a:1" })),
        Just(json!(["each.key"])),
    ]
}

/// A resource of a few names, on one of a few providers, with its token from somewhere.
#[derive(Clone, Debug)]
struct Drawn {
    kind: &'static str,
    module: &'static str,
    values: Json,
    actions: Json,
    provider: &'static str,
    references: Json,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let values = (
        prop::sample::select(vec!["a", "b", "A", "-"]),
        prop::sample::select(vec![json!(null), json!("default"), json!("p")]),
    )
        .prop_map(|(name, partition)| json!({ "peer_name": name, "partition": partition }));
    (
        prop::sample::select(vec!["consul_peering", "consul_peering_token"]),
        prop::sample::select(vec!["", "module.m[\"x.y\"]", "module.m[0].module.n"]),
        values,
        prop::sample::select(vec![json!(["create"]), json!(["no-op"]), json!(["delete"]), json!(["create", "delete"])]),
        prop::sample::select(vec!["consul", "consul.x", "consul.y", "consul.v", "consul.w", "module.m:consul"]),
        prop::sample::select(vec![
            json!(["var.t"]),
            json!(["consul_peering_token.r0.peering_token", "consul_peering_token.r0"]),
            json!(["consul_peering_token.r1", "each.key"]),
        ]),
    )
        .prop_map(|(kind, module, values, actions, provider, references)| Drawn {
            kind,
            module,
            values,
            actions,
            provider,
            references,
        })
}

fn plan(drawn: &[Drawn]) -> Json {
    let mut changes = Vec::new();
    let mut blocks = [Vec::new(), Vec::new(), Vec::new()];
    for (index, Drawn { kind, module, values, actions, provider, references }) in drawn.iter().enumerate() {
        let own = format!("{kind}.r{index}");
        let dot = if module.is_empty() { "" } else { "." };
        let after = if *actions == json!(["delete"]) { Json::Null } else { values.clone() };
        changes.push(json!({ "address": format!("{module}{dot}{own}"), "module_address": module, "mode": "managed",
            "type": kind, "name": format!("r{index}"),
            "change": { "actions": actions, "before": null, "after": after, "after_unknown": {} } }));
        let level = ["", "module.m[\"x.y\"]", "module.m[0].module.n"].iter().position(|known| known == module).unwrap();
        blocks[level].push(json!({ "address": own, "mode": "managed", "type": kind, "name": format!("r{index}"),
            "provider_config_key": provider, "expressions": { "peering_token": { "references": references } } }));
    }
    let [root, m, n] = blocks;
    let variables = json!({ "x": { "value": "https://X:1/" } });
    json!({ "format_version": "1.2", "variables": variables, "resource_changes": changes, "configuration": {
        "provider_config": { "consul.x": { "expressions": { "address": { "constant_value": "x:1" } } },
            "consul.v": { "expressions": { "address": { "references": ["var.x"] } } },
            "consul.w": { "expressions": { "address": { "references": ["local.x"] } } },
            "consul.y": { "expressions": { "address": { "constant_value": "http://x:1" } } } },
        "root_module": { "resources": root, "module_calls": { "m": { "module": { "resources": m,
            "module_calls": { "n": { "module": { "resources": n } } } } } } } } })
}

proptest! {
    #[test]
    fn a_real_document_with_changes_is_checked(
        document in any::<prop::sample::Index>(),
        changes in prop::collection::vec((0..400usize, other()), 1..5),
    ) {
        let mut document = document.get(&REAL).clone();
        for (mut n, value) in changes {
            if let Some(place) = place(&mut document, &mut n) {
                *place = value;
            }
        }
        check_json(&document);
    }

    #[test]
    fn a_plan_of_few_names_is_checked(drawn in prop::collection::vec(drawn(), 0..6)) {
        check_json(&plan(&drawn));
    }

    /// The findings of a plan do not depend on the order of its resources.
    #[test]
    fn the_order_of_resources_makes_no_difference_to_whether_there_is_a_fault(
        drawn in prop::collection::vec(drawn(), 0..6),
    ) {
        let document = plan(&drawn);
        let mut turned = document.clone();
        turned["resource_changes"].as_array_mut().unwrap().reverse();
        let rules = |document: &Json| {
            let value = to_value(document);
            let findings = terraform::check(&value, read_json, Timestamp::at_ms(0.0));
            let mut rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
            rules.sort_unstable();
            rules.dedup();
            rules
        };
        prop_assert_eq!(rules(&document), rules(&turned));
    }
}
