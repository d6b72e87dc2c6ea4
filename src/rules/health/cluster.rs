//! Whether a cluster is the one that a peering is linked with.

use super::{Health, HealthCode, Identity, Value, Verdict, text};
use crate::rules::{certificate, rebuilt};

const REBUILT: &str = "; if it was rebuilt, delete this side and connect again";

/// Reports that `other` is not the cluster that the peering was created with, or that cluster rebuilt.
pub fn check(peering: &Value, other: &Identity, health: &mut Health) -> bool {
    let Some(created_with) = created_with(peering, other) else { return false };
    let (Some(was), Some(is)) = (created_with.server_name(), other.server_name()) else { return false };
    if created_with.is(other) {
        return false;
    }
    if let Some(message) = rebuilt::message(text(peering, "peer_name"), &created_with, other) {
        // What is ACTIVE works: it must not be deleted because another cluster was passed.
        let fix = if text(peering, "state") == "ACTIVE" { "" } else { REBUILT };
        let text = format!("{message}{fix}");
        health.add(HealthCode::Rebuilt, Verdict::Broken, text);
    } else {
        let text = format!("it is peered with {was}, not with the cluster given as its other side, {is}");
        health.add(HealthCode::WrongCluster, Verdict::Broken, text);
    }
    true
}

/// A dialer has the server name of the other cluster, an acceptor the CAs of its dialers, one of which must be the
/// other cluster's.
fn created_with(peering: &Value, other: &Identity) -> Option<Identity> {
    if let Some(name) = peering.get("peer_server_name").text() {
        return Some(Identity::from_server_name(name));
    }
    let pems = peering.get("peer_ca_pems").items();
    let domains: Vec<_> = pems.iter().filter_map(|pem| certificate::read(pem.text()?)?.trust_domain).collect();
    let known = other.trust_domain.clone().filter(|domain| domains.contains(domain));
    Some(Identity {
        datacenter: peering.get("remote").get("datacenter").non_empty_text(),
        trust_domain: known.or_else(|| domains.first().cloned()),
    })
}
