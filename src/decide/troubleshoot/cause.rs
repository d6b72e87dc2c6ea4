//! One cause, one fix: a peering that does not work fails several checks, and repairing it twice would undo the first repair.

use super::{Check, CheckId, ClustersToCheck, Status};
use crate::rules::value::Value;

/// Leaves the command that repairs the peering only with the check nearest to the cause.
pub fn keep_one_fix(pair: &ClustersToCheck<'_>, checks: &mut [Check]) {
    let has_ended = pair.sides().any(|(side, _)| {
        side.peering.as_ref().is_ok_and(|peering| *peering == Value::Null || peering.get("state").is_text("TERMINATED"))
    });
    let rank = |check: &Check| match check.id {
        _ if check.status != Status::Fail || check.fix.is_none() => None,
        CheckId::PeeringRebuilt => Some(0),
        CheckId::PeeringState if has_ended => Some(1),
        CheckId::ModeAddresses => Some(2),
        CheckId::PeeringAddressDrift => Some(3),
        CheckId::PeeringState => Some(4),
        CheckId::PeeringCertificates => Some(5),
        CheckId::PeeringOtherSide => Some(6),
        CheckId::PeeringHeartbeat => Some(7),
        _ => None,
    };
    let ranked = checks.iter().enumerate().filter_map(|(index, check)| Some((rank(check)?, index)));
    let Some((_, cause)) = ranked.min() else { return };
    let (id, cluster) = (checks[cause].id, checks[cause].cluster.clone());
    for (index, check) in checks.iter_mut().enumerate() {
        if index != cause && rank(check).is_some() {
            let on = if check.cluster == cluster { "" } else { " of the other cluster" };
            check.consequence_of(&format!("{}{on}", id.name()));
        }
    }
}
