//! The steps that give a linked pair a new token.

use super::{Action, Conflict, Plan, StepReason, conflict, plan};
use crate::consul::code::Code;
use crate::consul::peering::Role;
use crate::decide::side::Side;

/// The steps of a rotation. The pair must be linked, and the acceptor's external addresses passed: Consul drops them
/// with each new token.
pub fn rotate(acceptor: &Side, dialer: &Side) -> Result<Plan, Conflict> {
    let mut plan = plan(acceptor, dialer)?;
    if !plan.linked {
        const HINT: &str = "Call connect: it creates the link, which needs no rotation afterwards.";
        let why = "the two sides are not linked with each other".to_owned();
        let mut conflict = conflict(Role::Acceptor, Code::NotActive, why);
        conflict.refusal.hint = HINT;
        return Err(conflict);
    }
    let (accepting, side) = if plan.reversed { (Role::Dialer, dialer) } else { (Role::Acceptor, acceptor) };
    if !side.addresses_named {
        let why = "a new token drops the acceptor's external addresses, and they were not passed".to_owned();
        return Err(conflict(accepting, Code::ExternalAddressesUnknown, why));
    }
    plan.steps.clear();
    plan.add(accepting, Action::Generate, StepReason::Requested, "a new token was requested");
    plan.add(accepting.other(), Action::Establish, StepReason::NewToken, "with the new token");
    Ok(plan)
}
