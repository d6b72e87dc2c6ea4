//! What is wrong with the address of a cluster, as the host's URL parser finds it.

use super::finding::Finding;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterAddressError {
    /// Not a URL.
    Url,
    Scheme,
    Credentials,
    /// A query or a fragment.
    Query,
}

/// The finding. It does not repeat the address, which may contain a password.
pub fn finding(field: &str, error: ClusterAddressError) -> Finding {
    const HOW: &str = "Write it as http://host:8500 or https://host:8501.";
    let (rule, message, fix) = match error {
        ClusterAddressError::Url => ("url", "is not a URL", HOW),
        ClusterAddressError::Scheme => ("scheme", "has a scheme other than http or https", HOW),
        ClusterAddressError::Credentials => (
            "credentials",
            "contains a user name or a password",
            "Remove them. Pass an ACL token as the cluster's token, and a proxy's credentials in its headers or CONSUL_HTTP_AUTH.",
        ),
        ClusterAddressError::Query => ("query", "has a query or a fragment", "Leave out what follows ? or #."),
    };
    Finding::error(field, rule, &format!("{field} {message}"), fix)
}
