//! Exported services: their consumers, and whether the other cluster imports them.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Status, Unread, fix, peers, services};
use crate::rules::value::Value;

/// Consul omits it from the exported services without an error.
pub const RESERVED: &str = "consul";

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    let (any, missing) = any(pair);
    checks.push(any);
    for (here, there) in pair.sides() {
        let add = missing.filter(|(side, _)| std::ptr::eq(*side, here)).map(|(_, service)| service);
        for (id, result) in
            [(CheckId::ExportsConsumers, consumers(pair, here)), (CheckId::ExportsReserved, reserved(pair, here))]
        {
            let check = here.check_or_skip(id, result);
            // The wildcard of a warning may be intended.
            let is_fixed =
                check.status == Status::Fail || (id == CheckId::ExportsConsumers && check.status == Status::Warning);
            checks.push(if is_fixed { check.fix(fix::exported_services(pair, here, add)) } else { check });
        }
        checks.push(here.check_or_skip(CheckId::ExportsInstances, instances(pair, here)));
        checks.push(here.check_or_skip(CheckId::ExportsSidecar, sidecar(pair, here)));
        checks.push(arrived(pair, here, there));
    }
}

/// The services that the config entry exports to this peer by name, and whether a wildcard exports all.
pub fn configured(here: &Snapshot) -> Result<(Vec<String>, bool), &Unread> {
    let services = here.exports.as_ref()?.get("Services").items().iter();
    let names_peer = |consumer: &Value| consumer.get("Peer").is_text(&here.peer_name);
    let services = services.filter(|service| service.get("Consumers").items().iter().any(names_peer));
    let mut names: Vec<_> = services.filter_map(|service| service.get("Name").non_empty_text()).collect();
    let all = names.iter().any(|name| name == "*");
    names.retain(|name| name != "*");
    Ok((names, all))
}

/// Services that the config entry exports to a peer without a peering, and not to this peer: the name may be misspelt.
pub fn misdirected(here: &Snapshot) -> Vec<String> {
    let (Ok(entry), Ok(known)) = (&here.exports, &here.peers) else { return Vec::new() };
    let is_known = |peer: &String| known.contains(peer) || *peer == here.peer_name;
    let services = entry.get("Services").items().iter().filter(|service| {
        let mut peers =
            service.get("Consumers").items().iter().filter_map(|consumer| consumer.get("Peer").non_empty_text());
        peers.any(|peer| !is_known(&peer))
    });
    services.filter_map(|service| service.get("Name").non_empty_text()).filter(|name| name != "*").collect()
}

/// The services that are exported to this peer, or configured to be.
pub fn named(here: &Snapshot) -> Vec<String> {
    let mut names = here.exported().unwrap_or_default();
    for name in configured(here).map(|(names, _)| names).unwrap_or_default() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether a service is exported over the peering: any, or the followed one. With the service that is missing, and the
/// side whose entry its fix adds it to.
fn any<'a>(pair: &ClustersToCheck<'a>) -> (Check, Option<(&'a Snapshot, &'a str)>) {
    const ID: CheckId = CheckId::ExportsAny;
    let here = pair.side;
    let mut crossing = Vec::new();
    for (side, _) in pair.sides() {
        for names in [side.exported(), side.imports()] {
            match names {
                Ok(names) => crossing.extend(pair.followed(names)),
                Err(unread) => return (side.skip(ID, unread), None),
            }
        }
        crossing.extend(configured(side).map(|(names, _)| pair.followed(names)).unwrap_or_default());
    }
    if !crossing.is_empty() {
        return (here.pass(ID, "at least one cluster exports a service to the other"), None);
    }
    let (service, message) = match pair.service {
        Some(service) => (service, format!("neither cluster exports \"{service}\" to the other")),
        None => ("web", "nothing is exported yet, so no service can be called".into()),
    };
    // The fix is for the side that has the service.
    let has = |side: &&Snapshot| services::count(&side.local, service).is_some_and(|found| found.total > 0);
    let side = pair.sides().map(|(side, _)| side).find(has).unwrap_or(here);
    let check = side.fail(ID, &message);
    let check = match &side.exports {
        Ok(_) => check.fix(fix::exported_services(pair, side, Some(service))),
        // Consul replaces the entry, so one that was not read must not be written.
        Err(Unread::Denied(rule) | Unread::Filtered(rule)) => check.needs(rule),
        Err(Unread::Failed(_)) => check,
    };
    (check, Some((side, service)))
}

fn consumers<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    let entry = here.exports.as_ref()?;
    let mut named = Vec::new();
    for service in entry.get("Services").items().iter().filter(|service| pair.concerns(service.get("Name"))) {
        for consumer in service.get("Consumers").items() {
            peers::add(consumer.get("Peer"), service.get("Name"), &mut named);
        }
    }
    peers::check(here, CheckId::ExportsConsumers, "exported services", named)
}

fn reserved<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::ExportsReserved;
    let (names, all) = configured(here)?;
    let names = pair.followed(names);
    if names.iter().any(|name| name == RESERVED) {
        let message = "exports the service consul, which Consul never exports to a peer";
        return Ok(here.fail(ID, message).evidence("services", vec![RESERVED.into()]));
    }
    if all {
        return Ok(here.check(ID, Status::Warning, "exports every service to this peer, by a wildcard"));
    }
    if names.is_empty() {
        return Ok(here.not_applicable(ID, "no checked service is exported here"));
    }
    Ok(here.pass(ID, "services are exported by name"))
}

/// Consul also exports a service without instances.
fn instances<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::ExportsInstances;
    let exported = pair.followed(here.exported()?);
    if exported.is_empty() {
        return Ok(here.not_applicable(ID, "no checked service is exported here"));
    }
    services::check_instances(here, ID, &exported, &here.local, "exported")
}

/// Services that one side exports and the other does not import, and the reverse.
fn arrived(pair: &ClustersToCheck<'_>, here: &Snapshot, there: Option<&Snapshot>) -> Check {
    const ID: CheckId = CheckId::ExportsArrived;
    let compare = || -> Result<Check, &Unread> {
        let exported = here.exported()?;
        if !here.peering.as_ref()?.get("state").is_text("ACTIVE") {
            return Ok(here.check(ID, Status::Skipped, "the peering is not ACTIVE"));
        }
        let configured = configured(here).map(|(names, _)| names).unwrap_or_default();
        let is_sent = |name: &String| *name == RESERVED || exported.contains(name);
        let omitted: Vec<_> = pair.followed(configured).into_iter().filter(|name| !is_sent(name)).collect();
        if !omitted.is_empty() {
            let message = "the config entry exports services that Consul does not send to this peer";
            return Ok(here.fail(ID, message).evidence("services", omitted));
        }
        if there.is_none() && pair.followed(exported.clone()).is_empty() {
            return Ok(here.not_applicable(ID, "no checked service is exported here"));
        }
        let Some(there) = there else {
            return Ok(here.pass(ID, "Consul sends everything that is exported to this peer"));
        };
        let imported = match there.imports() {
            Ok(imported) => imported,
            Err(unread) => return Ok(there.skip(ID, unread)),
        };
        let without = |names: &[String], others: &[String]| -> Vec<String> {
            pair.followed(names.iter().filter(|name| !others.contains(name)).cloned().collect())
        };
        let (lost, stale) = (without(&exported, &imported), without(&imported, &exported));
        Ok(if !lost.is_empty() {
            here.fail(ID, "exported here, but not imported by the other cluster").evidence("services", lost)
        } else if !stale.is_empty() {
            let message = "imported by the other cluster, but no longer exported here";
            here.fail(ID, message).evidence("services", stale)
        } else if pair.followed(exported).is_empty() {
            here.not_applicable(ID, "no checked service is exported here")
        } else {
            here.pass(ID, "the other cluster imports what is exported here")
        })
    };
    here.check_or_skip(ID, compare())
}

/// Whether a service has instances and no proxy: calls to it do not use the mesh, and need neither gateway nor intention.
pub fn is_plain(here: &Snapshot, name: &String) -> bool {
    here.meshed.as_ref().is_ok_and(|meshed| !meshed.contains(name))
        && services::count(&here.local, name).is_some_and(|found| found.total > 0)
}

/// A service that is neither proxied nor Connect-native is reachable only under the addresses of its instances.
fn sidecar<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::ExportsSidecar;
    here.meshed.as_ref()?;
    let exported = pair.followed(here.exported()?);
    if exported.is_empty() {
        return Ok(here.not_applicable(ID, "no checked service is exported here"));
    }
    let plain: Vec<_> = exported.into_iter().filter(|name| is_plain(here, name)).collect();
    if plain.is_empty() {
        return Ok(here.pass(ID, "every exported service has a sidecar proxy, or is Connect-native"));
    }
    let message =
        "exported services have no sidecar proxy: upstreams cannot reach them, only DNS with their own addresses";
    let fix = "# in the definition of each service\nconnect {\n  sidecar_service {}\n}\n";
    Ok(here.check(ID, Status::Warning, message).fix(fix.into()).evidence("services", plain))
}
