//! What a peering token says about the cluster that generated it. All of it may be shown.

use super::value::{Value, object};

/// Where a token leads.
#[derive(Clone, Debug, PartialEq)]
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
    /// As the caller sees it.
    pub fn to_value(&self) -> Value {
        object([
            ("datacenter", self.datacenter.as_deref().into()),
            ("partition", self.partition.as_deref().into()),
            ("trust_domain", self.trust_domain.as_deref().into()),
            ("server_name", (&*self.server_name).into()),
            ("peer_id", (&*self.peer_id).into()),
            ("server_addresses", (&*self.server_addresses).into()),
            ("manual_server_addresses", (&*self.manual_server_addresses).into()),
            ("authorities", Value::List(self.authorities.iter().map(Authority::to_value).collect())),
        ])
    }

    /// The addresses that Consul dials: manual ones win.
    pub fn dialed(&self) -> &[String] {
        if self.manual_server_addresses.is_empty() { &self.server_addresses } else { &self.manual_server_addresses }
    }
}

/// A CA that the acceptor's servers show.
#[derive(Clone, Debug, PartialEq)]
pub struct Authority {
    pub subject: String,
    /// RFC 3339.
    pub not_before: String,
    /// RFC 3339.
    pub not_after: String,
    pub expired: bool,
}

impl Authority {
    fn to_value(&self) -> Value {
        object([
            ("subject", (&*self.subject).into()),
            ("not_before", (&*self.not_before).into()),
            ("not_after", (&*self.not_after).into()),
            ("expired", Value::Bool(self.expired)),
        ])
    }
}
