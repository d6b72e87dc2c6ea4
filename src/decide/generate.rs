//! The preflight check of generating a token.
//!
//! Each new token kills the unused one before it; a TERMINATED acceptor hands out dead ones, and so does one that is
//! being deleted. None of it shows in Consul's answer, so it is decided here.

use super::preflight::{Preflight, Refusal, cannot_serve};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta::{self, Meta};

/// Holds a wish for a token against what stands under the name. `meta` is nothing where the wish says nothing of it.
pub fn preflight(existing: Option<&Peering>, meta: Option<&Meta>, replace: bool) -> Preflight {
    let Some(existing) = existing else { return Preflight::Send(None) };
    let name = &existing.name;
    if existing.state == State::Deleting {
        return Preflight::WaitGone;
    }
    let unusable = if existing.role == Role::Dialer {
        Some((Code::RoleConflict, format!("\"{name}\" is a dialer here: this side established it with a token")))
    } else if existing.state == State::Terminated {
        Some((Code::Terminated, format!("\"{name}\" is TERMINATED, and every token it makes is dead")))
    } else {
        None
    };
    if let Some((code, why)) = unusable {
        return cannot_serve(Refusal::new(code, why), replace);
    }
    if meta.is_some_and(|meta| !meta::same(meta, &existing.meta)) {
        let message = format!("\"{name}\" stands with another meta, and a second token would not change it");
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
    fn a_first_token_and_another_one() {
        assert_eq!(preflight(None, None, false), Preflight::Send(None));
        assert!(matches!(preflight(Some(&acceptor(State::Pending)), None, false), Preflight::Send(Some(_))));
        for state in [State::Active, State::Failing, State::Establishing] {
            assert_eq!(preflight(Some(&acceptor(state)), None, false), Preflight::Send(None));
        }
    }

    #[test]
    fn what_is_being_deleted_is_waited_for_whatever_its_role() {
        let dialer = Peering { role: Role::Dialer, ..acceptor(State::Deleting) };
        for existing in [acceptor(State::Deleting), dialer] {
            for replace in [false, true] {
                assert_eq!(preflight(Some(&existing), None, replace), Preflight::WaitGone);
            }
        }
    }

    #[test]
    fn what_cannot_serve_is_refused_or_replaced() {
        let dialer = Peering { role: Role::Dialer, ..acceptor(State::Active) };
        assert_eq!(refused(preflight(Some(&dialer), None, false)), Some(Code::RoleConflict));
        assert!(matches!(preflight(Some(&dialer), None, true), Preflight::Replace(_)));
        let terminated = acceptor(State::Terminated);
        assert_eq!(refused(preflight(Some(&terminated), None, false)), Some(Code::Terminated));
        assert!(matches!(preflight(Some(&terminated), None, true), Preflight::Replace(_)));
    }

    #[test]
    fn meta_of_a_standing_acceptor_is_fixed() {
        let existing = acceptor(State::Active);
        let same = vec![("a".into(), "1".into())];
        assert_eq!(preflight(Some(&existing), Some(&same), false), Preflight::Send(None));
        for replace in [false, true] {
            assert_eq!(refused(preflight(Some(&existing), Some(&vec![]), replace)), Some(Code::MetaFixed));
        }
    }
}
