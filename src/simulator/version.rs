//! What Consul's versions answer differently.

/// The version that a cluster has by default.
pub const NEWEST: &str = "1.22.7";
const OLDEST: u32 = 13;

/// A version of Consul from 1.13 on.
#[derive(Clone, Debug)]
pub struct Version {
    /// As given: `1.22.7`.
    pub text: String,
    minor: u32,
}

impl Version {
    /// `1.22.7`, `1.19`, …; nothing where it is no such version.
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let are_numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if !are_numbers || !(2..=3).contains(&parts.len()) || parts[0] != "1" {
            return None;
        }
        let minor = parts[1].parse().ok().filter(|minor| *minor >= OLDEST)?;
        Some(Self { text: text.into(), minor })
    }

    /// Empty answers have a Content-Type.
    pub fn types_empty_answers(&self) -> bool {
        self.minor >= 20
    }

    /// `StreamStatus` and `Remote` in place of two counts.
    pub fn has_remote(&self) -> bool {
        self.minor >= 14
    }

    /// Tokens carry a locality.
    pub fn has_locality(&self) -> bool {
        self.minor >= 16
    }

    /// External addresses are added to the servers' own, and do not replace them.
    pub fn has_manual_addresses(&self) -> bool {
        self.minor >= 14
    }

    /// A refused exchange leaves a PENDING dialer behind.
    pub fn writes_before_exchange(&self) -> bool {
        self.minor >= 14
    }

    /// Names may have capital letters.
    pub fn takes_capitals(&self) -> bool {
        self.minor < 15
    }

    /// A time that never was is null.
    pub fn never_is_null(&self) -> bool {
        self.minor >= 15
    }

    /// Reads can wait for a change, and give their index.
    pub fn blocks(&self) -> bool {
        self.minor >= 16
    }

    /// The status of an establish that reached no server.
    pub fn unreachable_status(&self) -> u16 {
        if self.minor >= 16 { 503 } else { 500 }
    }

    /// What precedes the text of an error that came from another server.
    pub fn error_prefix(&self) -> &'static str {
        if self.minor >= 16 { "" } else { "rpc error: code = Unknown desc = " }
    }

    /// The refusal of a cluster's own token.
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
