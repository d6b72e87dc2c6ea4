//! A cluster as the target of requests.

use core::fmt;
use core::ops::Deref;

use serde::Serialize;

use crate::rules::secret::Secret;
use crate::rules::spec::QueryOptions;

/// Scheme, host, port and path prefix, without a trailing slash, as the host's URL parser writes them. Shown in errors:
/// it contains no credentials. Empty if unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterAddress(String);

impl ClusterAddress {
    /// From a validated address.
    pub fn new(checked: String) -> Self {
        Self(checked)
    }
}

impl Deref for ClusterAddress {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The target and the credentials of requests.
#[derive(Clone, Default)]
pub struct Cluster {
    pub address: ClusterAddress,
    pub options: QueryOptions,
    /// Further headers, validated.
    pub headers: Vec<(String, String)>,
}

impl Cluster {
    /// The same cluster with the query options of a spec or reference, which take precedence.
    pub fn at(mut self, options: QueryOptions) -> Self {
        self.options = QueryOptions {
            datacenter: options.datacenter.or(self.options.datacenter),
            partition: options.partition.or(self.options.partition),
            token: options.token.or(self.options.token),
        };
        self
    }

    /// Whether a request has an ACL token: as one, or as Consul also takes it, in the header of a bearer.
    pub fn sends_acl_token(&self) -> bool {
        let is_token = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("authorization")
                && value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
        };
        self.options.token.is_some() || self.headers.iter().any(is_token)
    }

    /// What no text may contain: the ACL token, and the values of headers.
    pub fn secrets(&self) -> Vec<String> {
        let token = self.options.token.iter().map(Secret::expose);
        token.chain(self.headers.iter().map(|(_, value)| &**value)).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acl_token_is_sent_as_one_or_in_a_header() {
        let with = |name: &str, value: &str| Cluster {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..Cluster::default()
        };
        assert!(!Cluster::default().sends_acl_token());
        assert!(!with("Authorization", "Basic bWU6cHc=").sends_acl_token());
        assert!(with("authorization", "bearer abc").sends_acl_token());
        let options = QueryOptions { token: Some(Secret::new("abc".to_owned())), ..QueryOptions::default() };
        assert!(Cluster::default().at(options).sends_acl_token());
    }
}
