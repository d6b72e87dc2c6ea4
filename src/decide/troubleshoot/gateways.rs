//! Mesh gateways for the calls between services.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Status, Unread, fix};
use crate::rules::address::Address;
use crate::rules::reach::{self, Concern};
use crate::rules::value::Value;

const NONE: &str = "no mesh gateway is registered";

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, there) in pair.sides() {
        checks.push(here.check_or_skip(CheckId::GatewaysRegistered, registered(here, there)));
        checks.push(here.check_or_skip(CheckId::GatewaysPassing, passing(here)));
        checks.push(here.check_or_skip(CheckId::GatewaysAddress, address(here, there)));
        checks.push(here.check_or_skip(CheckId::GatewaysProxyMode, proxy_mode(pair, here)));
    }
}

/// Whether a gateway is registered where one is needed. Proxies of other clusters know only the gateways of the exporting
/// cluster: without one, Consul sends them no address. Calls by DNS need none.
fn registered<'a>(here: &'a Snapshot, there: Option<&'a Snapshot>) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::GatewaysRegistered;
    let gateways = here.gateways.as_ref()?;
    if !gateways.is_empty() {
        let names = gateways.iter().filter_map(|instance| instance.get("Service").get("Service").non_empty_text());
        return Ok(here.pass(ID, "a mesh gateway is registered").evidence("gateways", names.collect()));
    }
    let imports = here.imports()?;
    let meshed = |side: &Snapshot| side.meshed.clone().ok();
    // An imported service may have a proxy, unless the other side is known to have none.
    let called = there
        .and_then(meshed)
        .map_or(imports.clone(), |names| names.into_iter().filter(|name| imports.contains(name)).collect());
    if here.proxy_defaults.as_ref()?.get("MeshGateway").get("Mode").is_text("local") && !called.is_empty() {
        let message =
            "proxy-defaults send the calls of proxies through a mesh gateway of this cluster, and none is registered";
        return Ok(here.fail(ID, message).fix(fix::register_gateway()).evidence("services", called));
    }
    let exports = here.meshed.as_ref()?.clone();
    if exports.is_empty() {
        return Ok(here.not_applicable(ID, "no service needs a mesh gateway, and none is registered"));
    }
    let message = "no mesh gateway is registered, so proxies of the other cluster cannot call exported services; only calls by DNS, to \
                   the addresses of the instances, need none";
    Ok(here.fail(ID, message).fix(fix::register_gateway()).evidence("services", exports))
}

fn passing(here: &Snapshot) -> Result<Check, &Unread> {
    const ID: CheckId = CheckId::GatewaysPassing;
    let gateways = here.gateways.as_ref()?;
    if gateways.is_empty() {
        return Ok(here.not_applicable(ID, NONE));
    }
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

/// Every check of the instance and of its node, as the health endpoint counts.
pub fn is_passing(instance: &Value) -> bool {
    instance.get("Checks").items().iter().all(|check| check.get("Status").is_text("passing"))
}

fn node(instance: &Value) -> Option<String> {
    instance.get("Node").get("Node").non_empty_text()
}

/// The address of a gateway for other clusters, `host:port`.
pub fn wan_address(instance: &Value) -> Option<String> {
    let service = instance.get("Service");
    let wan = service.get("TaggedAddresses").get("wan");
    let own = service.get("Address").non_empty_text().or_else(|| instance.get("Node").get("Address").non_empty_text());
    let (host, port) = match wan.get("Address").non_empty_text() {
        Some(host) => (host, wan.get("Port").index()),
        None => (own?, service.get("Port").index()),
    };
    Some(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

/// Whether the other cluster may reach the WAN addresses. Its servers and those of this cluster reach each other under the
/// addresses that one of them dials: where these are loopback or private ones, such addresses lead to the gateways as well.
fn address<'a>(here: &'a Snapshot, there: Option<&Snapshot>) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::GatewaysAddress;
    let [mut loopback, mut private, mut reserved] = [const { Vec::new() }; 3];
    let gateways = here.gateways.as_ref()?;
    if gateways.is_empty() {
        return Ok(here.not_applicable(ID, NONE));
    }
    for address in gateways.iter().filter_map(wan_address) {
        match reach_of(&address) {
            Reach::Any => {}
            Reach::Machine => loopback.push(address),
            Reach::Network => private.push(address),
            Reach::Nowhere => reserved.push(address),
        }
    }
    let dialed = dialed_addresses(here).into_iter().chain(there.map(dialed_addresses).unwrap_or_default());
    let dialed: Vec<_> = dialed.map(|address| reach_of(&address)).collect();
    let is_one_machine = !dialed.is_empty() && dialed.iter().all(|reach| *reach == Reach::Machine);
    let is_one_network =
        !dialed.is_empty() && dialed.iter().all(|reach| matches!(reach, Reach::Machine | Reach::Network));
    let servers = there.unwrap_or(here).servers.as_deref().unwrap_or_default();
    let are_servers_local = !servers.is_empty() && servers.iter().all(|address| reach_of(address) == Reach::Machine);
    let (status, addresses, message) = if !reserved.is_empty() {
        (
            Status::Fail,
            reserved,
            "mesh gateways have reserved or cluster-internal WAN addresses, which no other cluster reaches",
        )
    } else if !loopback.is_empty() && !is_one_machine && !are_servers_local {
        (Status::Fail, loopback, "mesh gateways have loopback WAN addresses, which the other cluster does not reach")
    } else if !loopback.is_empty() && !is_one_machine {
        let message =
            "mesh gateways have loopback WAN addresses: the other cluster reaches them only on the same machine";
        (Status::Warning, loopback, message)
    } else if !private.is_empty() && !is_one_network {
        (Status::Warning, private, "mesh gateways have private WAN addresses: only routed networks reach them")
    } else if !loopback.is_empty() {
        let message =
            "the WAN addresses are loopback addresses, like those of the servers: both clusters are on one machine";
        return Ok(here.pass(ID, message).evidence("addresses", loopback));
    } else if !private.is_empty() {
        let message = "the WAN addresses are private, like those under which the servers reach each other";
        return Ok(here.pass(ID, message).evidence("addresses", private));
    } else {
        return Ok(here.pass(ID, "no WAN address is loopback, private or reserved"));
    };
    Ok(here.check(ID, status, message).fix(fix::register_gateway()).evidence("addresses", addresses))
}

/// From where an address may be reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Any,
    Network,
    Machine,
    Nowhere,
}

#[inline(never)]
fn reach_of(address: &str) -> Reach {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
    match reach::concerns_of(Address { host, port: 0 }).next() {
        None | Some(Concern::Port(_)) => Reach::Any,
        Some(Concern::Local) => Reach::Machine,
        Some(Concern::Private | Concern::CarrierGrade | Concern::UniqueLocal) => Reach::Network,
        Some(Concern::LinkLocal | Concern::Documentation | Concern::ClusterName) => Reach::Nowhere,
    }
}

/// The addresses that a dialer uses; none of an acceptor.
fn dialed_addresses(side: &Snapshot) -> Vec<String> {
    side.peering.as_ref().map(|peering| peering.get("peer_server_addresses").texts()).unwrap_or_default()
}

fn proxy_mode<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::GatewaysProxyMode;
    let entry = here.proxy_defaults.as_ref()?;
    let mode = entry.get("MeshGateway").get("Mode").non_empty_text();
    Ok(match mode.as_deref() {
        // The mode of the calling cluster decides.
        Some("none") if pair.followed(here.imports()?).is_empty() => {
            here.not_applicable(ID, "no checked service is imported here")
        }
        Some("none") => here
            .fail(ID, "proxy-defaults turn mesh gateways off for all proxies")
            .fix(fix::proxy_defaults(entry))
            .evidence("mode", mode.into_iter().collect()),
        _ => here.pass(ID, "mesh gateways are not turned off"),
    })
}
