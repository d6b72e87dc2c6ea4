//! Exported services: which are read, and whether they arrive.

use super::*;

/// Nothing is exported in either direction.
fn nothing_exported() -> [Snapshot; 2] {
    let mut sides = [side("east"), side("west")];
    for each in &mut sides {
        each.exports = Ok(Value::Null);
        streams(each, "[]", "[]");
    }
    sides
}

#[test]
fn the_instances_of_exported_configured_and_imported_services_are_read() {
    let mut east = side("east");
    streams(&mut east, r#"["db","web"]"#, r#"["web","shop"]"#);
    east.exports = Ok(json(
        r#"{"Services":[{"Name":"web","Consumers":[{"Peer":"west"}]},{"Name":"*","Consumers":[{"Peer":"west"}]},
            {"Name":"billing","Consumers":[{"Peer":"third"},{"Peer":"west"}]},
            {"Name":"pay","Consumers":[{"Peer":"third"}]}]}"#,
    ));
    let [exported, local, imported] = east.crossing();
    assert_eq!(exported, ["web", "shop", "billing"]);
    assert_eq!(local, ["web", "shop", "billing", "db"], "a local service may have the name of an imported one");
    assert_eq!(imported, ["db", "web"]);
    east.peering = denied();
    assert_eq!(
        east.crossing(),
        [vec!["web".to_owned(), "billing".to_owned()], vec!["web".into(), "billing".into()], vec![]]
    );
}

#[test]
fn a_missing_export_is_added_where_the_service_is() {
    let [east, west] = nothing_exported();
    for (service, cluster, peer) in [
        (Some("db"), "http://west", "east"),
        (Some("web"), "http://east", "west"),
        (None, "http://east", "west"),
        (Some("unknown"), "http://east", "west"),
    ] {
        let found = check_pair(&east, &west, service);
        let check = found.checks.iter().find(|check| check.id == CheckId::ExportsAny).unwrap();
        assert_eq!((check.status, &*check.cluster), (Status::Fail, cluster), "{service:?}");
        let name = service.unwrap_or("web");
        let added = format!("Name = \"{name}\"\n    Consumers = [{{ Peer = \"{peer}\" }}]");
        assert!(check.fix.as_deref().unwrap().contains(&added), "{service:?}: {:?}", check.fix);
    }
}

#[test]
fn a_missing_export_is_added_to_the_other_consumers_of_the_service() {
    let [mut east, west] = nothing_exported();
    east.exports = Ok(json(r#"{"Services":[{"Name":"web","Consumers":[{"Peer":"third"}]}]}"#));
    let found = check_pair(&east, &west, Some("web"));
    let fix = of_east(&found, CheckId::ExportsAny).unwrap().fix.clone().unwrap();
    assert!(fix.contains(r#"Consumers = [{ Peer = "third" }, { Peer = "west" }]"#), "{fix}");
}

#[test]
fn exports_are_compared_with_what_the_other_cluster_imports() {
    let arrived = |change: Change| {
        assert_eq!(status_after(change, CheckId::PeeringState, "http://east").message, "ACTIVE");
        let check = status_after(change, CheckId::ExportsArrived, "http://east");
        (check.status, check.message.clone(), check.evidence.get("services").join(" "))
    };
    let of = |status, message: &str, services: &str| (status, message.to_owned(), services.to_owned());
    let pass = of(Status::Pass, "the other cluster imports what is exported here", "");
    assert_eq!(arrived(|_, _| {}), pass);
    assert_eq!(
        arrived(|east, _| streams(east, r#"["db"]"#, r#"["web","shop"]"#)),
        of(Status::Fail, "exported here, but not imported by the other cluster", "shop")
    );
    let stale = "imported by the other cluster, but no longer exported here";
    assert_eq!(arrived(|_, west| streams(west, r#"["web","shop"]"#, r#"["db"]"#)), of(Status::Fail, stale, "shop"));
    let none_left: Change = |east, _| {
        east.exports = Ok(Value::Null);
        streams(east, r#"["db"]"#, "[]");
    };
    assert_eq!(arrived(none_left), of(Status::Fail, stale, "web"));

    let mut east = side("east");
    let alone = |east: &Snapshot| {
        let found = troubleshoot(&ClustersToCheck { side: east, other: None, service: None, now: NOW });
        of_east(&found, CheckId::ExportsArrived).unwrap().message.clone()
    };
    assert_eq!(alone(&east), "Consul sends everything that is exported to this peer");
    none_left(&mut east, &mut side("west"));
    assert_eq!(alone(&east), "not applicable: no checked service is exported here");
}

#[test]
fn an_entry_that_was_not_read_is_not_rewritten() {
    let [mut east, west] = nothing_exported();
    let rule = "mesh = \"read\"";
    for (unread, needs) in [(Unread::Denied(rule.into()), Some(rule)), (Unread::Failed("503".into()), None)] {
        east.exports = Err(unread);
        let found = check_pair(&east, &west, Some("web"));
        let check = of_east(&found, CheckId::ExportsAny).unwrap();
        assert_eq!((check.status, check.fix.as_deref(), check.needs.as_deref()), (Status::Fail, None, needs));
    }
}
