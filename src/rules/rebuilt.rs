//! A cluster that was rebuilt: what was peered with the former one can never connect again.

use super::finding::Finding;
use super::identity::Identity;

/// What to do, for a pair.
pub const CONNECT_AGAIN: &str = "If the cluster was rebuilt, this peering can never reconnect: delete it, then connect again. If it is another cluster with the same datacenter name, choose another name.";
/// What to do, with a token.
pub const ESTABLISH_AGAIN: &str = "If the other cluster was rebuilt, this peering can never reconnect: delete it, then establish with the new token (the replace option does both). If it is another cluster with the same datacenter name, choose another name.";

/// What happened, where the peering `name` was made with one cluster, and `now` is the same datacenter with another trust
/// domain.
pub fn message(name: &str, made_with: &Identity, now: &Identity) -> Option<String> {
    if !made_with.is_rebuilt_as(now) {
        return None;
    }
    let (Some(datacenter), Some(was), Some(is)) = (&now.datacenter, &made_with.trust_domain, &now.trust_domain) else {
        return None;
    };
    Some(format!(
        "\"{name}\" was made with a cluster of datacenter {datacenter} whose trust domain was {was}, and now it is {is}: the cluster was rebuilt, or it is another one with the same datacenter name"
    ))
}

/// The same for programs, with what to do.
pub fn finding(name: &str, made_with: &Identity, now: &Identity, fix: &str) -> Option<Finding> {
    message(name, made_with, now).map(|message| Finding::error("peer_name", "rebuilt", &message, fix))
}
