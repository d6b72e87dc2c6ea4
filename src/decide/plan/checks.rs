//! What is not touched: a peering of another pair, of another cluster, or in the other role.

use super::{Conflict, Pair, conflict};
use crate::consul::code::Code;
use crate::consul::peering::{Role, State};
use crate::decide::side::{Proof, used_by};

impl Pair<'_> {
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
                return Err(conflict.or_passing(existing, side, &other.identity));
            }
        }
        Ok(())
    }

    /// A dialer of another cluster, or of another record of this one that stands, is not touched.
    pub(super) fn check_dialer(&self) -> Result<(), Conflict> {
        let Some(standing) = self.dialing() else { return Ok(()) };
        let name = &self.dialer.name;
        let theirs = standing.server_name.as_deref();
        let ours = self.acceptor.identity.server_name();
        if let (Some(theirs), Some(ours)) = (theirs, ours.as_deref())
            && theirs != ours
        {
            let why = format!("the dialer \"{name}\" is linked with {theirs}, not with {ours}");
            let conflict = conflict(Role::Dialer, Code::PeerMismatch, why);
            return Err(conflict.or_rebuilt(standing, self.dialer, &self.acceptor.identity));
        }
        if let Some(rival) = &self.acceptor.rival {
            let why = format!("the dialer \"{name}\" is linked with the acceptor \"{rival}\" on the other side");
            return Err(conflict(Role::Dialer, Code::PeerMismatch, why));
        }
        if !self.linked() && (theirs.is_none() || ours.is_none()) && standing.state != State::Pending {
            let why = format!("whom the dialer \"{name}\" is linked with cannot be told");
            return Err(conflict(Role::Dialer, Code::PeerMismatch, why));
        }
        Ok(())
    }

    /// An acceptor that somebody else uses is not touched.
    pub(super) fn check_acceptor(&self) -> Result<(), Conflict> {
        let Some(standing) = self.accepting() else { return Ok(()) };
        let name = &self.acceptor.name;
        if let Some(rival) = &self.dialer.rival
            && !self.linked()
        {
            let why = format!("the acceptor \"{name}\" is used by the dialer \"{rival}\" on the other side");
            return Err(conflict(Role::Acceptor, Code::PeerMismatch, why));
        }
        if !self.in_use(standing) || self.linked() {
            return Ok(());
        }
        match used_by(self.acceptor, &self.dialer.identity) {
            Proof::This => Ok(()),
            Proof::Other(who) => {
                let why = format!("the acceptor \"{name}\" is used by another cluster ({who})");
                let conflict = conflict(Role::Acceptor, Code::PeerMismatch, why);
                Err(conflict.or_rebuilt(standing, self.acceptor, &self.dialer.identity))
            }
            Proof::None => {
                let why = format!("who uses the acceptor \"{name}\" cannot be told");
                Err(conflict(Role::Acceptor, Code::PeerMismatch, why))
            }
        }
    }
}
