//! A peering server's address, `host:port`, as Consul reads it when a token is used: Go's `net.SplitHostPort`, then a
//! port from 1 to 65535.

use super::text;

/// An address that Consul can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Without the brackets of an IPv6 address; may be empty.
    pub host: &'a str,
    pub port: u16,
}

/// Why an address cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it has a scheme")]
    Scheme,
    #[error("it is several addresses")]
    Several,
    #[error("it has a space or another character that no host has")]
    Characters,
    #[error("it has no port")]
    NoPort,
    #[error("its brackets are not those of an IPv6 address")]
    Brackets,
    #[error("its port is not one from 1 to 65535")]
    Port,
}

impl Fault {
    /// How to fix it.
    pub fn fix(self) -> &'static str {
        match self {
            Fault::Scheme => "Leave the scheme out: host:port.",
            Fault::Several => "Pass each address as a separate item.",
            Fault::Characters => "Remove spaces, paths and credentials: host:port alone.",
            Fault::NoPort => "Add the port of the servers' gRPC TLS listener, by default 8503, or the mesh gateway's.",
            Fault::Brackets => "Write IPv6 addresses in brackets: [2001:db8::1]:8503.",
            Fault::Port => "Use a port from 1 to 65535.",
        }
    }
}

/// Reads an address, or returns why it cannot be used. Consul accepts some unusable ones and fails when it dials.
pub fn parse(address: &str) -> Result<Address<'_>, Fault> {
    if text::contains(address, "://") {
        return Err(Fault::Scheme);
    }
    if address.contains(',') {
        return Err(Fault::Several);
    }
    if address.contains(is_in_no_host) {
        return Err(Fault::Characters);
    }
    let (host, port) = split(address)?;
    // Go's Atoi, and Rust's: a sign and leading zeros are fine.
    match port.parse::<u16>() {
        Ok(port @ 1..) => Ok(Address { host, port }),
        _ => Err(Fault::Port),
    }
}

/// White space, control characters, and the separators of a URL.
pub fn is_in_no_host(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '/' | '\\' | '@' | '?' | '#' | '"' | '\'' | ';')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_consul_accepts() {
        for (address, expected) in [
            ("1.2.3.4:8503", "1.2.3.4"),
            ("host.example:1", "host.example"),
            ("a:65535", "a"),
            ("[2001:db8::1]:8503", "2001:db8::1"),
            (":8503", ""),
            ("a:+9", "a"),
            ("a:09", "a"),
        ] {
            assert_eq!(parse(address).map(|address| address.host), Ok(expected), "{address}");
        }
    }

    #[test]
    fn ports_are_numbers() {
        for (address, port) in [("a:1", 1), ("a:65535", 65535), ("a:+9", 9), ("a:09", 9)] {
            assert_eq!(parse(address).map(|address| address.port), Ok(port), "{address}");
        }
    }

    #[test]
    fn rejects_unusable_addresses() {
        for (address, fault) in [
            ("", Fault::NoPort),
            ("1.2.3.4", Fault::NoPort),
            ("[2001:db8::1]", Fault::NoPort),
            ("a:", Fault::Port),
            ("a:0", Fault::Port),
            ("a:65536", Fault::Port),
            ("a:-1", Fault::Port),
            ("a:http", Fault::Port),
            ("a: 9", Fault::Characters),
            (" a:9", Fault::Characters),
            ("a\u{a0}b:9", Fault::Characters),
            ("a/b:9", Fault::Characters),
            ("user@a:9", Fault::Characters),
            ("a:9,b:9", Fault::Several),
            ("2001:db8::1", Fault::Brackets),
            ("2001:db8::1:8503", Fault::Brackets),
            ("[::1:8503", Fault::Brackets),
            ("[::1]x:8503", Fault::Brackets),
            ("a]:8503", Fault::Brackets),
            ("[[::1]]:8503", Fault::Brackets),
            ("a:8[5]", Fault::Brackets),
            ("http://a:8503", Fault::Scheme),
        ] {
            assert_eq!(parse(address), Err(fault), "{address}");
        }
    }

    #[test]
    fn each_rule_has_its_own_fix() {
        assert!(Fault::Scheme.fix().contains("scheme"));
        assert!(Fault::Several.fix().contains("each"));
        assert!(Fault::Characters.fix().contains("spaces"));
        assert!(Fault::NoPort.fix().contains("8503"));
        assert!(Fault::Brackets.fix().contains('['));
        assert!(Fault::Port.fix().contains("65535"));
    }
}
