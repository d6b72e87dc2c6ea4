//! The health of a peering: a verdict and the checks that led to it.
//!
//! It judges the package's own form of a peering, as [`read`](crate::consul::peering) gives it to a caller, since that
//! is what a caller has: from a list, from a watch, from a file of yesterday.

use std::cmp::Ordering;

use serde::Serialize;

use super::identity::Identity;
use super::time::Time;
use super::value::Value;

mod addresses;
mod authority;
mod cluster;
mod history;
mod pair;
mod services;
mod state;
mod stream;

/// From good to bad; the worst verdict of all checks counts.
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

/// One observation.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable word for programs.
    pub code: &'static str,
    /// What this alone would make of the peering.
    pub verdict: Verdict,
    pub text: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    pub verdict: Verdict,
    /// The texts of the checks.
    pub reasons: Vec<String>,
    pub checks: Vec<Check>,
}

impl Health {
    fn add(&mut self, code: &'static str, verdict: Verdict, text: impl Into<String>) {
        self.verdict = self.verdict.max(verdict);
        let text = text.into();
        self.reasons.push(text.clone());
        self.checks.push(Check { code, verdict, text });
    }
}

/// The other side of a peering, as far as the caller has read it.
pub enum Other<'a> {
    Unknown,
    Absent,
    Exists(&'a Value),
}

/// What a peering is judged by, beside itself.
pub struct Given<'a> {
    /// An earlier reading of it; null: none.
    pub previous: &'a Value,
    pub other: Other<'a>,
    /// The cluster that the other side was looked for on.
    pub other_cluster: Identity,
    /// In ms since 1970.
    pub now: f64,
}

pub fn health(peering: &Value, given: &Given<'_>) -> Health {
    let Given { previous, other, other_cluster, now } = given;
    let (previous, now) = (*previous, *now);
    let mut health = Health { verdict: Verdict::Healthy, reasons: Vec::new(), checks: Vec::new() };
    state::check(peering, now, &mut health);
    if peering.get("state").is("ACTIVE") {
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
        Other::Absent => health.add("one_sided", Verdict::Broken, "the peering does not exist on the other cluster"),
        Other::Exists(other) => pair::check_stranger(peering, other, &mut health),
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

/// The times at which data went over the stream. Heartbeats do not move `last_send`.
fn transfers(peering: &Value) -> impl Iterator<Item = Time> {
    ["last_send", "last_receive"].into_iter().filter_map(|key| time(peering, key))
}

/// The latest time in a reading: it was read then or later.
fn latest(peering: &Value) -> Option<Time> {
    transfers(peering).chain(time(peering, "last_heartbeat")).max_by(by_time)
}

fn by_time(a: &Time, b: &Time) -> Ordering {
    a.ms.total_cmp(&b.ms)
}

/// Whether both are readings of one record.
fn is_record(peering: &Value, previous: &Value) -> bool {
    text(peering, "id") == text(previous, "id")
}

#[cfg(test)]
mod tests;
