//! Why a call ends without a result, and how JavaScript hears of it.

use std::ops::{Deref, DerefMut};

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::call::Call;
use super::value::to_js;
use crate::consul::code::Code;
use crate::decide::establish::Refusal;
use crate::rules::finding::Finding;
use crate::rules::value::{Value, object};

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    type PeeringError;
    #[wasm_bindgen(constructor)]
    fn new(message: &str, details: &JsValue, cause: &JsValue) -> PeeringError;
}

/// What a call left on a cluster, and what to do about it.
#[derive(Clone)]
pub struct LeftBehind {
    pub cluster: String,
    pub peer_name: String,
    pub what: String,
    pub fix: String,
}

impl LeftBehind {
    fn to_value(&self) -> Value {
        object([
            ("cluster", (&*self.cluster).into()),
            ("peer_name", (&*self.peer_name).into()),
            ("what", (&*self.what).into()),
            ("fix", (&*self.fix).into()),
        ])
    }
}

/// Why a call ends early.
pub enum Stop {
    Failed(Failure),
    /// Somebody else's exception, handed on as it is.
    Thrown(JsValue),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(failure)
    }
}

/// A failure on its way to becoming a `PeeringError`. Its texts are free of secrets.
///
/// Behind a pointer: it passes through every `?` of every operation.
pub struct Failure(Box<Reason>);

pub struct Reason {
    pub code: Code,
    pub message: String,
    pub hint: Option<String>,
    pub status: Option<u16>,
    pub findings: Vec<Finding>,
    /// The peering as it stands now.
    pub peering: Option<JsValue>,
    pub cause: Option<JsValue>,
    /// The call cannot have reached Consul.
    pub refused: bool,
    /// Consul may have acted, and its answer is lost.
    pub lost: bool,
    /// Trying again would end the same way, and nothing has happened.
    pub certain: bool,
    /// What the server asked for, in ms.
    pub retry_after: Option<f64>,
}

impl Deref for Failure {
    type Target = Reason;
    fn deref(&self) -> &Reason {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Reason {
        &mut self.0
    }
}

impl Failure {
    pub fn new(code: Code, message: &str) -> Self {
        Self(Box::new(Reason {
            code,
            message: message.to_owned(),
            hint: None,
            status: None,
            findings: Vec::new(),
            peering: None,
            cause: None,
            refused: false,
            lost: false,
            certain: false,
            retry_after: None,
        }))
    }

    /// The failure of input that rules found fault with. Warnings come along, errors are the reason.
    pub fn invalid(findings: Vec<Finding>) -> Self {
        let reasons: Vec<_> =
            findings.iter().filter(|finding| finding.is_error()).map(|finding| &*finding.message).collect();
        let mut failure = Self::new(Code::Invalid, &reasons.join("; "));
        failure.findings = findings;
        failure
    }

    pub fn with_status(mut self, status: Option<u16>) -> Self {
        self.status = status;
        self
    }

    pub fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    pub fn with_peering(mut self, peering: Option<JsValue>) -> Self {
        self.peering = peering;
        self
    }

    /// The error as JavaScript catches it, with what the call knows of itself.
    pub fn into_js(self, call: &Call) -> JsValue {
        let details = to_details(&self, call);
        if let Some(peering) = &self.peering {
            let _ = Reflect::set(&details, &"peering".into(), peering);
        }
        let subject = call.peer_name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let place =
            if call.cluster.address.is_empty() { String::new() } else { format!(" at {}", call.cluster.address) };
        let message = format!("{}{subject}{place}: {}", call.operation, self.message);
        PeeringError::new(&message, &details, self.cause.as_ref().unwrap_or(&JsValue::UNDEFINED)).into()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let mut failure = Self::new(refusal.code, &refusal.message);
        failure.hint = refusal.hint.map(str::to_owned);
        failure
    }
}

fn to_details(failure: &Failure, call: &Call) -> JsValue {
    let mut details = vec![("code", failure.code.name().into())];
    details.extend(failure.status.map(|status| ("status", Value::Number(f64::from(status)))));
    details.push(("operation", call.operation.into()));
    details.push(("cluster", (&*call.cluster.address).into()));
    details.extend(call.peer_name.as_deref().map(|name| ("peer_name", name.into())));
    details.push(("hint", failure.hint.as_deref().unwrap_or(failure.code.hint()).into()));
    details.push(("retryable", Value::Bool(failure.code.retryable())));
    details.push(("findings", Value::List(failure.findings.iter().map(Finding::to_value).collect())));
    details.push(("left_behind", Value::List(call.left_behind().iter().map(LeftBehind::to_value).collect())));
    to_js(&object(details))
}
