//! Peerings that are never changed: of another pair, of another cluster, or in the other role.

use super::{Conflict, RequestedPair, conflict};
use crate::consul::code::Code;
use crate::consul::peering::{Role, State};
use crate::decide::side::{Usage, usage_by};

impl RequestedPair<'_> {
    pub(super) fn check_roles(&self) -> Result<(), Conflict> {
        for (wanted, existing, side, other) in [
            (Role::Acceptor, self.accepting(), self.acceptor, self.dialer),
            (Role::Dialer, self.dialing(), self.dialer, self.acceptor),
        ] {
            if let Some(existing) = existing
                && existing.role != wanted
            {
                let why = format!(
                    "\"{}\" is {} there, and is not linked with this pair's other side",
                    existing.name,
                    existing.role.with_article()
                );
                let conflict = conflict(wanted, Code::RoleConflict, why);
                let conflict = conflict.or_rebuilt(existing, side, &other.identity);
                return Err(conflict.or_concurrent_call(existing, side, &other.identity));
            }
        }
        Ok(())
    }

    /// Refuses a dialer of another cluster, or of another existing record of this one.
    pub(super) fn check_dialer(&self) -> Result<(), Conflict> {
        let Some(existing) = self.dialing() else { return Ok(()) };
        let name = &self.dialer.name;
        let linked_with = existing.server_name.as_deref();
        let expected = self.acceptor.identity.server_name();
        if let (Some(linked_with), Some(expected)) = (linked_with, expected.as_deref())
            && linked_with != expected
        {
            let why = format!("the dialer \"{name}\" is linked with {linked_with}, not with {expected}");
            let conflict = conflict(Role::Dialer, Code::PeerMismatch, why);
            return Err(conflict.or_rebuilt(existing, self.dialer, &self.acceptor.identity));
        }
        if let Some(conflicting) = &self.acceptor.conflicting {
            let why = format!("the dialer \"{name}\" is linked with the acceptor \"{conflicting}\" on the other side");
            return Err(conflict(Role::Dialer, Code::PeerMismatch, why));
        }
        if !self.linked() && (linked_with.is_none() || expected.is_none()) && existing.state != State::Pending {
            let why = format!("the remote cluster of the dialer \"{name}\" cannot be determined");
            return Err(conflict(Role::Dialer, Code::PeerMismatch, why));
        }
        Ok(())
    }

    /// Refuses an acceptor that another cluster uses.
    pub(super) fn check_acceptor(&self) -> Result<(), Conflict> {
        let Some(existing) = self.accepting() else { return Ok(()) };
        let name = &self.acceptor.name;
        if let Some(conflicting) = &self.dialer.conflicting
            && !self.linked()
        {
            let why = format!("the acceptor \"{name}\" is used by the dialer \"{conflicting}\" on the other side");
            return Err(conflict(Role::Acceptor, Code::PeerMismatch, why));
        }
        if !self.in_use(existing) || self.linked() {
            return Ok(());
        }
        match usage_by(self.acceptor, &self.dialer.identity) {
            Usage::This => Ok(()),
            Usage::Other(who) => {
                let why = format!("the acceptor \"{name}\" is used by another cluster ({who})");
                let conflict = conflict(Role::Acceptor, Code::PeerMismatch, why);
                Err(conflict.or_rebuilt(existing, self.acceptor, &self.dialer.identity))
            }
            Usage::None => {
                let why = format!("the cluster that uses the acceptor \"{name}\" cannot be determined");
                Err(conflict(Role::Acceptor, Code::PeerMismatch, why))
            }
        }
    }
}
