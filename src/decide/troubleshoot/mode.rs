//! Peering through mesh gateways: the mode, compared with the gateways and the addresses that the other side dials.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Unread, fix, gateways};

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, there) in pair.sides() {
        checks.push(here.check_or_skip(CheckId::ModeGateway, gateway(here)));
        if let Some(there) = there {
            match addresses(here, there) {
                Ok(check) => checks.extend(check),
                Err(unread) => checks.push(here.skip(CheckId::ModeAddresses, unread)),
            }
        }
    }
}

fn gateway(here: &Snapshot) -> Result<Check, &Unread> {
    const ID: CheckId = CheckId::ModeGateway;
    if !here.peers_through_gateways()? {
        return Ok(here.pass(ID, "servers peer directly, not through mesh gateways"));
    }
    if !here.gateways.as_ref()?.is_empty() {
        return Ok(here.pass(ID, "servers peer through mesh gateways, and one is registered"));
    }
    let message = "servers peer through mesh gateways, and none is registered: no token can be generated";
    Ok(here.fail(ID, message).fix(fix::register_gateway()))
}

/// Whether the dialer `there` uses addresses of the mode `here`. None if `there` does not dial.
fn addresses<'a>(here: &'a Snapshot, there: &'a Snapshot) -> Result<Option<Check>, &'a Unread> {
    const ID: CheckId = CheckId::ModeAddresses;
    let through = here.peers_through_gateways()?;
    let dialed = match &there.peering {
        Ok(peering) => peering.get("peer_server_addresses").texts(),
        Err(unread) => return Ok(Some(there.skip(ID, unread))),
    };
    if dialed.is_empty() {
        return Ok(None);
    }
    let (wrong, message) = if through {
        let message = "peering goes through mesh gateways, but the other side dials the servers: its token is older";
        (here.servers.as_ref()?.clone(), message)
    } else {
        let instances = here.gateways.as_ref()?.iter();
        let message = "peering goes directly, but the other side dials the mesh gateways: its token is older";
        (instances.filter_map(gateways::wan_address).collect(), message)
    };
    let found: Vec<_> = dialed.into_iter().filter(|address| wrong.contains(address)).collect();
    Ok(Some(if found.is_empty() {
        here.pass(ID, "the other side dials the addresses of this mode")
    } else {
        here.fail(ID, message).repair(fix::new_token(here, there)).evidence("dialed", found)
    }))
}
