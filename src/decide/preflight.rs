//! The preflight check of a write: what has to be done first, or why it is refused.

use serde::Serialize;

use crate::consul::code::Code;
use crate::rules::finding::Finding;

/// What to do before a write is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preflight {
    /// Nothing conflicts. The note describes the effect on the existing peering.
    Send(Option<&'static str>),
    /// Wait until the DELETING peering is gone, then check again.
    WaitGone,
    /// Delete the existing peering, wait until it is gone, then check again. Contains the reason.
    Replace(String),
    Refuse(Refusal),
}

/// A refusal before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    /// The code's own hint, unless that would mislead.
    pub hint: &'static str,
    /// The cause, for programs.
    pub findings: Vec<Finding>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: code.hint(), findings: Vec::new() }
    }
}

/// The existing peering is unusable: replaced if the caller allows it, otherwise a reason to refuse.
pub fn cannot_serve(refusal: Refusal, replace: bool) -> Preflight {
    if replace { Preflight::Replace(refusal.message) } else { Preflight::Refuse(refusal) }
}
