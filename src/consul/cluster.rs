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

    /// What no text may contain: the ACL token, and the values of headers.
    pub fn secrets(&self) -> Vec<String> {
        let token = self.options.token.iter().map(Secret::expose);
        token.chain(self.headers.iter().map(|(_, value)| &**value)).map(str::to_owned).collect()
    }
}
