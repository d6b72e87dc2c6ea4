//! The health of a peering: a verdict and the checks that led to it.
//!
//! It uses the package's own form of a peering, as [`read`](crate::consul::peering) returns it, since that is what a
//! caller has: from a list, a watch or a saved file.

use std::cmp::Ordering;

use serde::Serialize;

use super::finding::{Finding, wrong_type};
use super::identity::Identity;
use super::time::{Time, Timestamp};
use super::value::Value;
use crate::codes::codes;

mod addresses;
mod authority;
mod cluster;
mod history;
mod pair;
mod services;
mod state;
mod stream;

/// From good to bad; the worst of all checks counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Healthy,
    /// Not connected yet, or only just.
    Starting,
    /// Works, but needs attention.
    Degraded,
    /// Does not work.
    Broken,
    /// Being deleted.
    Ending,
}

codes! {
    /// What was observed.
    HealthCode {
        /// An acceptor's token has not been used yet.
        TokenUnused = "token_unused",
        /// A dialer's token was refused.
        TokenRefused = "token_refused",
        /// An acceptor's servers restarted, and the dialer has not reconnected.
        NotReconnected = "not_reconnected",
        /// The connection is being made.
        Establishing = "establishing",
        /// The connection is lost.
        Failing = "failing",
        /// The other side was deleted.
        Terminated = "terminated",
        /// This side is being deleted.
        Deleting = "deleting",
        /// Consul reports a state that this version does not know.
        UnknownState = "unknown_state",
        /// Connected, and the first heartbeat is not due yet.
        HeartbeatPending = "heartbeat_pending",
        /// Connected, and no heartbeat has come.
        HeartbeatMissing = "heartbeat_missing",
        /// The last heartbeat is more than two minutes old.
        HeartbeatOld = "heartbeat_old",
        /// The other cluster's CA expires within 30 days.
        CaExpiresSoon = "ca_expires_soon",
        /// The other cluster's CA has expired.
        CaExpired = "ca_expired",
        /// The peering was deleted and recreated since the previous reading.
        Recreated = "recreated",
        /// The peering was ACTIVE in the previous reading and is not now.
        WasActive = "was_active",
        /// The dialer leads to another cluster than in the previous reading.
        LeadsElsewhere = "leads_elsewhere",
        /// Services of the previous reading are no longer imported.
        ServicesLost = "services_lost",
        /// The peering does not exist on the other cluster.
        OneSided = "one_sided",
        /// The peering on the other cluster is another one.
        OtherPeering = "other_peering",
        /// ACTIVE here, and not on the other cluster.
        OtherState = "other_state",
        /// The other cluster exports services that are not imported here.
        NotImported = "not_imported",
        /// This cluster exports services that are not imported there.
        NotImportedThere = "not_imported_there",
        /// The same for less than five seconds: not imported here yet.
        ImportPending = "import_pending",
        /// The same for less than five seconds: not imported there yet.
        ExportPending = "export_pending",
        /// Services are imported here that the other cluster does not export any more.
        NotExported = "not_exported",
        /// Services are imported there that this cluster does not export any more.
        NotExportedHere = "not_exported_here",
        /// The peering was made with another cluster than the one given as its other side.
        WrongCluster = "wrong_cluster",
        /// The other cluster was rebuilt since the peering was made, or is another one of the same datacenter name.
        Rebuilt = "rebuilt",
    }
}

/// The code of an observation: its own, or the rule of a warning about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CheckCode {
    Health(HealthCode),
    Rule(&'static str),
}

impl From<HealthCode> for CheckCode {
    fn from(code: HealthCode) -> Self {
        Self::Health(code)
    }
}

/// One observation.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    pub code: CheckCode,
    /// The verdict that this check alone would give.
    pub verdict: Verdict,
    pub text: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    pub verdict: Verdict,
    /// The texts of the checks.
    pub reasons: Vec<String>,
    pub checks: Vec<HealthCheck>,
}

impl Health {
    fn add(&mut self, code: impl Into<CheckCode>, verdict: Verdict, text: impl Into<String>) {
        self.verdict = self.verdict.max(verdict);
        let text = text.into();
        self.reasons.push(text.clone());
        self.checks.push(HealthCheck { code: code.into(), verdict, text });
    }
}

/// The other side of a peering, as far as the caller has read it.
pub enum Other<'a> {
    Unknown,
    Absent,
    Exists(&'a Value),
}

/// What the health depends on, apart from the peering.
pub struct HealthInput<'a> {
    /// An earlier reading of it, or null.
    pub previous: &'a Value,
    pub other: Other<'a>,
    /// The cluster that was searched for the other side.
    pub other_cluster: Identity,
    pub now: Timestamp,
}

/// Why a value is not a peering as `read` returns it.
pub fn check_type(field: &str, value: &Value) -> Result<(), Finding> {
    match value.get("state").text() {
        Some(_) => Ok(()),
        None => Err(wrong_type(field, "a peering as read gives it", value.kind())),
    }
}

pub fn health(peering: &Value, given: &HealthInput<'_>) -> Health {
    let HealthInput { previous, other, other_cluster, now } = given;
    let (previous, now) = (*previous, *now);
    let mut health = Health { verdict: Verdict::Healthy, reasons: Vec::new(), checks: Vec::new() };
    state::check(peering, now, &mut health);
    if peering.get("state").is_text("ACTIVE") {
        stream::check(peering, previous, now, &mut health);
    }
    addresses::check(peering, &mut health);
    authority::check(peering, now, &mut health);
    if *previous != Value::Null {
        history::check(peering, previous, &mut health);
    }
    match other {
        Other::Unknown => {}
        Other::Exists(other) if pair::belong_together(peering, other) => {
            pair::check(peering, previous, other, now, &mut health);
        }
        _ if cluster::check(peering, other_cluster, &mut health) => {}
        // An acceptor exists before its dialer does.
        Other::Absent if state::is_unused(peering) => {}
        Other::Absent => {
            health.add(HealthCode::OneSided, Verdict::Broken, "the peering does not exist on the other cluster")
        }
        Other::Exists(other) => pair::check_other_peering(peering, other, &mut health),
    }
    health
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).text().unwrap_or_default()
}

/// A time of the stream: `last_heartbeat`, `last_receive`, `last_send`.
fn time(peering: &Value, key: &str) -> Option<Time> {
    Time::from_rfc3339(peering.get("stream").get(key).text()?)
}

/// The times at which data was transferred. Heartbeats do not change `last_send`.
fn transfers(peering: &Value) -> impl Iterator<Item = Time> {
    ["last_send", "last_receive"].into_iter().filter_map(|key| time(peering, key))
}

/// The latest time in a reading, which was read then or later.
fn latest(peering: &Value) -> Option<Time> {
    transfers(peering).chain(time(peering, "last_heartbeat")).max_by(by_time)
}

fn by_time(a: &Time, b: &Time) -> Ordering {
    a.at.total_cmp(&b.at)
}

/// Whether both are readings of the same record.
fn is_record(peering: &Value, previous: &Value) -> bool {
    text(peering, "id") == text(previous, "id")
}

#[cfg(test)]
mod tests;
