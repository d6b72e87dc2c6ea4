use super::*;

#[test]
fn compares_with_an_earlier_reading() {
    let since = |now: &str, before: &str| check(&dialer(now), &dialer(before), Other::Unknown, NOW);
    finds(since("", ""), Verdict::Healthy, &[]);
    finds(
        since(r#""state":"FAILING""#, ""),
        Verdict::Broken,
        &[("failing", ""), ("was_active", "was ACTIVE and is FAILING since some time after 2026-11-24T05:59:50Z")],
    );
    finds(since(r#""state":"FAILING""#, r#""state":"FAILING""#), Verdict::Broken, &[("failing", "")]);
    finds(
        since(r#""state":"ESTABLISHING","stream":{}"#, r#""stream":{}"#),
        Verdict::Broken,
        &[("establishing", ""), ("was_active", "since the previous reading")],
    );
    finds(since("", r#""id":"old""#), Verdict::Healthy, &[("recreated", "")]);
    finds(
        since("", r#""stream":{"imported_services":["billing","search","web"]}"#),
        Verdict::Degraded,
        &[("services_lost", "no longer imported: search, web")],
    );
}

#[test]
fn detects_a_record_that_leads_to_another_cluster() {
    let since = |before: &str| {
        let previous = dialer(&format!(r#""peer_server_name":"{before}""#));
        check(&dialer(""), &previous, Other::Unknown, NOW)
    };
    finds(
        since("server.eu.peering.0.consul"),
        Verdict::Degraded,
        &[("leads_elsewhere", "it was rebuilt, or is another")],
    );
    let found = since("server.ap.peering.2.consul");
    assert!(!found.checks[0].text.contains("rebuilt"));
    finds(
        found,
        Verdict::Degraded,
        &[("leads_elsewhere", "is now linked with server.eu.peering.1.consul, another cluster")],
    );
}
