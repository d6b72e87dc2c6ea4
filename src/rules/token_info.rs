//! What a peering token contains about the cluster that generated it. None of it is secret.

use serde::Serialize;

/// The cluster that generated a token.
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
    /// The addresses that Consul dials: manual ones take precedence.
    pub fn dialed(&self) -> &[String] {
        if self.manual_server_addresses.is_empty() { &self.server_addresses } else { &self.manual_server_addresses }
    }
}

/// A CA of the acceptor's servers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Authority {
    pub subject: String,
    /// RFC 3339.
    pub not_before: String,
    /// RFC 3339.
    pub not_after: String,
    pub expired: bool,
}
