//! The services of a peering, in both directions, and how to call them.

use serde::Serialize;

use super::{Check, CheckId, ClustersToCheck, Found, Reading, Snapshot, Status, Unread, exports};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Instances {
    pub total: u32,
    /// Those with passing checks only.
    pub passing: u32,
}

/// One service from its exporter to its importer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ServiceAcross {
    pub name: String,
    /// The address of a cluster that was read; otherwise the name of its peering.
    pub exporter: String,
    pub importer: String,
    /// None if the cluster could not be read.
    pub exported: Option<bool>,
    pub imported: Option<bool>,
    /// In the importing cluster; if that was not read, in the exporting one.
    pub instances: Option<Instances>,
    /// DNS names in the importing cluster.
    pub dns: Vec<String>,
    /// For the `proxy` block of a sidecar in the importing cluster.
    pub upstream: String,
    /// The ids of its failed checks and of those with a warning.
    pub problems: Vec<CheckId>,
}

pub fn across(pair: &ClustersToCheck<'_>, checks: &[Check]) -> Vec<ServiceAcross> {
    let mut services = Vec::new();
    let ways = [(Some(pair.side), pair.other), (pair.other, Some(pair.side))];
    for (exporter, importer) in ways {
        let exported = exporter.and_then(|side| side.exported().ok()).unwrap_or_default();
        let imported = importer.and_then(|side| side.imports().ok()).unwrap_or_default();
        let configured = exporter.and_then(|side| exports::configured(side).ok()).unwrap_or_default().0;
        let mut names = exported.clone();
        let misdirected = exporter.map(exports::misdirected).unwrap_or_default();
        for name in imported.iter().chain(&configured).chain(&misdirected) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        // The name of each cluster on the other.
        let exporter_name = importer.map_or("", |side| &side.peer_name);
        let importer_name = exporter.map_or("", |side| &side.peer_name);
        let exporter_name = if exporter_name.is_empty() { "PEER" } else { exporter_name };
        for name in pair.followed(names) {
            let address = |side: Option<&Snapshot>, name: &str| side.map_or(name, |side| &side.cluster).to_owned();
            services.push(ServiceAcross {
                exporter: address(exporter, exporter_name),
                importer: address(importer, importer_name),
                exported: match exporter.map(Snapshot::exported) {
                    Some(Err(_)) if !configured.contains(&name) => None,
                    Some(_) => Some(exported.contains(&name) || configured.contains(&name)),
                    None => Some(true),
                },
                imported: importer.and_then(|side| side.imports().ok()).map(|_| imported.contains(&name)),
                instances: importer
                    .and_then(|side| count(&side.imported, &name))
                    .or_else(|| count(&exporter.filter(|_| importer.is_none())?.local, &name)),
                dns: ["service", "virtual"].map(|kind| format!("{name}.{kind}.{exporter_name}.peer.consul")).into(),
                upstream: upstream(&name, exporter_name),
                problems: problems(checks, &name, [exporter, importer]),
                name,
            });
        }
    }
    services
}

fn problems(checks: &[Check], name: &String, sides: [Option<&Snapshot>; 2]) -> Vec<CheckId> {
    let is_here = |check: &&Check| {
        // The evidence names the service; the cluster and the kind of check decide the direction.
        let [exporter, importer] = sides.map(|side| side.is_some_and(|side| side.cluster == check.cluster));
        let of_importer =
            matches!(check.id, CheckId::ImportsInstances | CheckId::ImportsLocalName | CheckId::RoutingProtocol);
        // A failure of the peering, the mode or the gateways, the first ids, affects every service.
        let is_path = (check.id as u8) <= CheckId::GatewaysProxyMode as u8 && check.status == Status::Fail;
        let named = check.evidence.get(if check.id == CheckId::ExportsConsumers { "entries" } else { "services" });
        if is_path {
            return named.is_empty() || named.contains(name);
        }
        matches!(check.status, Status::Fail | Status::Warning)
            && named.contains(name)
            && if of_importer { importer } else { exporter }
    };
    checks.iter().filter(is_here).map(|check| check.id).collect()
}

pub fn upstream(name: &str, peer: &str) -> String {
    format!(
        "upstreams {{\n  destination_name = \"{name}\"\n  destination_peer = \"{peer}\"\n  local_bind_port  = 9191\n}}"
    )
}

/// The instances of a service, if they were read.
pub fn count(found: &Reading<Found>, name: &str) -> Option<Instances> {
    found.as_ref().ok()?.iter().find(|(known, _)| known == name).map(|(_, instances)| *instances)
}

/// Whether instances that the exporting cluster has may not have arrived yet, or an export itself.
pub fn may_still_arrive(pair: &ClustersToCheck<'_>, checks: &[Check]) -> bool {
    let lag = |(exporter, importer): (&Snapshot, Option<&Snapshot>)| {
        let Some(importer) = importer else { return false };
        pair.followed(importer.imports().unwrap_or_default()).iter().any(|name| {
            let passing = |found| count(found, name).map(|instances| instances.passing);
            passing(&importer.imported) == Some(0) && passing(&exporter.local).is_some_and(|passing| passing > 0)
        })
    };
    checks.iter().any(|check| check.id == CheckId::ExportsArrived && check.status == Status::Fail)
        || pair.sides().any(lag)
}

/// Checks that each of these services has passing instances.
pub fn check_instances<'a>(
    here: &'a Snapshot,
    id: CheckId,
    names: &[String],
    found: &'a Reading<Found>,
    what: &str,
) -> Result<Check, &'a Unread> {
    found.as_ref()?;
    let [mut missing, mut failing, mut partly, mut unknown] = [const { Vec::new() }; 4];
    for name in names {
        match count(found, name) {
            Some(Instances { total: 0, .. }) => missing.push(name.clone()),
            Some(Instances { passing: 0, .. }) => failing.push(name.clone()),
            Some(Instances { total, passing }) if passing < total => partly.push(name.clone()),
            Some(_) => {}
            None => unknown.push(name.clone()),
        }
    }
    let (status, which, message) = if !missing.is_empty() {
        (Status::Fail, missing, format!("{what} services have no instance; Consul accepts any name"))
    } else if !failing.is_empty() {
        (Status::Fail, failing, format!("{what} services have no passing instance"))
    } else if !partly.is_empty() {
        (Status::Warning, partly, format!("some instances of {what} services are not passing"))
    } else if !unknown.is_empty() {
        let message =
            format!("there are too many {what} services to read the instances of all: check one of these alone");
        (Status::Warning, unknown, message)
    } else {
        return Ok(here.pass(id, &format!("every {what} service has passing instances")));
    };
    Ok(here.check(id, status, &message).evidence("services", which))
}
