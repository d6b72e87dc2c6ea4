//! One cluster of a pair.

use std::cell::Cell;
use std::rc::Rc;

use super::cluster_peerings::{ClusterPeerings, ListedPeering, fetch_cluster_peerings};
use crate::consul::cluster::Cluster;
use crate::consul::peering::{Peering, State};
use crate::decide::leftover::Leftover;
use crate::decide::progress::{Kind, ProgressCode, StepCode};
use crate::decide::side::Side;
use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::client::Client;
use crate::operations::error::{Error, Location};
use crate::operations::left_behind::LeftBehind;
use crate::operations::mesh::Mesh;
use crate::rules::duration::Duration;
use crate::rules::finding::Finding;
use crate::rules::identity::Identity;
use crate::rules::meta::Meta;
use crate::rules::peer_name::PeerName;

/// One cluster of a pair, and the request for it.
#[derive(Clone)]
pub struct Member<H: Host> {
    pub host: H,
    pub cluster: Cluster,
    /// This cluster's name for the other.
    pub peer_name: PeerName,
    /// The other cluster's name for this one.
    pub alias: PeerName,
    /// None keeps that of an existing peering.
    pub meta: Option<Meta>,
    /// An acceptor's. None if they were not passed.
    pub external_addresses: Option<Vec<String>>,
    /// The findings that are not errors.
    pub warnings: Vec<Finding>,
    /// Its identity, once it is fully known: it does not change.
    pub identity: Option<Identity>,
    has_gateway: Rc<Cell<bool>>,
    pub(super) read: Option<Rc<ClusterPeerings<H::Value>>>,
    /// The existing peering of this pair.
    pub existing: Option<Existing<H::Value>>,
    reported: Option<State>,
}

/// The peering of this pair, as it was read.
#[derive(Clone)]
pub struct Existing<V> {
    pub object: V,
    pub side: Rc<Side>,
    pub peering: Peering,
}

impl<H: Host> Member<H> {
    pub fn new(host: H, cluster: Cluster, peer_name: PeerName, alias: PeerName) -> Self {
        Self {
            host,
            cluster,
            peer_name,
            alias,
            meta: None,
            external_addresses: None,
            warnings: Vec::new(),
            identity: None,
            has_gateway: Rc::default(),
            read: None,
            existing: None,
            reported: None,
        }
    }

    /// The same, for another pair.
    pub fn named(&self, peer_name: &PeerName) -> Self {
        Self { peer_name: peer_name.clone(), ..self.clone() }
    }

    /// A client for one part of the call. Fails after the deadline, which may have passed while the process was
    /// stopped.
    pub fn client(&self, call: &Rc<Call<H>>) -> Outcome<H, Client<H>> {
        let remaining = call.remaining();
        if remaining == Duration::ZERO {
            return Err(call.timed_out());
        }
        let name = Some(self.peer_name.clone());
        let mut client = Client::new(call, self.host.clone(), self.cluster.clone(), name, remaining);
        client.of_pair = true;
        client.identity.clone_from(&self.identity);
        client.has_gateway = self.has_gateway.clone();
        Ok(client)
    }

    /// Reads what exists on this cluster; in a mesh, together with its other pairs.
    pub(super) async fn fetch(
        &self,
        call: &Rc<Call<H>>,
        mesh: Option<&Mesh<H>>,
    ) -> Outcome<H, Rc<ClusterPeerings<H::Value>>> {
        match mesh {
            Some(mesh) => mesh.fetch(call, self).await,
            None => self.fetch_alone(call).await,
        }
    }

    pub async fn fetch_alone(&self, call: &Rc<Call<H>>) -> Outcome<H, Rc<ClusterPeerings<H::Value>>> {
        let client = self.client(call)?;
        client.within(fetch_cluster_peerings(&client)).await.map(Rc::new)
    }

    /// Reports the findings that are not errors.
    pub fn warn(&self, call: &Call<H>) {
        for finding in &self.warnings {
            call.warn(&self.location(), finding, self.cluster.secrets());
        }
    }

    pub fn location(&self) -> Location {
        Location { cluster: self.cluster.address.clone(), peer_name: Some(self.peer_name.clone()), of_pair: true }
    }

    /// A failure on this side.
    pub fn failed(&self, mut error: Error<H::Value>) -> Error<H::Value> {
        error.location = Some(self.location());
        error
    }

    pub fn state(&self) -> Option<&State> {
        self.existing.as_ref().map(|existing| &existing.peering.state)
    }

    pub fn object(&self) -> Option<H::Value> {
        self.existing.as_ref().map(|existing| existing.object.clone())
    }

    pub fn peerings(&self) -> &[ListedPeering<H::Value>] {
        self.read.as_ref().map_or(&[], |read| &read.peerings)
    }

    /// Its servers' name, which is its own alone, once its identity is known.
    pub fn server_name(&self) -> Option<String> {
        self.identity.as_ref()?.server_name()
    }

    /// As far as it is known.
    pub fn known_identity(&self) -> Identity {
        self.read.as_ref().map(|read| read.identity.clone()).unwrap_or_default()
    }

    pub fn report(&self, call: &Call<H>, kind: Kind, code: ProgressCode, text: &str, state: Option<&str>) {
        call.report(kind, code, &self.cluster.address, Some(&self.peer_name), text, state);
    }

    pub fn step(&self, call: &Call<H>, code: StepCode, text: &str) {
        self.report(call, Kind::Step, ProgressCode::Step(code), text, None);
    }

    /// Reports the peering's state if it has changed.
    pub(super) fn report_state(&mut self, call: &Call<H>) {
        let state = self.state().cloned();
        if let Some(state) = state.as_ref().filter(|state| self.reported.as_ref() != Some(state)) {
            let text = format!("peering \"{}\" is {state}", self.peer_name);
            let code = ProgressCode::Kind(Kind::State);
            self.report(call, Kind::State, code, &text, Some(&state.to_string()));
        }
        self.reported = state;
    }

    pub fn left_behind(&self, leftover: Leftover) -> LeftBehind {
        LeftBehind::new(&self.cluster.address, &self.peer_name, leftover)
    }

    /// Whether this peering is the leftover.
    pub fn is_at(&self, left: &LeftBehind) -> bool {
        self.cluster.address == left.cluster && left.peer_name == self.peer_name
    }

    /// For decisions, together with the `other` one.
    pub(super) fn to_side(&self, other: &Self) -> Side {
        let there = other.existing.as_ref().map(|existing| &existing.peering);
        let side = Side {
            name: self.peer_name.to_string(),
            identity: self.known_identity(),
            meta: self.meta.clone(),
            addresses_named: self.external_addresses.is_some(),
            ..self.existing.as_ref().map(|existing| (*existing.side).clone()).unwrap_or_default()
        };
        side.with_peerings_of(self.peerings(), &other.known_identity(), there)
    }
}
