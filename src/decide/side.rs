//! One side of a pair: its peering, its identity, and what is known of the cluster it is linked with.

use crate::consul::peering::{Peering, Role, State};
use crate::rules::identity::Identity;
use crate::rules::meta::Meta;

/// One side as it was read, and what is requested for it.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// This side's name for the other.
    pub name: String,
    pub existing: Option<Peering>,
    pub identity: Identity,
    /// The requested meta; None keeps the existing one.
    pub meta: Option<Meta>,
    /// Another peering of this cluster that is linked with the existing one of the other side.
    pub conflicting: Option<String>,
    /// An acceptor's: the trust domains in the CAs of its dialers; empty if it has none.
    pub dialed_by: Vec<String>,
    /// An acceptor's: the datacenter of its dialer.
    pub dialed_from: Option<String>,
    /// Other peerings of this cluster that may be with the same other cluster.
    pub others: Vec<Side>,
    /// An acceptor's external addresses are passed, or passed as empty.
    pub addresses_named: bool,
}

/// A peering in the list of one cluster.
pub trait Listed {
    fn peering(&self) -> &Peering;
    /// The remote cluster's.
    fn datacenter(&self) -> Option<&str>;
    /// All that is known from it alone.
    fn side(&self) -> Side;
}

impl Side {
    /// What an existing peering alone shows: itself, the CAs of its remote cluster, and that cluster's datacenter.
    pub fn from_peering(peering: Peering, trust_domains: Vec<String>, datacenter: Option<String>) -> Self {
        Self {
            name: peering.name.clone(),
            existing: Some(peering),
            dialed_by: trust_domains,
            dialed_from: datacenter,
            ..Self::default()
        }
    }

    /// The same, with what all peerings of its cluster say of the other side: its identity, and the peering there.
    pub fn with_peerings_of(self, peerings: &[impl Listed], other: &Identity, there: Option<&Peering>) -> Self {
        let others = || peerings.iter().filter(|listed| listed.peering().name != self.name);
        let linked = |here: &&Peering| {
            there.is_some_and(|there| {
                there.peer_id.as_ref() == Some(&here.id) || here.peer_id.as_ref() == Some(&there.id)
            })
        };
        let conflicting = others().map(Listed::peering).find(linked).map(|here| here.name.clone());
        let others = others().filter(|listed| Side::may_lead_to(listed.peering(), listed.datacenter(), other));
        let others = others.map(Listed::side).collect();
        Self { conflicting, others, ..self }
    }

    /// Whether this may be a peering with that cluster. Cheaper than [`peered_as`](Self::peered_as), which reads CAs.
    pub fn may_lead_to(peering: &Peering, datacenter: Option<&str>, other: &Identity) -> bool {
        let (Some(remote), Some(others)) = (datacenter, &other.datacenter) else { return false };
        !matches!(peering.state, State::Terminated | State::Deleting) && remote.eq_ignore_ascii_case(others)
    }

    /// The names of other peerings of this cluster with the same other cluster.
    pub fn peered_as(&self, other: &Identity) -> impl Iterator<Item = &str> {
        let with = |side: &&Self| match &side.existing {
            Some(peering) if peering.role == Role::Dialer => side.leads_to(peering).is(other),
            Some(_) => usage_by(side, other) == Usage::This,
            None => false,
        };
        self.others.iter().filter(with).map(|side| &*side.name)
    }

    /// The identity of the cluster that the existing peering was created with, as far as it is known.
    pub fn leads_to(&self, existing: &Peering) -> Identity {
        match existing.role {
            Role::Dialer => existing.server_name.as_deref().map(Identity::from_server_name).unwrap_or_default(),
            Role::Acceptor => {
                Identity { datacenter: self.dialed_from.clone(), trust_domain: self.dialed_by.first().cloned() }
            }
        }
    }
}

/// Whether the existing dialer of one side has dialed the existing acceptor of the other.
pub fn are_linked(acceptor: &Side, dialer: &Side) -> bool {
    let (Some(accepting), Some(dialing)) = (&acceptor.existing, &dialer.existing) else { return false };
    dialing.has_dialed(accepting)
}

/// What is known of the cluster that uses an acceptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    This,
    Other(String),
    None,
}

/// Whether `cluster` has dialed the acceptor, by the CAs that the acceptor received.
pub fn usage_by(acceptor: &Side, cluster: &Identity) -> Usage {
    let Some(expected) = &cluster.trust_domain else { return Usage::None };
    let Some(remote) = acceptor.dialed_by.first() else { return Usage::None };
    if !acceptor.dialed_by.contains(expected) {
        return Usage::Other(remote.clone());
    }
    // Federated datacenters share a trust domain.
    match (&acceptor.dialed_from, &cluster.datacenter) {
        (Some(remote), Some(expected)) if !remote.eq_ignore_ascii_case(expected) => Usage::Other(remote.clone()),
        (Some(_), None) => Usage::None,
        _ => Usage::This,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consul::peering::State::{Active, Deleting, Terminated};

    struct Row(Peering, Option<&'static str>);

    impl Listed for Row {
        fn peering(&self) -> &Peering {
            &self.0
        }

        fn datacenter(&self) -> Option<&str> {
            self.1
        }

        fn side(&self) -> Side {
            Side::from_peering(self.0.clone(), vec!["e.consul".into()], self.1.map(str::to_owned))
        }
    }

    fn peering(id: &str, role: Role, state: State) -> Peering {
        Peering {
            id: id.into(),
            name: format!("name-{id}"),
            state,
            role,
            meta: vec![],
            peer_id: None,
            server_name: None,
            create_index: 1,
            modify_index: 1,
        }
    }

    fn eu() -> Identity {
        Identity { datacenter: Some("eu".into()), trust_domain: Some("e.consul".into()) }
    }

    #[test]
    fn the_list_shows_other_peerings_with_the_same_cluster() {
        let list = [
            Row(peering("own", Role::Acceptor, Active), Some("eu")),
            Row(peering("1", Role::Acceptor, Active), Some("EU")),
            Row(peering("2", Role::Acceptor, Active), Some("ap")),
            Row(peering("3", Role::Acceptor, Active), None),
            Row(peering("4", Role::Acceptor, Terminated), Some("eu")),
            Row(peering("5", Role::Acceptor, Deleting), Some("eu")),
            Row(
                Peering {
                    server_name: Some("server.ap.peering.e.consul".into()),
                    ..peering("6", Role::Dialer, Active)
                },
                Some("eu"),
            ),
            Row(
                Peering {
                    server_name: Some("server.eu.peering.e.consul".into()),
                    ..peering("7", Role::Dialer, Active)
                },
                Some("eu"),
            ),
        ];
        let own = || list[0].side();
        assert_eq!((own().name, own().dialed_from), ("name-own".to_owned(), Some("eu".to_owned())));
        let side = own().with_peerings_of(&list, &eu(), None);
        assert_eq!(side.others.iter().map(|other| &*other.name).collect::<Vec<_>>(), ["name-1", "name-6", "name-7"]);
        assert_eq!(side.peered_as(&eu()).collect::<Vec<_>>(), ["name-1", "name-7"], "not by its datacenter alone");
        assert_eq!(side.conflicting, None);
        let unknown = own().with_peerings_of(&list, &Identity::default(), None);
        assert!(unknown.others.is_empty());
    }

    #[test]
    fn another_peering_that_is_linked_with_the_other_side_conflicts() {
        let dials = |id: &str, peer: &str| Peering { peer_id: Some(peer.into()), ..peering(id, Role::Dialer, Active) };
        let list = [Row(dials("own", "x"), None), Row(dials("1", "there"), None), Row(dials("2", "y"), None)];
        let conflicting = |there: Peering| list[0].side().with_peerings_of(&list, &eu(), Some(&there)).conflicting;
        assert_eq!(conflicting(peering("there", Role::Acceptor, Active)), Some("name-1".into()), "it dials that one");
        assert_eq!(conflicting(dials("there-too", "2")), Some("name-2".into()), "that one dials it");
        assert_eq!(conflicting(dials("x", "own")), None, "its own");
    }
}
