//! Tokens: where they are used, their clusters, and that they work once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{
    ACCEPTOR, DIALER, LATE, THEN, block, brief, change, check_at, copy, create, entry, found, real, set, token,
};

#[test]
fn a_token_is_checked_if_it_will_be_used() {
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
fn no_finding_contains_a_token() {
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
    assert_eq!(found(&plan), [""; 0], "no error as it is");

    // In two partitions it is right; if they are unknown, there is no finding.
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

    // Two tokens from the same resource with for_each, and its keys.
    let mut plan = there.clone();
    block(&mut plan, ACCEPTOR)["for_each_expression"] = json!({ "references": ["var.all"] });
    block(&mut plan, DIALER)["expressions"]["peering_token"]["references"] =
        json!([ACCEPTOR, "each.value.name_of_the_cluster_that_accepts"]);
    assert_eq!(found(&plan), [&*finding]);

    // A resource of that name in another module is another one.
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
fn a_known_token_identifies_its_cluster() {
    // One of eu itself, and one for a peering on eu from elsewhere.
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

    // The new one is reported, in either order.
    change(&mut plan, &second)["actions"] = json!(["no-op"]);
    assert_eq!(found(&plan), [reused(DIALER)]);
    change(&mut plan, DIALER)["actions"] = json!(["no-op"]);
    assert_eq!(found(&plan), [""; 0]);

    // From a resource with several instances: one of them, one each, and an unknown one.
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

    // A peering that is renamed only in the configuration keeps a spent token.
    let mut plan = create();
    let renamed = copy(&mut plan, DIALER, "renamed");
    set(&mut plan, &renamed, "peering_token", token().into());
    let gone = change(&mut plan, DIALER);
    *gone = json!({ "actions": ["delete"], "before": { "peer_name": "us-cluster", "peering_token": token() }, "after": null });
    let planned = plan.pointer_mut("/planned_values/root_module/resources").unwrap();
    planned.as_array_mut().unwrap().retain(|item| item["address"] != DIALER);
    block(&mut plan, &renamed)["expressions"]["peering_token"] = json!({ "references": ["var.token"] });
    let recreated = format!("error {renamed} actions replaced");
    assert_eq!(found(&plan), [format!("warning {DIALER} actions destroyed"), reused(&renamed), recreated]);
}
