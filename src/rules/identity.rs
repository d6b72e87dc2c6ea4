//! The identity of a cluster: its datacenter and its trust domain.

use serde::Serialize;

use super::text::cut;
use super::value::Value;

/// Federated datacenters share a trust domain, and unrelated clusters may give their datacenters the same name: only both
/// parts together identify a cluster. A cluster that is rebuilt gets a new trust domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub datacenter: Option<String>,
    pub trust_domain: Option<String>,
}

impl Identity {
    /// Reads `{ datacenter, trust_domain }`.
    pub fn read(value: &Value) -> Self {
        Self {
            datacenter: value.get("datacenter").non_empty_text(),
            trust_domain: value.get("trust_domain").non_empty_text(),
        }
    }

    /// The known parts of both; this one's take precedence.
    pub fn or(self, other: Self) -> Self {
        Self {
            datacenter: self.datacenter.or(other.datacenter),
            trust_domain: self.trust_domain.or(other.trust_domain),
        }
    }

    /// Whether both are known to be the same cluster.
    pub fn is(&self, other: &Self) -> bool {
        let name = self.server_name();
        name.is_some() && name == other.server_name()
    }

    /// Whether `other` has the same datacenter and another trust domain: this cluster after it was rebuilt, or another
    /// one of the same name.
    pub fn is_rebuilt_as(&self, other: &Self) -> bool {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let both = |a: &Option<String>, b: &Option<String>| Some(same(a.as_ref()?, b.as_ref()?));
        both(&self.datacenter, &other.datacenter) == Some(true)
            && both(&self.trust_domain, &other.trust_domain) == Some(false)
    }

    /// The server name in the tokens of this cluster, if both parts are known.
    pub fn server_name(&self) -> Option<String> {
        Some(format!("server.{}.peering.{}", self.datacenter.as_ref()?, self.trust_domain.as_ref()?))
    }

    /// Reads such a server name; both parts are unknown if it is invalid.
    pub fn from_server_name(name: &str) -> Self {
        let parts = name.strip_prefix("server.").and_then(|rest| cut(rest, ".peering."));
        let non_empty_text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            datacenter: parts.and_then(|(datacenter, _)| non_empty_text(datacenter)),
            trust_domain: parts.and_then(|(_, domain)| non_empty_text(domain)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_names() {
        let eu = Identity::from_server_name("server.eu.peering.1.consul");
        assert_eq!((eu.datacenter.as_deref(), eu.trust_domain.as_deref()), (Some("eu"), Some("1.consul")));
        assert_eq!(eu.server_name().as_deref(), Some("server.eu.peering.1.consul"));
        for name in ["", "server.", "eu.peering.1", "server..peering."] {
            assert_eq!(Identity::from_server_name(name), Identity::default(), "{name}");
        }
    }

    #[test]
    fn rebuilt_clusters_keep_their_datacenter_and_get_another_trust_domain() {
        let of = Identity::from_server_name;
        let eu = of("server.eu.peering.1.consul");
        assert!(eu.is_rebuilt_as(&of("server.EU.peering.2.consul")));
        assert!(!eu.is_rebuilt_as(&eu) && eu.is(&eu));
        assert!(!eu.is_rebuilt_as(&of("server.us.peering.2.consul")));
        assert!(!eu.is_rebuilt_as(&Identity::default()) && !Identity::default().is(&Identity::default()));
    }
}
