//! How a peering is: a verdict, and the reasons in words.
//!
//! It judges the package's own form of a peering, as [`read`](crate::consul::peering) gives it to a caller, since that
//! is what a caller has: from a list, from a watch, from a file of yesterday.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::certificate;
use super::text::contains;
use super::time::Time;
use super::value::{Value, object};

/// Consul beats every 15 s, and takes a stream for dead after 2 min.
const HEARTBEAT_MAX_MS: f64 = 120_000.0;
/// A CA that ends sooner is worth a word.
const CA_SOON_MS: f64 = 30.0 * 86_400_000.0;

/// From good to bad; the worst of all that was found counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Healthy,
    /// Not there yet, and on its way.
    Starting,
    /// Works, and something wants to be looked at.
    Degraded,
    /// Does not work.
    Broken,
    /// Being deleted.
    Ending,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Healthy => "healthy",
            Verdict::Starting => "starting",
            Verdict::Degraded => "degraded",
            Verdict::Broken => "broken",
            Verdict::Ending => "ending",
        }
    }
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Health {
    pub verdict: Verdict,
    pub reasons: Vec<String>,
}

impl Health {
    fn add(&mut self, verdict: Verdict, reason: String) {
        self.verdict = self.verdict.max(verdict);
        self.reasons.push(reason);
    }

    /// As the caller sees it.
    pub fn to_value(&self) -> Value {
        object([("verdict", self.verdict.name().into()), ("reasons", (&*self.reasons).into())])
    }
}

/// The other side of a peering, as far as the caller has looked.
pub enum Other<'a> {
    NotLookedAt,
    Absent,
    Stands(&'a Value),
}

/// Judges a peering at `now`, in ms since 1970, beside how it was before and beside its other side.
pub fn health(peering: &Value, previous: &Value, other: Other<'_>, now: f64) -> Health {
    let mut health = Health { verdict: Verdict::Healthy, reasons: Vec::new() };
    state(peering, now, &mut health);
    authorities(peering, now, &mut health);
    regression(peering, previous, &mut health);
    half_a_link(peering, other, &mut health);
    health
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).text().unwrap_or_default()
}

fn time(peering: &Value, key: &str) -> Option<Time> {
    Time::from_rfc3339(peering.get("stream").get(key).text()?)
}

fn state(peering: &Value, now: f64, health: &mut Health) {
    match text(peering, "state") {
        "ACTIVE" => heartbeat(peering, now, health),
        "PENDING" if text(peering, "role") == "acceptor" => {
            health.add(Verdict::Starting, "PENDING: its token has not been used yet".to_owned());
        }
        "PENDING" => health.add(
            Verdict::Broken,
            "PENDING: the token it was given did not serve; establish again with a new one".to_owned(),
        ),
        "ESTABLISHING" => {
            health
                .add(Verdict::Starting, "ESTABLISHING: the connection is being made, within 5 s as a rule".to_owned());
        }
        "FAILING" => {
            let since = match time(peering, "last_heartbeat").or_else(|| time(peering, "last_receive")) {
                Some(last) => format!("the last word came at {}", last.text),
                None => "nothing was ever received".to_owned(),
            };
            health.add(Verdict::Broken, format!("FAILING: the connection is lost, {since}; Consul goes on trying"));
        }
        "TERMINATED" => health.add(
            Verdict::Broken,
            "TERMINATED: the other side has deleted its half; delete this one too, or make both anew".to_owned(),
        ),
        "DELETING" => health.add(Verdict::Ending, "DELETING: this side is being removed".to_owned()),
        other => health.add(Verdict::Degraded, format!("{other}: a state that this package does not know")),
    }
}

fn heartbeat(peering: &Value, now: f64, health: &mut Health) {
    match time(peering, "last_heartbeat") {
        Some(last) if now - last.ms > HEARTBEAT_MAX_MS => {
            health.add(Verdict::Degraded, format!("the last heartbeat is from {}, more than 2 min ago", last.text));
        }
        Some(_) => {}
        // Consul before 1.14 tells neither heartbeats nor what the other cluster says of itself.
        None if *peering.get("remote").get("datacenter") == Value::Null => {}
        None => match time(peering, "last_receive") {
            Some(last) if now - last.ms > HEARTBEAT_MAX_MS => {
                health.add(Verdict::Degraded, format!("no heartbeat has come, and nothing at all since {}", last.text))
            }
            _ => health.add(Verdict::Starting, "connected; the first heartbeat comes after about 15 s".to_owned()),
        },
    }
}

/// One CA that holds is enough: while a cluster changes its CA, the old one is there as well.
fn authorities(peering: &Value, now: f64, health: &mut Health) {
    let pems = peering.get("peer_ca_pems").items();
    let read = |pem: &Value| certificate::read(pem.text()?);
    let Some(last) = pems.iter().filter_map(read).max_by(|a, b| a.not_after.ms.total_cmp(&b.not_after.ms)) else {
        return;
    };
    let end = &last.not_after.text;
    if last.expired(now) {
        health.add(
            Verdict::Broken,
            format!("the other cluster's CA ended at {end}: a lost connection cannot be made again"),
        );
    } else if last.not_after.ms - now < CA_SOON_MS {
        health.add(Verdict::Degraded, format!("the other cluster's CA ends at {end}, within 30 days: rotate it there"));
    }
}

fn regression(peering: &Value, previous: &Value, health: &mut Health) {
    if *previous == Value::Null {
        return;
    }
    if text(previous, "id") != text(peering, "id") {
        health.add(Verdict::Healthy, "it was deleted and made anew since it was looked at before".to_owned());
        return;
    }
    let (was, is) = (text(previous, "state"), text(peering, "state"));
    if was == "ACTIVE" && is != "ACTIVE" {
        let since = match time(peering, "last_heartbeat").or_else(|| time(previous, "last_heartbeat")) {
            Some(last) => format!("since some time after {}", last.text),
            None => "since it was looked at before".to_owned(),
        };
        health.add(Verdict::Broken, format!("a regression: it was ACTIVE and is {is} {since}"));
    }
    let now = peering.get("stream").get("imported_services").texts();
    let lost: Vec<_> = previous
        .get("stream")
        .get("imported_services")
        .texts()
        .into_iter()
        .filter(|name| !now.contains(name))
        .collect();
    if !lost.is_empty() && is == "ACTIVE" {
        health.add(Verdict::Degraded, format!("no longer imported: {}", lost.join(", ")));
    }
}

fn half_a_link(peering: &Value, other: Other<'_>, health: &mut Health) {
    let other = match other {
        Other::NotLookedAt => return,
        Other::Absent => {
            return health.add(Verdict::Broken, "half a link: nothing stands on the other side".to_owned());
        }
        Other::Stands(other) => other,
    };
    let (dialer, acceptor) = if text(peering, "role") == "dialer" { (peering, other) } else { (other, peering) };
    if text(dialer, "role") == text(acceptor, "role") {
        return health.add(Verdict::Broken, format!("half a link: both sides are {}s", text(peering, "role")));
    }
    if text(dialer, "peer_id") != text(acceptor, "id") {
        return health.add(Verdict::Broken, "half a link: the two sides are linked with other records".to_owned());
    }
    let (here, there) = (text(peering, "state"), text(other, "state"));
    if here == "ACTIVE" && there != "ACTIVE" {
        let verdict = if contains("PENDING ESTABLISHING", there) { Verdict::Starting } else { Verdict::Broken };
        health.add(verdict, format!("ACTIVE here, and {there} on the other side"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;

    /// 2026-11-24T06:00:00Z.
    const NOW: f64 = 1_795_500_000_000.0;
    /// Ends on 2036-11-21T08:01:32Z.
    const CA: &str = include_str!("../../tests/rules/version-1.pem");
    const CA_END: f64 = 2_110_867_292_000.0;

    fn json(text: &str) -> Value {
        read_json(text).unwrap()
    }

    /// A dialer that beats, with these members in place of its own.
    fn dialer(with: &str) -> Value {
        let mut members = Vec::new();
        let standing = r#"{"id":"d","state":"ACTIVE","role":"dialer","peer_id":"a","peer_ca_pems":[],
            "remote":{"datacenter":"eu"},
            "stream":{"last_heartbeat":"2026-11-24T05:59:50Z","last_receive":"2026-11-24T05:59:50Z","imported_services":["billing"]}}"#;
        let with = json(&format!("{{{with}}}"));
        for (key, value) in json(standing).members() {
            let other = with.get(key);
            members.push((key.clone(), if *other == Value::Null { value.clone() } else { other.clone() }));
        }
        Value::Object(members)
    }

    fn acceptor(state: &str) -> Value {
        json(&format!(r#"{{"id":"a","state":"{state}","role":"acceptor","peer_id":null}}"#))
    }

    fn alone(peering: &Value) -> Health {
        health(peering, &Value::Null, Other::NotLookedAt, NOW)
    }

    fn says(health: Health, verdict: Verdict, words: &[&str]) {
        assert_eq!(health.verdict, verdict, "{:?}", health.reasons);
        assert_eq!(health.reasons.len(), words.len(), "{:?}", health.reasons);
        for (reason, word) in health.reasons.iter().zip(words) {
            assert!(reason.contains(word), "{reason}");
        }
    }

    #[test]
    fn each_state() {
        says(alone(&dialer("")), Verdict::Healthy, &[]);
        for (state, verdict, word) in [
            ("ESTABLISHING", Verdict::Starting, "being made"),
            ("PENDING", Verdict::Broken, "did not serve"),
            ("FAILING", Verdict::Broken, "last word came at 2026-11-24T05:59:50Z"),
            ("TERMINATED", Verdict::Broken, "other side has deleted"),
            ("DELETING", Verdict::Ending, "removed"),
            ("NEW", Verdict::Degraded, "NEW"),
        ] {
            says(alone(&dialer(&format!(r#""state":"{state}""#))), verdict, &[word]);
        }
        says(alone(&acceptor("PENDING")), Verdict::Starting, &["not been used"]);
        says(alone(&acceptor("FAILING")), Verdict::Broken, &["nothing was ever received"]);
    }

    #[test]
    fn heartbeats() {
        let beat = |stream: &str| alone(&dialer(&format!(r#""stream":{stream}"#)));
        says(beat(r#"{"last_heartbeat":"2026-11-24T05:58:00Z"}"#), Verdict::Healthy, &[]);
        says(beat(r#"{"last_heartbeat":"2026-11-24T05:57:59Z"}"#), Verdict::Degraded, &["05:57:59Z"]);
        says(beat(r#"{"last_heartbeat":null,"last_receive":"2026-11-24T05:59:59Z"}"#), Verdict::Starting, &["first"]);
        says(beat("{}"), Verdict::Starting, &["first"]);
        says(beat(r#"{"last_receive":"2026-11-24T05:57:59Z"}"#), Verdict::Degraded, &["05:57:59Z"]);
        let old = dialer(r#""stream":{},"remote":{}"#);
        says(alone(&old), Verdict::Healthy, &[]);
    }

    #[test]
    fn authorities_of_which_one_that_holds_is_enough() {
        let at = |pems: &[&str], now: f64| {
            let mut peering = dialer("").members().to_vec();
            let beat = object([("last_heartbeat", Value::Null)]);
            for (key, value) in &mut peering {
                match &**key {
                    "peer_ca_pems" => *value = Value::List(pems.iter().map(|pem| Value::from(*pem)).collect()),
                    "stream" => *value = beat.clone(),
                    "remote" => *value = Value::Null,
                    _ => {}
                }
            }
            health(&Value::Object(peering), &Value::Null, Other::NotLookedAt, now)
        };
        const DAY: f64 = 86_400_000.0;
        says(at(&[CA], CA_END - 30.0 * DAY), Verdict::Healthy, &[]);
        says(at(&[CA], CA_END - 30.0 * DAY + 1_000.0), Verdict::Degraded, &["within 30 days"]);
        says(at(&[CA], CA_END), Verdict::Degraded, &["2036-11-21"]);
        says(at(&[CA], CA_END + 1_000.0), Verdict::Broken, &["ended at 2036-11-21"]);
        const LATER: &str = include_str!("../../tests/rules/generalized-time.pem");
        says(at(&[CA, LATER], CA_END + 1_000.0), Verdict::Healthy, &[]);
        says(at(&["junk"], NOW), Verdict::Healthy, &[]);
    }

    #[test]
    fn beside_how_it_was_before() {
        let beside = |now: &str, before: &str| health(&dialer(now), &dialer(before), Other::NotLookedAt, NOW);
        says(beside("", ""), Verdict::Healthy, &[]);
        says(
            beside(r#""state":"FAILING""#, ""),
            Verdict::Broken,
            &["FAILING", "was ACTIVE and is FAILING since some time after 2026-11-24T05:59:50Z"],
        );
        says(beside(r#""state":"FAILING""#, r#""state":"FAILING""#), Verdict::Broken, &["FAILING"]);
        says(
            beside(r#""state":"ESTABLISHING","stream":{}"#, r#""stream":{}"#),
            Verdict::Broken,
            &["ESTABLISHING", "since it was looked at before"],
        );
        says(beside("", r#""id":"old""#), Verdict::Healthy, &["made anew"]);
        says(
            beside("", r#""stream":{"imported_services":["billing","search","web"]}"#),
            Verdict::Degraded,
            &["no longer imported: search, web"],
        );
    }

    #[test]
    fn beside_its_other_side() {
        let beside = |peering: &Value, other: Other<'_>| health(peering, &Value::Null, other, NOW);
        let here = dialer("");
        says(beside(&here, Other::Stands(&acceptor("ACTIVE"))), Verdict::Healthy, &[]);
        says(beside(&here, Other::Absent), Verdict::Broken, &["nothing stands"]);
        says(beside(&here, Other::Stands(&acceptor("TERMINATED"))), Verdict::Broken, &["TERMINATED on the other side"]);
        says(beside(&here, Other::Stands(&acceptor("PENDING"))), Verdict::Starting, &["PENDING on the other side"]);
        says(beside(&here, Other::Stands(&dialer(""))), Verdict::Broken, &["both sides are dialers"]);
        says(
            beside(&dialer(r#""peer_id":"x""#), Other::Stands(&acceptor("ACTIVE"))),
            Verdict::Broken,
            &["other records"],
        );
        says(beside(&acceptor("FAILING"), Other::Stands(&here)), Verdict::Broken, &["FAILING"]);
    }

    #[test]
    fn the_worst_counts_and_all_is_said() {
        let found = health(&dialer(r#""state":"FAILING""#), &dialer(""), Other::Absent, NOW);
        says(found, Verdict::Broken, &["FAILING", "regression", "nothing stands"]);
        let value = alone(&dialer(r#""state":"TERMINATED""#)).to_value();
        assert_eq!((value.get("verdict").text(), value.get("reasons").items().len()), (Some("broken"), 1));
        let names = [Verdict::Healthy, Verdict::Starting, Verdict::Degraded, Verdict::Broken, Verdict::Ending];
        assert_eq!(names.map(Verdict::name), ["healthy", "starting", "degraded", "broken", "ending"]);
    }
}
