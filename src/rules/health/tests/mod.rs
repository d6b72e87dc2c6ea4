mod history;
mod pair;
mod services;

use serde_json::json;

use super::*;
use crate::rules::host::tests::read_json;

/// 2026-11-24T06:00:00Z.
const NOW: Timestamp = Timestamp::at_ms(1_795_500_000_000.0);
/// Ends on 2036-11-21T08:01:32Z.
const CA: &str = include_str!("../../../../tests/rules/version-1.pem");
const CA_END: f64 = 2_110_867_292_000.0;

fn parse(text: &str) -> Value {
    read_json(text).unwrap()
}

/// A healthy dialer with these members replaced.
fn dialer(with: &str) -> Value {
    let healthy = r#"{"id":"d","peer_name":"eu","state":"ACTIVE","role":"dialer","peer_id":"a","peer_ca_pems":[],
        "peer_server_name":"server.eu.peering.1.consul","peer_server_addresses":["consul.eu.example:8503"],"modify_index":7,
        "remote":{"datacenter":"eu"},
        "stream":{"last_heartbeat":"2026-11-24T05:59:50Z","last_receive":"2026-11-24T05:59:50Z","imported_services":["billing"]}}"#;
    with_members(healthy, with)
}

/// Its other side.
fn acceptor(with: &str) -> Value {
    let healthy = r#"{"id":"a","peer_name":"us","state":"ACTIVE","role":"acceptor","peer_id":null,"peer_ca_pems":[],
        "peer_server_name":null,"peer_server_addresses":[],"modify_index":7,"remote":{"datacenter":"us"},
        "stream":{"last_heartbeat":"2026-11-24T05:59:50Z","last_send":"2026-11-24T05:00:00Z","exported_services":["billing"]}}"#;
    with_members(healthy, with)
}

fn with_members(healthy: &str, with: &str) -> Value {
    let with = parse(&format!("{{{with}}}"));
    let member = |(key, value): &(String, Value)| {
        let other = with.members().iter().find(|(name, _)| name == key);
        (key.clone(), other.map_or(value, |(_, other)| other).clone())
    };
    Value::Object(parse(healthy).members().iter().map(member).collect())
}

fn check(peering: &Value, previous: &Value, other: Other<'_>, now: Timestamp) -> Health {
    health(peering, &HealthInput { previous, other, other_cluster: Identity::default(), now })
}

fn alone(peering: &Value) -> Health {
    check(peering, &Value::Null, Other::Unknown, NOW)
}

#[track_caller]
fn finds(health: Health, verdict: Verdict, checks: &[(&str, &str)]) {
    assert_eq!(health.verdict, verdict, "{health:?}");
    let codes: Vec<_> = health.checks.iter().map(|check| json!(check.code)).collect();
    assert_eq!(codes, checks.iter().map(|(code, _)| *code).collect::<Vec<_>>(), "{health:?}");
    for (check, (_, part)) in health.checks.iter().zip(checks) {
        assert!(check.text.contains(part), "{}", check.text);
    }
}

#[test]
fn each_state() {
    finds(alone(&dialer("")), Verdict::Healthy, &[]);
    finds(alone(&acceptor("")), Verdict::Healthy, &[]);
    for (state, verdict, code) in [
        ("ESTABLISHING", Verdict::Starting, "establishing"),
        ("PENDING", Verdict::Broken, "token_refused"),
        ("TERMINATED", Verdict::Broken, "terminated"),
        ("DELETING", Verdict::Ending, "deleting"),
        ("NEW", Verdict::Degraded, "unknown_state"),
    ] {
        finds(alone(&dialer(&format!(r#""state":"{state}""#))), verdict, &[(code, state)]);
    }
}

#[test]
fn failing_says_since_when_and_whether_a_retry_can_help() {
    let failing = dialer(r#""state":"FAILING""#);
    let found = alone(&failing);
    assert!(!found.checks[0].text.contains("rebuilt"), "{found:?}");
    finds(
        found,
        Verdict::Broken,
        &[("failing", "last contact at 2026-11-24T05:59:50Z; Consul keeps retrying (it dials consul.eu.example:8503)")],
    );
    let later = check(&failing, &Value::Null, Other::Unknown, Timestamp::at_ms(NOW.as_ms() + 600_000.0));
    finds(later, Verdict::Broken, &[("failing", "cannot succeed if the other cluster was rebuilt")]);
    let never = acceptor(r#""state":"FAILING","stream":{}"#);
    finds(alone(&never), Verdict::Broken, &[("failing", "nothing was ever received; the dialer has to reconnect")]);
}

#[test]
fn warns_of_addresses_that_may_be_unreachable() {
    let dials = |state: &str, addresses: &str| {
        alone(&dialer(&format!(r#""state":"{state}","stream":{{}},"peer_server_addresses":[{addresses}]"#)))
    };
    let worked = alone(&dialer(r#""state":"FAILING","peer_server_addresses":["10.0.0.1:8503"]"#));
    finds(worked, Verdict::Broken, &[("failing", "it dials 10.0.0.1:8503")]);
    const PRIVATE: &str = r#""10.0.0.1:8500","10.0.0.2:8500""#;
    finds(dials("ESTABLISHING", PRIVATE), Verdict::Starting, &[("establishing", "")]);
    finds(
        dials("FAILING", PRIVATE),
        Verdict::Broken,
        &[("failing", ""), ("private_address", "10.0.0.1:8500"), ("unlikely_port", "HTTP API")],
    );
    finds(
        alone(&dialer(r#""peer_server_addresses":["a.example:8503","b.example:8503"]"#)),
        Verdict::Healthy,
        &[("host_names", "2 different host names")],
    );
    finds(dials("FAILING", r#""nonsense""#), Verdict::Broken, &[("failing", "it dials nonsense")]);
}

#[test]
fn an_acceptor_that_was_dialed_before_is_not_waiting_for_its_first_dialer() {
    let fresh = acceptor(r#""state":"PENDING","remote":{"datacenter":null},"stream":{}"#);
    finds(alone(&fresh), Verdict::Starting, &[("token_unused", "has not been used yet")]);
    const RESTARTED: (&str, &str) = ("not_reconnected", "servers restarted; the dialer has not reconnected yet");
    finds(alone(&acceptor(r#""state":"PENDING","stream":{}"#)), Verdict::Broken, &[RESTARTED]);
    let with_ca = with_members(r#"{"state":"PENDING","role":"acceptor","peer_ca_pems":["x"]}"#, "");
    finds(alone(&with_ca), Verdict::Broken, &[RESTARTED]);
}

#[test]
fn heartbeats() {
    let beat = |stream: &str| alone(&dialer(&format!(r#""stream":{stream}"#)));
    finds(beat(r#"{"last_heartbeat":"2026-11-24T05:58:00Z"}"#), Verdict::Healthy, &[]);
    finds(beat(r#"{"last_heartbeat":"2026-11-24T05:57:59Z"}"#), Verdict::Degraded, &[("heartbeat_old", "05:57:59Z")]);
    let old = dialer(r#""stream":{},"remote":{}"#);
    finds(alone(&old), Verdict::Healthy, &[]);
}

#[test]
fn a_reopened_stream_is_given_time_for_its_next_heartbeat() {
    let stream = |sent: &str| {
        format!(
            r#""stream":{{"last_heartbeat":"2026-11-24T05:55:00Z","last_receive":"2026-11-24T05:59:57Z","last_send":"{sent}"}}"#
        )
    };
    let reopened = dialer(&stream("2026-11-24T05:59:57Z"));
    finds(alone(&reopened), Verdict::Starting, &[("heartbeat_pending", "")]);
    finds(alone(&dialer(&stream("2026-11-24T05:50:00Z"))), Verdict::Degraded, &[("heartbeat_old", "")]);
    for (before, verdict) in [("2026-11-24T05:59:29Z", Verdict::Degraded), ("2026-11-24T05:59:31Z", Verdict::Starting)]
    {
        let previous = dialer(&stream(before).replace("05:59:57Z", before.split('T').nth(1).unwrap()));
        assert_eq!(check(&reopened, &previous, Other::Unknown, NOW).verdict, verdict, "open since {before}");
    }
}

#[test]
fn a_first_heartbeat_is_awaited_for_30_s_after_the_stream_was_opened() {
    const PENDING: &[(&str, &str)] = &[("heartbeat_pending", "first heartbeat")];
    let beat = |stream: &str| alone(&dialer(&format!(r#""stream":{stream}"#)));
    finds(beat("{}"), Verdict::Starting, PENDING);
    finds(beat(r#"{"last_receive":"2026-11-24T05:59:30Z"}"#), Verdict::Starting, PENDING);
    finds(
        beat(r#"{"last_receive":"2026-11-24T05:59:29Z"}"#),
        Verdict::Degraded,
        &[("heartbeat_missing", "since 2026-11-24T05:59:29Z")],
    );
    // Data comes in all the time; the last that went out was at the beginning.
    finds(
        beat(r#"{"last_receive":"2026-11-24T05:59:59Z","last_send":"2026-11-24T05:00:00Z"}"#),
        Verdict::Degraded,
        &[("heartbeat_missing", "since 2026-11-24T05:00:00Z")],
    );
}

#[test]
fn while_data_flows_an_earlier_reading_shows_an_overdue_first_heartbeat() {
    const FLOWS: &str = r#""stream":{"last_receive":"2026-11-24T05:59:59Z","last_send":"2026-11-24T05:59:59Z"}"#;
    let after = |previous: &str| check(&dialer(FLOWS), &dialer(previous), Other::Unknown, NOW);
    const PENDING: &[(&str, &str)] = &[("heartbeat_pending", "")];
    const MISSING: &[(&str, &str)] = &[("heartbeat_missing", "")];
    let at = |time: &str, more: &str| {
        format!(r#""stream":{{"last_receive":"2026-11-24T{time}Z","last_send":"2026-11-24T{time}Z"}}{more}"#)
    };
    finds(after(&at("05:59:30", "")), Verdict::Starting, PENDING);
    finds(after(&at("05:59:29", "")), Verdict::Degraded, MISSING);
    // Another index: the stream may have been reopened a moment ago.
    finds(after(&at("05:58:00", r#","modify_index":6"#)), Verdict::Starting, PENDING);
    finds(after(&at("05:00:00", r#","modify_index":6"#)), Verdict::Degraded, MISSING);
    finds(after(r#""stream":{"last_heartbeat":"2026-11-24T05:58:10Z"}"#), Verdict::Starting, PENDING);
    finds(after(r#""stream":{"last_heartbeat":"2026-11-24T05:00:00Z"}"#), Verdict::Degraded, MISSING);
    finds(after(&at("05:00:00", r#","state":"FAILING""#)), Verdict::Starting, PENDING);
    finds(after(&at("05:00:00", r#","id":"old""#)), Verdict::Starting, &[("heartbeat_pending", ""), ("recreated", "")]);
}

#[test]
fn one_valid_authority_is_enough() {
    let at = |pems: &[&str], ms: f64| {
        let mut peering = dialer("").members().to_vec();
        for (key, value) in &mut peering {
            match &**key {
                "peer_ca_pems" => *value = Value::List(pems.iter().map(|pem| Value::from(*pem)).collect()),
                "stream" | "remote" => *value = Value::Null,
                _ => {}
            }
        }
        check(&Value::Object(peering), &Value::Null, Other::Unknown, Timestamp::at_ms(ms))
    };
    const DAY: f64 = 86_400_000.0;
    finds(at(&[CA], CA_END - 30.0 * DAY), Verdict::Healthy, &[]);
    finds(at(&[CA], CA_END - 30.0 * DAY + 1_000.0), Verdict::Degraded, &[("ca_expires_soon", "within 30 days")]);
    finds(at(&[CA], CA_END), Verdict::Degraded, &[("ca_expires_soon", "2036-11-21")]);
    finds(at(&[CA], CA_END + 1_000.0), Verdict::Broken, &[("ca_expired", "2036-11-21")]);
    const LATER: &str = include_str!("../../../../tests/rules/generalized-time.pem");
    finds(at(&[CA, LATER], CA_END + 1_000.0), Verdict::Healthy, &[]);
    finds(at(&["junk"], NOW.as_ms()), Verdict::Healthy, &[]);
}

#[test]
fn a_terminated_acceptor_needs_its_external_addresses_to_connect_again() {
    let reasons = |peering| json!(alone(peering))["reasons"][0].as_str().unwrap_or_default().to_owned();
    let (dials, accepts) = (dialer(r#""state":"TERMINATED""#), acceptor(r#""state":"TERMINATED""#));
    assert!(!reasons(&dials).contains("external addresses"));
    assert!(reasons(&accepts).contains("with the external addresses of this side"));
}

#[test]
fn the_worst_check_counts_and_all_are_reported() {
    let found = check(&dialer(r#""state":"FAILING""#), &dialer(""), Other::Absent, NOW);
    finds(found, Verdict::Broken, &[("failing", ""), ("was_active", ""), ("one_sided", "")]);
    assert_eq!(
        json!(alone(&dialer(r#""state":"TERMINATED""#))),
        json!({
            "verdict": "broken",
            "reasons": ["TERMINATED: the other cluster deleted its side; delete this side too, or connect again"],
            "checks": [{ "code": "terminated", "verdict": "broken", "text": "TERMINATED: the other cluster deleted its side; delete this side too, or connect again" }],
        })
    );
}
