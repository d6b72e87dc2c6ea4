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
pub enum AddressError {
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

impl AddressError {
    /// How to fix it.
    pub fn fix(self) -> &'static str {
        match self {
            AddressError::Scheme => "Leave the scheme out: host:port.",
            AddressError::Several => "Pass each address as a separate item.",
            AddressError::Characters => "Remove spaces, paths and credentials: host:port alone.",
            AddressError::NoPort => {
                "Add the port of the servers' gRPC TLS listener, by default 8503, or the mesh gateway's."
            }
            AddressError::Brackets => "Write IPv6 addresses in brackets: [2001:db8::1]:8503.",
            AddressError::Port => "Use a port from 1 to 65535.",
        }
    }
}

/// Reads an address, or returns why it cannot be used. Consul accepts some unusable ones and fails when it dials.
pub fn parse(address: &str) -> Result<Address<'_>, AddressError> {
    if text::contains(address, "://") {
        return Err(AddressError::Scheme);
    }
    if address.contains(',') {
        return Err(AddressError::Several);
    }
    if address.contains(is_in_no_host) {
        return Err(AddressError::Characters);
    }
    let (host, port) = split(address)?;
    // Go's Atoi, and Rust's: a sign and leading zeros are fine.
    match port.parse::<u16>() {
        Ok(port @ 1..) => Ok(Address { host, port }),
        _ => Err(AddressError::Port),
    }
}

/// White space, control characters, and the separators of a URL.
pub fn is_in_no_host(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '/' | '\\' | '@' | '?' | '#' | '"' | '\'' | ';')
}

/// Go's `SplitHostPort`.
fn split(address: &str) -> Result<(&str, &str), AddressError> {
    let port = text::after_last(address, ":");
    let before = address.strip_suffix(port).and_then(|before| before.strip_suffix(':')).ok_or(AddressError::NoPort)?;
    let host = match before.strip_prefix('[') {
        Some(rest) => match rest.strip_suffix(']') {
            Some(host) => host,
            None if address.ends_with(']') => return Err(AddressError::NoPort),
            None => return Err(AddressError::Brackets),
        },
        None if text::contains(before, ":") => return Err(AddressError::Brackets),
        None => before,
    };
    if host.contains(['[', ']']) || port.contains(['[', ']']) { Err(AddressError::Brackets) } else { Ok((host, port)) }
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
            ("", AddressError::NoPort),
            ("1.2.3.4", AddressError::NoPort),
            ("[2001:db8::1]", AddressError::NoPort),
            ("a:", AddressError::Port),
            ("a:0", AddressError::Port),
            ("a:65536", AddressError::Port),
            ("a:-1", AddressError::Port),
            ("a:http", AddressError::Port),
            ("a: 9", AddressError::Characters),
            (" a:9", AddressError::Characters),
            ("a\u{a0}b:9", AddressError::Characters),
            ("a/b:9", AddressError::Characters),
            ("user@a:9", AddressError::Characters),
            ("a:9,b:9", AddressError::Several),
            ("2001:db8::1", AddressError::Brackets),
            ("2001:db8::1:8503", AddressError::Brackets),
            ("[::1:8503", AddressError::Brackets),
            ("[::1]x:8503", AddressError::Brackets),
            ("a]:8503", AddressError::Brackets),
            ("[[::1]]:8503", AddressError::Brackets),
            ("a:8[5]", AddressError::Brackets),
            ("http://a:8503", AddressError::Scheme),
        ] {
            assert_eq!(parse(address), Err(fault), "{address}");
        }
    }

    #[test]
    fn each_rule_has_its_own_fix() {
        assert!(AddressError::Scheme.fix().contains("scheme"));
        assert!(AddressError::Several.fix().contains("each"));
        assert!(AddressError::Characters.fix().contains("spaces"));
        assert!(AddressError::NoPort.fix().contains("8503"));
        assert!(AddressError::Brackets.fix().contains('['));
        assert!(AddressError::Port.fix().contains("65535"));
    }
}
