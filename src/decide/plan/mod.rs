//! What connects two clusters: from what stands on both sides to the next steps, with their reasons.
//!
//! Level-triggered: it looks at what is, not at what was done, so a connect that was stopped anywhere goes on from there
//! by planning again. Never a step against a peering that may be somebody else's: that is a refusal.

use serde::Serialize;

use super::side::{Side, links};
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
    /// What is not as requested and cannot be changed, or works and is doubtful.
    NoteCode {
        /// The acceptor keeps its meta.
        AcceptorMetaKept = "acceptor_meta_kept",
        /// Another peering of the same clusters exists.
        OtherPeering = "other_peering",
        /// Two aliases of a mesh are the same cluster.
        SameCluster = "same_cluster",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    pub code: NoteCode,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In their order. What follows a `Wait` or a `Delete` is what is expected then; connect plans again.
    pub steps: Vec<Step>,
    pub notes: Vec<Note>,
    /// Both sides stand and are each other's.
    pub linked: bool,
    /// The side called dialer accepts, the side called acceptor dials.
    pub reversed: bool,
}

impl Plan {
    fn add(&mut self, on: Role, action: Action, code: StepReason, reason: &str) {
        self.steps.push(Step { on, action, code, reason: reason.to_owned() });
    }

    fn note(&mut self, code: NoteCode, text: String) {
        self.notes.push(Note { code, text });
    }
}

/// What has to be done so that `dialer` is linked with `acceptor` and both are ACTIVE. A link that stands the other way
/// round keeps its direction.
pub fn plan(acceptor: &Side, dialer: &Side) -> Result<Plan, Conflict> {
    if acceptor.identity.is(&dialer.identity) {
        let name = acceptor.identity.server_name().unwrap_or_default();
        let why = format!("both sides are the same cluster ({name})");
        return Err(conflict(Role::Dialer, Code::SameCluster, why));
    }
    if !links(dialer, acceptor) {
        return Pair { acceptor, dialer }.plan();
    }
    let turned = Pair { acceptor: dialer, dialer: acceptor }.plan();
    let mut plan = turned.map_err(|conflict| Conflict { on: conflict.on.other(), ..conflict })?;
    plan.steps.iter_mut().for_each(|step| step.on = step.on.other());
    plan.reversed = true;
    Ok(plan)
}

/// Both sides, by the roles they are to have.
struct Pair<'a> {
    acceptor: &'a Side,
    dialer: &'a Side,
}

impl Pair<'_> {
    fn plan(&self) -> Result<Plan, Conflict> {
        self.check_roles()?;
        self.check_dialer()?;
        self.check_acceptor()?;
        let mut plan = Plan { linked: self.linked(), ..Plan::default() };
        self.steps(&mut plan)?;
        self.note_other_peerings(&mut plan);
        if let (Some(standing), Some(wished)) = (self.accepting(), &self.acceptor.meta)
            && !plan.steps.iter().any(|step| step.action == Action::Delete)
            && !meta::same(&standing.meta, wished)
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
        links(self.acceptor, self.dialer)
            && [&self.acceptor.standing, &self.dialer.standing]
                .into_iter()
                .flatten()
                .all(|standing| !matches!(standing.state, State::Terminated | State::Deleting))
    }

    /// What stands as the acceptor, and is not on its way out.
    fn accepting(&self) -> Option<&Peering> {
        self.acceptor.standing.as_ref().filter(|standing| standing.state != State::Deleting)
    }

    fn dialing(&self) -> Option<&Peering> {
        self.dialer.standing.as_ref().filter(|standing| standing.state != State::Deleting)
    }
}
