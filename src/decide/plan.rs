//! What connects two clusters: from what stands on both sides to the next steps, with their reasons.
//!
//! Level-triggered: it looks at what is, not at what was done, so a connect that was stopped anywhere goes on from there
//! by planning again. Never a step against a peering that may be somebody else's: that is a refusal.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::before::Refusal;
use super::side::{Proof, Side, links, used_by};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::rules::meta;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Delete,
    Wait,
    Generate,
    Establish,
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Action::Delete => "delete",
            Action::Wait => "wait",
            Action::Generate => "generate",
            Action::Establish => "establish",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// On which side, as the plan's caller named them.
    pub on: Role,
    pub action: Action,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// Why nothing is done, and which side stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub on: Role,
    pub refusal: Refusal,
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

fn conflict(on: Role, code: Code, why: String) -> Conflict {
    // Nothing is replaced here, as the codes' own hints say of a single side.
    const ELSEWHERE: &str =
        "Give this pair other names, or delete what stands under these, where it is no longer needed.";
    let hint = matches!(code, Code::PeerMismatch | Code::RoleConflict).then_some(ELSEWHERE);
    Conflict { on, refusal: Refusal { hint, ..Refusal::new(code, why) } }
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

    fn check_roles(&self) -> Result<(), Conflict> {
        for (wanted, standing) in [(Role::Acceptor, self.accepting()), (Role::Dialer, self.dialing())] {
            if let Some(standing) = standing
                && standing.role != wanted
            {
                let why = format!(
                    "\"{}\" stands as {} there, and is not linked with this pair's other side",
                    standing.name,
                    standing.role.with_article()
                );
                return Err(conflict(wanted, Code::RoleConflict, why));
            }
        }
        Ok(())
    }

    /// A dialer of another cluster, or of another record of this one that stands, is not touched.
    fn check_dialer(&self) -> Result<(), Conflict> {
        let Some(standing) = self.dialing() else { return Ok(()) };
        let name = &self.dialer.name;
        let theirs = standing.server_name.as_deref();
        let ours = self.acceptor.identity.server_name();
        if let (Some(theirs), Some(ours)) = (theirs, ours.as_deref())
            && theirs != ours
        {
            let why = format!("the dialer \"{name}\" is linked with {theirs}, not with {ours}");
            return Err(conflict(Role::Dialer, Code::PeerMismatch, why));
        }
        if let Some(rival) = &self.acceptor.rival {
            let why = format!("the dialer \"{name}\" is linked with the acceptor \"{rival}\" on the other side");
            return Err(conflict(Role::Dialer, Code::PeerMismatch, why));
        }
        if !self.linked() && (theirs.is_none() || ours.is_none()) && standing.state != State::Pending {
            let why = format!("whom the dialer \"{name}\" is linked with cannot be told");
            return Err(conflict(Role::Dialer, Code::PeerMismatch, why));
        }
        Ok(())
    }

    /// An acceptor that somebody else uses is not touched.
    fn check_acceptor(&self) -> Result<(), Conflict> {
        let Some(standing) = self.accepting() else { return Ok(()) };
        let name = &self.acceptor.name;
        if let Some(rival) = &self.dialer.rival
            && !self.linked()
        {
            let why = format!("the acceptor \"{name}\" is used by the dialer \"{rival}\" on the other side");
            return Err(conflict(Role::Acceptor, Code::PeerMismatch, why));
        }
        if !self.in_use(standing) || self.linked() {
            return Ok(());
        }
        match used_by(self.acceptor, &self.dialer.identity) {
            Proof::This => Ok(()),
            Proof::Other(who) => {
                let why = format!("the acceptor \"{name}\" is used by another cluster ({who})");
                Err(conflict(Role::Acceptor, Code::PeerMismatch, why))
            }
            Proof::None => {
                let why = format!("who uses the acceptor \"{name}\" cannot be told");
                Err(conflict(Role::Acceptor, Code::PeerMismatch, why))
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

    fn steps(&self, plan: &mut Plan) -> Result<(), Conflict> {
        for (on, side) in [(Role::Acceptor, self.acceptor), (Role::Dialer, self.dialer)] {
            if side.standing.as_ref().is_some_and(|standing| standing.state == State::Deleting) {
                plan.add(on, Action::Wait, "it is being deleted");
            }
        }
        let new_token = match (self.accepting(), self.dialing()) {
            (None, None) => Some("nothing stands on either side"),
            (None, Some(dialer)) => {
                if dialer.state == State::Active {
                    plan.add(
                        Role::Dialer,
                        Action::Wait,
                        "it has not heard yet that its acceptor is gone: until TERMINATED",
                    );
                }
                Some("the dialer's acceptor is gone")
            }
            (Some(acceptor), Some(dialer)) if self.linked() => {
                return self.keep(acceptor, dialer, plan);
            }
            (Some(acceptor), dialer) if self.is_over(acceptor, dialer) => {
                let reason = if acceptor.state == State::Terminated {
                    "it is TERMINATED, and every token it makes is dead"
                } else {
                    "its dialer is gone, which it has not heard yet"
                };
                plan.add(Role::Acceptor, Action::Delete, reason);
                plan.add(Role::Acceptor, Action::Wait, "until it is gone");
                Some("it was deleted")
            }
            (Some(_), Some(dialer)) if dialer.state == State::Active => {
                plan.add(
                    Role::Dialer,
                    Action::Wait,
                    "it has not heard yet that its acceptor was made anew: until TERMINATED",
                );
                Some("the dialer is linked with an acceptor that is gone")
            }
            (Some(_), None) => Some("the acceptor's token was never used"),
            (Some(_), Some(dialer)) if dialer.state == State::Terminated => Some("the dialer is TERMINATED"),
            (Some(_), Some(dialer)) if dialer.state == State::Pending => {
                Some("the dialer is PENDING: the token it was given did not serve")
            }
            (Some(_), Some(_)) => Some("the dialer is linked with an acceptor that is gone"),
        };
        if let Some(reason) = new_token {
            self.renew(plan, reason)?;
        }
        Ok(())
    }

    /// Whether an acceptor will never serve again: it is TERMINATED, or it was in use and its dialer is gone.
    fn is_over(&self, acceptor: &Peering, dialer: Option<&Peering>) -> bool {
        let left = dialer.is_none_or(|dialer| dialer.state != State::Active);
        acceptor.state == State::Terminated || (self.in_use(acceptor) && left)
    }

    /// Whether somebody has used the acceptor's token: it is no longer PENDING, or it knows who has dialled.
    fn in_use(&self, acceptor: &Peering) -> bool {
        acceptor.state != State::Pending || !self.acceptor.dialled_by.is_empty()
    }

    /// Both are each other's.
    fn keep(&self, acceptor: &Peering, dialer: &Peering, plan: &mut Plan) -> Result<(), Conflict> {
        if let Some(wished) = &self.dialer.meta
            && !meta::same(&dialer.meta, wished)
        {
            return self.renew(plan, "the dialer's meta is to change, which takes a new token");
        }
        for (on, standing) in [(Role::Acceptor, acceptor), (Role::Dialer, dialer)] {
            if standing.state != State::Active {
                plan.add(on, Action::Wait, &format!("it is {}: until ACTIVE", standing.state.name()));
            }
        }
        Ok(())
    }

    /// A new token and its use. Consul shows no external addresses, and a token that does not name them forgets them.
    fn renew(&self, plan: &mut Plan, reason: &str) -> Result<(), Conflict> {
        // A token that nobody has used is replaced by one like the wish; nothing that lives depends on it.
        let lives = self.accepting().is_some_and(|acceptor| self.in_use(acceptor));
        if lives && !self.acceptor.addresses_named {
            let why = format!(
                "the acceptor \"{}\" needs a new token, and Consul does not show the external addresses of the one before",
                self.acceptor.name
            );
            return Err(conflict(Role::Acceptor, Code::ExternalAddressesUnknown, why));
        }
        plan.add(Role::Acceptor, Action::Generate, reason);
        plan.add(Role::Dialer, Action::Establish, "with the new token");
        Ok(())
    }
}

/// Whether both sides may be deleted as this pair: what stands is proven to be of it, or was never linked. Two sides of
/// which one is gone already are finished.
pub fn disconnect(a: &Side, b: &Side) -> Result<(), Conflict> {
    for (on, side, other) in [(Role::Acceptor, a, b), (Role::Dialer, b, a)] {
        let Some(standing) = &side.standing else { continue };
        let of_this_pair = match standing.role {
            _ if standing.state == State::Deleting || links(a, b) || links(b, a) => true,
            Role::Dialer => {
                let theirs = other.identity.server_name();
                let of_that_cluster = theirs.is_some() && standing.server_name == theirs;
                standing.state == State::Pending || (of_that_cluster && other.rival.is_none())
            }
            Role::Acceptor => {
                let unused = side.dialled_by.is_empty();
                other.rival.is_none() && (unused || used_by(side, &other.identity) == Proof::This)
            }
        };
        if !of_this_pair {
            let why = format!(
                "\"{}\", {}, is not proven to be linked with this pair's other side",
                side.name,
                standing.role.with_article()
            );
            return Err(conflict(on, Code::PeerMismatch, why));
        }
    }
    Ok(())
}
