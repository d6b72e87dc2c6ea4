//! The check of the state itself.

use super::{Health, HealthCode, Time, Timestamp, Value, Verdict, text, time};
use crate::rules::duration::Duration;

/// A dialer retries after a minute at the latest; a connection lost for longer has another cause.
const RETRIES: Duration = Duration::ms(300_000.0);

pub fn check(peering: &Value, now: Timestamp, health: &mut Health) {
    let dials = text(peering, "role") == "dialer";
    match text(peering, "state") {
        "ACTIVE" => {}
        "PENDING" if dials => health.add(
            HealthCode::TokenRefused,
            Verdict::Broken,
            "PENDING: the token exchange failed; establish again with a new token",
        ),
        "PENDING" if was_dialed(peering) => health.add(
            HealthCode::NotReconnected,
            Verdict::Broken,
            "PENDING: the servers restarted; the dialer has not reconnected yet, which takes up to a minute",
        ),
        "PENDING" => {
            health.add(HealthCode::TokenUnused, Verdict::Starting, "PENDING: the token has not been used yet");
        }
        "ESTABLISHING" => health.add(
            HealthCode::Establishing,
            Verdict::Starting,
            "ESTABLISHING: the connection is being made, usually within 5 s",
        ),
        "FAILING" => failing(peering, dials, now, health),
        "TERMINATED" => {
            let text = if dials {
                "TERMINATED: the other cluster deleted its side; delete this side too, or connect again"
            } else {
                "TERMINATED: the other cluster deleted its side; delete this side too, or connect again with the external addresses of this side, if it has any"
            };
            health.add(HealthCode::Terminated, Verdict::Broken, text);
        }
        "DELETING" => health.add(HealthCode::Deleting, Verdict::Ending, "DELETING: this side is being deleted"),
        other => health.add(HealthCode::UnknownState, Verdict::Degraded, format!("{other}: an unknown state")),
    }
}

/// Whether it is an acceptor whose token has not been used yet.
pub fn is_unused(peering: &Value) -> bool {
    text(peering, "state") == "PENDING" && text(peering, "role") == "acceptor" && !was_dialed(peering)
}

/// Whether a dialer has ever connected to this acceptor. The record keeps its identity; a restart loses the state.
fn was_dialed(peering: &Value) -> bool {
    !peering.get("peer_ca_pems").items().is_empty()
        || peering.get("remote").get("datacenter").non_empty_text().is_some()
}

fn failing(peering: &Value, dials: bool, now: Timestamp, health: &mut Health) {
    let last = time(peering, "last_heartbeat").or_else(|| time(peering, "last_receive"));
    let since = match &last {
        Some(Time { text, .. }) => format!("last contact at {text}"),
        None => "nothing was ever received".into(),
    };
    let mut reason = format!("FAILING: the connection is lost, {since}; ");
    reason.push_str(match (dials, last) {
        (true, Some(last)) if now - last.at > RETRIES => {
            "Consul keeps retrying, which cannot succeed if the other cluster was rebuilt or its addresses changed"
        }
        (true, _) => "Consul keeps retrying",
        (false, _) => "the dialer has to reconnect",
    });
    let addresses = peering.get("peer_server_addresses").texts();
    if dials && !addresses.is_empty() {
        reason.push_str(" (it dials ");
        reason.push_str(&addresses.join(", "));
        reason.push(')');
    }
    health.add(HealthCode::Failing, Verdict::Broken, reason);
}
