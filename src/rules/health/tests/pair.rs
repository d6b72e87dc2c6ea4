use super::*;

#[test]
fn compares_with_the_other_side() {
    let with_other = |peering: &Value, other: Other<'_>| check(peering, &Value::Null, other, NOW);
    let here = dialer("");
    let there = |state: &str| acceptor(&format!(r#""state":"{state}""#));
    finds(with_other(&here, Other::Exists(&acceptor(""))), Verdict::Healthy, &[]);
    finds(with_other(&here, Other::Absent), Verdict::Broken, &[("one_sided", "does not exist")]);
    // An acceptor is alone until its token is used.
    const UNUSED: &str = r#""state":"PENDING","remote":{"datacenter":null},"peer_ca_pems":[]"#;
    finds(
        with_other(&acceptor(UNUSED), Other::Absent),
        Verdict::Starting,
        &[("token_unused", "has not been used yet")],
    );
    let dialed = with_other(&there("PENDING"), Other::Absent);
    finds(dialed, Verdict::Broken, &[("not_reconnected", ""), ("one_sided", "")]);
    let pending = with_other(&dialer(r#""state":"PENDING""#), Other::Absent);
    finds(pending, Verdict::Broken, &[("token_refused", ""), ("one_sided", "")]);
    finds(with_other(&here, Other::Exists(&there("TERMINATED"))), Verdict::Broken, &[("other_state", "TERMINATED")]);
    finds(with_other(&here, Other::Exists(&there("PENDING"))), Verdict::Starting, &[("other_state", "PENDING")]);
    finds(with_other(&acceptor(r#""state":"FAILING""#), Other::Exists(&here)), Verdict::Broken, &[("failing", "")]);
}

#[test]
fn detects_another_peering_under_the_name_on_the_other_cluster() {
    let with_other = |peering: &Value, other: &Value| check(peering, &Value::Null, Other::Exists(other), NOW);
    finds(with_other(&dialer(""), &dialer("")), Verdict::Broken, &[("other_peering", "both are dialers")]);
    let elsewhere = dialer(r#""peer_id":"x","peer_server_name":"server.ap.peering.2.consul""#);
    const OTHER: &[(&str, &str)] = &[("other_peering", "on the other cluster is another peering")];
    finds(with_other(&elsewhere, &acceptor("")), Verdict::Broken, OTHER);
    finds(with_other(&acceptor(""), &elsewhere), Verdict::Broken, OTHER);
}

#[test]
fn detects_another_or_a_rebuilt_cluster() {
    let on = |peering: &Value, other: Other<'_>, name: &str| {
        let other_cluster = Identity::from_server_name(name);
        health(peering, &HealthInput { previous: &Value::Null, other, other_cluster, now: NOW })
    };
    const REBUILT: &[(&str, &str)] = &[("rebuilt", "and the trust domain is now ")];
    const WRONG: &[(&str, &str)] = &[("wrong_cluster", "not with the cluster given as its other side, server.ap.")];
    let here = dialer("");
    let unrelated = acceptor(r#""id":"b""#);
    finds(on(&here, Other::Absent, "server.eu.peering.2.consul"), Verdict::Broken, REBUILT);
    finds(on(&here, Other::Exists(&unrelated), "server.eu.peering.2.consul"), Verdict::Broken, REBUILT);
    for (state, is_deleted) in [("ACTIVE", false), ("FAILING", true)] {
        let here = dialer(&format!(r#""state":"{state}""#));
        let found = on(&here, Other::Absent, "server.eu.peering.2.consul");
        let advised = found.reasons.iter().any(|reason| reason.ends_with("delete this side and connect again"));
        assert_eq!(advised, is_deleted, "{state}");
    }
    finds(on(&here, Other::Exists(&unrelated), "server.ap.peering.3.consul"), Verdict::Broken, WRONG);
    finds(on(&here, Other::Exists(&acceptor("")), "server.ap.peering.3.consul"), Verdict::Healthy, &[]);
    const ABSENT: &[(&str, &str)] = &[("one_sided", "")];
    finds(on(&here, Other::Absent, "server.eu.peering.1.consul"), Verdict::Broken, ABSENT);
    finds(on(&here, Other::Absent, ""), Verdict::Broken, ABSENT);
    let unused = acceptor(r#""remote":{"datacenter":null}"#);
    finds(on(&unused, Other::Absent, "server.eu.peering.2.consul"), Verdict::Broken, ABSENT);
    // The CA of an acceptor's dialer names its trust domain.
    const AUTHORITY: &str = include_str!("../../../../tests/rules/generalized-time.pem");
    let accepting = with_authority(&acceptor(""), AUTHORITY);
    finds(on(&accepting, Other::Absent, "server.us.peering.domain.example"), Verdict::Broken, ABSENT);
    finds(on(&accepting, Other::Absent, "server.us.peering.new.consul"), Verdict::Broken, REBUILT);
    finds(on(&accepting, Other::Absent, "server.ap.peering.3.consul"), Verdict::Broken, WRONG);
}

fn with_authority(peering: &Value, pem: &str) -> Value {
    let mut members = peering.members().to_vec();
    members.iter_mut().find(|(key, _)| key == "peer_ca_pems").unwrap().1 = Value::List(vec![pem.into()]);
    Value::Object(members)
}
