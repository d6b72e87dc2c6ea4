//! Conflicts: why a pair is left unchanged.

use serde::Serialize;

use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::decide::preflight::Refusal;
use crate::decide::side::Side;
use crate::rules::identity::Identity;
use crate::rules::rebuilt;

/// Why a pair is left unchanged, and which side has the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{refusal}")]
pub struct Conflict {
    pub on: Role,
    pub refusal: Refusal,
    /// Another call may be connecting the same pair in the other direction: a retry may succeed.
    pub may_be_concurrent_call: bool,
}

pub fn conflict(on: Role, code: Code, why: String) -> Conflict {
    // Unlike calls on a single side, calls on a pair have no `replace`.
    const ELSEWHERE: &str = "Use other names for this pair, or delete the existing peering if it is no longer needed.";
    let mut refusal = Refusal::new(code, why);
    if matches!(code, Code::PeerMismatch | Code::RoleConflict) {
        refusal.hint = ELSEWHERE;
    }
    Conflict { on, refusal, may_be_concurrent_call: false }
}

impl Conflict {
    /// Adds that the cluster was rebuilt, if it was. Then the role does not matter: the existing peering is of no use.
    pub fn or_rebuilt(mut self, existing: &Peering, side: &Side, other: &Identity) -> Self {
        let created_with = side.leads_to(existing);
        let is_known = other.trust_domain.as_ref().is_some_and(|domain| side.dialed_by.contains(domain));
        if !is_known && let Some(finding) = rebuilt::finding(&side.name, &created_with, other, rebuilt::CONNECT_AGAIN) {
            let refusal = &mut self.refusal;
            refusal.code = Code::PeerMismatch;
            refusal.hint = rebuilt::CONNECT_AGAIN;
            refusal.message.clone_from(&finding.message);
            refusal.findings.push(finding);
        }
        self
    }

    /// Adds that another call may be about to link the pair: the existing acceptor is unused yet, or the dialer is
    /// connecting to the other cluster. The two sides are read one after the other, so its acceptor may exist by now.
    pub fn or_concurrent_call(mut self, existing: &Peering, side: &Side, other: &Identity) -> Self {
        const OPPOSITE: &str = "Another connect may be running in the other direction: run this again in a minute. Delete the existing peering only if nothing else is connecting these clusters.";
        let unused = match existing.role {
            Role::Acceptor => existing.state == State::Pending && side.dialed_by.is_empty(),
            Role::Dialer => {
                matches!(existing.state, State::Pending | State::Establishing) && side.leads_to(existing) == *other
            }
        };
        if unused && self.refusal.findings.is_empty() {
            self.may_be_concurrent_call = true;
            self.refusal.hint = OPPOSITE;
        }
        self
    }
}
