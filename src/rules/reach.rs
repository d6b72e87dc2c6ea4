//! Whether other clusters can reach an address: it may be valid for Consul and fail in another network.
//!
//! All findings are warnings. A private address is right between routed networks, and a load balancer may listen on any
//! port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::Address;
use super::finding::{Finding, excerpt};
use super::text::{after_last, before};

/// Why an address may not lead to the servers of the accepting cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    Local,
    LinkLocal,
    Private,
    CarrierGrade,
    UniqueLocal,
    Documentation,
    ClusterName,
    Port(&'static str),
}

impl Concern {
    pub fn rule(self) -> &'static str {
        match self {
            Concern::Local => "local_address",
            Concern::LinkLocal => "link_local_address",
            Concern::Private | Concern::CarrierGrade | Concern::UniqueLocal => "private_address",
            Concern::Documentation => "documentation_address",
            Concern::ClusterName => "cluster_name",
            Concern::Port(_) => "unlikely_port",
        }
    }

    /// The predicate after the address in a message.
    fn text(self) -> String {
        let text = match self {
            Concern::Local => "is a loopback address, which the dialing servers resolve to themselves",
            Concern::LinkLocal => "is link-local: it is valid on one network segment only",
            Concern::Private => "is private (RFC 1918): only routed networks reach it",
            Concern::CarrierGrade => "is in 100.64.0.0/10 (carrier-grade NAT): only routed networks reach it",
            Concern::UniqueLocal => "is a unique local IPv6 address (fc00::/7): only routed networks reach it",
            Concern::Documentation => "is in a range that is reserved for documentation, and not routed",
            Concern::ClusterName => "has a name that resolves inside its own cluster only",
            Concern::Port(service) => return format!("has the default port of {service}, not of gRPC with TLS"),
        };
        text.into()
    }

    /// The fix for an address of the caller.
    fn fix(self) -> &'static str {
        match self {
            Concern::Local | Concern::LinkLocal | Concern::Documentation => {
                "Use an address that other clusters can reach."
            }
            Concern::Private | Concern::CarrierGrade | Concern::UniqueLocal => {
                "If the two networks are not routed to each other, use a public address."
            }
            Concern::ClusterName => "Use a name that other clusters can resolve.",
            Concern::Port(_) => "Use the port of grpc_tls, by default 8503, or of the mesh gateway.",
        }
    }

    /// The fix for an address that Consul has put into a token.
    fn fix_in_token(self) -> &'static str {
        match self {
            Concern::Local => "Unless both clusters run on this machine, generate the token with external addresses.",
            Concern::Private | Concern::CarrierGrade | Concern::UniqueLocal => {
                "If the two networks are not routed to each other, generate the token with \
                 external addresses."
            }
            Concern::LinkLocal | Concern::Documentation | Concern::ClusterName => {
                "Generate the token with external addresses."
            }
            Concern::Port(_) => {
                "Set ports.grpc_tls on the accepting servers, by default 8503, and generate a new token."
            }
        }
    }
}

/// The concerns about one address.
pub fn concerns_of(address: Address) -> impl Iterator<Item = Concern> {
    [of_host(address.host), of_port(address.port)].into_iter().flatten()
}

fn of_host(host: &str) -> Option<Concern> {
    match ip(host) {
        Some(IpAddr::V4(ip)) => of_ipv4(ip),
        Some(IpAddr::V6(ip)) => of_ipv6(ip),
        None => of_name(&name(host)),
    }
}

/// The IP address of a host. IPv4 may be written as IPv6, and IPv6 may have a zone.
fn ip(host: &str) -> Option<IpAddr> {
    before(host, "%").parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

/// A host name, normalised for comparison.
fn name(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn of_ipv4(ip: Ipv4Addr) -> Option<Concern> {
    let [first, second, ..] = ip.octets();
    Some(match first {
        0 | 127 => Concern::Local,
        100 if second & 0xc0 == 64 => Concern::CarrierGrade,
        _ if ip.is_link_local() => Concern::LinkLocal,
        _ if ip.is_private() => Concern::Private,
        _ if ip.is_documentation() => Concern::Documentation,
        _ => return None,
    })
}

fn of_ipv6(ip: Ipv6Addr) -> Option<Concern> {
    let [first, second, ..] = ip.segments();
    Some(match first {
        _ if ip.is_loopback() || ip.is_unspecified() => Concern::Local,
        0xfe80..=0xfebf => Concern::LinkLocal,
        0xfc00..=0xfdff => Concern::UniqueLocal,
        0x2001 if second == 0xdb8 => Concern::Documentation,
        0x3fff if second <= 0xfff => Concern::Documentation,
        _ => return None,
    })
}

fn of_name(name: &str) -> Option<Concern> {
    match after_last(name, ".") {
        "" | "localhost" => Some(Concern::Local),
        // Kubernetes' services, and Consul's own DNS.
        "svc" | "consul" => Some(Concern::ClusterName),
        "local" if name.ends_with(".cluster.local") => Some(Concern::ClusterName),
        _ => None,
    }
}

fn of_port(port: u16) -> Option<Concern> {
    Some(Concern::Port(match port {
        8300 => "server RPC",
        8301 | 8302 => "gossip",
        8500 => "the HTTP API",
        8501 => "the HTTPS API",
        8502 => "gRPC without TLS",
        8600 => "DNS",
        _ => return None,
    }))
}

/// Warns of an address in `field`.
pub fn check_given(field: &str, text: &str, address: Address, findings: &mut Vec<Finding>) {
    findings.extend(concerns_of(address).map(|concern| {
        let message = format!("{field} \"{}\" {}.", excerpt(text, 60), concern.text());
        Finding::warning(field, concern.rule(), &message, concern.fix())
    }));
}

/// Warns of the addresses in a token, once for each concern: a cluster has several servers.
pub fn check_in_token(field: &str, addresses: &[(&str, Address)], findings: &mut Vec<Finding>) {
    let mut found: Vec<(Concern, &str, usize)> = Vec::new();
    for (text, address) in addresses {
        for concern in concerns_of(*address) {
            match found.iter_mut().find(|(known, ..)| *known == concern) {
                Some((.., count)) => *count += 1,
                None => found.push((concern, text, 1)),
            }
        }
    }
    findings.extend(found.into_iter().map(|(concern, text, count)| {
        let others = if count > 1 { format!(" (one of {count} such)") } else { String::new() };
        let message = format!("{field}'s address \"{}\"{others} {}.", excerpt(text, 60), concern.text());
        Finding::warning(field, concern.rule(), &message, concern.fix_in_token())
    }));
}

/// Warns of several host names in one peering.
pub fn check_names(field: &str, addresses: &[(&str, Address)], findings: &mut Vec<Finding>) {
    let mut names: Vec<String> = Vec::new();
    for (_, address) in addresses.iter().filter(|(_, address)| ip(address.host).is_none()) {
        let name = name(address.host);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > 1 {
        let message = format!(
            "{field} has {} different host names: mesh gateways of the dialing cluster resolve one only, and may not \
             restart.",
            names.len(),
        );
        findings.push(Finding::warning(
            field,
            "host_names",
            &message,
            "Use one name that resolves to all servers, or their IP addresses.",
        ));
    }
}

#[cfg(test)]
mod tests;
