//! Checks documents of Terraform: unchanged real ones (`tests/terraform/real/`), and each with one change, so that
//! every rule is tested on both sides of its limit.

#![cfg(not(target_arch = "wasm32"))]

#[path = "terraform/clusters.rs"]
mod clusters;
#[path = "terraform/documents.rs"]
mod documents;
#[path = "properties/invariants/host.rs"]
mod host;
#[path = "terraform/plans.rs"]
mod plans;
#[path = "terraform/tokens.rs"]
mod tokens;
#[path = "terraform/values.rs"]
mod values;

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use consul_peering::rules::finding::Finding;
use consul_peering::rules::terraform;
use consul_peering::rules::time::Timestamp;
use serde_json::{Value as Json, json};

use host::{read_json, to_value};

/// The time of the documents, in ms since 1970; and a time when the CAs of all their tokens have expired.
const THEN: f64 = 1_795_564_800_000.0;
const LATE: f64 = 2_200_000_000_000.0;

const DIALER: &str = "consul_peering.eu-us";
const ACCEPTOR: &str = "consul_peering_token.eu-us";

fn real(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform/real").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn check_at(document: &Json, now: f64) -> Vec<Finding> {
    terraform::check(&to_value(document), read_json, Timestamp::at_ms(now))
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

/// Sets a value of a resource, everywhere in a plan.
fn set(plan: &mut Json, address: &str, key: &str, value: Json) {
    entry(&mut plan["planned_values"]["root_module"]["resources"], address)["values"][key] = value.clone();
    change(plan, address)["after"][key] = value;
    change(plan, address)["after_unknown"].as_object_mut().unwrap().remove(key);
}

/// Adds a copy of a resource under another name.
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

/// The example of the provider's documentation, with its reference corrected, before anything is created.
fn create() -> Json {
    real("create.json")
}

/// A token that a real Consul generated, of servers that are elsewhere.
fn token() -> String {
    let state = real("state-after-create.json");
    let token = state.pointer("/values/root_module/resources/1/values/peering_token").unwrap();
    let mut json: Json = serde_json::from_slice(&STANDARD.decode(token.as_str().unwrap()).unwrap()).unwrap();
    json["ServerAddresses"] = json!(["1.2.3.4:8503"]);
    STANDARD.encode(json.to_string())
}
