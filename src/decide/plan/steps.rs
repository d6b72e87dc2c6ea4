//! The steps for a pair that nothing speaks against.

use super::{Action, Conflict, Pair, Plan, conflict};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta;

impl Pair<'_> {
    pub(super) fn steps(&self, plan: &mut Plan) -> Result<(), Conflict> {
        for (on, side) in [(Role::Acceptor, self.acceptor), (Role::Dialer, self.dialer)] {
            if side.standing.as_ref().is_some_and(|standing| standing.state == State::Deleting) {
                plan.add(on, Action::Wait, "it is being deleted");
            }
        }
        let new_token = match (self.accepting(), self.dialing()) {
            (None, None) => Some("no peering exists on either side"),
            (None, Some(dialer)) => {
                if dialer.state == State::Active {
                    plan.add(
                        Role::Dialer,
                        Action::Wait,
                        "it has not heard yet that its acceptor is gone: until TERMINATED",
                    );
                }
                Some("the dialer's acceptor is gone")
            }
            (Some(acceptor), Some(dialer)) if self.linked() => {
                return self.keep(acceptor, dialer, plan);
            }
            (Some(acceptor), dialer) if self.is_over(acceptor, dialer) => {
                let reason = if acceptor.state == State::Terminated {
                    "it is TERMINATED, and every token it makes is dead"
                } else {
                    "its dialer is gone, which it has not heard yet"
                };
                plan.add(Role::Acceptor, Action::Delete, reason);
                plan.add(Role::Acceptor, Action::Wait, "until it is gone");
                Some("it was deleted")
            }
            (Some(_), Some(dialer)) if dialer.state == State::Active => {
                plan.add(
                    Role::Dialer,
                    Action::Wait,
                    "it has not heard yet that its acceptor was made anew: until TERMINATED",
                );
                Some("the dialer is linked with an acceptor that is gone")
            }
            (Some(_), None) => Some("the acceptor's token was never used"),
            (Some(_), Some(dialer)) if dialer.state == State::Terminated => Some("the dialer is TERMINATED"),
            (Some(_), Some(dialer)) if dialer.state == State::Pending => {
                Some("the dialer is PENDING: the token it was given did not serve")
            }
            (Some(_), Some(_)) => Some("the dialer is linked with an acceptor that is gone"),
        };
        if let Some(reason) = new_token {
            self.renew(plan, reason)?;
        }
        Ok(())
    }

    /// Whether an acceptor will never serve again: it is TERMINATED, or it was in use and its dialer is gone.
    fn is_over(&self, acceptor: &Peering, dialer: Option<&Peering>) -> bool {
        let left = dialer.is_none_or(|dialer| dialer.state != State::Active);
        acceptor.state == State::Terminated || (self.in_use(acceptor) && left)
    }

    /// Whether somebody has used the acceptor's token: it is no longer PENDING, or it knows who has dialled.
    pub(super) fn in_use(&self, acceptor: &Peering) -> bool {
        acceptor.state != State::Pending || !self.acceptor.dialled_by.is_empty()
    }

    /// Both are each other's.
    fn keep(&self, acceptor: &Peering, dialer: &Peering, plan: &mut Plan) -> Result<(), Conflict> {
        if let Some(wished) = &self.dialer.meta
            && !meta::same(&dialer.meta, wished)
        {
            return self.renew(plan, "the dialer's meta is to change, which takes a new token");
        }
        for (on, standing) in [(Role::Acceptor, acceptor), (Role::Dialer, dialer)] {
            if standing.state != State::Active {
                plan.add(on, Action::Wait, &format!("it is {}: until ACTIVE", standing.state));
            }
        }
        Ok(())
    }

    /// A new token and its use. Consul shows no external addresses, and a token that does not name them forgets them.
    fn renew(&self, plan: &mut Plan, reason: &str) -> Result<(), Conflict> {
        // A token that nobody has used is replaced by one like the wish; nothing that lives depends on it.
        let lives = self.accepting().is_some_and(|acceptor| self.in_use(acceptor));
        if lives && !self.acceptor.addresses_named {
            let why = format!(
                "the acceptor \"{}\" needs a new token, and Consul does not show the external addresses of the one before",
                self.acceptor.name
            );
            return Err(conflict(Role::Acceptor, Code::ExternalAddressesUnknown, why));
        }
        plan.add(Role::Acceptor, Action::Generate, reason);
        plan.add(Role::Dialer, Action::Establish, "with the new token");
        Ok(())
    }
}
