//! Plans how to connect two clusters: from the peerings on both sides to the next steps, with their reasons.
//!
//! Level-triggered: it depends on what exists, not on what was done, so an interrupted connect resumes by planning
//! again. A peering that another owner may use is never changed: the plan is refused.

use serde::Serialize;

use super::side::{Side, are_linked};
use crate::codes::codes;
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta;

mod checks;
mod conflict;
mod disconnect;
mod rotation;
mod steps;

pub use conflict::Conflict;
use conflict::conflict;
pub use disconnect::disconnect;
pub use rotation::rotate;
pub use steps::ACCEPTOR_DELETED;

codes! {
    Action {
        Delete = "delete",
        Wait = "wait",
        Generate = "generate",
        Establish = "establish",
    }
}

codes! {
    /// Why a step is needed.
    StepReason {
        /// No peering exists on either side.
        NoPeering = "no_peering",
        /// The acceptor's token was never used.
        TokenUnused = "token_unused",
        /// The dialer is PENDING: its token was refused.
        DialerPending = "dialer_pending",
        /// The dialer is TERMINATED.
        DialerTerminated = "dialer_terminated",
        /// The dialer's acceptor does not exist.
        AcceptorGone = "acceptor_gone",
        /// The dialer's acceptor was deleted, and another exists under its name.
        AcceptorRecreated = "acceptor_recreated",
        /// The acceptor is TERMINATED.
        AcceptorTerminated = "acceptor_terminated",
        /// The acceptor's dialer does not exist.
        DialerGone = "dialer_gone",
        /// The acceptor is deleted in a step before.
        AcceptorDeleted = "acceptor_deleted",
        /// The dialer's meta changes.
        MetaChanged = "meta_changed",
        /// The peering is being deleted.
        Deleting = "deleting",
        /// The peering is linked and not ACTIVE yet.
        NotActive = "not_active",
        /// The step before generates a token.
        NewToken = "new_token",
        /// The caller requests a rotation.
        Requested = "requested",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// On which side, as the plan's caller named them.
    pub on: Role,
    pub action: Action,
    pub code: StepReason,
    pub reason: String,
}

codes! {
    /// A difference from the request that cannot be changed, or a working state that needs attention.
    NoteCode {
        /// The acceptor keeps its meta.
        AcceptorMetaKept = "acceptor_meta_kept",
        /// Another peering of the same clusters exists.
        OtherPeering = "other_peering",
        /// Two aliases of a mesh are the same cluster.
        SameCluster = "same_cluster",
        /// The acceptor's servers peer through mesh gateways, and none is registered.
        NoGateway = "no_gateway",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    pub code: NoteCode,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In order. The steps after a `Wait` or a `Delete` are a prediction; connect plans again then.
    pub steps: Vec<Step>,
    pub notes: Vec<Note>,
    /// Both sides exist and are linked with each other.
    pub linked: bool,
    /// Linked in the opposite direction: the requested dialer accepts, the requested acceptor dials.
    pub reversed: bool,
}

impl Plan {
    fn add(&mut self, on: Role, action: Action, code: StepReason, reason: &str) {
        self.steps.push(Step { on, action, code, reason: reason.to_owned() });
    }

    pub fn note(&mut self, code: NoteCode, text: String) {
        self.notes.push(Note { code, text });
    }
}

/// The steps that link `dialer` with `acceptor` until both are ACTIVE. An existing link in the opposite direction keeps
/// it.
pub fn plan(acceptor: &Side, dialer: &Side) -> Result<Plan, Conflict> {
    if acceptor.identity.is(&dialer.identity) {
        let name = acceptor.identity.server_name().unwrap_or_default();
        let why = format!("both sides are the same cluster ({name})");
        return Err(conflict(Role::Dialer, Code::SameCluster, why));
    }
    if !are_linked(dialer, acceptor) {
        return RequestedPair { acceptor, dialer }.plan();
    }
    let turned = RequestedPair { acceptor: dialer, dialer: acceptor }.plan();
    let mut plan = turned.map_err(|conflict| Conflict { on: conflict.on.other(), ..conflict })?;
    plan.steps.iter_mut().for_each(|step| step.on = step.on.other());
    plan.reversed = true;
    Ok(plan)
}

/// Both sides, in their requested roles.
struct RequestedPair<'a> {
    acceptor: &'a Side,
    dialer: &'a Side,
}

impl RequestedPair<'_> {
    fn plan(&self) -> Result<Plan, Conflict> {
        self.check_roles()?;
        self.check_dialer()?;
        self.check_acceptor()?;
        let mut plan = Plan { linked: self.linked(), ..Plan::default() };
        self.steps(&mut plan)?;
        self.note_other_peerings(&mut plan);
        if let (Some(existing), Some(requested)) = (self.accepting(), &self.acceptor.meta)
            && !plan.steps.iter().any(|step| step.action == Action::Delete)
            && !meta::same(&existing.meta, requested)
        {
            let name = &self.acceptor.name;
            let text = format!("the acceptor \"{name}\" keeps its meta: Consul cannot change it in place");
            plan.note(NoteCode::AcceptorMetaKept, text);
        }
        Ok(plan)
    }

    /// Two peerings of the same clusters work, but every service is imported twice, under two peer names.
    fn note_other_peerings(&self, plan: &mut Plan) {
        for (side, other) in [(self.acceptor, self.dialer), (self.dialer, self.acceptor)] {
            for name in side.peered_as(&other.identity) {
                let text = format!(
                    "\"{name}\" on the cluster {} is another peering with the same cluster as \"{}\"",
                    side.identity.datacenter.as_deref().unwrap_or_default(),
                    side.name
                );
                plan.note(NoteCode::OtherPeering, text);
            }
        }
    }

    fn linked(&self) -> bool {
        are_linked(self.acceptor, self.dialer)
            && [&self.acceptor.existing, &self.dialer.existing]
                .into_iter()
                .flatten()
                .all(|existing| !matches!(existing.state, State::Terminated | State::Deleting))
    }

    /// The existing acceptor, unless it is DELETING.
    fn accepting(&self) -> Option<&Peering> {
        self.acceptor.existing.as_ref().filter(|existing| existing.state != State::Deleting)
    }

    fn dialing(&self) -> Option<&Peering> {
        self.dialer.existing.as_ref().filter(|existing| existing.state != State::Deleting)
    }
}
