//! The services that cross a peering, and how to call them.

use serde::Serialize;

use super::{Check, CheckId, Found, Pair, Snapshot, Status, Told, Unread, exports};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Instances {
    pub total: u32,
    /// Those of which no check fails.
    pub passing: u32,
}

/// One service from its exporter to its importer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ServiceAcross {
    pub name: String,
    /// The address of a cluster that was read; of the other one, what this cluster calls it.
    pub exporter: String,
    pub importer: String,
    /// Nothing where the cluster did not tell.
    pub exported: Option<bool>,
    pub imported: Option<bool>,
    /// As the importing cluster has them, or else the exporting one.
    pub instances: Option<Instances>,
    /// Its names in the importing cluster.
    pub dns: Vec<String>,
    /// For the `proxy` block of a sidecar in the importing cluster.
    pub upstream: String,
    /// The ids of the checks that fail or warn for it.
    pub problems: Vec<CheckId>,
}

pub fn across(pair: &Pair<'_>, checks: &[Check]) -> Vec<ServiceAcross> {
    let mut services = Vec::new();
    let ways = [(Some(pair.side), pair.other), (pair.other, Some(pair.side))];
    for (exporter, importer) in ways {
        let exported = exporter.and_then(|side| side.exported().ok()).unwrap_or_default();
        let imported = importer.and_then(|side| side.imports().ok()).unwrap_or_default();
        let configured = exporter.and_then(|side| exports::configured(side).ok()).unwrap_or_default().0;
        let mut names = exported.clone();
        for name in imported.iter().chain(&configured) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        // What each calls the other.
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
        // A check that a service passes through names it; which way, the cluster and the kind of check say.
        let [exporter, importer] = sides.map(|side| side.is_some_and(|side| side.cluster == check.cluster));
        let of_importer =
            matches!(check.id, CheckId::ImportsInstances | CheckId::ImportsLocalName | CheckId::RoutingProtocol);
        // What comes before the services, in the order of the ids, stops all of them.
        let is_path = (check.id as u8) <= CheckId::GatewaysProxyMode as u8 && check.status == Status::Fail;
        let named = check.evidence.get("services");
        if is_path {
            return (importer || exporter) && (named.is_empty() || named.contains(name));
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

/// How many instances were found under a name, where it was asked about.
pub fn count(found: &Told<Found>, name: &str) -> Option<Instances> {
    found.as_ref().ok()?.iter().find(|(known, _)| known == name).map(|(_, instances)| *instances)
}

/// Whether each of these services has instances that can be called.
pub fn judge_instances<'a>(
    here: &'a Snapshot,
    id: CheckId,
    names: &[String],
    found: &'a Told<Found>,
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
        (Status::Fail, missing, format!("{what} services have no instance: {what} is only their name"))
    } else if !failing.is_empty() {
        (Status::Fail, failing, format!("{what} services have no passing instance"))
    } else if !partly.is_empty() {
        (Status::Warning, partly, format!("some instances of {what} services are not passing"))
    } else if !unknown.is_empty() {
        let message = format!("too many {what} services to look up all of them: follow one of these");
        (Status::Warning, unknown, message)
    } else {
        return Ok(here.pass(id, &format!("every {what} service has passing instances")));
    };
    Ok(here.check(id, status, &message).evidence("services", which))
}
