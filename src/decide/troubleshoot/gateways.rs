//! Mesh gateways for the calls between services.

use super::{Check, CheckId, Pair, Snapshot, Status, Unread, fix};
use crate::rules::address::Address;
use crate::rules::reach::{self, Concern};
use crate::rules::value::Value;

pub fn check(pair: &Pair<'_>, checks: &mut Vec<Check>) {
    for (here, there) in pair.sides() {
        checks.push(here.judge(CheckId::GatewaysRegistered, registered(here, there)));
        checks.push(here.judge(CheckId::GatewaysPassing, passing(here)));
        checks.push(here.judge(CheckId::GatewaysAddress, address(here)));
        checks.push(here.judge(CheckId::GatewaysProxyMode, proxy_mode(here)));
    }
}

/// Calls come in through a gateway of the exporting cluster.
fn registered<'a>(here: &'a Snapshot, there: Option<&'a Snapshot>) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::GatewaysRegistered;
    let gateways = here.gateways.as_ref()?;
    if !gateways.is_empty() {
        let names = gateways.iter().filter_map(|instance| instance.get("Service").get("Service").filled());
        return Ok(here.pass(ID, "a mesh gateway is registered").evidence("gateways", names.collect()));
    }
    let imports = here.imports()?;
    let meshed = |side: &Snapshot| side.meshed.clone().ok();
    // Where the other side does not tell, an imported service may be of the mesh.
    let called = there
        .and_then(meshed)
        .map_or(imports.clone(), |names| names.into_iter().filter(|name| imports.contains(name)).collect());
    if here.proxy_defaults.as_ref()?.get("MeshGateway").get("Mode").is("local") && !called.is_empty() {
        let message = "proxy-defaults send calls through a mesh gateway of this cluster, and none is registered";
        return Ok(here.fail(ID, message).fix(fix::register_gateway()).evidence("services", called));
    }
    let exports = here.meshed.as_ref()?.clone();
    if exports.is_empty() {
        return Ok(here.pass(ID, "no mesh gateway is registered, and no service needs one"));
    }
    let message = "services of the mesh are exported, and no mesh gateway is registered: proxies cannot call them";
    Ok(here.fail(ID, message).fix(fix::register_gateway()).evidence("services", exports))
}

fn passing(here: &Snapshot) -> Result<Check, &Unread> {
    const ID: CheckId = CheckId::GatewaysPassing;
    let gateways = here.gateways.as_ref()?;
    let failing: Vec<_> = gateways.iter().filter(|instance| !is_passing(instance)).filter_map(node).collect();
    if failing.is_empty() {
        return Ok(here.pass(ID, "all mesh gateways are passing"));
    }
    let all = failing.len() == gateways.len();
    let (status, message) = if all {
        (Status::Fail, "no mesh gateway is passing its health checks")
    } else {
        (Status::Warning, "some mesh gateways are not passing their health checks")
    };
    Ok(here.check(ID, status, message).evidence("nodes", failing))
}

/// As the health endpoint counts it: every check of the instance and of its node.
pub fn is_passing(instance: &Value) -> bool {
    instance.get("Checks").items().iter().all(|check| check.get("Status").is("passing"))
}

fn node(instance: &Value) -> Option<String> {
    instance.get("Node").get("Node").filled()
}

/// Where other clusters reach a gateway, `host:port`.
pub fn wan_address(instance: &Value) -> Option<String> {
    let service = instance.get("Service");
    let wan = service.get("TaggedAddresses").get("wan");
    let own = service.get("Address").filled().or_else(|| instance.get("Node").get("Address").filled());
    let (host, port) = match wan.get("Address").filled() {
        Some(host) => (host, wan.get("Port").index()),
        None => (own?, service.get("Port").index()),
    };
    Some(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

fn address(here: &Snapshot) -> Result<Check, &Unread> {
    const ID: CheckId = CheckId::GatewaysAddress;
    let (mut local, mut private) = (Vec::new(), Vec::new());
    for address in here.gateways.as_ref()?.iter().filter_map(wan_address) {
        let Some((host, _)) = address.rsplit_once(':') else { continue };
        let host = host.trim_matches(['[', ']']);
        let concern = reach::concerns_of(Address { host, port: 0 }).next();
        match concern {
            None => {}
            Some(Concern::Private | Concern::CarrierGrade | Concern::UniqueLocal) => private.push(address),
            Some(_) => local.push(address),
        }
    }
    if local.is_empty() && private.is_empty() {
        return Ok(here.pass(ID, "the WAN addresses may be reachable"));
    }
    let (check, addresses) = if local.is_empty() {
        let message = "mesh gateways have private WAN addresses: only routed networks reach them";
        (here.check(ID, Status::Warning, message), private)
    } else {
        (here.fail(ID, "mesh gateways have loopback or reserved WAN addresses, which no other cluster reaches"), local)
    };
    Ok(check.fix(fix::register_gateway()).evidence("addresses", addresses))
}

fn proxy_mode(here: &Snapshot) -> Result<Check, &Unread> {
    const ID: CheckId = CheckId::GatewaysProxyMode;
    let entry = here.proxy_defaults.as_ref()?;
    let mode = entry.get("MeshGateway").get("Mode").filled();
    Ok(match mode.as_deref() {
        Some("none") => here
            .fail(ID, "proxy-defaults turn mesh gateways off for all proxies")
            .fix(fix::proxy_defaults(entry))
            .evidence("mode", mode.into_iter().collect()),
        _ => here.pass(ID, "mesh gateways are not turned off"),
    })
}
