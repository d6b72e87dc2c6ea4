//! The codes of leftovers.

use crate::codes::codes;
use crate::consul::peering::{Peering, Role};

codes! {
    /// What exists.
    LeftoverCode {
        /// establish was sent without a response: the dialer may exist, or carry the token's peer and meta.
        EstablishUnanswered = "establish_unanswered",
        /// The dialer exists and is not ACTIVE.
        DialerNotActive = "dialer_not_active",
        /// establish was refused, and what it left could not be read.
        EstablishUnread = "establish_unread",
        /// The refused establish has changed the existing peering.
        Overwritten = "overwritten",
        /// The peering exists after a refused establish.
        Exists = "exists",
        /// Another call has linked the name; the acceptor of this call's token may have no dialer.
        AcceptorWithoutDialer = "acceptor_without_dialer",
        /// A token request was sent without a response: the acceptor may exist, and an older token may be invalid.
        TokenUnanswered = "token_unanswered",
        /// A token request was refused, and what it left could not be read.
        TokenUnread = "token_unread",
        /// The refused token request may have invalidated an older token.
        SecretReplaced = "secret_replaced",
        /// The acceptor exists, and its token is lost.
        TokenLost = "token_lost",
        /// A deletion was sent without a response: the peering may exist.
        DeletionUnanswered = "deletion_unanswered",
        /// The peering exists: the deletion had no effect.
        NotDeleted = "not_deleted",
        /// The peering is being deleted.
        Deleting = "deleting",
        /// The existing peering was deleted for a new one, which was not created.
        Replaced = "replaced",
        /// Of a pair, this side was deleted and the other was not.
        OneSided = "one_sided",
        /// The acceptor was deleted to be recreated.
        AcceptorDeleted = "acceptor_deleted",
        /// The acceptor exists, and its token was not used.
        TokenUnused = "token_unused",
        /// The peering was created or renewed, and was not ACTIVE when it was last read.
        NotActive = "not_active",
    }
}

impl LeftoverCode {
    /// Whether it means that a side of a pair exists.
    pub fn is_existing_side(self) -> bool {
        matches!(self, Self::NotActive | Self::TokenUnused)
    }

    /// Whether the other leftover of the same peering is outdated: once a deletion was sent, the peering is not known to
    /// exist, and once the next acceptor exists, the deletion of the former one does not matter.
    pub fn supersedes(self, other: Self) -> bool {
        match self {
            Self::Deleting | Self::DeletionUnanswered => other.is_existing_side(),
            Self::NotActive | Self::TokenUnused | Self::TokenLost => other == Self::AcceptorDeleted,
            _ => false,
        }
    }

    /// Whether it is resolved once the peering was read and does not exist.
    pub fn is_resolved_when_missing(self) -> bool {
        self.is_existing_side()
            || self.is_unread()
            || matches!(
                self,
                Self::Exists
                    | Self::DialerNotActive
                    | Self::Overwritten
                    | Self::TokenLost
                    | Self::DeletionUnanswered
                    | Self::NotDeleted
                    | Self::Deleting
            )
    }

    /// Whether it is resolved once `found` was read under its name.
    pub fn is_resolved_by(self, found: Option<&Peering>) -> bool {
        match found {
            None => self.is_resolved_when_missing(),
            Some(found) => self == Self::TokenUnused && found.role == Role::Dialer,
        }
    }

    /// Whether it means that the peering could not be read.
    pub fn is_unread(self) -> bool {
        matches!(self, Self::EstablishUnread | Self::TokenUnread)
    }
}

codes! {
    /// A member of a peering that a refused establish has changed.
    Changed {
        Meta = "meta",
        PeerId = "peer_id",
        PeerServerName = "peer_server_name",
        PeerCaPems = "peer_ca_pems",
        State = "state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consul::peering::State;
    use crate::rules::meta::Meta;

    /// A write without a response may still arrive, and a side that was deleted for a new one stays deleted.
    #[test]
    fn a_read_resolves_what_it_disproves() {
        use LeftoverCode::*;
        let remaining = [
            EstablishUnanswered,
            AcceptorWithoutDialer,
            TokenUnanswered,
            SecretReplaced,
            Replaced,
            OneSided,
            AcceptorDeleted,
        ];
        let found = |role| Peering {
            id: "1".into(),
            name: "us".into(),
            state: State::Active,
            role,
            meta: Meta::default(),
            peer_id: None,
            server_name: None,
            create_index: 1,
            modify_index: 1,
        };
        for code in LeftoverCode::ALL.iter().copied() {
            assert_eq!(code.is_resolved_by(None), !remaining.contains(&code), "{} of a missing peering", code.name());
            let resolved = [Role::Dialer, Role::Acceptor].map(|role| code.is_resolved_by(Some(&found(role))));
            assert_eq!(resolved, [code == TokenUnused, false], "{} of a peering that exists", code.name());
        }
    }
}
