//! Both sides of a peering.

use super::{Health, Value, Verdict, services, text};

pub fn check(peering: &Value, previous: &Value, other: &Value, now: f64, health: &mut Health) {
    let (dialer, acceptor) = if text(peering, "role") == "dialer" { (peering, other) } else { (other, peering) };
    let name = text(other, "peer_name");
    if text(dialer, "role") == text(acceptor, "role") {
        let text = format!("\"{name}\" on the other cluster is another peering: both are {}s", text(peering, "role"));
        return health.add("other_peering", Verdict::Broken, text);
    }
    if text(dialer, "peer_id") != text(acceptor, "id") {
        // Where this side dials, it is known whom; what an acceptor was dialled by shows in the dialer alone.
        let leads = match dialer.get("peer_server_name").text() {
            Some(server_name) if text(peering, "role") == "dialer" => format!(": this side dials {server_name}"),
            Some(server_name) => format!(": it dials {server_name}"),
            None => "".into(),
        };
        let text = format!(
            "\"{name}\" on the other cluster is another peering{leads}; it is not the other side of this one, or was recreated"
        );
        return health.add("other_peering", Verdict::Broken, text);
    }
    let (here, there) = (text(peering, "state"), text(other, "state"));
    if here == "ACTIVE" && there != "ACTIVE" {
        let verdict = if ["PENDING", "ESTABLISHING"].contains(&there) { Verdict::Starting } else { Verdict::Broken };
        health.add("other_state", verdict, format!("ACTIVE here, but {there} on the other cluster"));
    }
    if here == "ACTIVE" && there == "ACTIVE" {
        services::check(peering, previous, other, now, health);
    }
}
