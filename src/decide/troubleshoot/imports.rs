//! Imported services: their instances, and local services of the same name.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Status, Unread, services};

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, _) in pair.sides() {
        checks.push(here.check_or_skip(CheckId::ImportsInstances, instances(pair, here)));
        checks.push(here.check_or_skip(CheckId::ImportsLocalName, local_name(pair, here)));
    }
}

fn instances<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::ImportsInstances;
    let imported = pair.followed(here.imports()?);
    if imported.is_empty() {
        return Ok(here.not_applicable(ID, "no checked service is imported here"));
    }
    services::check_instances(here, ID, &imported, &here.imported, "imported")
}

/// A call that does not name the peer reaches the local service.
fn local_name<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::ImportsLocalName;
    let local = here.local.as_ref()?;
    let exists = |name: &String| local.iter().any(|(known, found)| known == name && found.total > 0);
    let imported = pair.followed(here.imports()?);
    if imported.is_empty() {
        return Ok(here.not_applicable(ID, "no checked service is imported here"));
    }
    let both: Vec<_> = imported.into_iter().filter(exists).collect();
    if both.is_empty() {
        return Ok(here.pass(ID, "no imported service has the name of a local one"));
    }
    let message = "imported services have names of local ones: calls that do not name the peer go to these";
    let upstream = both.iter().map(|name| services::upstream(name, &here.peer_name)).collect::<Vec<_>>().join("\n");
    Ok(here.check(ID, Status::Warning, message).fix(upstream).evidence("services", both))
}
