//! What connects two clusters: from what stands on both sides to the next steps, with their reasons.
//!
//! Level-triggered: it looks at what is, not at what was done, so a connect that was stopped anywhere goes on from there
//! by planning again. Never a step against a peering that may be somebody else's: that is a refusal.

use serde::Serialize;

use super::side::{Side, links};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta;

mod checks;
mod conflict;
mod disconnect;
mod steps;

pub use conflict::Conflict;
use conflict::conflict;
pub use disconnect::disconnect;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Delete,
    Wait,
    Generate,
    Establish,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// On which side, as the plan's caller named them.
    pub on: Role,
    pub action: Action,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In their order. What follows a `Wait` or a `Delete` is what is expected then; connect plans again.
    pub steps: Vec<Step>,
    pub notes: Vec<String>,
    /// Both sides stand and are each other's.
    pub linked: bool,
    /// The side called dialer accepts, the side called acceptor dials.
    pub reversed: bool,
}

impl Plan {
    fn add(&mut self, on: Role, action: Action, reason: &str) {
        self.steps.push(Step { on, action, reason: reason.to_owned() });
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
            plan.notes.push(format!(
                "the acceptor \"{}\" keeps its meta: Consul cannot change it in place",
                self.acceptor.name
            ));
        }
        Ok(plan)
    }

    /// Two peerings of the same clusters work, but every service is imported twice, under two peer names.
    fn note_other_peerings(&self, plan: &mut Plan) {
        for (side, other) in [(self.acceptor, self.dialer), (self.dialer, self.acceptor)] {
            for name in side.peered_as(&other.identity) {
                plan.notes.push(format!(
                    "\"{name}\" on the cluster {} is another peering with the same cluster as \"{}\"",
                    side.identity.datacenter.as_deref().unwrap_or_default(),
                    side.name
                ));
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
