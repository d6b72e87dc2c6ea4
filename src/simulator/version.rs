//! Differences between versions of Consul.

/// The default version.
pub const NEWEST: &str = "1.22.7";
const OLDEST: u32 = 13;

/// A version of Consul from 1.13 on.
#[derive(Clone, Debug)]
pub struct Version {
    /// The full version: `1.22.7`.
    pub text: String,
    minor: u32,
}

impl Version {
    /// Parses `1.22.7`, `1.19`, …; None for other texts and for versions before 1.13.
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let are_numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if !are_numbers || !(2..=3).contains(&parts.len()) || parts[0] != "1" {
            return None;
        }
        let minor = parts[1].parse().ok().filter(|minor| *minor >= OLDEST)?;
        Some(Self { text: text.into(), minor })
    }

    /// Empty responses have a Content-Type.
    pub fn types_empty_responses(&self) -> bool {
        self.minor >= 20
    }

    /// Peerings have `StreamStatus` and `Remote` instead of two counts.
    pub fn has_remote(&self) -> bool {
        self.minor >= 14
    }

    /// Peering tokens contain a locality.
    pub fn has_locality(&self) -> bool {
        self.minor >= 16
    }

    /// Peering tokens contain external addresses in addition to the server addresses, instead of replacing them.
    pub fn has_manual_addresses(&self) -> bool {
        self.minor >= 14
    }

    /// A refused exchange leaves a PENDING dialer behind.
    pub fn writes_before_exchange(&self) -> bool {
        self.minor >= 14
    }

    /// Peer names may have capital letters.
    pub fn allows_capitals(&self) -> bool {
        self.minor < 15
    }

    /// Times of events that have not happened are null.
    pub fn never_is_null(&self) -> bool {
        self.minor >= 15
    }

    /// Reads support blocking queries, and return their index.
    pub fn has_blocking_queries(&self) -> bool {
        self.minor >= 16
    }

    /// The status of an establish request that reached no server.
    pub fn unreachable_status(&self) -> u16 {
        if self.minor >= 16 { 503 } else { 500 }
    }

    /// The prefix of errors from another server.
    pub fn error_prefix(&self) -> &'static str {
        if self.minor >= 16 { "" } else { "rpc error: code = Unknown desc = " }
    }

    /// The error for a peering token of the same cluster.
    pub fn same_cluster(&self, server_name: &str) -> String {
        if self.minor < 14 {
            return "cannot create a peering within the same partition (ENT) or cluster (OSS)".into();
        }
        format!(
            "cannot create a peering within the same cluster \"{server_name}\". Refer to the `exported-services` \
             documentation if you want to export between partitions without peering"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for version in ["1.13", "1.13.0", "1.22.7", "1.30.12"] {
            assert_eq!(Version::read(version).unwrap().text, version);
        }
        for version in ["", "1", "1.12.9", "2.0", "1.22.7.1", "1.22.x", "v1.22", "1..22", "newest"] {
            assert!(Version::read(version).is_none(), "{version}");
        }
    }
}
