//! The services of both sides: each exported service must be imported on the other side.

use super::{Health, HealthCode, Timestamp, Value, Verdict, is_record, latest, time};
use crate::rules::duration::Duration;

/// A change reaches the other side within a second. One sent this long ago has arrived, or never will.
const LAG: Duration = Duration::ms(5_000.0);

pub fn check(peering: &Value, previous: &Value, other: &Value, now: Timestamp, health: &mut Health) {
    for inbound in [true, false] {
        let (exporter, importer) = if inbound { (other, peering) } else { (peering, other) };
        withdrawn(exporter, importer, inbound, now, health);
        let names = missing((exporter, "exported_services"), (importer, "imported_services"));
        if names.is_empty() {
            continue;
        }
        // A clock that is far ahead would make everything recent.
        let is_recent = time(exporter, "last_send").is_some_and(|sent| now.distance(sent.at) <= LAG);
        let is_persistent = !is_recent || was_missing(&names, peering, previous, inbound, now);
        let (code, verdict, what) = match (inbound, is_persistent) {
            (true, true) => {
                (HealthCode::NotImported, Verdict::Degraded, "exported by the other cluster, but not imported here")
            }
            (true, false) => (
                HealthCode::ImportPending,
                Verdict::Starting,
                "exported by the other cluster, and not imported here yet",
            ),
            (false, true) => (
                HealthCode::NotImportedThere,
                Verdict::Degraded,
                "exported here, but not imported by the other cluster",
            ),
            (false, false) => (
                HealthCode::ExportPending,
                Verdict::Starting,
                "exported here, and not imported by the other cluster yet",
            ),
        };
        health.add(code, verdict, format!("{what}: {}", names.join(", ")));
    }
}

/// What is imported and no longer exported. Both sides are not read at one moment, so a change of a moment ago says
/// nothing.
fn withdrawn(exporter: &Value, importer: &Value, inbound: bool, now: Timestamp, health: &mut Health) {
    let names = missing((importer, "imported_services"), (exporter, "exported_services"));
    let is_recent = |side, key| time(side, key).is_some_and(|time| now.distance(time.at) <= LAG);
    if names.is_empty() || is_recent(exporter, "last_send") || is_recent(importer, "last_receive") {
        return;
    }
    let (code, what) = if inbound {
        (HealthCode::NotExported, "imported here, but no longer exported by the other cluster")
    } else {
        (HealthCode::NotExportedHere, "imported by the other cluster, but no longer exported here")
    };
    health.add(code, Verdict::Degraded, format!("{what}: {}", names.join(", ")));
}

/// The services that one reading has under a key and the other does not have under its own.
pub fn missing((from, from_key): (&Value, &str), (to, to_key): (&Value, &str)) -> Vec<String> {
    let listed = to.get("stream").get(to_key).texts();
    let names = from.get("stream").get(from_key).texts().into_iter();
    names.filter(|name| !listed.contains(name)).collect()
}

/// Whether an earlier reading of this side was the same, which shows a persistent difference even if data flows all the
/// time.
fn was_missing(names: &[String], peering: &Value, previous: &Value, inbound: bool, now: Timestamp) -> bool {
    let is_earlier = latest(previous).is_some_and(|time| now - time.at > LAG);
    let listed = previous.get("stream").get(if inbound { "imported_services" } else { "exported_services" }).texts();
    is_record(peering, previous) && is_earlier && names.iter().all(|name| listed.contains(name) != inbound)
}
