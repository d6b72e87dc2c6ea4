//! Before and after an establish.
//!
//! Consul takes the wrong cluster's token over a live dialer far enough to ruin it, and a refused call overwrites what
//! stands. So the token is held against what stands before anything is sent, and what a refusal left is judged after.

use alloc::{string::String, vec::Vec};

use super::before::{Before, Refusal, cannot_serve};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::identity::Identity;
use crate::rules::meta;
use crate::rules::peering_token::TokenInfo;
use crate::rules::spec::PeeringSpec;

/// Holds a token against who this cluster is and what stands under the name.
pub fn before(standing: Option<&Peering>, token: &TokenInfo, own: &Identity, replace: bool) -> Before {
    if !token.server_name.is_empty() && own.server_name().as_deref() == Some(&*token.server_name) {
        return Before::Refuse(Refusal::new(
            Code::SameCluster,
            format!("the token was made by this cluster itself ({})", token.server_name),
        ));
    }
    let Some(standing) = standing else { return Before::Send(None) };
    let name = &standing.name;
    if standing.state == State::Deleting {
        return if replace {
            Before::WaitGone
        } else {
            Before::Refuse(Refusal::new(Code::Deleting, format!("\"{name}\" is being deleted")))
        };
    }
    if standing.role == Role::Acceptor {
        let why = format!("\"{name}\" is an acceptor here: it has made a token and waits to be dialled");
        return cannot_serve(Code::RoleConflict, why, replace);
    }
    let other_record = standing.peer_id.as_deref() != Some(&*token.peer_id);
    match standing.server_name.as_deref() {
        Some(theirs) if !token.server_name.is_empty() && theirs != token.server_name => {
            let why = format!("\"{name}\" is linked with {theirs}, and the token leads to {}", token.server_name);
            cannot_serve(Code::PeerMismatch, why, replace)
        }
        Some(_) if !token.server_name.is_empty() && other_record && standing.state == State::Active => {
            let message = format!(
                "\"{name}\" is ACTIVE and linked with record {} over there; the token is for record {}",
                standing.peer_id.as_deref().unwrap_or("(none)"),
                token.peer_id
            );
            // Usable and of the same cluster: never deleted for being in the way.
            const HINT: &str = "Generate the token under the name that the other cluster knows this one by, or choose another peer_name here. If the record over there was deleted a moment ago, wait until this side says TERMINATED.";
            Before::Refuse(Refusal { code: Code::PeerMismatch, message, hint: Some(HINT) })
        }
        Some(_) if !token.server_name.is_empty() => Before::Send(None),
        // Without TLS there are no names: only the record tells who it is.
        _ if other_record && !matches!(standing.state, State::Pending | State::Terminated) => {
            let why = format!("\"{name}\" is linked with another record than the token's");
            cannot_serve(Code::PeerMismatch, why, replace)
        }
        _ => Before::Send(None),
    }
}

/// Whether what stands is what was asked for: then a refusal of a spent secret, or a lost answer, is no failure.
pub fn is_as_asked(seen: &Peering, spec: &PeeringSpec) -> bool {
    seen.state == State::Active && is_of_token(seen, spec) && meta::same(&seen.meta, &spec.meta)
}

/// Whether the same call was accepted a moment ago, and its peering is not ACTIVE yet: the second one is refused as spent
/// meanwhile, and does no harm. Without a look before it nothing is known: the other call may be somebody else's.
pub fn is_on_its_way(before: &Peering, now: &Peering, spec: &PeeringSpec) -> bool {
    let of_this_call = |peering: &Peering| is_of_token(peering, spec) && meta::same(&peering.meta, &spec.meta);
    of_this_call(before) && of_this_call(now) && now.state == State::Establishing
}

/// Whether what stands came from this token: the exchange went through, or is under way.
pub fn is_of_token(seen: &Peering, spec: &PeeringSpec) -> bool {
    seen.role == Role::Dialer && seen.peer_id.as_deref() == Some(&*spec.peering_token.info.peer_id)
}

/// Whether what stands is only what a failed first establish of this spec made, and nobody has written to it since.
pub fn is_own_leftover(seen: &Peering, spec: &PeeringSpec) -> bool {
    seen.state == State::Pending
        && is_of_token(seen, spec)
        && meta::same(&seen.meta, &spec.meta)
        && seen.create_index == seen.modify_index
}

/// What a refused call overwrote in a record that stood before, in words; nothing where it changed nothing.
pub fn overwritten(before: &Peering, now: &Peering) -> Option<String> {
    let mut parts = Vec::new();
    if !meta::same(&before.meta, &now.meta) {
        parts.push("meta");
    }
    if before.peer_id != now.peer_id {
        parts.push("peer_id");
    }
    if before.server_name != now.server_name {
        parts.push("peer_server_name and peer_ca_pems");
    }
    if before.state != now.state && now.state == State::Pending {
        parts.push("state (now PENDING)");
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;
    use crate::rules::peering_token::tests::{NOW, plain};
    use crate::rules::spec;

    fn spec(meta: &str) -> PeeringSpec {
        let token = plain(r#"["10.0.0.1:8503"]"#);
        let json = format!(r#"{{"peer_name":"us","peering_token":"{token}","meta":{meta}}}"#);
        spec::peering(&read_json(&json).unwrap(), read_json, NOW).spec.unwrap()
    }

    fn token() -> TokenInfo {
        spec("{}").peering_token.info
    }

    fn dialer(state: State) -> Peering {
        Peering {
            id: "1".into(),
            name: "us".into(),
            state,
            role: Role::Dialer,
            meta: vec![],
            peer_id: Some("p1".into()),
            server_name: Some("server.us.peering.d.consul".into()),
            create_index: 7,
            modify_index: 7,
        }
    }

    fn own() -> Identity {
        Identity { datacenter: Some("eu".into()), trust_domain: Some("d.consul".into()) }
    }

    fn refused(standing: &Peering, replace: bool) -> Option<Code> {
        match before(Some(standing), &token(), &own(), replace) {
            Before::Refuse(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn what_the_same_call_has_begun_is_on_its_way() {
        let spec = spec("{}");
        let now = dialer(State::Establishing);
        assert!(is_on_its_way(&now, &now, &spec));
        assert!(is_on_its_way(&dialer(State::Failing), &now, &spec));
        for state in [State::Pending, State::Failing, State::Terminated, State::Deleting] {
            assert!(!is_on_its_way(&now, &dialer(state), &spec));
        }
        let other = Peering { peer_id: Some("p2".into()), ..dialer(State::Establishing) };
        let labelled = Peering { meta: vec![("a".into(), "1".into())], ..dialer(State::Establishing) };
        for different in [other, labelled] {
            assert!(!is_on_its_way(&different, &now, &spec), "the refused call has written over it");
            assert!(!is_on_its_way(&now, &different, &spec), "another call has written over it");
        }
    }

    #[test]
    fn nothing_stands() {
        assert_eq!(before(None, &token(), &own(), false), Before::Send(None));
    }

    #[test]
    fn an_own_token_needs_datacenter_and_trust_domain() {
        let own = |datacenter: Option<&str>, domain: Option<&str>| Identity {
            datacenter: datacenter.map(Into::into),
            trust_domain: domain.map(Into::into),
        };
        let same = own(Some("us"), Some("d.consul"));
        for replace in [false, true] {
            let Before::Refuse(refusal) = before(None, &token(), &same, replace) else { panic!("sent") };
            assert_eq!(refusal.code, Code::SameCluster);
        }
        assert_eq!(before(None, &token(), &own(Some("eu"), Some("d.consul")), false), Before::Send(None), "federated");
        assert_eq!(before(None, &token(), &own(Some("us"), None), false), Before::Send(None), "left to Consul");
        assert_eq!(before(None, &token(), &own(None, Some("d.consul")), false), Before::Send(None));
        let nameless = TokenInfo { server_name: String::new(), ..token() };
        assert_eq!(before(None, &nameless, &own(None, None), false), Before::Send(None));
    }

    #[test]
    fn the_same_cluster_is_repaired_whatever_its_state() {
        for state in [State::Pending, State::Establishing, State::Failing, State::Terminated, State::Active] {
            assert_eq!(before(Some(&dialer(state.clone())), &token(), &own(), false), Before::Send(None), "{state:?}");
            let other = Peering { peer_id: Some("p2".into()), ..dialer(state.clone()) };
            let expected = (state == State::Active).then_some(Code::PeerMismatch);
            assert_eq!(refused(&other, false), expected, "another record, {state:?}");
            assert_eq!(refused(&other, true), expected, "a usable peering is never deleted, {state:?}");
        }
    }

    #[test]
    fn another_record_of_the_same_cluster_has_a_hint_that_does_not_say_replace() {
        let other = Peering { peer_id: Some("p2".into()), ..dialer(State::Active) };
        let Before::Refuse(refusal) = before(Some(&other), &token(), &own(), false) else { panic!("sent") };
        assert!(refusal.message.contains("p1") && refusal.message.contains("p2"));
        assert!(!refusal.hint.unwrap().contains("replace"));
    }

    #[test]
    fn another_cluster_is_refused_in_every_state_or_replaced() {
        for state in [State::Pending, State::Active, State::Failing, State::Terminated] {
            let other = Peering { server_name: Some("server.ap.peering.x.consul".into()), ..dialer(state) };
            assert_eq!(refused(&other, false), Some(Code::PeerMismatch));
            assert!(matches!(before(Some(&other), &token(), &own(), true), Before::Replace(_)));
        }
    }

    #[test]
    fn without_names_the_record_tells() {
        let nameless =
            |state, peer_id: &str| Peering { server_name: None, peer_id: Some(peer_id.into()), ..dialer(state) };
        assert_eq!(refused(&nameless(State::Active, "p1"), false), None);
        assert_eq!(refused(&nameless(State::Active, "p2"), false), Some(Code::PeerMismatch));
        assert_eq!(refused(&nameless(State::Failing, "p2"), false), Some(Code::PeerMismatch));
        assert_eq!(refused(&nameless(State::Pending, "p2"), false), None);
        assert_eq!(refused(&nameless(State::Terminated, "p2"), false), None);
        let no_tls = TokenInfo { server_name: String::new(), ..token() };
        let other = Peering { peer_id: Some("p2".into()), ..dialer(State::Active) };
        assert!(matches!(before(Some(&other), &no_tls, &own(), false), Before::Refuse(_)));
        let failing = Peering { state: State::Failing, ..other };
        assert!(matches!(before(Some(&failing), &no_tls, &own(), false), Before::Refuse(_)));
        assert_eq!(before(Some(&dialer(State::Active)), &no_tls, &own(), false), Before::Send(None));
    }

    #[test]
    fn the_other_role_and_a_record_on_its_way_out() {
        let acceptor = Peering { role: Role::Acceptor, peer_id: None, ..dialer(State::Active) };
        assert_eq!(refused(&acceptor, false), Some(Code::RoleConflict));
        assert!(matches!(before(Some(&acceptor), &token(), &own(), true), Before::Replace(_)));
        assert_eq!(refused(&dialer(State::Deleting), false), Some(Code::Deleting));
        assert_eq!(before(Some(&dialer(State::Deleting)), &token(), &own(), true), Before::WaitGone);
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
        assert_eq!(overwritten(&before, &before), None);
        let now = Peering {
            state: State::Pending,
            meta: vec![("a".into(), "1".into())],
            peer_id: Some("p2".into()),
            server_name: None,
            ..before.clone()
        };
        assert_eq!(
            overwritten(&before, &now).unwrap(),
            "meta, peer_id, peer_server_name and peer_ca_pems, state (now PENDING)"
        );
        let failing = Peering { state: State::Failing, ..before.clone() };
        assert_eq!(overwritten(&before, &failing), None, "a state that changed by itself");
    }
}
