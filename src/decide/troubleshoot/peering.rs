//! The peering itself, by the rules of `health`, and the addresses of its dialer.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Status, fix};
use crate::rules::health::{CheckCode, HealthCode, HealthInput, Other, Verdict, health};
use crate::rules::identity::Identity;
use crate::rules::time::Timestamp;
use crate::rules::value::Value;

/// Each check, with its message if it passes.
const CHECKS: [(CheckId, &str); 6] = [
    (CheckId::PeeringState, "ACTIVE"),
    (CheckId::PeeringHeartbeat, "heartbeats arrive"),
    (CheckId::PeeringCertificates, "the other cluster's CA is valid"),
    (CheckId::PeeringAddresses, "no suspicious addresses"),
    (CheckId::PeeringOtherSide, "both sides belong together and are ACTIVE"),
    (CheckId::PeeringRebuilt, "the other cluster is the same as before"),
];
/// Checks that need both sides come last.
const OF_ONE_SIDE: usize = 4;

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, there) in pair.sides() {
        let ids = CHECKS.into_iter().take(if there.is_some() { CHECKS.len() } else { OF_ONE_SIDE });
        match &here.peering {
            Err(unread) => checks.extend(ids.map(|(id, _)| here.skip(id, unread))),
            Ok(Value::Null) => {
                let missing = here.fail(CheckId::PeeringState, "the peering does not exist");
                checks.push(repaired(missing, here, there));
            }
            Ok(peering) => by_health(peering, here, there, pair.now, ids, checks),
        }
        if let Some(there) = there {
            let drift = CheckId::PeeringAddressDrift;
            checks.extend(address_drift(here, there).unwrap_or_else(|unread| Some(here.skip(drift, unread))));
        }
    }
}

/// The checks that `health` decides.
fn by_health(
    peering: &Value,
    here: &Snapshot,
    there: Option<&Snapshot>,
    now: Timestamp,
    ids: impl Iterator<Item = (CheckId, &'static str)>,
    checks: &mut Vec<Check>,
) {
    let other = match there.map(|there| &there.peering) {
        None | Some(Err(_)) => Other::Unknown,
        Some(Ok(Value::Null)) => Other::Absent,
        Some(Ok(other)) => Other::Exists(other),
    };
    let other_cluster = there.map_or_else(Identity::default, |there| there.identity.clone());
    let found = health(peering, &HealthInput { previous: &Value::Null, other, other_cluster, now });
    for (id, passing) in ids {
        let of_other = matches!(id, CheckId::PeeringOtherSide | CheckId::PeeringRebuilt);
        if let Some(Err(unread)) = there.filter(|_| of_other).map(|there| &there.peering) {
            checks.push(there.unwrap_or(here).skip(id, unread));
            continue;
        }
        let observations: Vec<_> = found.checks.iter().filter(|check| id_of(check.code) == Some(id)).collect();
        let status =
            observations.iter().map(|check| status(check.code, check.verdict)).max_by_key(|status| *status as u8);
        let texts: Vec<_> = observations.iter().map(|check| &*check.text).collect();
        let message = if texts.is_empty() { passing.to_owned() } else { texts.join("; ") };
        let check = here.check(id, status.unwrap_or(Status::Pass), &message);
        checks.push(if check.status == Status::Fail { repaired(check, here, there) } else { check });
    }
}

/// Adds the command that repairs most peerings.
fn repaired(check: Check, here: &Snapshot, there: Option<&Snapshot>) -> Check {
    let Some(there) = there else {
        return check;
    };
    // What is ACTIVE works, so it may be linked with another cluster than the one that was passed.
    if check.id == CheckId::PeeringRebuilt && here.peering.as_ref().is_ok_and(|it| it.get("state").is_text("ACTIVE")) {
        return check;
    }
    let (mut connect, mut repair) = fix::pair_command("connect", here, there);
    if check.id == CheckId::PeeringRebuilt {
        let delete = format!("consul-peering delete {} --cluster {} --yes", here.peer_name, here.cluster);
        connect = format!("{delete}\n{connect}");
        repair.delete_first = true;
    }
    check.repair((connect, repair))
}

/// The check that an observation of `health` belongs to. Services have their own checks.
fn id_of(code: CheckCode) -> Option<CheckId> {
    use HealthCode::*;
    let CheckCode::Health(code) = code else { return Some(CheckId::PeeringAddresses) };
    Some(match code {
        HeartbeatPending | HeartbeatMissing | HeartbeatOld => CheckId::PeeringHeartbeat,
        CaExpiresSoon | CaExpired => CheckId::PeeringCertificates,
        OneSided | OtherPeering | OtherState | WrongCluster => CheckId::PeeringOtherSide,
        Rebuilt => CheckId::PeeringRebuilt,
        NotImported | NotImportedThere | ImportPending | ExportPending | NotExported | NotExportedHere => return None,
        _ => CheckId::PeeringState,
    })
}

fn status(code: CheckCode, verdict: Verdict) -> Status {
    match (code, verdict) {
        // Connected, and the next heartbeat is not due yet.
        (CheckCode::Health(HealthCode::HeartbeatPending), _) => Status::Pass,
        (CheckCode::Health(HealthCode::HeartbeatMissing | HealthCode::HeartbeatOld), _) => Status::Fail,
        (CheckCode::Rule(_), _) | (_, Verdict::Healthy | Verdict::Degraded) => Status::Warning,
        // A peering that is not ACTIVE yet carries no calls.
        (_, Verdict::Starting | Verdict::Broken | Verdict::Ending) => Status::Fail,
    }
}

/// Whether the dialer uses addresses of the accepting servers. Not checked with gateways, or for an acceptor.
fn address_drift<'a>(here: &'a Snapshot, there: &'a Snapshot) -> Result<Option<Check>, &'a super::Unread> {
    const ID: CheckId = CheckId::PeeringAddressDrift;
    let peering = here.peering.as_ref()?;
    let dialed = peering.get("peer_server_addresses").texts();
    if dialed.is_empty() || there.peers_through_gateways()? {
        return Ok(None);
    }
    let servers = match &there.servers {
        Ok(servers) => servers,
        Err(unread) => return Ok(Some(there.skip(ID, unread))),
    };
    if dialed.iter().any(|address| servers.contains(address)) {
        return Ok(Some(here.pass(ID, "the dialer uses addresses of the accepting servers")));
    }
    // The addresses of a load balancer differ from those of the servers.
    let check = if peering.get("state").is_text("ACTIVE") {
        here.pass(ID, "the dialer uses other addresses, and is connected")
    } else {
        here.fail(ID, "the dialer uses addresses that no accepting server has, and is not connected")
            .repair(fix::new_token(there, here))
    };
    Ok(Some(check.evidence("dialed", dialed).evidence("servers", servers.clone())))
}
