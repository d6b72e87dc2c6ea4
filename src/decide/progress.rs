//! What a running call reports.

use serde::Serialize;

use super::leftover::LeftoverCode;
use super::plan::NoteCode;
use crate::codes::codes;
use crate::consul::code::Code;

codes! {
    Kind {
        Step = "step",
        State = "state",
        Warning = "warning",
        Retry = "retry",
        NoResponse = "no_response",
        Recovered = "recovered",
        LeftBehind = "left_behind",
    }
}

codes! {
    /// What a call does next, or has just read.
    StepCode {
        /// Deletes the existing peering, as `replace` allows.
        Replacing = "replacing",
        /// Waits until a peering that is being deleted is gone.
        WaitingUntilGone = "waiting_until_gone",
        /// Sends the deletion again.
        DeletingAgain = "deleting_again",
        /// The token requested next invalidates an unused older one.
        InvalidatesUnusedToken = "invalidates_unused_token",
        /// The response to a write was lost; reads what it did.
        ResponseLost = "response_lost",
        /// The other cluster has accepted the token.
        TokenAccepted = "token_accepted",
        /// The token was used before, for this peering.
        TokenUsedBefore = "token_used_before",
        /// The PENDING record that a refused establish left was deleted.
        LeftoverRemoved = "leftover_removed",
        /// Of a pair: deletes a side.
        Deleting = "deleting",
        /// Of a pair: a side is gone.
        Deleted = "deleted",
        /// Of a pair: the acceptor generates a token.
        Generating = "generating",
        /// Of a pair: the dialer establishes with the token.
        Establishing = "establishing",
        /// Of a pair: waits for a side.
        Waiting = "waiting",
    }
}

/// The code of an event, by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ProgressCode {
    Step(StepCode),
    /// A step that is a note of a plan.
    Note(NoteCode),
    /// A state, a slow request and its end: the kind itself.
    Kind(Kind),
    /// A finding's rule, in a warning.
    Rule(&'static str),
    /// Why a request failed that will be retried.
    Error(Code),
    Leftover(LeftoverCode),
}

/// One event.
#[derive(Serialize)]
pub struct Progress<'a> {
    pub kind: Kind,
    pub code: ProgressCode,
    pub cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_name: Option<&'a str>,
    /// A warning's: the argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'a str>,
    pub text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'a str>,
    /// ms since the call began.
    pub elapsed: u32,
}
