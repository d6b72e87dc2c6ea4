//! WAN-federated datacenters in a cluster that also peers.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Status, Unread};

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, _) in pair.sides() {
        checks.push(here.check_or_skip(CheckId::DatacentersPrimary, primary(here)));
    }
}

fn primary(here: &Snapshot) -> Result<Check, &Unread> {
    const ID: CheckId = CheckId::DatacentersPrimary;
    let datacenters = here.datacenters.as_ref()?;
    if datacenters.len() < 2 {
        return Ok(here.pass(ID, "the cluster is one datacenter"));
    }
    let message = "datacenters are federated: config entries and intentions are written in the primary one";
    Ok(here.check(ID, Status::Warning, message).evidence("datacenters", datacenters.clone()))
}
