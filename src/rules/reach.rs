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
            Concern::Local => {
                "Unless both clusters run on this machine, generate the token with server_external_addresses."
            }
            Concern::Private | Concern::CarrierGrade | Concern::UniqueLocal => {
                "If the two networks are not routed to each other, generate the token with \
                 server_external_addresses."
            }
            Concern::LinkLocal | Concern::Documentation | Concern::ClusterName => {
                "Generate the token with server_external_addresses."
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
mod tests {
    use super::super::address;
    use super::*;

    fn parsed<'a>(texts: &[&'a str]) -> Vec<(&'a str, Address<'a>)> {
        texts.iter().map(|text| (*text, address::parse(text).unwrap())).collect()
    }

    fn rules(host: &str) -> Vec<&'static str> {
        concerns_of(Address { host, port: 8503 }).map(Concern::rule).collect()
    }

    #[test]
    fn ranges_begin_and_end_where_they_are_registered() {
        for (rule, inside, outside) in [
            ("local_address", &["127.0.0.0", "127.255.255.255", "0.0.0.0"][..], &["126.255.255.255", "128.0.0.0"][..]),
            ("local_address", &["::1", "::", "::ffff:127.0.0.1"], &["::2"]),
            ("local_address", &["", "localhost", "LocalHost.", "a.localhost"], &["localhost.example", "locals"]),
            ("link_local_address", &["169.254.0.0", "169.254.255.255"], &["169.253.255.255", "169.255.0.0"]),
            ("link_local_address", &["fe80::", "febf::1", "fe80::1%eth0"], &["fe7f::1", "fec0::1"]),
            ("private_address", &["10.0.0.0", "10.255.255.255", "::ffff:10.0.0.1"], &["9.255.255.255", "11.0.0.0"]),
            ("private_address", &["172.16.0.0", "172.31.255.255"], &["172.15.255.255", "172.32.0.0"]),
            ("private_address", &["192.168.0.0", "192.168.255.255"], &["192.167.255.255", "192.169.0.0"]),
            ("private_address", &["100.64.0.0", "100.127.255.255"], &["100.63.255.255", "100.128.0.0"]),
            ("private_address", &["fc00::", "fdff:ffff::"], &["fbff::", "fe00::"]),
            ("documentation_address", &["192.0.2.0", "198.51.100.255", "203.0.113.9"], &["192.0.3.0", "203.0.112.255"]),
            ("documentation_address", &["2001:db8::", "3fff:fff::"], &["2001:db7::1", "2001:db9::1", "3fff:1000::"]),
            ("cluster_name", &["consul.service.consul", "server.ns.svc", "a.svc.cluster.local."], &["svc.example"]),
        ] {
            for host in inside {
                assert_eq!(rules(host), [rule], "{host}");
            }
            for host in outside {
                assert_eq!(rules(host), [""; 0], "{host}");
            }
        }
        for host in ["1.2.3.4", "2a00::1", "consul.example", "10.0.0.1.example", "a.local"] {
            assert_eq!(rules(host), [""; 0], "{host}");
        }
    }

    #[test]
    fn ports_of_other_listeners() {
        for port in [8300, 8301, 8302, 8500, 8501, 8502, 8600] {
            let concerns_of: Vec<_> = concerns_of(Address { host: "a.example", port }).map(Concern::rule).collect();
            assert_eq!(concerns_of, ["unlikely_port"], "{port}");
        }
        for port in [1, 443, 8443, 8503, 8299, 8499, 8504] {
            assert_eq!(concerns_of(Address { host: "a.example", port }).count(), 0, "{port}");
        }
    }

    #[test]
    fn an_address_has_each_doubt_once() {
        let mut findings = Vec::new();
        check_given("f[0]", "10.0.0.1:8500", address::parse("10.0.0.1:8500").unwrap(), &mut findings);
        let texts: Vec<_> = findings.iter().map(|finding| (finding.rule, &*finding.message)).collect();
        assert_eq!(
            texts,
            [
                ("private_address", "f[0] \"10.0.0.1:8500\" is private (RFC 1918): only routed networks reach it."),
                ("unlikely_port", "f[0] \"10.0.0.1:8500\" has the default port of the HTTP API, not of gRPC with TLS."),
            ]
        );
    }

    #[test]
    fn a_token_has_each_doubt_once_whatever_the_number_of_its_servers() {
        let addresses = parsed(&["10.0.0.1:8503", "10.0.0.2:8503", "a.example:1", "10.0.0.3:8502"]);
        let mut findings = Vec::new();
        check_in_token("t", &addresses, &mut findings);
        let texts: Vec<_> = findings.iter().map(|finding| (finding.rule, &*finding.message)).collect();
        assert_eq!(texts[0].0, "private_address");
        assert!(texts[0].1.starts_with("t's address \"10.0.0.1:8503\" (one of 3 such) is private"), "{texts:?}");
        assert_eq!(
            texts[1],
            (
                "unlikely_port",
                "t's address \"10.0.0.3:8502\" has the default port of gRPC without TLS, not of gRPC with TLS."
            )
        );
        assert_eq!(texts.len(), 2);
    }

    #[test]
    fn several_host_names() {
        let count = |texts: &[&str]| {
            let mut findings = Vec::new();
            check_names("t", &parsed(texts), &mut findings);
            findings.len()
        };
        assert_eq!(count(&["a.example:1", "b.example:1"]), 1);
        assert_eq!(count(&["a.example:1", "A.example.:2", "1.2.3.4:1", "[2a00::1]:1"]), 0, "one name and IP addresses");
        assert_eq!(count(&["1.2.3.4:1", "1.2.3.5:1"]), 0);
        assert_eq!(count(&[]), 0);
    }
}
