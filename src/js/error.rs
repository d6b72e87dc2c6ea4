//! Why a call ends without a result.

use std::ops::{Deref, DerefMut};

use wasm_bindgen::prelude::*;

use crate::consul::code::Code;
use crate::consul::delivery::Delivery;
use crate::decide::before::Refusal;
use crate::rules::finding::Finding;

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

#[derive(Clone)]
pub struct Reason {
    pub code: Code,
    pub message: String,
    pub hint: Option<String>,
    /// Whether the same call may succeed a little later with nothing changed.
    pub retryable: bool,
    pub status: Option<u16>,
    pub findings: Vec<Finding>,
    /// The peering as it stands now.
    pub peering: Option<JsValue>,
    pub cause: Option<JsValue>,
    /// What became of the request that failed; of a read it does not matter.
    pub delivery: Delivery,
    /// A retry would fail the same way.
    pub lasting: bool,
    /// The call timed out after so many ms, and this is what failed last.
    pub timeout: Option<f64>,
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
            retryable: code.retryable(),
            status: None,
            findings: Vec::new(),
            peering: None,
            cause: None,
            delivery: Delivery::Refused,
            lasting: false,
            timeout: None,
            retry_after: None,
        }))
    }

    /// The failure of input that rules found fault with. Warnings come along, errors are the reason.
    pub fn invalid(findings: Vec<Finding>) -> Self {
        let reasons: Vec<_> =
            findings.iter().filter(|finding| finding.is_error()).map(|finding| &*finding.message).collect();
        let mut failure = Self::new(Code::Invalid, &reasons.join(" "));
        failure.findings = findings;
        failure
    }

    /// The same once more, as trouble to remember.
    pub fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    /// The same, where `delivery` is known to be another than refused.
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Consul may have acted.
    pub fn is_lost(&self) -> bool {
        self.delivery == Delivery::Unknown
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
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let mut failure = Self::new(refusal.code, &refusal.message);
        failure.hint = Some(refusal.hint.to_owned());
        failure.findings = refusal.findings;
        failure
    }
}
