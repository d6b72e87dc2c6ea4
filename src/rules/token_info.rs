//! What a peering token says about the cluster that generated it. All of it may be shown.

use serde::Serialize;

/// Where a token leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenInfo {
    pub datacenter: Option<String>,
    pub partition: Option<String>,
    pub trust_domain: Option<String>,
    pub server_name: String,
    pub peer_id: String,
    pub server_addresses: Vec<String>,
    pub manual_server_addresses: Vec<String>,
    pub authorities: Vec<Authority>,
}

impl TokenInfo {
    /// The addresses that Consul dials: manual ones win.
    pub fn dialed(&self) -> &[String] {
        if self.manual_server_addresses.is_empty() { &self.server_addresses } else { &self.manual_server_addresses }
    }
}

/// A CA that the acceptor's servers show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Authority {
    pub subject: String,
    /// RFC 3339.
    pub not_before: String,
    /// RFC 3339.
    pub not_after: String,
    pub expired: bool,
}
