//! Clusters as their caller has read them: plans without a request.

use super::plan::{self, Conflict, Plan};
use super::side::{Listed, Side};
use crate::consul::peering::Peering;
use crate::rules::certificate;
use crate::rules::identity::Identity;
use crate::rules::spec::TokenSpec;
use crate::rules::value::Value;

/// One cluster, and what is requested for its side of a pair.
pub struct Snapshot {
    request: TokenSpec,
    identity: Identity,
    peerings: Vec<Known>,
}

/// A peering, with what Consul's list has of it.
struct Known {
    peering: Peering,
    datacenter: Option<String>,
    trust_domains: Vec<String>,
}

impl Listed for Known {
    fn peering(&self) -> &Peering {
        &self.peering
    }

    fn datacenter(&self) -> Option<&str> {
        self.datacenter.as_deref()
    }

    fn side(&self) -> Side {
        Side::of(self.peering.clone(), self.trust_domains.clone(), self.datacenter.clone())
    }
}

impl Known {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            peering: Peering::read(value)?,
            datacenter: value.get("Remote").get("Datacenter").filled(),
            trust_domains: value
                .get("PeerCAPems")
                .texts()
                .iter()
                .filter_map(|pem| certificate::read(pem)?.trust_domain)
                .collect(),
        })
    }
}

impl Snapshot {
    /// `list`: the response of `GET /v1/peerings`. None if something in it is not a peering.
    pub fn read(request: TokenSpec, identity: Identity, list: &Value) -> Option<Self> {
        let Value::List(items) = list else { return None };
        let peerings = items.iter().map(Known::read).collect::<Option<_>>()?;
        Some(Self { request, identity, peerings })
    }

    fn existing(&self) -> Option<&Known> {
        self.peerings.iter().find(|known| known.peering.name == *self.request.peer_name)
    }

    fn to_side(&self, other: &Self) -> Side {
        let side = Side {
            name: self.request.peer_name.to_string(),
            identity: self.identity.clone(),
            meta: self.request.meta.clone(),
            addresses_named: self.request.server_external_addresses.is_some(),
            ..self.existing().map(Listed::side).unwrap_or_default()
        };
        side.among(&self.peerings, &other.identity, other.existing().map(Listed::peering))
    }
}

/// The steps that link both, as [`plan`](plan::plan) finds them.
pub fn plan(acceptor: &Snapshot, dialer: &Snapshot) -> Result<Plan, Conflict> {
    plan::plan(&acceptor.to_side(dialer), &dialer.to_side(acceptor))
}
