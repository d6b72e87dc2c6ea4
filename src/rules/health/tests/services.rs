use super::*;

/// Both sides, with their exports and imports, and when the exporting one has last sent something.
fn services(exported: &str, imported: &str, sent: &str) -> (Value, Value) {
    let stream = |exported: &str, imported: &str| {
        format!(
            r#""stream":{{"last_heartbeat":"2026-11-24T05:59:50Z","last_send":"2026-11-24T{sent}Z","exported_services":[{exported}],"imported_services":[{imported}]}}"#
        )
    };
    (acceptor(&stream(exported, r#""web""#)), dialer(&stream(r#""web""#, imported)))
}

#[test]
fn services_that_one_side_exports_and_the_other_does_not_import() {
    let (exporter, importer) = services(r#""api","db""#, r#""db""#, "05:59:54");
    let with_other = |peering: &Value, other: &Value| check(peering, &Value::Null, Other::Exists(other), NOW);
    finds(with_other(&importer, &exporter), Verdict::Degraded, &[("not_imported", "not imported here: api")]);
    finds(
        with_other(&exporter, &importer),
        Verdict::Degraded,
        &[("not_imported_there", "not imported by the other cluster: api")],
    );
    let (exporter, importer) = services(r#""db""#, r#""db","old""#, "05:59:54");
    finds(
        with_other(&importer, &exporter),
        Verdict::Degraded,
        &[("not_exported", "no longer exported by the other cluster: old")],
    );
    finds(
        with_other(&exporter, &importer),
        Verdict::Degraded,
        &[("not_exported_here", "no longer exported here: old")],
    );
    let (exporter, importer) = services(r#""db""#, r#""db","old""#, "05:59:57");
    finds(with_other(&importer, &exporter), Verdict::Healthy, &[]);
    let (exporter, importer) = services(r#""api""#, "", "06:10:00");
    finds(with_other(&importer, &exporter), Verdict::Degraded, &[("not_imported", "api")]);
}

#[test]
fn services_that_were_exported_a_moment_ago_may_be_on_their_way() {
    let (exporter, importer) = services(r#""api","db""#, r#""db""#, "05:59:58");
    let with_other = |peering: &Value, other: &Value| check(peering, &Value::Null, Other::Exists(other), NOW);
    finds(with_other(&importer, &exporter), Verdict::Starting, &[("import_pending", "not imported here yet: api")]);
    finds(with_other(&exporter, &importer), Verdict::Starting, &[("export_pending", "other cluster yet: api")]);
}

#[test]
fn a_difference_that_an_earlier_reading_had_too_lasts() {
    let (exporter, importer) = services(r#""api","db""#, r#""db""#, "05:59:58");
    let (exported_before, imported_before) = services(r#""api","db""#, r#""db""#, "05:59:40");
    let since = |peering: &Value, previous: &Value, other: &Value| check(peering, previous, Other::Exists(other), NOW);
    finds(since(&importer, &imported_before, &exporter), Verdict::Degraded, &[("not_imported", "api")]);
    finds(since(&exporter, &exported_before, &importer), Verdict::Degraded, &[("not_imported_there", "api")]);
    finds(since(&importer, &importer, &exporter), Verdict::Starting, &[("import_pending", "api")]);
    let (before, _) = services(r#""db""#, r#""db""#, "05:59:40");
    finds(since(&exporter, &before, &importer), Verdict::Starting, &[("export_pending", "api")]);
}
