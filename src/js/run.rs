//! One call from beginning to end: read what it was given, do it, say how it went.

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::Promise;
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;

use super::call::{Call, LeftBehind, Options};
use super::cluster::Cluster;
use super::ending::{Ending, ended};
use super::error::{Failure, Stop};
use super::operation::Operation;
use super::task;
use super::value::to_js;
use crate::consul::code::Code;
use crate::rules::finding::Finding;

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(js_name = peeringError)]
    fn peering_error(place: &str, parts: &JsValue, details: &JsValue, cause: &JsValue) -> JsValue;
}

/// What a call was given, read at once: the caller may change its objects afterwards.
pub struct Given {
    pub cluster: Cluster,
    pub options: Options,
    pub findings: Vec<Finding>,
}

impl Given {
    pub fn read(cluster: &JsValue, options: &JsValue) -> Self {
        let mut findings = Vec::new();
        let cluster = Cluster::read(cluster, &mut findings);
        let options = Options::read(options, &mut findings);
        Self { cluster, options, findings }
    }
}

/// Performs an operation until it is done, the signal aborts it or its time is over. Whatever it waits for then is
/// dropped, and with it every request under way.
pub fn run(name: &'static str, peer_name: Option<String>, given: Given, operation: Operation) -> Promise {
    let Given { mut cluster, options, mut findings } = given;
    cluster.take_environment_token(&mut findings);
    let call = Call::new(name, peer_name, cluster, &options);
    task::start(async move {
        if findings.iter().any(Finding::is_error) {
            return Err(to_error(Failure::invalid(findings), &call));
        }
        for finding in &findings {
            call.warn(finding);
        }
        let work = pin!(operation.perform(&call, &options));
        match select(pin!(ended(&options)), work).await {
            Either::Right((Ok(value), _)) => Ok(value),
            Either::Right((Err(Stop::Failed(failure)), _)) => Err(to_error(failure, &call)),
            Either::Right((Err(Stop::Thrown(thrown)), _)) => Err(thrown),
            Either::Left((Ending::Timeout, _)) => {
                // Consul is silent for some 12 s before it says again that it is busy: what it said last is why.
                let mut failure =
                    call.take_trouble().unwrap_or_else(|| Failure::new(Code::Timeout, &call.last_failure()));
                failure.timeout = Some(options.timeout);
                Err(to_error(failure.with_peering(call.last_seen()), &call))
            }
            Either::Left((Ending::Abort(reason), _)) => {
                call.tell_left_behind();
                Err(reason)
            }
        }
    })
}

/// The error of a function that calls nobody.
pub fn offline(operation: &'static str, failure: Failure) -> JsValue {
    let options = Options::read(&JsValue::UNDEFINED, &mut Vec::new());
    to_error(failure, &Call::new(operation, None, Cluster::default(), &options))
}

/// What an error's message is made of.
#[derive(Serialize)]
struct Parts<'a> {
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<f64>,
}

/// The members of an error, as its caller reads them.
#[derive(Serialize)]
struct Details<'a> {
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    operation: &'static str,
    cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_name: Option<&'a str>,
    hint: &'a str,
    retryable: bool,
    findings: &'a [Finding],
    left_behind: &'a [LeftBehind<'a>],
    #[serde(with = "preserve", skip_serializing_if = "JsValue::is_undefined")]
    peering: JsValue,
}

/// The error as JavaScript catches it: the failure, and what the call knows of itself.
fn to_error(failure: Failure, call: &Call) -> JsValue {
    let leftovers = call.leftovers();
    let details = Details {
        code: failure.code,
        status: failure.status,
        operation: call.operation,
        cluster: &call.cluster.address,
        peer_name: call.peer_name.as_deref(),
        hint: failure.hint.as_deref().unwrap_or(failure.code.hint()),
        retryable: failure.retryable,
        findings: &failure.findings,
        left_behind: &leftovers.iter().map(|left| call.left_behind(left)).collect::<Vec<_>>(),
        peering: failure.peering.clone().unwrap_or(JsValue::UNDEFINED),
    };
    let subject = call.peer_name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let place = if call.cluster.address.is_empty() { String::new() } else { format!(" at {}", call.cluster.address) };
    let place = format!("{}{subject}{place}", call.operation);
    let parts = Parts { reason: &call.clean(&failure.message), timeout: failure.timeout };
    let cause = failure.cause.clone().unwrap_or(JsValue::UNDEFINED);
    peering_error(&place, &to_js(&parts), &to_js(&details), &cause)
}
