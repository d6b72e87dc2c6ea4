//! The functions that work offline, as `src/js/api.js` calls them.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::call::to_error;
use super::host;
use super::options::{Options, is_absent, unknown_options};
use super::value::{document, is_object, member, read_json, snapshot, to_js};
use crate::consul::code::Code;
use crate::consul::peering::Peering;
use crate::decide::preflight::Preflight;
use crate::decide::{establish, generate};
use crate::operations::error::Error;
use crate::rules::finding::{Finding, wrong_type};
use crate::rules::health::{self, HealthInput, Other};
use crate::rules::identity::Identity;
use crate::rules::spec::{self, PeeringSpec, TokenSpec};
use crate::rules::time::Timestamp;
use crate::rules::value::Value;
use crate::rules::{peer_name, peering_token, terraform};

/// A fast path for most names: no list of findings, no other forms tried.
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
    to_js(&spec::peering(&snapshot(value), read_json, Timestamp::at_ms(now)).findings)
}

#[wasm_bindgen(js_name = validateToken)]
pub fn validate_token(value: &JsValue) -> JsValue {
    to_js(&spec::token(&snapshot(value)).findings)
}

#[wasm_bindgen(js_name = checkTerraform)]
pub fn check_terraform(value: &JsValue, now: f64) -> JsValue {
    to_js(&terraform::check(&document(value), read_json, Timestamp::at_ms(now)))
}

#[wasm_bindgen(js_name = countTerraform)]
pub fn count_terraform(value: &JsValue) -> JsValue {
    to_js(&terraform::count(&document(value)))
}

#[wasm_bindgen(js_name = inspectToken)]
pub fn inspect_token(text: &JsValue) -> Result<JsValue, JsValue> {
    let reading = peering_token::read(&snapshot(text), read_json, host::now());
    match reading.token {
        Some(token) => Ok(to_js(&token.info)),
        None => Err(to_error("inspectToken", Error::invalid(reading.findings))),
    }
}

/// `now` is read in JavaScript.
const HEALTH_OPTIONS: [&str; 4] = ["previous", "other", "otherCluster", "now"];

/// The health of a peering; `other` undefined: not read, null: it does not exist.
#[wasm_bindgen(js_name = health)]
pub fn health(peering: &JsValue, options: &JsValue, now: f64) -> Result<JsValue, JsValue> {
    let peering = snapshot(peering);
    let mut findings: Vec<_> = health::check_type("peering", &peering).err().into_iter().collect();
    if !is_absent(options) && !is_object(options) {
        findings.push(wrong_type("options", "an object", snapshot(options).kind()));
    }
    findings.extend(unknown_options(options, &HEALTH_OPTIONS));
    let [previous, there, other_cluster] =
        ["previous", "other", "otherCluster"].map(|key| snapshot(&member(options, key)));
    for (field, value) in [("options.previous", &previous), ("options.other", &there)] {
        findings.extend((*value != Value::Null).then(|| health::check_type(field, value).err()).flatten());
    }
    if !matches!(other_cluster, Value::Null | Value::Object(_)) {
        findings.push(wrong_type("options.otherCluster", "what identify gives", other_cluster.kind()));
    }
    if !findings.is_empty() {
        return Err(to_error("health", Error::invalid(findings)));
    }
    let other = match &there {
        Value::Null if member(options, "other").is_undefined() => Other::Unknown,
        Value::Null => Other::Absent,
        there => Other::Exists(there),
    };
    let other_cluster = Identity::read(&other_cluster);
    let given = HealthInput { previous: &previous, other, other_cluster, now: Timestamp::at_ms(now) };
    Ok(to_js(&health::health(&peering, &given)))
}

/// What `establish` or `generateToken` would do first, given the existing peering: `{ action, code, message, hint }`.
#[wasm_bindgen(js_name = preflight)]
pub fn preflight(spec: &JsValue, existing: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    let mut refused = Vec::new();
    let replace = Options::read(options, &mut refused).flag("replace", false, &mut refused);
    let (value, found) = (snapshot(spec), snapshot(existing));
    let existing = Peering::from_package(&found);
    let (decision, mut findings) = if *value.get("peering_token") == Value::Null {
        let checked = spec::token(&value);
        let decide = |spec: TokenSpec| generate::preflight(existing.as_ref(), spec.meta.as_ref(), replace);
        (checked.spec.map(decide), checked.findings)
    } else {
        let checked = spec::peering(&value, read_json, host::now());
        let own = Identity::default();
        let decide =
            |spec: PeeringSpec| establish::preflight(existing.as_ref(), &spec.peering_token.info, &own, replace);
        (checked.spec.map(decide), checked.findings)
    };
    if existing.is_none() && found != Value::Null {
        refused.push(wrong_type("existing", "a peering as read gives it, or null", found.kind()));
    }
    findings.splice(..0, refused);
    match decision {
        Some(decision) if !findings.iter().any(Finding::is_error) => Ok(to_js(&Decision::from(&decision))),
        _ => Err(to_error("preflight", Error::invalid(findings))),
    }
}

#[derive(Serialize)]
struct Decision<'a> {
    action: &'static str,
    code: Option<Code>,
    message: &'a str,
    hint: &'static str,
}

impl<'a> From<&'a Preflight> for Decision<'a> {
    fn from(decision: &'a Preflight) -> Self {
        match decision {
            Preflight::Send(note) => Self { action: "send", code: None, message: note.unwrap_or_default(), hint: "" },
            Preflight::WaitGone => {
                let code = Code::Deleting;
                Self { action: "wait", code: Some(code), message: "it is being deleted", hint: code.hint() }
            }
            Preflight::Replace(why) => Self { action: "replace", code: None, message: why, hint: "" },
            Preflight::Refuse(refusal) => {
                Self { action: "refuse", code: Some(refusal.code), message: &refusal.message, hint: refusal.hint }
            }
        }
    }
}
