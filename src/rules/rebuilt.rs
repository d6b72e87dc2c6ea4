//! A cluster that was rebuilt: peerings with the former one can never reconnect.

use super::finding::Finding;
use super::identity::Identity;

/// The fix for a pair.
pub const CONNECT_AGAIN: &str = "If the cluster was rebuilt, this peering can never reconnect: delete it, then connect again. If it is another cluster with the same datacenter name, choose another name.";
/// The fix for a token.
pub const ESTABLISH_AGAIN: &str = "If the other cluster was rebuilt, this peering can never reconnect: delete it, then establish with the new token (the replace option does both). If it is another cluster with the same datacenter name, choose another name.";

/// The message if the peering `name` was created with one cluster, and `now` is the same datacenter with another trust
/// domain.
pub fn message(name: &str, created_with: &Identity, now: &Identity) -> Option<String> {
    if !created_with.is_rebuilt_as(now) {
        return None;
    }
    let (Some(datacenter), Some(was), Some(is)) = (&now.datacenter, &created_with.trust_domain, &now.trust_domain)
    else {
        return None;
    };
    Some(format!(
        "\"{name}\" was created with a cluster of datacenter {datacenter} and trust domain {was}, and the trust domain is now {is}: the cluster was rebuilt, or it is another one with the same datacenter name"
    ))
}

/// The same as a finding, with its fix.
pub fn finding(name: &str, created_with: &Identity, now: &Identity, fix: &str) -> Option<Finding> {
    message(name, created_with, now).map(|message| Finding::error("peer_name", "rebuilt", &message, fix))
}
