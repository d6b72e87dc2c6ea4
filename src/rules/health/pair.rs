//! Both sides of a peering.

use super::{Health, HealthCode, Timestamp, Value, Verdict, services, text};

/// The dialer and the acceptor of two peerings; None if they have the same role.
fn by_role<'a>(peering: &'a Value, other: &'a Value) -> Option<(&'a Value, &'a Value)> {
    match (text(peering, "role"), text(other, "role")) {
        ("dialer", "acceptor") => Some((peering, other)),
        ("acceptor", "dialer") => Some((other, peering)),
        _ => None,
    }
}

/// Whether the two are linked with each other.
pub fn belong_together(peering: &Value, other: &Value) -> bool {
    by_role(peering, other).is_some_and(|(dialer, acceptor)| text(dialer, "peer_id") == text(acceptor, "id"))
}

pub fn check(peering: &Value, previous: &Value, other: &Value, now: Timestamp, health: &mut Health) {
    let (here, there) = (text(peering, "state"), text(other, "state"));
    if here != "ACTIVE" {
        return;
    }
    if there == "ACTIVE" {
        return services::check(peering, previous, other, now, health);
    }
    let verdict = if ["PENDING", "ESTABLISHING"].contains(&there) { Verdict::Starting } else { Verdict::Broken };
    health.add(HealthCode::OtherState, verdict, format!("ACTIVE here, but {there} on the other cluster"));
}

/// What exists in place of the other side.
pub fn check_other_peering(peering: &Value, other: &Value, health: &mut Health) {
    let mut found = format!("\"{}\" on the other cluster is another peering", text(other, "peer_name"));
    if by_role(peering, other).is_none() {
        found.push_str(&format!(": both are {}s", text(peering, "role")));
    }
    found.push_str("; it is not the other side of this one, or one of them was recreated");
    health.add(HealthCode::OtherPeering, Verdict::Broken, found);
}
