//! The decisions that JavaScript asks for by themselves: a plan for a pair, a verdict on a peering.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::clock;
use super::error::Failure;
use super::run::offline;
use super::value::{read_json, snapshot, to_js};
use crate::consul::code::Code;
use crate::consul::peering::Peering;
use crate::decide::before::Before;
use crate::decide::establish;
use crate::decide::generate;
use crate::decide::plan::{self, Conflict, Plan};
use crate::decide::side::Side;
use crate::decide::wait::look_after;
use crate::rules::finding::wrong_type;
use crate::rules::health::{self, Given, Other};
use crate::rules::identity::Identity;
use crate::rules::spec::{self, PeeringSpec, TokenSpec};
use crate::rules::value::Value;

/// What connects two sides, each as `Side::read` takes it: `{ steps, notes, linked, reversed }` or `{ conflict }`.
#[wasm_bindgen(js_name = plan)]
pub fn plan(acceptor: &JsValue, dialer: &JsValue) -> JsValue {
    let side = |value: &JsValue| Side::read(&snapshot(value));
    to_js(&match plan::plan(&side(acceptor), &side(dialer)) {
        Ok(plan) => Planned::Plan(plan),
        Err(conflict) => Planned::Conflict { conflict },
    })
}

/// What keeps two sides from being deleted as a pair; null where nothing does.
#[wasm_bindgen(js_name = disconnectable)]
pub fn disconnectable(a: &JsValue, b: &JsValue) -> JsValue {
    let side = |value: &JsValue| Side::read(&snapshot(value));
    plan::disconnect(&side(a), &side(b)).map_or_else(|conflict| to_js(&conflict), |()| JsValue::NULL)
}

/// The verdict on a peering; `other` undefined: not read, null: it does not exist.
#[wasm_bindgen(js_name = health)]
pub fn health(
    peering: &JsValue,
    previous: &JsValue,
    other: &JsValue,
    other_cluster: &JsValue,
    now: f64,
) -> Result<JsValue, JsValue> {
    let (value, there) = (snapshot(peering), snapshot(other));
    if value.get("state").text().is_none() {
        let finding = wrong_type("peering", "a peering as read gives it", value.kind());
        return Err(offline("health", Failure::invalid(vec![finding])));
    }
    let other = match &there {
        _ if other.is_undefined() => Other::Unknown,
        Value::Null => Other::Absent,
        there => Other::Exists(there),
    };
    let other_cluster = Identity::read(&snapshot(other_cluster));
    Ok(to_js(&health::health(&value, &Given { previous: &snapshot(previous), other, other_cluster, now })))
}

/// What `establish` or `generateToken` would do first, given what exists under the name: `{ action, code, message, hint }`.
#[wasm_bindgen(js_name = preflight)]
pub fn preflight(spec: &JsValue, existing: &JsValue, replace: bool) -> Result<JsValue, JsValue> {
    let (value, found) = (snapshot(spec), snapshot(existing));
    let existing = Peering::recall(&found);
    let (decision, mut findings) = if *value.get("peering_token") == Value::Null {
        let checked = spec::token(&value);
        let decide = |spec: TokenSpec| generate::before(existing.as_ref(), spec.meta.as_ref(), replace);
        (checked.spec.map(decide), checked.findings)
    } else {
        let checked = spec::peering(&value, read_json, clock::date());
        let own = Identity::default();
        let decide = |spec: PeeringSpec| establish::before(existing.as_ref(), &spec.peering_token.info, &own, replace);
        (checked.spec.map(decide), checked.findings)
    };
    if existing.is_none() && found != Value::Null {
        findings.insert(0, wrong_type("existing", "a peering as read gives it, or null", found.kind()));
    }
    match decision {
        Some(decision) if existing.is_some() || found == Value::Null => Ok(to_js(&Preflight::from(&decision))),
        _ => Err(offline("preflight", Failure::invalid(findings))),
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Planned {
    Plan(Plan),
    Conflict { conflict: Conflict },
}

#[derive(Serialize)]
struct Preflight<'a> {
    action: &'static str,
    code: Option<Code>,
    message: &'a str,
    hint: &'static str,
}

impl<'a> From<&'a Before> for Preflight<'a> {
    fn from(decision: &'a Before) -> Self {
        match decision {
            Before::Send(note) => Self { action: "send", code: None, message: note.unwrap_or_default(), hint: "" },
            Before::WaitGone => {
                let code = Code::Deleting;
                Self { action: "wait", code: Some(code), message: "it is being deleted", hint: code.hint() }
            }
            Before::Replace(why) => Self { action: "replace", code: None, message: why, hint: "" },
            Before::Refuse(refusal) => {
                Self { action: "refuse", code: Some(refusal.code), message: &refusal.message, hint: refusal.hint }
            }
        }
    }
}

/// What to do next about a code, where nothing more exact is known.
#[wasm_bindgen(js_name = hint)]
pub fn hint(code: &str) -> Option<String> {
    Code::ALL.iter().find(|known| known.name() == code).map(|known| known.hint().to_owned())
}

/// How many ms to wait before the next look, `waited` ms into a wait.
#[wasm_bindgen(js_name = lookAfter)]
pub fn pause(waited: f64) -> f64 {
    look_after(waited)
}
