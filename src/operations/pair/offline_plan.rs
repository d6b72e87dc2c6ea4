//! Clusters as their caller has read them: plans without a request.

use super::cluster_peerings::ListedPeering;
use crate::decide::plan::{self, Conflict, Plan};
use crate::decide::side::{Listed as _, Side};
use crate::host::HostValue;
use crate::host::data::Data;
use crate::rules::identity::Identity;
use crate::rules::spec::TokenSpec;

/// One cluster, and what is requested for its side of a pair.
pub struct ClusterSnapshot {
    request: TokenSpec,
    identity: Identity,
    peerings: Vec<ListedPeering<Data>>,
}

impl ClusterSnapshot {
    /// `list`: the response of `GET /v1/peerings`. None if something in it is not a peering.
    pub fn read(request: TokenSpec, identity: Identity, list: &Data) -> Option<Self> {
        let peerings = list.items()?.into_iter().map(ListedPeering::read).collect::<Option<_>>()?;
        Some(Self { request, identity, peerings })
    }

    fn existing(&self) -> Option<&ListedPeering<Data>> {
        self.peerings.iter().find(|listed| listed.peering.name == *self.request.peer_name)
    }

    fn to_side(&self, other: &Self) -> Side {
        let side = Side {
            name: self.request.peer_name.to_string(),
            identity: self.identity.clone(),
            meta: self.request.meta.clone(),
            addresses_named: self.request.server_external_addresses.is_some(),
            ..self.existing().map(|listed| listed.side()).unwrap_or_default()
        };
        side.with_peerings_of(&self.peerings, &other.identity, other.existing().map(|listed| &listed.peering))
    }
}

/// The steps that link both, as [`plan`](plan::plan) finds them.
pub fn plan(acceptor: &ClusterSnapshot, dialer: &ClusterSnapshot) -> Result<Plan, Conflict> {
    plan::plan(&acceptor.to_side(dialer), &dialer.to_side(acceptor))
}
