//! The services of a peering, with their instances and problems.

use super::*;

#[test]
fn services_are_followed_from_exporter_to_importer() {
    let (mut east, west) = (side("east"), side("west"));
    let found = check_pair(&east, &west, None);
    let names: Vec<_> = found.services.iter().map(|service| (&*service.name, &*service.exporter)).collect();
    assert_eq!(names, [("web", "http://east"), ("db", "http://west")]);
    let web = &found.services[0];
    assert_eq!((&*web.importer, web.exported, web.imported), ("http://west", Some(true), Some(true)));
    assert_eq!(web.instances, Some(Instances { total: 1, passing: 1 }));
    assert_eq!(web.dns, ["web.service.east.peer.consul", "web.virtual.east.peer.consul"]);
    assert!(web.upstream.contains("destination_name = \"web\"\n  destination_peer = \"east\""), "{}", web.upstream);
    assert!(web.problems.is_empty());

    east.intentions = Ok(Vec::new());
    let found = check_pair(&east, &west, Some("web"));
    assert_eq!(found.services.len(), 1);
    assert_eq!(found.services[0].problems, [CheckId::IntentionsAllowed]);
    assert!(check_pair(&east, &west, Some("db")).ok, "the other service is not checked");
    assert!(!check_pair(&east, &west, Some("absent")).ok);
}

#[test]
fn one_side_alone_is_checked_as_far_as_it_goes() {
    let east = side("east");
    let found = troubleshoot(&ClustersToCheck { side: &east, other: None, service: None, now: NOW });
    assert!(found.ok && found.checks.iter().all(|check| check.status == Status::Pass), "{:#?}", found.checks);
    let ways: Vec<_> =
        found.services.iter().map(|service| (&*service.name, &*service.exporter, &*service.importer)).collect();
    assert_eq!(ways, [("web", "http://east", "west"), ("db", "west", "http://east")]);
    let directions: Vec<_> = found.services.iter().map(|service| (service.exported, service.imported)).collect();
    assert_eq!(directions, [(Some(true), None), (Some(true), Some(true))], "the other cluster was not read");
}

#[test]
fn a_failure_of_the_gateways_is_a_problem_of_every_service() {
    let (mut east, west) = (side("east"), side("west"));
    east.gateways = Ok(items(r#"[{"Checks":[{"Status":"critical"}],"Node":{"Node":"n1"}}]"#));
    let found = check_pair(&east, &west, None);
    for service in &found.services {
        assert_eq!(service.problems, [CheckId::GatewaysPassing], "{}", service.name);
    }
}

#[test]
fn a_service_for_a_peer_without_a_peering_is_listed_with_its_problem() {
    let (mut east, west) = (side("east"), side("west"));
    east.exports = Ok(json(
        r#"{"Services":[{"Name":"web","Consumers":[{"Peer":"west"}]},
            {"Name":"billing","Consumers":[{"Peer":"West"},{"Peer":"third"}]},
            {"Name":"shop","Consumers":[{"Peer":"third"}]},
            {"Name":"*","Consumers":[{"Peer":"nowhere"}]}]}"#,
    ));
    let found = check_pair(&east, &west, None);
    let names: Vec<_> = found.services.iter().map(|service| &*service.name).collect();
    assert_eq!(names, ["web", "billing", "db"], "and not what is exported to another peering");
    let billing = &found.services[1];
    assert_eq!((&*billing.exporter, &*billing.importer), ("http://east", "http://west"));
    assert_eq!((billing.exported, billing.imported, billing.instances), (Some(false), Some(false), None));
    assert_eq!(billing.problems, [CheckId::ExportsConsumers]);
    assert!(found.services[0].problems.is_empty());
    assert_eq!(check_pair(&east, &west, Some("billing")).services.len(), 1);
    east.peers = denied();
    assert_eq!(check_pair(&east, &west, None).services.len(), 2, "whether a peering exists is unknown");
}

#[test]
fn instances_and_exports_may_still_arrive() {
    let lags = |change: Change, service| {
        let (mut east, mut west) = (side("east"), side("west"));
        change(&mut east, &mut west);
        let pair = ClustersToCheck { side: &east, other: Some(&west), service, now: NOW };
        may_still_arrive(&pair, &troubleshoot(&pair).checks)
    };
    const NONE: Instances = Instances { total: 0, passing: 0 };
    const FAILING: Instances = Instances { total: 1, passing: 0 };
    assert!(!lags(|_, _| {}, None));
    assert!(lags(|_, west| streams(west, "[]", "[\"db\"]"), None), "exported, not imported");
    for without in [NONE, FAILING] {
        let absent: Change = match without.total {
            0 => |_, west| west.imported = Ok(vec![("web".into(), NONE)]),
            _ => |_, west| west.imported = Ok(vec![("web".into(), FAILING)]),
        };
        assert!(lags(absent, None) && lags(absent, Some("web")) && !lags(absent, Some("db")), "{without:?}");
    }
    let failing: Change = |east, west| {
        east.local = Ok(vec![("web".into(), FAILING)]);
        west.imported = Ok(vec![("web".into(), FAILING)]);
    };
    assert!(!lags(failing, None), "the exporter has none that pass");
    assert!(!lags(|_, west| west.imported = denied(), None), "they cannot be read");
    assert!(!lags(|_, west| west.imported = Ok(Vec::new()), None), "they are not read");
}

#[test]
fn checks_without_a_subject_are_not_applicable() {
    let (mut east, mut west) = (side("east"), side("west"));
    for each in [&mut east, &mut west] {
        each.exports = Ok(Value::Null);
        each.gateways = Ok(Vec::new());
        each.meshed = Ok(Vec::new());
        each.local = Ok(Vec::new());
        streams(each, "[]", "[]");
    }
    let found = check_pair(&east, &west, None);
    for id in [
        CheckId::GatewaysPassing,
        CheckId::GatewaysAddress,
        CheckId::ExportsConsumers,
        CheckId::ExportsReserved,
        CheckId::ExportsInstances,
        CheckId::ExportsSidecar,
        CheckId::ExportsArrived,
        CheckId::ImportsInstances,
        CheckId::ImportsLocalName,
        CheckId::IntentionsAllowed,
        CheckId::RoutingPeers,
        CheckId::RoutingProtocol,
    ] {
        let check = of_east(&found, id).unwrap();
        assert_eq!(check.status, Status::Pass, "{}", id.name());
        assert!(check.message.starts_with("not applicable: "), "{}: {}", id.name(), check.message);
    }
}

#[test]
fn services_without_passing_instances_are_named_the_worst_first() {
    let [none, failing, partly, all] =
        [(0, 0), (2, 0), (2, 1), (2, 2)].map(|(total, passing)| Instances { total, passing });
    let found = |found: &[(&str, Instances)]| -> Found {
        found.iter().map(|(name, instances)| ((*name).to_owned(), *instances)).collect()
    };
    for (imported, status, message, services) in [
        (
            found(&[("a", none), ("b", failing), ("c", partly)]),
            Status::Fail,
            "no instance; Consul accepts any name",
            "a",
        ),
        (found(&[("a", all), ("b", failing), ("c", partly)]), Status::Fail, "no passing instance", "b"),
        (
            found(&[("a", all), ("c", partly)]),
            Status::Warning,
            "some instances of imported services are not passing",
            "c",
        ),
        (found(&[("a", all), ("c", all)]), Status::Warning, "there are too many imported services", "b"),
        (
            found(&[("a", all), ("b", all), ("c", all)]),
            Status::Pass,
            "every imported service has passing instances",
            "",
        ),
    ] {
        let (mut east, west) = (side("east"), side("west"));
        streams(&mut east, r#"["a","b","c"]"#, r#"["web"]"#);
        east.imported = Ok(imported);
        let checked = check_pair(&east, &west, None);
        let check = of_east(&checked, CheckId::ImportsInstances).unwrap();
        assert!(check.message.contains(message), "{}", check.message);
        assert_eq!(
            (check.status, check.evidence.get("services").join(" ")),
            (status, services.to_owned()),
            "{message}"
        );
    }
}

#[test]
fn whether_a_service_is_exported_is_unknown_if_neither_the_entry_nor_the_peering_tells() {
    let exported = |change: Change| -> Vec<_> {
        let (mut east, mut west) = (side("east"), side("west"));
        streams(&mut west, r#"["web","shop"]"#, r#"["db"]"#);
        change(&mut east, &mut west);
        let found = check_pair(&east, &west, None);
        let of_east = found.services.into_iter().filter(|service| service.exporter == "http://east");
        of_east.map(|service| (service.name, service.exported)).collect()
    };
    let of = |web, shop| vec![("web".to_owned(), web), ("shop".to_owned(), shop)];
    assert_eq!(exported(|_, _| {}), of(Some(true), Some(false)));
    assert_eq!(exported(|east, _| east.peering = denied()), of(Some(true), None));
    assert_eq!(exported(|east, _| streams(east, r#"["db"]"#, "[]")), of(Some(true), Some(false)), "it is configured");
    assert_eq!(exported(|east, _| east.exports = denied()), of(Some(true), Some(false)), "Consul sends it");
}

#[test]
fn a_missing_gateway_is_a_problem_of_the_services_that_need_it() {
    let (mut east, west) = (side("east"), side("west"));
    east.gateways = Ok(Vec::new());
    east.meshed = Ok(Vec::new());
    let found = check_pair(&east, &west, None);
    let problems = |name| &found.services.iter().find(|service| service.name == name).unwrap().problems[..];
    assert_eq!(problems("db"), [CheckId::GatewaysRegistered], "the proxies of east call it through a gateway of east");
    assert_eq!(problems("web"), [CheckId::ExportsSidecar]);
}
