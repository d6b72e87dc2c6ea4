//! Two clusters and the peering between them.

pub mod cluster_peerings;
pub mod connect;
mod delete_side;
mod export_hint;
pub mod link;
mod link_timing;
pub mod new_token;
pub mod offline_plan;
mod wait_for_change;

use std::rc::Rc;

use futures_util::future::try_join;

use self::cluster_peerings::{ClusterPeerings, ListedPeering, fetch_cluster_peerings};
use crate::consul::cluster::Cluster;
use crate::consul::peering::{Peering, Role, State};
use crate::decide::leftover::Leftover;
use crate::decide::plan::{Conflict, Plan, plan};
use crate::decide::progress::{Kind, ProgressCode, StepCode};
use crate::decide::side::{Listed as _, Side};
use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::client::Client;
use crate::operations::error::{Error, Location};
use crate::operations::left_behind::{LeftBehind, PartLeftovers, without_superseded};
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
    read: Option<Rc<ClusterPeerings<H::Value>>>,
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
        Ok(client)
    }

    /// Reads what exists on this cluster; in a mesh, together with its other pairs.
    async fn fetch(&self, call: &Rc<Call<H>>, mesh: Option<&Mesh<H>>) -> Outcome<H, Rc<ClusterPeerings<H::Value>>> {
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
    fn report_state(&mut self, call: &Call<H>) {
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
    fn to_side(&self, other: &Self) -> Side {
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

/// The first is requested as the acceptor, the second as the dialer.
pub struct Pair<H: Host> {
    pub members: [Member<H>; 2],
    pub leftovers: Rc<PartLeftovers>,
}

impl<H: Host> Pair<H> {
    pub fn new(call: &Call<H>, [acceptor, dialer]: [Member<H>; 2]) -> Self {
        Self { members: [acceptor, dialer], leftovers: call.leftovers.open() }
    }

    pub fn member(&self, role: Role) -> &Member<H> {
        &self.members[if role == Role::Acceptor { 0 } else { 1 }]
    }

    /// Reads both sides; in a mesh, together with the other pairs of these clusters.
    pub async fn fetch(&mut self, call: &Rc<Call<H>>, mesh: Option<&Mesh<H>>) -> Outcome<H, ()> {
        let [a, b] = &self.members;
        let (a, b) = try_join(self.fetch_member(call, a, mesh), self.fetch_member(call, b, mesh)).await?;
        for (member, read) in self.members.iter_mut().zip([a, b]) {
            let identity = &read.identity;
            if identity.datacenter.is_some() && identity.trust_domain.is_some() {
                member.identity = Some(identity.clone());
            }
            member.read = Some(read);
        }
        self.find(call);
        self.update_leftovers();
        Ok(())
    }

    /// Reads one side.
    async fn fetch_member(
        &self,
        call: &Rc<Call<H>>,
        member: &Member<H>,
        mesh: Option<&Mesh<H>>,
    ) -> Outcome<H, Rc<ClusterPeerings<H::Value>>> {
        let read = member.fetch(call, mesh).await?;
        let found = read.peerings.iter().find(|listed| listed.peering.name == member.peer_name);
        self.resolve_leftovers(member, found.map(|listed| &listed.peering));
        Ok(read)
    }

    /// The read that failed has succeeded now.
    fn update_leftovers(&self) {
        self.leftovers.update(|left| match self.members.iter().find(|member| member.is_at(&left)) {
            Some(member) if left.code.is_unread() => {
                let existing = member.existing.as_ref()?;
                Some(member.left_behind(Leftover::exists(&member.peer_name, &existing.peering)))
            }
            _ => Some(left),
        });
    }

    /// A successful read resolves leftovers, even if the other side cannot be read.
    pub fn resolve_leftovers(&self, member: &Member<H>, found: Option<&Peering>) {
        self.leftovers.retain(|left| !(member.is_at(left) && left.code.is_resolved_by(found)));
    }

    /// The same after a part of the call that may have read that the peering does not exist.
    pub fn resolve_missing(&self, member: &Member<H>, part: Client<H>) {
        if part.is_missing.get() {
            self.resolve_leftovers(member, None);
        }
    }

    /// Finds the peering of this pair on both sides.
    pub fn find(&mut self, call: &Call<H>) {
        for member in &mut self.members {
            let found = member.peerings().iter().find(|listed| listed.peering.name == member.peer_name);
            let existing = found.map(|listed| Existing {
                object: listed.object(),
                side: Rc::new(listed.side()),
                peering: listed.peering.clone(),
            });
            member.existing = existing;
            member.report_state(call);
        }
    }

    pub fn sides(&self) -> [Side; 2] {
        let [a, b] = &self.members;
        [a.to_side(b), b.to_side(a)]
    }

    pub fn plan(&self) -> Result<Plan, Conflict> {
        let [acceptor, dialer] = self.sides();
        plan(&acceptor, &dialer)
    }

    pub fn conflict(&self, Conflict { on, refusal, may_be_concurrent_call }: Conflict) -> Error<H::Value> {
        let member = self.member(on);
        let mut error = member.failed(Error::from(refusal)).with_peering(member.object());
        error.retryable = may_be_concurrent_call;
        error
    }

    /// The error of a call on this pair, with the pair's leftovers.
    pub fn complete(&self, mut error: Error<H::Value>) -> Error<H::Value> {
        error.left_behind.extend(self.leftovers.all());
        error.left_behind = without_superseded(std::mem::take(&mut error.left_behind));
        error
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
