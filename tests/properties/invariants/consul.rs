//! Consul's own expressions and limits.

use std::sync::LazyLock;

use regex::Regex;

fn expression(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// A peer's name.
pub fn takes_name(name: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| expression("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"));
    NAME.is_match(name)
}

/// One pair of meta.
pub fn takes_pair(key: &str, value: &str) -> bool {
    static KEY: LazyLock<Regex> = LazyLock::new(|| expression("^[a-zA-Z0-9_-]+$"));
    KEY.is_match(key) && key.len() <= 128 && !key.starts_with("consul-") && value.len() <= 512
}

/// The host of an address that Consul accepts: what Go's `SplitHostPort` and `Atoi` accept, port 1 to 65535.
pub fn host_of(address: &str) -> Option<&str> {
    static ADDRESS: LazyLock<Regex> =
        LazyLock::new(|| expression(r"^(?:\[([^\[\]]*)\]|([^\[\]:]*)):\+?0*([1-9][0-9]{0,4})$"));
    let parts = ADDRESS.captures(address)?;
    let port: u32 = parts[3].parse().unwrap();
    (port <= 65535).then(|| parts.get(1).or(parts.get(2)).unwrap().as_str())
}

/// Whether an address that Consul accepts has a host that cannot exist, so that dialing it fails.
pub fn leads_nowhere(address: &str) -> bool {
    address.chars().any(|c| c.is_whitespace() || c.is_control() || "/\\@?#\"';,".contains(c))
}

/// A datacenter's or a partition's name, if it is not empty.
pub fn takes_label(name: &str) -> bool {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| expression("^[a-zA-Z0-9_-]+$"));
    LABEL.is_match(name)
}

/// Datacenter and trust domain in the server name of a certificate for peering.
pub fn server_name_parts(name: &str) -> Option<(&str, &str)> {
    static NAME: LazyLock<Regex> = LazyLock::new(|| expression(r"^server\.((?s:.*?))\.peering\.((?s:.*))$"));
    let parts = NAME.captures(name)?;
    Some((parts.get(1).unwrap().as_str(), parts.get(2).unwrap().as_str()))
}
