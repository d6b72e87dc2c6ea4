//! The preflight check of generating a token.
//!
//! Each new token invalidates an unused older one. The tokens of a TERMINATED or DELETING acceptor are never accepted.
//! Consul's response shows none of this, so it is decided here.

use super::preflight::{Preflight, Refusal, cannot_serve};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta::{self, Meta};

/// Compares a token request with the existing peering of that name. Without `meta`, the existing meta is kept.
pub fn preflight(existing: Option<&Peering>, meta: Option<&Meta>, replace: bool) -> Preflight {
    let Some(existing) = existing else { return Preflight::Send(None) };
    let name = &existing.name;
    if existing.state == State::Deleting {
        return Preflight::WaitGone;
    }
    let unusable = if existing.role == Role::Dialer {
        Some((Code::RoleConflict, format!("\"{name}\" is a dialer: this side established it with a token")))
    } else if existing.state == State::Terminated {
        Some((Code::Terminated, format!("\"{name}\" is TERMINATED, and tokens generated for it are invalid")))
    } else {
        None
    };
    if let Some((code, why)) = unusable {
        return cannot_serve(Refusal::new(code, why), replace);
    }
    if meta.is_some_and(|meta| !meta::same(meta, &existing.meta)) {
        let message = format!("\"{name}\" exists with different meta, which a new token does not change");
        return Preflight::Refuse(Refusal::new(Code::MetaFixed, message));
    }
    Preflight::Send((existing.state == State::Pending).then_some("the older token, not used yet, becomes invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acceptor(state: State) -> Peering {
        Peering {
            id: "1".into(),
            name: "eu".into(),
            state,
            role: Role::Acceptor,
            meta: vec![("a".into(), "1".into())],
            peer_id: None,
            server_name: None,
            create_index: 1,
            modify_index: 1,
        }
    }

    fn refused(before: Preflight) -> Option<Code> {
        match before {
            Preflight::Refuse(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn a_first_and_a_second_token() {
        assert_eq!(preflight(None, None, false), Preflight::Send(None));
        assert!(matches!(preflight(Some(&acceptor(State::Pending)), None, false), Preflight::Send(Some(_))));
        for state in [State::Active, State::Failing, State::Establishing] {
            assert_eq!(preflight(Some(&acceptor(state)), None, false), Preflight::Send(None));
        }
    }

    #[test]
    fn waits_for_a_deletion_in_either_role() {
        let dialer = Peering { role: Role::Dialer, ..acceptor(State::Deleting) };
        for existing in [acceptor(State::Deleting), dialer] {
            for replace in [false, true] {
                assert_eq!(preflight(Some(&existing), None, replace), Preflight::WaitGone);
            }
        }
    }

    #[test]
    fn an_unusable_peering_is_refused_or_replaced() {
        let dialer = Peering { role: Role::Dialer, ..acceptor(State::Active) };
        assert_eq!(refused(preflight(Some(&dialer), None, false)), Some(Code::RoleConflict));
        assert!(matches!(preflight(Some(&dialer), None, true), Preflight::Replace(_)));
        let terminated = acceptor(State::Terminated);
        assert_eq!(refused(preflight(Some(&terminated), None, false)), Some(Code::Terminated));
        assert!(matches!(preflight(Some(&terminated), None, true), Preflight::Replace(_)));
    }

    #[test]
    fn the_meta_of_an_existing_acceptor_is_fixed() {
        let existing = acceptor(State::Active);
        let same = vec![("a".into(), "1".into())];
        assert_eq!(preflight(Some(&existing), Some(&same), false), Preflight::Send(None));
        for replace in [false, true] {
            assert_eq!(refused(preflight(Some(&existing), Some(&vec![]), replace)), Some(Code::MetaFixed));
        }
    }
}
