//! A peering server's address, `host:port`, as Consul reads it when a token is used: Go's `net.SplitHostPort`, then a
//! port from 1 to 65535.

use super::text;

/// Why an address cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Scheme,
    NoPort,
    Brackets,
    Port,
}

impl Fault {
    /// What to do about it.
    pub fn fix(self) -> &'static str {
        match self {
            Fault::Scheme => "Leave the scheme out: host:port.",
            Fault::NoPort => "Add the port of the servers' gRPC TLS listener, by default 8503, or the mesh gateway's.",
            Fault::Brackets => "Write IPv6 addresses in brackets: [2001:db8::1]:8503.",
            Fault::Port => "Give a port from 1 to 65535.",
        }
    }
}

/// The host of an address that Consul can use, or why it cannot.
pub fn host(address: &str) -> Result<&str, Fault> {
    if text::contains(address, "://") {
        return Err(Fault::Scheme);
    }
    let (host, port) = split(address)?;
    // Go's Atoi, and Rust's: a sign and leading zeros are fine.
    match port.parse::<i64>() {
        Ok(1..=65535) => Ok(host),
        _ => Err(Fault::Port),
    }
}

/// Go's `SplitHostPort`.
fn split(address: &str) -> Result<(&str, &str), Fault> {
    let port = text::after_last(address, ":");
    let before = address.strip_suffix(port).and_then(|before| before.strip_suffix(':')).ok_or(Fault::NoPort)?;
    let host = match before.strip_prefix('[') {
        Some(rest) => match rest.strip_suffix(']') {
            Some(host) => host,
            None if address.ends_with(']') => return Err(Fault::NoPort),
            None => return Err(Fault::Brackets),
        },
        None if text::contains(before, ":") => return Err(Fault::Brackets),
        None => before,
    };
    if host.contains(['[', ']']) || port.contains(['[', ']']) { Err(Fault::Brackets) } else { Ok((host, port)) }
}

/// Whether a host can only mean the machine that reads it: such an address leads nowhere from another one.
pub fn is_local(host: &str) -> bool {
    matches!(host, "" | "localhost" | "0.0.0.0" | "::" | "::1") || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_consul_takes() {
        for (address, expected) in [
            ("1.2.3.4:8503", "1.2.3.4"),
            ("host.example:1", "host.example"),
            ("a:65535", "a"),
            ("[2001:db8::1]:8503", "2001:db8::1"),
            (":8503", ""),
            ("a:+9", "a"),
            ("a:09", "a"),
        ] {
            assert_eq!(host(address), Ok(expected), "{address}");
        }
    }

    #[test]
    fn what_consul_refuses_and_why() {
        for (address, fault) in [
            ("", Fault::NoPort),
            ("1.2.3.4", Fault::NoPort),
            ("[2001:db8::1]", Fault::NoPort),
            ("a:", Fault::Port),
            ("a:0", Fault::Port),
            ("a:65536", Fault::Port),
            ("a:-1", Fault::Port),
            ("a:http", Fault::Port),
            ("a: 9", Fault::Port),
            ("2001:db8::1", Fault::Brackets),
            ("2001:db8::1:8503", Fault::Brackets),
            ("[::1:8503", Fault::Brackets),
            ("[::1]x:8503", Fault::Brackets),
            ("a]:8503", Fault::Brackets),
            ("[[::1]]:8503", Fault::Brackets),
            ("a:8[5]", Fault::Brackets),
            ("http://a:8503", Fault::Scheme),
        ] {
            assert_eq!(host(address), Err(fault), "{address}");
        }
    }

    #[test]
    fn each_fault_has_a_fix_of_its_own() {
        assert!(Fault::Scheme.fix().contains("scheme"));
        assert!(Fault::NoPort.fix().contains("8503"));
        assert!(Fault::Brackets.fix().contains('['));
        assert!(Fault::Port.fix().contains("65535"));
    }

    #[test]
    fn local_hosts() {
        for host in ["", "localhost", "127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["10.0.0.1", "a.example", "128.0.0.1"] {
            assert!(!is_local(host), "{host}");
        }
    }
}
