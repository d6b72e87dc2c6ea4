//! Heartbeats of an ACTIVE peering.

use super::{Health, HealthCode, Time, Timestamp, Value, Verdict, by_time, is_record, latest, text, time, transfers};
use crate::rules::duration::Duration;

/// Consul sends a heartbeat every 15 s and closes a stream that has had none for 2 min.
const HEARTBEAT_MAX: Duration = Duration::ms(120_000.0);
/// The first heartbeat comes 15 s after the stream was opened; twice that allows for a slow server.
const FIRST_HEARTBEAT: Duration = Duration::ms(30_000.0);

const FIRST_PENDING: &str = "waiting for the first heartbeat (about 15 s)";
const NEXT_PENDING: &str = "reconnected, waiting for the next heartbeat (about 15 s)";

pub fn check(peering: &Value, previous: &Value, now: Timestamp, health: &mut Health) {
    if let Some(last) = time(peering, "last_heartbeat") {
        if now - last.at > HEARTBEAT_MAX && was_reopened(peering, previous, &last, now) {
            health.add(HealthCode::HeartbeatPending, Verdict::Starting, NEXT_PENDING);
        } else if now - last.at > HEARTBEAT_MAX {
            let text = format!("the last heartbeat is from {}, more than 2 min ago", last.text);
            health.add(HealthCode::HeartbeatOld, Verdict::Degraded, text);
        }
        return;
    }
    // Consul before 1.14 reports neither heartbeats nor anything about the other cluster.
    if *peering.get("remote").get("datacenter") == Value::Null {
        return;
    }
    match connected_without(peering, previous, now) {
        Some(since) => health.add(
            HealthCode::HeartbeatMissing,
            Verdict::Degraded,
            format!("connected since {} or earlier, but no heartbeat has arrived", since.text),
        ),
        None => health.add(HealthCode::HeartbeatPending, Verdict::Starting, FIRST_PENDING),
    }
}

/// Whether the stream was opened a moment ago, so that its heartbeat is from before the interruption.
fn was_reopened(peering: &Value, previous: &Value, heartbeat: &Time, now: Timestamp) -> bool {
    let is_recent = |time: &Time| now - time.at <= FIRST_HEARTBEAT;
    let transfers: Vec<_> = transfers(peering).collect();
    let was_open = is_record(peering, previous)
        && text(previous, "state") == "ACTIVE"
        && time(previous, "last_heartbeat").is_some_and(|before| before.at == heartbeat.at)
        && latest(previous).is_some_and(|before| !is_recent(&before));
    transfers.len() == 2 && transfers.iter().all(is_recent) && !was_open
}

/// A time at which the stream was open already, so long ago that a heartbeat is overdue.
///
/// Both directions transfer something when a stream opens, so neither time is older than the stream. If both are recent
/// because data keeps flowing, an earlier reading shows it.
fn connected_without(peering: &Value, previous: &Value, now: Timestamp) -> Option<Time> {
    let overdue = |limit: Duration| move |time: &Time| now - time.at > limit;
    if let Some(since) = transfers(peering).filter(overdue(FIRST_HEARTBEAT)).min_by(by_time) {
        return Some(since);
    }
    if !is_record(peering, previous) || text(previous, "state") != "ACTIVE" {
        return None;
    }
    // A new stream raises the index. It may have been reopened a moment ago, which allows for more time, but no more
    // than an old heartbeat has.
    let is_same_stream =
        time(previous, "last_heartbeat").is_none() && previous.get("modify_index") == peering.get("modify_index");
    let limit = if is_same_stream { FIRST_HEARTBEAT } else { HEARTBEAT_MAX };
    latest(previous).filter(overdue(limit))
}
