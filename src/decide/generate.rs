//! Before a token is generated.
//!
//! Each new token kills the unused one before it; a TERMINATED acceptor hands out dead ones, and so does one that is
//! being deleted. None of it shows in Consul's answer, so it is decided here.

use super::before::{Before, Refusal, cannot_serve};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta::{self, Meta};

/// Holds a wish for a token against what stands under the name. `meta` is nothing where the wish says nothing of it.
pub fn before(standing: Option<&Peering>, meta: Option<&Meta>, replace: bool) -> Before {
    let Some(standing) = standing else { return Before::Send(None) };
    let name = &standing.name;
    if standing.state == State::Deleting {
        return Before::WaitGone;
    }
    let unusable = if standing.role == Role::Dialer {
        Some((Code::RoleConflict, format!("\"{name}\" is a dialer here: this side established it with a token")))
    } else if standing.state == State::Terminated {
        Some((Code::Terminated, format!("\"{name}\" is TERMINATED, and every token it makes is dead")))
    } else {
        None
    };
    if let Some((code, why)) = unusable {
        return cannot_serve(Refusal::new(code, why), replace);
    }
    if meta.is_some_and(|meta| !meta::same(meta, &standing.meta)) {
        let message = format!("\"{name}\" stands with another meta, and a second token would not change it");
        return Before::Refuse(Refusal::new(Code::MetaFixed, message));
    }
    Before::Send((standing.state == State::Pending).then_some("the older token, not used yet, becomes invalid"))
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

    fn refused(before: Before) -> Option<Code> {
        match before {
            Before::Refuse(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn a_first_token_and_another_one() {
        assert_eq!(before(None, None, false), Before::Send(None));
        assert!(matches!(before(Some(&acceptor(State::Pending)), None, false), Before::Send(Some(_))));
        for state in [State::Active, State::Failing, State::Establishing] {
            assert_eq!(before(Some(&acceptor(state)), None, false), Before::Send(None));
        }
    }

    #[test]
    fn what_is_being_deleted_is_waited_for_whatever_its_role() {
        let dialer = Peering { role: Role::Dialer, ..acceptor(State::Deleting) };
        for standing in [acceptor(State::Deleting), dialer] {
            for replace in [false, true] {
                assert_eq!(before(Some(&standing), None, replace), Before::WaitGone);
            }
        }
    }

    #[test]
    fn what_cannot_serve_is_refused_or_replaced() {
        let dialer = Peering { role: Role::Dialer, ..acceptor(State::Active) };
        assert_eq!(refused(before(Some(&dialer), None, false)), Some(Code::RoleConflict));
        assert!(matches!(before(Some(&dialer), None, true), Before::Replace(_)));
        let terminated = acceptor(State::Terminated);
        assert_eq!(refused(before(Some(&terminated), None, false)), Some(Code::Terminated));
        assert!(matches!(before(Some(&terminated), None, true), Before::Replace(_)));
    }

    #[test]
    fn meta_of_a_standing_acceptor_is_fixed() {
        let standing = acceptor(State::Active);
        let same = vec![("a".into(), "1".into())];
        assert_eq!(before(Some(&standing), Some(&same), false), Before::Send(None));
        for replace in [false, true] {
            assert_eq!(refused(before(Some(&standing), Some(&vec![]), replace)), Some(Code::MetaFixed));
        }
    }
}
