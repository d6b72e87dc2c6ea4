//! Changes for the worse since an earlier reading.

use super::services::missing;
use super::{Health, HealthCode, Value, Verdict, is_record, text, time};
use crate::rules::identity::Identity;

pub fn check(peering: &Value, previous: &Value, health: &mut Health) {
    if !is_record(peering, previous) {
        return health.add(
            HealthCode::Recreated,
            Verdict::Healthy,
            "it was deleted and recreated since the previous reading",
        );
    }
    let (was, is) = (text(previous, "state"), text(peering, "state"));
    if was == "ACTIVE" && is != "ACTIVE" {
        let since = match time(peering, "last_heartbeat").or_else(|| time(previous, "last_heartbeat")) {
            Some(last) => format!("some time after {}", last.text),
            None => "the previous reading".into(),
        };
        health.add(HealthCode::WasActive, Verdict::Broken, format!("it was ACTIVE and is {is} since {since}"));
    }
    leads_elsewhere(peering, previous, health);
    let lost = missing((previous, "imported_services"), (peering, "imported_services"));
    if !lost.is_empty() && is == "ACTIVE" {
        health.add(HealthCode::ServicesLost, Verdict::Degraded, format!("no longer imported: {}", lost.join(", ")));
    }
}

/// The token of another cluster, or of the rebuilt one, was used on the record.
fn leads_elsewhere(peering: &Value, previous: &Value, health: &mut Health) {
    let name = |peering: &Value| peering.get("peer_server_name").non_empty_text();
    let (Some(was), Some(is)) = (name(previous), name(peering)) else { return };
    if was == is {
        return;
    }
    let rebuilt = Identity::from_server_name(&was).is_rebuilt_as(&Identity::from_server_name(&is));
    let what = if rebuilt { "the same datacenter with another trust domain: it was rebuilt, or is " } else { "" };
    let text = format!("it was linked with {was} and is now linked with {is}, {what}another cluster");
    health.add(HealthCode::LeadsElsewhere, Verdict::Degraded, text);
}
