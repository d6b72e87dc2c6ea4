//! The steps for a pair without conflicts.

use super::{Action, Conflict, Plan, RequestedPair, StepReason, conflict};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta;

/// Why a token is generated after the deletion of its acceptor.
pub const ACCEPTOR_DELETED: &str = "the old peering was deleted";

impl RequestedPair<'_> {
    pub(super) fn steps(&self, plan: &mut Plan) -> Result<(), Conflict> {
        for (on, side) in [(Role::Acceptor, self.acceptor), (Role::Dialer, self.dialer)] {
            if side.existing.as_ref().is_some_and(|existing| existing.state == State::Deleting) {
                plan.add(on, Action::Wait, StepReason::Deleting, "until it is deleted");
            }
        }
        let (code, reason) = match (self.accepting(), self.dialing()) {
            (None, None) => (StepReason::NoPeering, "no peering exists on either side"),
            (None, Some(dialer)) => {
                if dialer.state == State::Active {
                    let reason = "until it is TERMINATED: its acceptor does not exist, and Consul has not noticed yet";
                    plan.add(Role::Dialer, Action::Wait, StepReason::AcceptorGone, reason);
                }
                (StepReason::AcceptorGone, "the dialer's acceptor does not exist")
            }
            (Some(acceptor), Some(dialer)) if self.linked() => {
                return self.keep(acceptor, dialer, plan);
            }
            (Some(acceptor), dialer) if self.is_over(acceptor, dialer) => {
                let (code, reason) = if acceptor.state == State::Terminated {
                    (StepReason::AcceptorTerminated, "it is TERMINATED, and every token it generates is invalid")
                } else {
                    (StepReason::DialerGone, "its dialer does not exist, and Consul has not noticed yet")
                };
                plan.add(Role::Acceptor, Action::Delete, code, reason);
                plan.add(Role::Acceptor, Action::Wait, StepReason::Deleting, "until it is deleted");
                (StepReason::AcceptorDeleted, ACCEPTOR_DELETED)
            }
            (Some(_), Some(dialer)) if dialer.state == State::Active => {
                let reason = "until it is TERMINATED: its acceptor was recreated, and Consul has not noticed yet";
                plan.add(Role::Dialer, Action::Wait, StepReason::AcceptorRecreated, reason);
                (StepReason::AcceptorRecreated, "the dialer is linked with an acceptor that is gone")
            }
            (Some(_), None) => (StepReason::TokenUnused, "the acceptor's token was never used"),
            (Some(_), Some(dialer)) if dialer.state == State::Terminated => {
                (StepReason::DialerTerminated, "the dialer is TERMINATED")
            }
            (Some(_), Some(dialer)) if dialer.state == State::Pending => {
                (StepReason::DialerPending, "the dialer is PENDING: its token was refused")
            }
            (Some(_), Some(_)) => (StepReason::AcceptorRecreated, "the dialer is linked with an acceptor that is gone"),
        };
        self.exchange_new_token(plan, code, reason)
    }

    /// Whether an acceptor will never serve again: it is TERMINATED, or it was in use and its dialer is gone.
    fn is_over(&self, acceptor: &Peering, dialer: Option<&Peering>) -> bool {
        let left = dialer.is_none_or(|dialer| dialer.state != State::Active);
        acceptor.state == State::Terminated || (self.in_use(acceptor) && left)
    }

    /// Whether the acceptor's token was used: it is no longer PENDING, or it has the CAs of its dialer.
    pub(super) fn in_use(&self, acceptor: &Peering) -> bool {
        acceptor.state != State::Pending || !self.acceptor.dialed_by.is_empty()
    }

    /// For a linked pair.
    fn keep(&self, acceptor: &Peering, dialer: &Peering, plan: &mut Plan) -> Result<(), Conflict> {
        if let Some(requested) = &self.dialer.meta
            && !meta::same(&dialer.meta, requested)
        {
            return self.exchange_new_token(plan, StepReason::MetaChanged, "the dialer's metadata changes");
        }
        for (on, existing) in [(Role::Acceptor, acceptor), (Role::Dialer, dialer)] {
            if existing.state != State::Active {
                let why = format!("until it is ACTIVE (now {})", existing.state);
                plan.add(on, Action::Wait, StepReason::NotActive, &why);
            }
        }
        Ok(())
    }

    /// A new token and its use. Consul shows no external addresses, and drops those that the request for a token omits.
    fn exchange_new_token(&self, plan: &mut Plan, code: StepReason, reason: &str) -> Result<(), Conflict> {
        // An unused token can be replaced: nothing depends on it.
        let lives = self.accepting().is_some_and(|acceptor| self.in_use(acceptor));
        if lives && !self.acceptor.addresses_named {
            let why = format!(
                "a new token is needed ({reason}), and it drops the external addresses of the acceptor \"{}\", which Consul does not return",
                self.acceptor.name
            );
            return Err(conflict(Role::Acceptor, Code::ExternalAddressesUnknown, why));
        }
        plan.add(Role::Acceptor, Action::Generate, code, reason);
        plan.add(Role::Dialer, Action::Establish, StepReason::NewToken, "with the new token");
        Ok(())
    }
}
