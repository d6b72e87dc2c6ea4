//! One side of a pair: what stands there, who it is, and what is known of who it is linked with.

use crate::consul::peering::{Peering, Role, State};
use crate::rules::identity::Identity;
use crate::rules::meta::Meta;

/// One side as it was found, and what is wished for it.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What this side calls the other.
    pub name: String,
    pub standing: Option<Peering>,
    pub identity: Identity,
    /// Nothing: keep what stands.
    pub meta: Option<Meta>,
    /// The name of another peering of this cluster that is linked with what stands on the other side.
    pub rival: Option<String>,
    /// An acceptor's: the trust domains in the CAs of whoever has dialled it. None where nobody has.
    pub dialled_by: Vec<String>,
    /// An acceptor's: the datacenter of whoever has dialled it.
    pub dialled_from: Option<String>,
    /// Other peerings of this cluster that may be with the same other cluster.
    pub others: Vec<Side>,
    /// An acceptor's external addresses are named, or it is said that it has none.
    pub addresses_named: bool,
}

impl Side {
    /// What is known from an existing peering alone: itself, the CAs of its remote cluster, and that cluster's datacenter.
    pub fn of(peering: Peering, trust_domains: Vec<String>, datacenter: Option<String>) -> Self {
        Self {
            name: peering.name.clone(),
            standing: Some(peering),
            dialled_by: trust_domains,
            dialled_from: datacenter,
            ..Self::default()
        }
    }

    /// Whether this may be a peering with that cluster. Cheaper than [`peered_as`](Self::peered_as), which reads CAs.
    pub fn may_lead_to(peering: &Peering, datacenter: Option<&str>, other: &Identity) -> bool {
        let (Some(theirs), Some(others)) = (datacenter, &other.datacenter) else { return false };
        !matches!(peering.state, State::Terminated | State::Deleting) && theirs.eq_ignore_ascii_case(others)
    }

    /// The names of other peerings of this cluster with the same other cluster.
    pub fn peered_as(&self, other: &Identity) -> impl Iterator<Item = &str> {
        let with = |side: &&Self| match &side.standing {
            Some(peering) if peering.role == Role::Dialer => side.leads_to(peering).is(other),
            Some(_) => used_by(side, other) == Proof::This,
            None => false,
        };
        self.others.iter().filter(with).map(|side| &*side.name)
    }

    /// The cluster that the existing peering was made with, as far as it is known.
    pub fn leads_to(&self, existing: &Peering) -> Identity {
        match existing.role {
            Role::Dialer => existing.server_name.as_deref().map(Identity::from_server_name).unwrap_or_default(),
            Role::Acceptor => {
                Identity { datacenter: self.dialled_from.clone(), trust_domain: self.dialled_by.first().cloned() }
            }
        }
    }
}

/// Whether `dialer` has dialled what stands as the acceptor on the other side. A PENDING one has only tried to: its
/// token may have been somebody else's by then.
pub fn links(acceptor: &Side, dialer: &Side) -> bool {
    let (Some(accepting), Some(dialling)) = (&acceptor.standing, &dialer.standing) else { return false };
    accepting.role == Role::Acceptor
        && dialling.role == Role::Dialer
        && dialling.state != State::Pending
        && dialling.peer_id.as_deref() == Some(&*accepting.id)
}

/// What is known of who uses an acceptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    This,
    Other(String),
    None,
}

/// Whether it is `cluster` that has dialled the acceptor, by the CAs that it was given.
pub fn used_by(acceptor: &Side, cluster: &Identity) -> Proof {
    let Some(ours) = &cluster.trust_domain else { return Proof::None };
    let Some(theirs) = acceptor.dialled_by.first() else { return Proof::None };
    if !acceptor.dialled_by.contains(ours) {
        return Proof::Other(theirs.clone());
    }
    // Federated datacenters share a trust domain.
    match (&acceptor.dialled_from, &cluster.datacenter) {
        (Some(theirs), Some(ours)) if !theirs.eq_ignore_ascii_case(ours) => Proof::Other(theirs.clone()),
        _ => Proof::This,
    }
}
