//! One call from beginning to end: read what it was given, do it, say how it went.

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::call::{Call, Options};
use super::cluster::Cluster;
use super::ending::{Ending, ended};
use super::error::{Failure, Stop};
use super::operation::Operation;
use super::task;
use super::value::to_js;
use crate::consul::code::Code;
use crate::rules::finding::Finding;
use crate::rules::value::{Value, object};

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

/// The error as JavaScript catches it: the failure, and what the call knows of itself.
fn to_error(failure: Failure, call: &Call) -> JsValue {
    let details = to_details(&failure, call);
    if let Some(peering) = &failure.peering {
        let _ = Reflect::set(&details, &"peering".into(), peering);
    }
    let subject = call.peer_name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let place = if call.cluster.address.is_empty() { String::new() } else { format!(" at {}", call.cluster.address) };
    let place = format!("{}{subject}{place}", call.operation);
    let mut parts = vec![("reason", (&*call.clean(&failure.message)).into())];
    parts.extend(failure.timeout.map(|ms| ("timeout", Value::Number(ms))));
    let cause = failure.cause.clone().unwrap_or(JsValue::UNDEFINED);
    peering_error(&place, &to_js(&object(parts)), &details, &cause)
}

fn to_details(failure: &Failure, call: &Call) -> JsValue {
    let mut details = vec![("code", failure.code.name().into())];
    details.extend(failure.status.map(|status| ("status", Value::Number(f64::from(status)))));
    details.push(("operation", call.operation.into()));
    details.push(("cluster", (&*call.cluster.address).into()));
    details.extend(call.peer_name.as_deref().map(|name| ("peer_name", name.into())));
    details.push(("hint", failure.hint.as_deref().unwrap_or(failure.code.hint()).into()));
    details.push(("retryable", Value::Bool(failure.retryable)));
    details.push(("findings", Finding::list(&failure.findings)));
    details.push(("left_behind", call.left_behind()));
    to_js(&object(details))
}
