//! Names and clusters: unique names on one cluster, providers, modules and variables.

use serde_json::{Value as Json, json};

use super::{ACCEPTOR, DIALER, THEN, block, check_at, copy, create, found, set};

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
    // AsJson in another way.
    assert_eq!(namesakes(at("https://eu:8501/"), at("https://EU:8501")), clash);
    assert_eq!(namesakes(at("https://eu"), at("HTTPS://eu:443/")), clash);
    assert_eq!(namesakes(at("https://eu"), at("http://eu")), [""; 0]);
    assert_eq!(namesakes(at("https://eu/a"), at("https://eu/b")), [""; 0]);
    let scheme = json!({ "expressions": {
        "address": { "constant_value": "eu" }, "scheme": { "constant_value": "https" } } });
    assert_eq!(namesakes(scheme, at("https://eu")), clash);
}

/// Resources of one name whose providers have computed addresses, in a plan with these variables.
fn computed(variables: Json, first: Json, second: Json) -> Vec<String> {
    let of = |references: Json| json!({ "expressions": { "address": { "references": references } } });
    let mut plan = namesake_plan(of(first), of(second));
    plan["variables"] = variables;
    found(&plan)
}

#[test]
fn a_variable_with_an_address_identifies_the_cluster() {
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
    // Its value is in no finding: it may contain credentials.
    let credentials = json!({ "a": { "value": "https://user:hunter2@eu:8501" } });
    let of_a = || json!({ "expressions": { "address": { "references": ["var.a"] } } });
    let mut plan = namesake_plan(of_a(), of_a());
    plan["variables"] = credentials;
    let findings = check_at(&plan, THEN);
    assert_eq!(findings.len(), 1);
    assert!(!format!("{findings:?}").contains("hunter2"));
}

#[test]
fn equal_expressions_of_unknown_values_are_a_warning() {
    let warning = ["warning consul_peering_token.other peer_name same_name"];
    assert_eq!(computed(Json::Null, json!(["var.a"]), json!(["var.a"])), warning, "no values");
    assert_eq!(computed(Json::Null, json!(["local.eu"]), json!(["local.eu"])), warning);
    assert_eq!(computed(Json::Null, json!(["local.eu"]), json!(["local.us"])), [""; 0]);
    // `"eu.${var.domain}"` and `"us.${var.domain}"`, and two map keys.
    let part = json!({ "a": { "value": "consul.example" }, "b": { "value": { "eu": "x" } } });
    assert_eq!(computed(part.clone(), json!(["var.a"]), json!(["var.a"])), [""; 0]);
    assert_eq!(computed(part, json!(["var.b"]), json!(["var.b"])), [""; 0]);
    let other_token = |token: &str| json!({ "expressions": { "address": { "references": ["var.a"] }, "token": { "references": [token] } } });
    assert_eq!(namesakes(other_token("var.eu"), other_token("var.us")), [""; 0], "different in another argument");
    let header = json!({ "expressions": { "address": { "constant_value": "a:8500" }, "header": [{ "name": { "constant_value": "X" } }] } });
    assert_eq!(namesakes(header.clone(), header), warning);

    // A token for the cluster that uses it, generated through two providers.
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
fn a_module_has_the_address_that_is_passed_to_it() {
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
fn modules_have_their_own_providers_and_tokens() {
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

    // Of one name, they conflict across the modules.
    for item in plan["resource_changes"].as_array_mut().unwrap() {
        item["change"]["after"]["peer_name"] = "same".into();
    }
    let clashes = found(&plan);
    assert_eq!(clashes.len(), 4);
    assert!(clashes.iter().all(|clash| clash.contains(" peer_name same_name") && clash.contains("module.link[")));
}
