//! What a failed call leaves, or may have left, on its cluster, and how to continue.

use std::borrow::Cow;

use crate::consul::peering::{Peering, State};

mod code;

pub use code::{Changed, LeftoverCode};

const REPEAT: &str = "Repeat the call. If the two sides are no longer linked, connect links them again.";

/// One leftover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    pub code: LeftoverCode,
    pub what: String,
    pub fix: Cow<'static, str>,
    /// The peering's state, if it was read.
    pub state: Option<State>,
    /// What a refused call has changed.
    pub changed: Vec<Changed>,
}

impl Leftover {
    fn new(code: LeftoverCode, what: String, fix: &'static str) -> Self {
        Self { code, what, fix: fix.into(), state: None, changed: Vec::new() }
    }

    fn in_state(self, state: Option<&State>) -> Self {
        Self { state: state.cloned(), ..self }
    }

    /// The same for a call on a pair: its caller has no token, and repeats the call.
    pub fn of_pair(self) -> Self {
        use LeftoverCode::*;
        match self.code {
            EstablishUnanswered | DialerNotActive | EstablishUnread | Overwritten | Exists | TokenUnanswered
            | TokenUnread | TokenLost => Self { fix: REPEAT.into(), ..self },
            _ => self,
        }
    }

    pub fn establish_unanswered(name: &str, exists: bool) -> Self {
        let what = if exists {
            format!("the token was sent without a response: \"{name}\" may have the token's peer and meta")
        } else {
            format!("the token was sent without a response: a dialer \"{name}\" may exist")
        };
        Self::new(
            LeftoverCode::EstablishUnanswered,
            what,
            "Read it, and call establish again with the same token; if that is refused as spent, use a new one.",
        )
    }

    /// Consul has accepted the token.
    pub fn dialer(name: &str, state: Option<&State>) -> Self {
        let what = match state {
            Some(state) => format!("the dialer \"{name}\" exists, {state}"),
            None => format!("the dialer \"{name}\" exists"),
        };
        Self::new(LeftoverCode::DialerNotActive, what, "Wait until it is ACTIVE, or delete it.").in_state(state)
    }

    /// The dialer, if it will not become ACTIVE.
    pub fn failed_dialer(name: &str, state: Option<&State>) -> Self {
        Self { fix: "Delete it here and on the other side, then recreate both.".into(), ..Self::dialer(name, state) }
    }

    pub fn establish_unread(name: &str) -> Self {
        Self::new(
            LeftoverCode::EstablishUnread,
            format!("the token was refused, and what the refused call left of \"{name}\" could not be read"),
            "Read it: if it is PENDING, delete it, or establish again with a new token, which repairs it in place.",
        )
    }

    /// A refused call has changed these members of what existed before.
    pub fn overwritten(name: &str, now: &Peering, changed: Vec<Changed>) -> Self {
        let names: Vec<_> = changed.iter().map(|member| member.name()).collect();
        let left = Self::new(
            LeftoverCode::Overwritten,
            format!("the refused call has changed \"{name}\", now {}: {}", now.state, names.join(", ")),
            "Establish again with a new token of the right cluster: that repairs it in place, under the same id.",
        );
        Self { changed, ..left.in_state(Some(&now.state)) }
    }

    pub fn exists(name: &str, now: &Peering) -> Self {
        Self::new(
            LeftoverCode::Exists,
            format!("{} \"{name}\" exists, {}", now.role.with_article(), now.state),
            "Delete it, or establish again with a new token: that repairs it in place.",
        )
        .in_state(Some(&now.state))
    }

    pub fn acceptor_without_dialer(name: &str) -> Self {
        Self::new(
            LeftoverCode::AcceptorWithoutDialer,
            format!(
                "another call has linked \"{name}\" with another record, and the acceptor of this call's token may have no dialer"
            ),
            "Delete that acceptor if no other peering uses it, or dial it under another name with a new token.",
        )
    }

    pub fn token_unanswered(name: &str, exists: bool) -> Self {
        let what = if exists {
            format!("a token for \"{name}\" was requested without a response: an older token may be invalid")
        } else {
            format!("a token for \"{name}\" was requested without a response: an acceptor without a token may exist")
        };
        Self::new(LeftoverCode::TokenUnanswered, what, "Call again for a new token, or delete the acceptor.")
    }

    pub fn token_unread(name: &str) -> Self {
        Self::new(
            LeftoverCode::TokenUnread,
            format!("a token for \"{name}\" was refused, and what the refused call left could not be read"),
            "Read it: if an acceptor exists, call again for a new token, or delete it.",
        )
    }

    pub fn secret_replaced(name: &str) -> Self {
        Self::new(
            LeftoverCode::SecretReplaced,
            format!(
                "the refused call may have replaced the secret of \"{name}\": an older unused token is then invalid"
            ),
            "Correct the setting and call again for a new token, or delete the acceptor.",
        )
    }

    pub fn token_lost(name: &str, state: &State) -> Self {
        Self::new(
            LeftoverCode::TokenLost,
            format!("an acceptor \"{name}\" exists, {state}; if this call created it, its token is lost"),
            "Call again for a new token, or delete it; if another call created it meanwhile, that invalidates its token.",
        )
        .in_state(Some(state))
    }

    pub fn deletion_unanswered(name: &str) -> Self {
        Self::new(
            LeftoverCode::DeletionUnanswered,
            format!("the deletion of \"{name}\" was sent without a response: it may exist"),
            "Read it, and delete it again if it exists.",
        )
    }

    pub fn not_deleted(name: &str) -> Self {
        Self::new(LeftoverCode::NotDeleted, format!("\"{name}\" was not deleted"), "Delete it again.")
    }

    pub fn deleting(name: &str) -> Self {
        Self::new(
            LeftoverCode::Deleting,
            format!("\"{name}\" is being deleted, and may be listed for another moment"),
            "Nothing to do; read it to see that it is gone.",
        )
        .in_state(Some(&State::Deleting))
    }

    /// A peering was deleted for another; `state` is the one that it had.
    pub fn replaced(state: &State) -> Self {
        Self::new(
            LeftoverCode::Replaced,
            format!("the existing peering of this name, {state}, was deleted because of the replace option"),
            "Call again to create the new one; the former one's other side is TERMINATED and can be deleted there.",
        )
        .in_state(Some(state))
    }

    /// Of a pair: the acceptor, in that state, was deleted to be recreated.
    pub fn acceptor_deleted(name: &str, state: &State) -> Self {
        Self::new(
            LeftoverCode::AcceptorDeleted,
            format!("the acceptor \"{name}\", {state}, was deleted"),
            "Call connect again: it recreates the peering.",
        )
        .in_state(Some(state))
    }

    /// Of a pair: the acceptor exists, and it is not known that its token was used.
    pub fn token_unused(name: &str) -> Self {
        Self::new(
            LeftoverCode::TokenUnused,
            format!("the acceptor \"{name}\" exists, and its token may not have been used"),
            "Repeat the call, or delete both sides with disconnect.",
        )
    }

    /// Of a pair: the call has changed this side.
    pub fn not_active(name: &str) -> Self {
        Self::new(
            LeftoverCode::NotActive,
            format!("\"{name}\" was created or renewed by this call, and was not ACTIVE when it was last read"),
            REPEAT,
        )
    }

    /// Of a pair that does not become ACTIVE.
    pub fn pair_not_active(name: &str, state: &State) -> Self {
        Self::new(
            LeftoverCode::NotActive,
            format!("\"{name}\" exists, {state}"),
            "Disconnect both sides, then connect again.",
        )
        .in_state(Some(state))
    }

    /// Of a pair: this side was deleted, and `other`, as it is named there, was not.
    pub fn one_sided(other: &str) -> Self {
        let what = "this side was deleted, and the other was not".to_owned();
        let fix = format!("Call disconnect again to delete \"{other}\" on the other side.");
        Self { fix: fix.into(), ..Self::new(LeftoverCode::OneSided, what, "") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialer_that_will_not_become_active_is_recreated() {
        let [waits, failed] = [Leftover::dialer, Leftover::failed_dialer].map(|leftover| leftover("us", None));
        assert_eq!((waits.code, &waits.what), (failed.code, &failed.what));
        assert_ne!(waits.fix, failed.fix);
    }

    #[test]
    fn a_deleted_side_is_continued_under_the_name_on_the_other_side() {
        assert!(Leftover::one_sided("eu").fix.contains("\"eu\""));
    }
}
