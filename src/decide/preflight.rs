//! The preflight check of a write: what to do first, and why it is refused.

use serde::Serialize;

use crate::consul::code::Code;
use crate::rules::finding::Finding;

/// What to do before a write is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preflight {
    /// Nothing is in the way. A note tells what the write does to what stands.
    Send(Option<&'static str>),
    /// Wait until what is being deleted is gone, then look again.
    WaitGone,
    /// Delete what stands, wait until it is gone, then look again. Says why.
    Replace(String),
    Refuse(Refusal),
}

/// A refusal before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    /// The code's own, unless that would mislead.
    pub hint: &'static str,
    /// What programs can tell the cause by.
    pub findings: Vec<Finding>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: code.hint(), findings: Vec::new() }
    }
}

/// What stands cannot serve: it goes where the caller asks for that, and otherwise is a reason to refuse.
pub fn cannot_serve(refusal: Refusal, replace: bool) -> Preflight {
    if replace { Preflight::Replace(refusal.message) } else { Preflight::Refuse(refusal) }
}
