//! One call from beginning to end: takes a snapshot of its input, runs, and settles the promise.

use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture, TryFutureExt};
use js_sys::Promise;
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;

use super::host::JsHost;
use super::options::Options;
use super::task;
use super::value::to_js;
use crate::consul::code::Code;
use crate::operations::call::{Call, Outcome};
use crate::operations::error::{Error, Location};
use crate::operations::left_behind::LeftBehind;
use crate::rules::finding::Finding;

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(js_name = peeringError)]
    fn peering_error(message: &str, details: &JsValue, cause: &JsValue) -> JsValue;
}

/// The input of a call, read at once: the caller may change its objects afterwards.
pub struct CallInput {
    pub operation: &'static str,
    /// The place that an error reports if the call fails before it starts.
    pub location: Location,
    /// The secrets in its arguments.
    pub secrets: Vec<String>,
    pub options: Options,
    pub findings: Vec<Finding>,
}

/// Performs a call, unless there is an error among the findings, or its signal aborts.
pub fn start<W: Future<Output = Outcome<JsHost, JsValue>> + 'static>(
    given: CallInput,
    work: impl FnOnce(Rc<Call<JsHost>>) -> W,
) -> Promise {
    let call = Call::new(JsHost::default(), given.options.timeout, given.options.listener());
    let work = work(call.clone()).boxed_local();
    perform(given, call, work)
}

/// As [`start`]; compiled once for all functions.
fn perform(
    given: CallInput,
    call: Rc<Call<JsHost>>,
    work: LocalBoxFuture<'static, Outcome<JsHost, JsValue>>,
) -> Promise {
    let CallInput { operation, location, secrets, options, findings } = given;
    let outcome = async move {
        check(&call, location, &secrets, findings)?;
        call.run(options.aborted(), work).await
    };
    task::start(outcome.map_err(move |error| to_error(operation, error)).boxed_local())
}

/// A finding that is an error rejects the call; otherwise all are warnings and reported.
pub fn check(
    call: &Call<JsHost>,
    location: Location,
    secrets: &[String],
    findings: Vec<Finding>,
) -> Result<(), Error<JsValue>> {
    if findings.iter().any(Finding::is_error) {
        let mut error = Error::invalid(Finding::redacted(findings, secrets));
        error.location = Some(location);
        return Err(error);
    }
    for finding in &findings {
        call.warn(&location, finding, secrets.to_vec());
    }
    Ok(())
}

/// The members of an error, as its caller reads them.
#[derive(Serialize)]
struct ErrorMembers<'a> {
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
    left_behind: &'a [LeftBehind],
    #[serde(with = "preserve", skip_serializing_if = "JsValue::is_undefined")]
    peering: JsValue,
    reason: &'a str,
}

/// The error as JavaScript catches it.
pub fn to_error(operation: &'static str, error: Error<JsValue>) -> JsValue {
    if let Some(thrown) = &error.thrown {
        return thrown.clone();
    }
    let location = error.location.as_ref();
    let details = ErrorMembers {
        code: error.code,
        status: error.status,
        operation,
        cluster: location.map_or("", |location| &location.cluster),
        peer_name: location.and_then(|location| location.peer_name.as_deref()),
        hint: error.hint(),
        retryable: error.retryable,
        findings: &error.findings,
        left_behind: &error.left_behind,
        peering: error.peering.clone().unwrap_or(JsValue::UNDEFINED),
        reason: &error.why(),
    };
    let cause = error.cause.as_ref().map_or(JsValue::UNDEFINED, |cause| cause.value.clone());
    peering_error(&error.message(operation), &to_js(&details), &cause)
}
