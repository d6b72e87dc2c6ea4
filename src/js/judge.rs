//! The decisions that JavaScript asks for by themselves: a plan for a pair, a verdict on a peering.

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
use crate::decide::plan::{self, Conflict, Plan, Step};
use crate::decide::side::Side;
use crate::decide::wait::look_after;
use crate::rules::finding::wrong_type;
use crate::rules::health::{self, Given, Other};
use crate::rules::identity::Identity;
use crate::rules::spec::{self, PeeringSpec, TokenSpec};
use crate::rules::value::{Value, object};

/// What connects two sides, each as `Side::read` takes it: `{ steps, notes, linked, reversed }` or `{ conflict }`.
#[wasm_bindgen(js_name = plan)]
pub fn plan(acceptor: &JsValue, dialer: &JsValue) -> JsValue {
    let side = |value: &JsValue| Side::read(&snapshot(value));
    to_js(&match plan::plan(&side(acceptor), &side(dialer)) {
        Ok(plan) => plan_out(&plan),
        Err(conflict) => object([("conflict", conflict_out(&conflict))]),
    })
}

/// What keeps two sides from being deleted as a pair; null where nothing does.
#[wasm_bindgen(js_name = disconnectable)]
pub fn disconnectable(a: &JsValue, b: &JsValue) -> JsValue {
    let side = |value: &JsValue| Side::read(&snapshot(value));
    plan::disconnect(&side(a), &side(b)).map_or_else(|conflict| to_js(&conflict_out(&conflict)), |()| JsValue::NULL)
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
    Ok(to_js(&health::health(&value, &Given { previous: &snapshot(previous), other, other_cluster, now }).to_value()))
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
        Some(decision) if existing.is_some() || found == Value::Null => Ok(to_js(&preflight_out(&decision))),
        _ => Err(offline("preflight", Failure::invalid(findings))),
    }
}

fn preflight_out(decision: &Before) -> Value {
    let (action, code, message, hint) = match decision {
        Before::Send(note) => ("send", None, note.unwrap_or_default(), ""),
        Before::WaitGone => ("wait", Some(Code::Deleting), "it is being deleted", Code::Deleting.hint()),
        Before::Replace(why) => ("replace", None, &**why, ""),
        Before::Refuse(refusal) => {
            ("refuse", Some(refusal.code), &*refusal.message, refusal.hint.unwrap_or(refusal.code.hint()))
        }
    };
    object([
        ("action", action.into()),
        ("code", code.map(Code::name).into()),
        ("message", message.into()),
        ("hint", hint.into()),
    ])
}

/// What to do next about a code, where nothing more exact is known.
#[wasm_bindgen(js_name = hint)]
pub fn hint(code: &str) -> Option<String> {
    let known = [Code::Invalid, Code::NotActive, Code::Timeout, Code::ExternalAddressesUnknown];
    known.into_iter().find(|known| known.name() == code).map(|known| known.hint().to_owned())
}

/// How many ms to wait before the next look, `waited` ms into a wait.
#[wasm_bindgen(js_name = lookAfter)]
pub fn pause(waited: f64) -> f64 {
    look_after(waited)
}

fn plan_out(plan: &Plan) -> Value {
    let step = |step: &Step| {
        object([
            ("on", step.on.name().into()),
            ("action", step.action.name().into()),
            ("reason", (&*step.reason).into()),
        ])
    };
    object([
        ("steps", Value::List(plan.steps.iter().map(step).collect())),
        ("notes", (&*plan.notes).into()),
        ("linked", Value::Bool(plan.linked)),
        ("reversed", Value::Bool(plan.reversed)),
    ])
}

fn conflict_out(Conflict { on, refusal, passing }: &Conflict) -> Value {
    object([
        ("on", on.name().into()),
        ("code", refusal.code.name().into()),
        ("message", (&*refusal.message).into()),
        ("hint", refusal.hint.unwrap_or(refusal.code.hint()).into()),
        ("findings", Value::List(refusal.finding.iter().map(|finding| finding.to_value()).collect())),
        ("passing", Value::Bool(*passing)),
    ])
}
