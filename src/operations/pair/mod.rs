//! Two clusters and the peering between them.

pub mod cluster_peerings;
pub mod connect;
mod delete_side;
mod export_hint;
pub mod link;
mod link_timing;
mod member;
pub mod new_token;
pub mod offline_plan;
mod wait_for_change;

use std::rc::Rc;

use futures_util::future::try_join;

use self::cluster_peerings::ClusterPeerings;
pub use self::member::{Existing, Member};
use crate::consul::peering::{Peering, Role};
use crate::decide::leftover::Leftover;
use crate::decide::plan::{Conflict, Plan, plan};
use crate::decide::side::{Listed as _, Side};
use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::client::Client;
use crate::operations::error::Error;
use crate::operations::left_behind::{PartLeftovers, without_superseded};
use crate::operations::mesh::Mesh;

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
