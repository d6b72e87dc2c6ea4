//! What exists after an establish was sent.

use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::decide::leftover::Changed;
use crate::rules::meta;
use crate::rules::spec::PeeringSpec;

/// Whether what stands is what was asked for: then a refusal of a spent secret, or a lost answer, is no failure.
pub fn is_as_asked(seen: &Peering, spec: &PeeringSpec) -> bool {
    seen.state == State::Active && is_of_token(seen, spec) && meta::same(&seen.meta, &spec.meta)
}

/// What exists after a refused call, where another call may have used the same token at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is what this call asked for.
    Done,
    /// It is what this call asked for, and not ACTIVE yet.
    Establishing,
    /// The other call has not finished.
    MaySettle,
    Failed,
}

/// Judges a refusal as a lost response is judged: by what exists now. Consul accepts a token once, and tells the second of
/// two equal calls that it is spent, or that the name is taken.
pub fn after_refusal(code: Code, before: Option<&Peering>, now: &Peering, spec: &PeeringSpec) -> Refused {
    let is_wanted = |peering: &Peering| is_of_token(peering, spec) && meta::same(&peering.meta, &spec.meta);
    // A name that is taken was not written to. A spent token was written before it was refused: what exists is another
    // call's where that wrote to the new record too, or where the record was the same before.
    let (is_theirs, may_be) = match (code, before) {
        (Code::PeerMismatch, _) => (true, true),
        (Code::TokenSpent, None) => {
            let wrote_too = now.create_index != now.modify_index;
            (wrote_too, wrote_too)
        }
        (Code::TokenSpent, Some(before)) => (is_wanted(before), false),
        _ => return Refused::Failed,
    };
    match now.state {
        _ if !is_wanted(now) => Refused::Failed,
        State::Active => Refused::Done,
        // Stored once a token was accepted.
        State::Establishing if is_theirs => Refused::Establishing,
        State::Pending if may_be => Refused::MaySettle,
        _ => Refused::Failed,
    }
}

/// Whether what stands came from this token: the exchange went through, or is under way.
pub fn is_of_token(seen: &Peering, spec: &PeeringSpec) -> bool {
    let token = &spec.peering_token.info;
    let same_cluster = seen.server_name.as_ref().is_none_or(|name| *name == token.server_name);
    seen.role == Role::Dialer && seen.peer_id.as_deref() == Some(&*token.peer_id) && same_cluster
}

/// Whether what stands is only what a failed first establish of this spec made, and nobody has written to it since.
pub fn is_own_leftover(seen: &Peering, spec: &PeeringSpec) -> bool {
    seen.state == State::Pending
        && is_of_token(seen, spec)
        && meta::same(&seen.meta, &spec.meta)
        && seen.create_index == seen.modify_index
}

/// What a refused call has changed in a record that existed before. The index does not tell: a stream that is reopened
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
    fn the_loser_of_a_race_with_the_same_token_gets_what_the_winner_made() {
        let spec = spec("{}");
        let wrote_twice = |state: State| Peering { modify_index: 8, ..dialer(state) };
        for (state, expected) in [
            (State::Active, Refused::Done),
            (State::Establishing, Refused::Establishing),
            (State::Pending, Refused::MaySettle),
            (State::Failing, Refused::Failed),
            (State::Deleting, Refused::Failed),
        ] {
            let now = dialer(state);
            assert_eq!(after_refusal(Code::PeerMismatch, None, &now, &spec), expected, "{now:?}");
            assert_eq!(after_refusal(Code::Unreachable, None, &now, &spec), Refused::Failed);
        }
        let spent = |now: &Peering| after_refusal(Code::TokenSpent, None, now, &spec);
        assert_eq!(spent(&wrote_twice(State::Pending)), Refused::MaySettle);
        assert_eq!(spent(&wrote_twice(State::Establishing)), Refused::Establishing);
        assert_eq!(spent(&dialer(State::Pending)), Refused::Failed, "no other call wrote");
    }

    #[test]
    fn what_a_race_left_is_taken_only_where_it_is_what_was_asked_for() {
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
    fn a_call_that_is_repeated_before_the_first_is_active_waits_for_it() {
        let spec = spec("{}");
        let now = dialer(State::Establishing);
        let judge = |before: &Peering, now: &Peering| after_refusal(Code::TokenSpent, Some(before), now, &spec);
        assert_eq!(judge(&now, &now), Refused::Establishing);
        assert_eq!(judge(&dialer(State::Failing), &now), Refused::Establishing);
        for state in [State::Pending, State::Failing, State::Terminated, State::Deleting] {
            assert_eq!(judge(&now, &dialer(state)), Refused::Failed);
        }
        let other = Peering { peer_id: Some("p2".into()), ..dialer(State::Establishing) };
        let labelled = Peering { meta: vec![("a".into(), "1".into())], ..dialer(State::Establishing) };
        for different in [other, labelled] {
            assert_eq!(judge(&different, &now), Refused::Failed, "the refused call has written over it");
            assert_eq!(judge(&now, &different), Refused::Failed, "another call has written over it");
        }
    }

    #[test]
    fn what_was_asked_for_is_active_of_the_token_with_its_meta() {
        let spec = spec(r#"{"a":"1"}"#);
        let meta = vec![("a".to_owned(), "1".to_owned())];
        let good = Peering { meta: meta.clone(), ..dialer(State::Active) };
        assert!(is_as_asked(&good, &spec));
        assert!(!is_as_asked(&Peering { state: State::Establishing, ..good.clone() }, &spec));
        assert!(!is_as_asked(&Peering { peer_id: Some("p2".into()), ..good.clone() }, &spec));
        assert!(!is_as_asked(&Peering { meta: vec![], ..good.clone() }, &spec));
        assert!(!is_as_asked(&Peering { role: Role::Acceptor, ..good }, &spec));
    }

    #[test]
    fn only_an_untouched_pending_record_of_this_very_call_is_taken_back() {
        let spec = spec(r#"{"a":"1"}"#);
        let own = Peering { meta: vec![("a".to_owned(), "1".to_owned())], ..dialer(State::Pending) };
        assert!(is_own_leftover(&own, &spec));
        assert!(!is_own_leftover(&Peering { modify_index: 8, ..own.clone() }, &spec), "somebody wrote");
        assert!(!is_own_leftover(&Peering { state: State::Establishing, ..own.clone() }, &spec));
        assert!(!is_own_leftover(&Peering { state: State::Deleting, ..own.clone() }, &spec));
        assert!(!is_own_leftover(&Peering { meta: vec![], ..own.clone() }, &spec));
        assert!(!is_own_leftover(&Peering { peer_id: Some("p2".into()), ..own }, &spec));
    }

    #[test]
    fn what_a_refused_call_overwrote() {
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
