//! What the package offers, as `src/js/api.js` calls it. Each reads what it was given at once and answers with a promise.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::clock;
use super::error::Failure;
use super::operation::Operation;
use super::run::{Given, offline, run};
use super::value::{document, read_json, snapshot, to_js};
use super::wait::Until;
use crate::rules::finding::Finding;
use crate::rules::spec::{self, Checked, Place};
use crate::rules::value::Value;
use crate::rules::{peer_name, peering_token, terraform};

/// The answer for most names, without a list and without a look at what else it could be.
#[wasm_bindgen(js_name = isPeerName)]
pub fn is_peer_name(name: &str) -> bool {
    peer_name::is_valid(name)
}

#[wasm_bindgen(js_name = validatePeerName)]
pub fn validate_peer_name(name: &JsValue) -> JsValue {
    to_js(&peer_name::check(&snapshot(name)))
}

#[wasm_bindgen(js_name = validatePeering)]
pub fn validate_peering(value: &JsValue, now: f64) -> JsValue {
    to_js(&spec::peering(&snapshot(value), read_json, now).findings)
}

#[wasm_bindgen(js_name = validateToken)]
pub fn validate_token(value: &JsValue) -> JsValue {
    to_js(&spec::token(&snapshot(value)).findings)
}

#[wasm_bindgen(js_name = validateSide)]
pub fn validate_side(value: &JsValue) -> JsValue {
    to_js(&spec::side(&snapshot(value)).findings)
}

#[wasm_bindgen(js_name = checkTerraform)]
pub fn check_terraform(value: &JsValue, now: f64) -> JsValue {
    to_js(&terraform::check(&document(value), read_json, now))
}

#[wasm_bindgen(js_name = countTerraform)]
pub fn count_terraform(value: &JsValue) -> JsValue {
    to_js(&terraform::count(&document(value)))
}

#[wasm_bindgen(js_name = inspectToken)]
pub fn inspect_token(text: &JsValue) -> Result<JsValue, JsValue> {
    let reading = peering_token::read(&snapshot(text), read_json, clock::date());
    match reading.token {
        Some(token) => Ok(to_js(&token.info)),
        None => Err(offline("inspectToken", Failure::invalid(reading.findings))),
    }
}

#[wasm_bindgen(js_name = establish)]
pub fn establish(cluster: &JsValue, value: &JsValue, options: &JsValue) -> Promise {
    let value = snapshot(value);
    let checked = spec::peering(&value, read_json, clock::date());
    let (given, name, spec) = prepare(cluster, options, &value, checked, |spec| &mut spec.place);
    run("establish", name, given, spec.map_or(Operation::None, Operation::Establish))
}

#[wasm_bindgen(js_name = generateToken)]
pub fn generate_token(cluster: &JsValue, value: &JsValue, options: &JsValue) -> Promise {
    let value = snapshot(value);
    let checked = spec::token(&value);
    let (given, name, spec) = prepare(cluster, options, &value, checked, |spec| &mut spec.place);
    run("generateToken", name, given, spec.map_or(Operation::None, Operation::Generate))
}

#[wasm_bindgen(js_name = read)]
pub fn read(cluster: &JsValue, reference: &JsValue, options: &JsValue) -> Promise {
    let (given, name) = refer(cluster, options, reference);
    run("read", name.clone(), given, name.map_or(Operation::None, Operation::Read))
}

#[wasm_bindgen(js_name = remove)]
pub fn remove(cluster: &JsValue, reference: &JsValue, options: &JsValue) -> Promise {
    let (given, name) = refer(cluster, options, reference);
    run("delete", name.clone(), given, name.map_or(Operation::None, Operation::Remove))
}

#[wasm_bindgen(js_name = wait)]
pub fn wait(cluster: &JsValue, reference: &JsValue, until: &JsValue, options: &JsValue) -> Promise {
    let (mut given, name) = refer(cluster, options, reference);
    let operation = match (Until::read(until), name.clone()) {
        (Ok(until), Some(name)) => Operation::Wait(name, until),
        (until, _) => {
            given.findings.extend(until.err());
            Operation::None
        }
    };
    run("wait", name, given, operation)
}

#[wasm_bindgen(js_name = survey)]
pub fn survey(cluster: &JsValue, reference: &JsValue, known: bool, options: &JsValue) -> Promise {
    let (given, name) = refer(cluster, options, reference);
    run("survey", name, given, Operation::Survey(known))
}

#[wasm_bindgen(js_name = peek)]
pub fn peek(cluster: &JsValue, reference: &JsValue, index: f64, wait: u32, options: &JsValue) -> Promise {
    let (given, name) = if reference.is_undefined() {
        (Given::read(cluster, options), None)
    } else {
        refer(cluster, options, reference)
    };
    run("watch", name.clone(), given, Operation::Peek(name, index as u64, wait))
}

/// Everything wrong with a cluster and options, for calls that take them apart.
#[wasm_bindgen(js_name = check)]
pub fn check(cluster: &JsValue, options: &JsValue) -> JsValue {
    to_js(&Given::read(cluster, options).findings)
}

#[wasm_bindgen(js_name = list)]
pub fn list(cluster: &JsValue, options: &JsValue) -> Promise {
    run("list", None, Given::read(cluster, options), Operation::List)
}

#[wasm_bindgen(js_name = permissions)]
pub fn permissions(cluster: &JsValue, options: &JsValue) -> Promise {
    run("permissions", None, Given::read(cluster, options), Operation::Permissions)
}

#[wasm_bindgen(js_name = identify)]
pub fn identify(cluster: &JsValue, options: &JsValue) -> Promise {
    run("identify", None, Given::read(cluster, options), Operation::Identify)
}

/// Reads cluster, options and a checked spec into one call, whose name is known even where the spec is not good.
fn prepare<T>(
    cluster: &JsValue,
    options: &JsValue,
    value: &Value,
    checked: Checked<T>,
    place: impl FnOnce(&mut T) -> &mut Place,
) -> (Given, Option<String>, Option<T>) {
    let mut given = Given::read(cluster, options);
    given.findings.extend(checked.findings);
    let mut spec = checked.spec;
    if let Some(spec) = &mut spec {
        let place = place(spec);
        given.cluster = given.cluster.at(std::mem::take(place));
        place.partition = given.cluster.place.partition.clone();
    }
    let name = name_of(value, &given.findings);
    (given, name, spec)
}

fn refer(cluster: &JsValue, options: &JsValue, reference: &JsValue) -> (Given, Option<String>) {
    let mut given = Given::read(cluster, options);
    let checked = spec::reference(&snapshot(reference));
    given.findings.extend(checked.findings);
    let name = checked.spec.map(|reference| {
        given.cluster = std::mem::take(&mut given.cluster).at(reference.place);
        reference.peer_name
    });
    (given, name)
}

/// A name for errors, where it is one.
fn name_of(value: &Value, findings: &[Finding]) -> Option<String> {
    let named = !findings.iter().any(|finding| finding.field == "peer_name");
    if named { value.get("peer_name").filled() } else { None }
}
