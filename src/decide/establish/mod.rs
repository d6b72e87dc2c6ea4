//! The preflight check of an establish, and how a refused one is classified.
//!
//! Consul processes another cluster's token far enough to break a live dialer, and a refused call overwrites the
//! existing record. So the token is compared with the existing peering before it is sent, and a refusal is classified
//! afterwards.

mod after;

pub use after::{Refused, after_refusal, is_as_requested, is_of_token, is_own_leftover, overwritten};

use super::preflight::{Preflight, Refusal, cannot_serve};

use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::identity::Identity;
use crate::rules::rebuilt;
use crate::rules::token_info::TokenInfo;

/// Compares a token with the identity of this cluster and the existing peering of that name.
pub fn preflight(existing: Option<&Peering>, token: &TokenInfo, own: &Identity, replace: bool) -> Preflight {
    if !token.server_name.is_empty() && own.server_name().as_deref() == Some(&*token.server_name) {
        return Preflight::Refuse(Refusal::new(
            Code::SameCluster,
            format!("the token was made by this cluster itself ({})", token.server_name),
        ));
    }
    let Some(existing) = existing else { return Preflight::Send(None) };
    let name = &existing.name;
    if existing.state == State::Deleting {
        return if replace {
            Preflight::WaitGone
        } else {
            Preflight::Refuse(Refusal::new(Code::Deleting, format!("\"{name}\" is being deleted")))
        };
    }
    if existing.role == Role::Acceptor {
        let why = format!("\"{name}\" is an acceptor here: it has made a token and waits to be dialed");
        return cannot_serve(Refusal::new(Code::RoleConflict, why), replace);
    }
    let other_record = existing.peer_id.as_deref() != Some(&*token.peer_id);
    match existing.server_name.as_deref() {
        Some(linked_with) if !token.server_name.is_empty() && linked_with != token.server_name => {
            let why = format!("\"{name}\" is linked with {linked_with}, and the token leads to {}", token.server_name);
            let mut refusal = Refusal::new(Code::PeerMismatch, why);
            let (made_with, now) =
                (Identity::from_server_name(linked_with), Identity::from_server_name(&token.server_name));
            if let Some(finding) = rebuilt::finding(name, &made_with, &now, rebuilt::ESTABLISH_AGAIN) {
                refusal.hint = rebuilt::ESTABLISH_AGAIN;
                refusal.message.clone_from(&finding.message);
                refusal.findings.push(finding);
            }
            cannot_serve(refusal, replace)
        }
        Some(_) if !token.server_name.is_empty() && other_record && existing.state == State::Active => {
            let message = format!(
                "\"{name}\" is ACTIVE and linked with record {} over there; the token is for record {}",
                existing.peer_id.as_deref().unwrap_or("(none)"),
                token.peer_id
            );
            // Usable and of the same cluster: never deleted because it conflicts.
            const HINT: &str = "Generate the token under the name that the other cluster knows this one by, or choose another name here. If the record over there was deleted a moment ago, wait until this side says TERMINATED.";
            Preflight::Refuse(Refusal { hint: HINT, ..Refusal::new(Code::PeerMismatch, message) })
        }
        Some(_) if !token.server_name.is_empty() => Preflight::Send(None),
        // Without TLS there are no server names: only the record identifies the peer.
        _ if other_record && !matches!(existing.state, State::Pending | State::Terminated) => {
            let why = format!("\"{name}\" is linked with another record than the token's");
            cannot_serve(Refusal::new(Code::PeerMismatch, why), replace)
        }
        _ => Preflight::Send(None),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;
    use crate::rules::peering_token::tests::{NOW, plain};
    use crate::rules::spec::{self, PeeringSpec};

    pub fn spec(meta: &str) -> PeeringSpec {
        let token = plain(r#"["1.2.3.4:8503"]"#);
        let json = format!(r#"{{"peer_name":"us","peering_token":"{token}","meta":{meta}}}"#);
        spec::peering(&read_json(&json).unwrap(), read_json, NOW).spec.unwrap()
    }

    fn token() -> TokenInfo {
        spec("{}").peering_token.info
    }

    pub fn dialer(state: State) -> Peering {
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

    fn refused(existing: &Peering, replace: bool) -> Option<Code> {
        match preflight(Some(existing), &token(), &own(), replace) {
            Preflight::Refuse(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn sends_when_no_peering_exists() {
        assert_eq!(preflight(None, &token(), &own(), false), Preflight::Send(None));
    }

    #[test]
    fn an_own_token_needs_datacenter_and_trust_domain() {
        let own = |datacenter: Option<&str>, domain: Option<&str>| Identity {
            datacenter: datacenter.map(Into::into),
            trust_domain: domain.map(Into::into),
        };
        let same = own(Some("us"), Some("d.consul"));
        for replace in [false, true] {
            let Preflight::Refuse(refusal) = preflight(None, &token(), &same, replace) else { panic!("sent") };
            assert_eq!(refusal.code, Code::SameCluster);
        }
        assert_eq!(
            preflight(None, &token(), &own(Some("eu"), Some("d.consul")), false),
            Preflight::Send(None),
            "federated"
        );
        assert_eq!(preflight(None, &token(), &own(Some("us"), None), false), Preflight::Send(None), "left to Consul");
        assert_eq!(preflight(None, &token(), &own(None, Some("d.consul")), false), Preflight::Send(None));
        let nameless = TokenInfo { server_name: String::new(), ..token() };
        assert_eq!(preflight(None, &nameless, &own(None, None), false), Preflight::Send(None));
    }

    #[test]
    fn the_same_cluster_is_repaired_whatever_its_state() {
        for state in [State::Pending, State::Establishing, State::Failing, State::Terminated, State::Active] {
            assert_eq!(
                preflight(Some(&dialer(state.clone())), &token(), &own(), false),
                Preflight::Send(None),
                "{state:?}"
            );
            let other = Peering { peer_id: Some("p2".into()), ..dialer(state.clone()) };
            let expected = (state == State::Active).then_some(Code::PeerMismatch);
            assert_eq!(refused(&other, false), expected, "another record, {state:?}");
            assert_eq!(refused(&other, true), expected, "a usable peering is never deleted, {state:?}");
        }
    }

    #[test]
    fn for_another_record_of_the_same_cluster_the_hint_is_not_replace() {
        let other = Peering { peer_id: Some("p2".into()), ..dialer(State::Active) };
        let Preflight::Refuse(refusal) = preflight(Some(&other), &token(), &own(), false) else { panic!("sent") };
        assert!(refusal.message.contains("p1") && refusal.message.contains("p2"));
        assert!(!refusal.hint.contains("replace"));
    }

    #[test]
    fn another_cluster_is_refused_in_every_state_or_replaced() {
        for state in [State::Pending, State::Active, State::Failing, State::Terminated] {
            let other = Peering { server_name: Some("server.ap.peering.x.consul".into()), ..dialer(state) };
            assert_eq!(refused(&other, false), Some(Code::PeerMismatch));
            assert!(matches!(preflight(Some(&other), &token(), &own(), true), Preflight::Replace(_)));
        }
    }

    #[test]
    fn without_server_names_the_record_identifies_the_peer() {
        let nameless =
            |state, peer_id: &str| Peering { server_name: None, peer_id: Some(peer_id.into()), ..dialer(state) };
        assert_eq!(refused(&nameless(State::Active, "p1"), false), None);
        assert_eq!(refused(&nameless(State::Active, "p2"), false), Some(Code::PeerMismatch));
        assert_eq!(refused(&nameless(State::Failing, "p2"), false), Some(Code::PeerMismatch));
        assert_eq!(refused(&nameless(State::Pending, "p2"), false), None);
        assert_eq!(refused(&nameless(State::Terminated, "p2"), false), None);
        let no_tls = TokenInfo { server_name: String::new(), ..token() };
        let other = Peering { peer_id: Some("p2".into()), ..dialer(State::Active) };
        assert!(matches!(preflight(Some(&other), &no_tls, &own(), false), Preflight::Refuse(_)));
        let failing = Peering { state: State::Failing, ..other };
        assert!(matches!(preflight(Some(&failing), &no_tls, &own(), false), Preflight::Refuse(_)));
        assert_eq!(preflight(Some(&dialer(State::Active)), &no_tls, &own(), false), Preflight::Send(None));
    }

    #[test]
    fn a_rebuilt_cluster_is_recognised() {
        let rebuilt = Peering { server_name: Some("server.us.peering.old.consul".into()), ..dialer(State::Failing) };
        let Preflight::Refuse(refusal) = preflight(Some(&rebuilt), &token(), &own(), false) else { panic!("sent") };
        assert_eq!((refusal.code, refusal.findings[0].rule), (Code::PeerMismatch, "rebuilt"));
        assert!(refusal.message.contains("the cluster was rebuilt"), "{}", refusal.message);
        assert!(refusal.hint.contains("the replace option"));
        assert!(matches!(preflight(Some(&rebuilt), &token(), &own(), true), Preflight::Replace(_)));
        let other = Peering { server_name: Some("server.ap.peering.x.consul".into()), ..dialer(State::Failing) };
        let Preflight::Refuse(refusal) = preflight(Some(&other), &token(), &own(), false) else { panic!("sent") };
        assert_eq!(refusal.findings, []);
    }

    #[test]
    fn another_role_or_a_deleting_record() {
        let acceptor = Peering { role: Role::Acceptor, peer_id: None, ..dialer(State::Active) };
        assert_eq!(refused(&acceptor, false), Some(Code::RoleConflict));
        assert!(matches!(preflight(Some(&acceptor), &token(), &own(), true), Preflight::Replace(_)));
        assert_eq!(refused(&dialer(State::Deleting), false), Some(Code::Deleting));
        assert_eq!(preflight(Some(&dialer(State::Deleting)), &token(), &own(), true), Preflight::WaitGone);
    }
}
