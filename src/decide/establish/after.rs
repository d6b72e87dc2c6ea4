//! What exists after an establish was sent.

use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::decide::leftover::Changed;
use crate::rules::meta;
use crate::rules::spec::PeeringSpec;

/// Whether the existing peering is as requested: then a spent token or a lost response is no failure.
pub fn is_as_requested(found: &Peering, spec: &PeeringSpec) -> bool {
    found.state == State::Active && is_wanted(found, spec)
}

/// Whether the existing peering, in whatever state, has the token's peer and the requested meta.
pub fn is_wanted(found: &Peering, spec: &PeeringSpec) -> bool {
    is_of_token(found, spec) && meta::same(&found.meta, &spec.meta)
}

/// The outcome of a refused call, when another call may have used the same token at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The peering is as requested.
    Done,
    /// The peering is as requested, and not ACTIVE yet.
    Establishing,
    /// The other call has not finished.
    MayBecomeActive,
    Failed,
}

/// Classifies a refusal by what exists now, like a lost response. Consul accepts a token once; of two equal concurrent
/// calls, the second is refused as spent, or because the name exists.
pub fn after_refusal(code: Code, before: Option<&Peering>, now: &Peering, spec: &PeeringSpec) -> Refused {
    // If the name existed, nothing was written. A spent token was written before it was refused: the peering belongs to
    // another call if that call wrote to the new record too, or if the record existed before.
    let (is_of_other_call, may_be) = match (code, before) {
        (Code::PeerMismatch, _) => (true, true),
        (Code::TokenSpent, None) => {
            let wrote_too = now.create_index != now.modify_index;
            (wrote_too, wrote_too)
        }
        (Code::TokenSpent, Some(before)) => (is_wanted(before, spec), false),
        _ => return Refused::Failed,
    };
    match now.state {
        _ if !is_wanted(now, spec) => Refused::Failed,
        State::Active => Refused::Done,
        // Stored once a token was accepted.
        State::Establishing if is_of_other_call => Refused::Establishing,
        State::Pending if may_be => Refused::MayBecomeActive,
        _ => Refused::Failed,
    }
}

/// Classifies the refusal of a used token that was sent again, because the first response was lost.
pub fn after_spent_again(now: &Peering, spec: &PeeringSpec) -> Refused {
    match now.state {
        _ if !is_of_token(now, spec) => Refused::Failed,
        // Consul 1.13 writes the record only after the exchange.
        State::Active | State::Establishing | State::Failing if !is_wanted(now, spec) => Refused::MayBecomeActive,
        State::Active => Refused::Done,
        // FAILING: it connects again with the new secret.
        State::Establishing | State::Failing => Refused::Establishing,
        _ => Refused::Failed,
    }
}

/// Whether the existing peering came from this token: the exchange succeeded, or is running.
pub fn is_of_token(found: &Peering, spec: &PeeringSpec) -> bool {
    let token = &spec.peering_token.info;
    let same_cluster = found.server_name.as_ref().is_none_or(|name| *name == token.server_name);
    found.role == Role::Dialer && found.peer_id.as_deref() == Some(&*token.peer_id) && same_cluster
}

/// Whether the existing peering has a secret for its stream, from an earlier token of the same acceptor. Then its record does
/// not show whether this token was used: Consul writes the record before the exchange, and keeps its state.
pub fn has_former_secret(before: &Peering, spec: &PeeringSpec) -> bool {
    matches!(before.state, State::Active | State::Failing | State::Establishing) && is_of_token(before, spec)
}

/// Whether the existing peering may be what a call of this spec has left.
pub fn may_be_leftover(found: &Peering, spec: &PeeringSpec) -> bool {
    (found.role == Role::Dialer && found.state == State::Pending) || is_of_token(found, spec)
}

/// Whether the existing peering is only what a failed first establish of this spec left, unchanged since.
pub fn is_own_leftover(found: &Peering, spec: &PeeringSpec) -> bool {
    found.state == State::Pending && is_wanted(found, spec) && found.create_index == found.modify_index
}

/// The members of an existing record that a refused call has changed. The index cannot show it, since a reopened stream
/// raises it too.
pub fn overwritten(before: &Peering, now: &Peering) -> Vec<Changed> {
    let mut changed = Vec::new();
    if !meta::same(&before.meta, &now.meta) {
        changed.push(Changed::Meta);
    }
    if before.peer_id != now.peer_id {
        changed.push(Changed::PeerId);
    }
    if before.server_name != now.server_name {
        changed.extend([Changed::PeerServerName, Changed::PeerCaPems]);
    }
    if before.state != now.state && now.state == State::Pending {
        changed.push(Changed::State);
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::establish::tests::{dialer, spec};

    #[test]
    fn the_second_of_two_calls_with_one_token_gets_the_peering_of_the_first() {
        let spec = spec("{}");
        let wrote_twice = |state: State| Peering { modify_index: 8, ..dialer(state) };
        for (state, expected) in [
            (State::Active, Refused::Done),
            (State::Establishing, Refused::Establishing),
            (State::Pending, Refused::MayBecomeActive),
            (State::Failing, Refused::Failed),
            (State::Deleting, Refused::Failed),
        ] {
            let now = dialer(state);
            assert_eq!(after_refusal(Code::PeerMismatch, None, &now, &spec), expected, "{now:?}");
            assert_eq!(after_refusal(Code::Unreachable, None, &now, &spec), Refused::Failed);
        }
        let spent = |now: &Peering| after_refusal(Code::TokenSpent, None, now, &spec);
        assert_eq!(spent(&wrote_twice(State::Pending)), Refused::MayBecomeActive);
        assert_eq!(spent(&wrote_twice(State::Establishing)), Refused::Establishing);
        assert_eq!(spent(&dialer(State::Pending)), Refused::Failed, "no other call wrote");
    }

    #[test]
    fn a_peering_of_a_concurrent_call_is_accepted_only_if_it_is_as_requested() {
        let spec = spec("{}");
        let changed = [
            Peering { peer_id: Some("p2".into()), ..dialer(State::Active) },
            Peering { meta: vec![("a".into(), "1".into())], ..dialer(State::Active) },
            Peering { server_name: Some("server.us.peering.e.consul".into()), ..dialer(State::Active) },
            Peering { role: Role::Acceptor, ..dialer(State::Active) },
        ];
        for now in changed {
            assert_eq!(after_refusal(Code::PeerMismatch, None, &now, &spec), Refused::Failed, "{now:?}");
        }
    }

    #[test]
    fn a_repeated_call_waits_until_the_first_is_active() {
        let spec = spec("{}");
        let now = dialer(State::Establishing);
        let classify = |before: &Peering, now: &Peering| after_refusal(Code::TokenSpent, Some(before), now, &spec);
        assert_eq!(classify(&now, &now), Refused::Establishing);
        assert_eq!(classify(&dialer(State::Failing), &now), Refused::Establishing);
        for state in [State::Pending, State::Failing, State::Terminated, State::Deleting] {
            assert_eq!(classify(&now, &dialer(state)), Refused::Failed);
        }
        let other = Peering { peer_id: Some("p2".into()), ..dialer(State::Establishing) };
        let labelled = Peering { meta: vec![("a".into(), "1".into())], ..dialer(State::Establishing) };
        for different in [other, labelled] {
            assert_eq!(classify(&different, &now), Refused::Failed, "the refused call has written over it");
            assert_eq!(classify(&now, &different), Refused::Failed, "another call has written over it");
        }
    }

    #[test]
    fn as_requested_is_active_with_the_peer_and_meta_of_the_token() {
        let spec = spec(r#"{"a":"1"}"#);
        let meta = vec![("a".to_owned(), "1".to_owned())];
        let good = Peering { meta: meta.clone(), ..dialer(State::Active) };
        assert!(is_as_requested(&good, &spec));
        assert!(!is_as_requested(&Peering { state: State::Establishing, ..good.clone() }, &spec));
        assert!(!is_as_requested(&Peering { peer_id: Some("p2".into()), ..good.clone() }, &spec));
        assert!(!is_as_requested(&Peering { meta: vec![], ..good.clone() }, &spec));
        assert!(!is_as_requested(&Peering { role: Role::Acceptor, ..good }, &spec));
    }

    #[test]
    fn only_an_unchanged_pending_record_of_this_call_is_deleted() {
        let spec = spec(r#"{"a":"1"}"#);
        let own = Peering { meta: vec![("a".to_owned(), "1".to_owned())], ..dialer(State::Pending) };
        assert!(is_own_leftover(&own, &spec));
        assert!(!is_own_leftover(&Peering { modify_index: 8, ..own.clone() }, &spec), "written since");
        assert!(!is_own_leftover(&Peering { state: State::Establishing, ..own.clone() }, &spec));
        assert!(!is_own_leftover(&Peering { state: State::Deleting, ..own.clone() }, &spec));
        assert!(!is_own_leftover(&Peering { meta: vec![], ..own.clone() }, &spec));
        assert!(!is_own_leftover(&Peering { peer_id: Some("p2".into()), ..own }, &spec));
    }

    #[test]
    fn lists_the_members_that_a_refused_call_changed() {
        let before = dialer(State::Terminated);
        assert_eq!(overwritten(&before, &before), []);
        let now = Peering {
            state: State::Pending,
            meta: vec![("a".into(), "1".into())],
            peer_id: Some("p2".into()),
            server_name: None,
            ..before.clone()
        };
        assert_eq!(
            overwritten(&before, &now),
            [Changed::Meta, Changed::PeerId, Changed::PeerServerName, Changed::PeerCaPems, Changed::State]
        );
        let failing = Peering { state: State::Failing, ..before.clone() };
        assert_eq!(overwritten(&before, &failing), [], "a state that changed by itself");
    }
}
