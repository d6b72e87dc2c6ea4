//! Config entries and intentions, and their fixes.

use super::*;

#[test]
fn a_corrected_entry_keeps_what_is_in_it() {
    let (mut east, west) = (side("east"), side("west"));
    east.exports = Ok(json(
        r#"{"Name":"default","Services":[
            {"Name":"web","Consumers":[{"Peer":"West"},{"Peer":"west"},{"Peer":"nowhere"}]},
            {"Name":"shop","Consumers":[{"Peer":"third"},{"Partition":"p"}]},
            {"Name":"old","Consumers":[{"Peer":"nowhere"}]}]}"#,
    ));
    let found = check_pair(&east, &west, None);
    let check = of_east(&found, CheckId::ExportsConsumers).unwrap();
    assert_eq!(check.evidence.get("peers"), ["West", "nowhere"]);
    assert_eq!(check.evidence.get("entries"), ["web", "old"]);
    let expected = "# Save as exported-services.hcl and run: consul config write exported-services.hcl\n\
                    Kind = \"exported-services\"\nName = \"default\"\nServices = [\n  {\n    Name = \"web\"\n    \
                    Consumers = [{ Peer = \"west\" }]\n  },\n  {\n    Name = \"shop\"\n    \
                    Consumers = [{ Peer = \"third\" }, { Partition = \"p\" }]\n  },\n]\n";
    assert_eq!(check.fix.as_deref(), Some(expected));
}

#[test]
fn two_checks_of_one_entry_have_one_fix() {
    let (mut east, mut west) = (side("east"), side("west"));
    east.exports = Ok(json(r#"{"Services":[{"Name":"web","Consumers":[{"Peer":"West"}]}]}"#));
    west.exports = Ok(Value::Null);
    streams(&mut east, "[]", "[]");
    streams(&mut west, "[]", "[]");
    let found = check_pair(&east, &west, None);
    let fix = |id| of_east(&found, id).unwrap().fix.clone().unwrap();
    assert!(fix(CheckId::ExportsAny).contains("Consumers = [{ Peer = \"west\" }]"));
    assert_eq!(fix(CheckId::ExportsAny), fix(CheckId::ExportsConsumers));
}

#[test]
fn the_fix_of_an_entry_fixes_every_check_of_it() {
    let (mut east, mut west) = (side("east"), side("west"));
    east.exports = Ok(json(
        r#"{"Services":[{"Name":"billing","Consumers":[{"Peer":"West"}]},{"Name":"consul","Consumers":[{"Peer":"west"}]}]}"#,
    ));
    west.exports = Ok(Value::Null);
    for each in [&mut east, &mut west] {
        streams(each, "[]", "[]");
    }
    let found = troubleshoot(&ClustersToCheck { side: &east, other: Some(&west), service: None, now: NOW });
    let fix = |id| of_east(&found, id).unwrap().fix.clone().unwrap();
    assert_eq!(fix(CheckId::ExportsReserved), fix(CheckId::ExportsConsumers));
    assert!(!fix(CheckId::ExportsReserved).contains("consul\""), "{}", fix(CheckId::ExportsReserved));
    // The missing export of the service is added; the other entry is corrected only if it is checked.
    east.exports = Ok(json(
        r#"{"Services":[{"Name":"*","Consumers":[{"Peer":"West"}]},{"Name":"billing","Consumers":[{"Peer":"West"}]}]}"#,
    ));
    let found = check_pair(&east, &west, Some("web"));
    let fix = |id| of_east(&found, id).unwrap().fix.clone().unwrap();
    assert_eq!(fix(CheckId::ExportsAny), fix(CheckId::ExportsConsumers));
    for wanted in [
        "\"*\"\n    Consumers = [{ Peer = \"west\" }]",
        "\"billing\"\n    Consumers = [{ Peer = \"West\" }]",
        "\"web\"\n    Consumers = [{ Peer = \"west\" }]",
    ] {
        assert!(fix(CheckId::ExportsAny).contains(wanted), "{wanted}: {}", fix(CheckId::ExportsAny));
    }
}

#[test]
fn with_a_service_entries_of_others_are_left_out() {
    let (mut east, west) = (side("east"), side("west"));
    east.exports = Ok(json(
        r#"{"Services":[{"Name":"web","Consumers":[{"Peer":"west"}]},{"Name":"billing","Consumers":[{"Peer":"West"}]},
            {"Name":"consul","Consumers":[{"Peer":"west"}]}]}"#,
    ));
    east.intentions
        .as_mut()
        .unwrap()
        .push(json(r#"{"SourceName":"*","SourcePeer":"West","DestinationName":"billing","Action":"allow"}"#));
    east.resolvers = Ok(items(
        r#"[{"Name":"billing","Redirect":{"Peer":"West"}},{"Name":"pay","Redirect":{"Peer":"West","Service":"db"}}]"#,
    ));
    let ids = [CheckId::ExportsConsumers, CheckId::ExportsReserved, CheckId::IntentionsPeers, CheckId::RoutingPeers];
    for (service, wanted) in [
        (Some("web"), [Status::Pass; 4]),
        (Some("db"), [Status::Pass, Status::Pass, Status::Pass, Status::Fail]),
        (Some("billing"), [Status::Fail, Status::Pass, Status::Fail, Status::Fail]),
        (None, [Status::Fail; 4]),
    ] {
        let found = check_pair(&east, &west, service);
        assert_eq!(ids.map(|id| of_east(&found, id).unwrap().status), wanted, "{service:?}");
    }
    // An entry for all services is one for this service.
    east.exports = Ok(json(r#"{"Services":[{"Name":"*","Consumers":[{"Peer":"West"}]}]}"#));
    let found = check_pair(&east, &west, Some("web"));
    let check = of_east(&found, CheckId::ExportsConsumers).unwrap();
    assert_eq!(check.status, Status::Fail);
    assert_eq!(
        check.message,
        "exported services name the peer \"West\", but the peering is \"west\": peer names are case-sensitive"
    );
}

#[test]
fn what_is_meant_for_a_peering_that_does_not_exist_yet_is_kept() {
    let (mut east, west) = (side("east"), side("west"));
    east.peering = Ok(Value::Null);
    east.peers = Ok(vec!["third".into()]);
    let found = check_pair(&east, &west, None);
    let check = of_east(&found, CheckId::ExportsConsumers).unwrap();
    assert_eq!(check.status, Status::Warning);
    assert!(check.fix.as_deref().unwrap().contains("Peer = \"west\""), "{:?}", check.fix);
    assert_eq!(of_east(&found, CheckId::IntentionsPeers).unwrap().status, Status::Warning);
    assert_eq!(of_east(&found, CheckId::ExportsArrived).unwrap().status, Status::Skipped);
}

#[test]
fn intentions_by_what_is_most_exact() {
    let intention = |destination: &str, source: &str, action: &str| {
        json(&format!(
            r#"{{"SourceName":"{source}","SourcePeer":"west","DestinationName":"{destination}","Action":"{action}"}}"#
        ))
    };
    for (intentions, default, wanted) in [
        (vec![], true, Status::Pass),
        (vec![], false, Status::Fail),
        (vec![intention("*", "*", "allow")], false, Status::Pass),
        (vec![intention("*", "*", "allow"), intention("web", "*", "deny")], true, Status::Fail),
        (vec![intention("*", "*", "deny"), intention("web", "api", "allow")], false, Status::Pass),
        (vec![intention("web", "api", "deny")], true, Status::Pass),
        (vec![intention("web", "api", "deny")], false, Status::Fail),
        (vec![intention("other", "*", "allow")], false, Status::Fail),
        (vec![intention("*", "*", "deny"), intention("web", "api", "deny")], true, Status::Fail),
        (vec![intention("*", "*", "allow"), intention("web", "api", "deny")], false, Status::Pass),
        (vec![intention("*", "api", "allow"), intention("*", "*", "deny")], false, Status::Pass),
        (vec![intention("*", "api", "allow"), intention("web", "*", "deny")], true, Status::Fail),
    ] {
        let (mut east, west) = (side("east"), side("west"));
        east.intentions = Ok(intentions);
        east.default_allow = Ok(default);
        let found = check_pair(&east, &west, None);
        assert_eq!(
            of_east(&found, CheckId::IntentionsAllowed).unwrap().status,
            wanted,
            "{:#?}",
            east.intentions.map(|all| all.len())
        );
    }
}

#[test]
fn a_fix_of_an_intention_keeps_the_others() {
    let (mut east, west) = (side("east"), side("west"));
    east.intentions = Ok(items(
        r#"[{"SourceName":"*","SourcePeer":"west","DestinationName":"web","Action":"deny"},
            {"SourceName":"api","SourcePeer":"","DestinationName":"web","Action":"allow"},
            {"SourceName":"shop","DestinationName":"web","Permissions":[{}]},
            {"SourceName":"*","SourcePeer":"third","DestinationName":"web","Action":"deny"},
            {"SourceName":"x","DestinationName":"other","Action":"allow"}]"#,
    ));
    let found = check_pair(&east, &west, None);
    let fix = of_east(&found, CheckId::IntentionsAllowed).unwrap().fix.clone().unwrap();
    assert_eq!(
        fix,
        "# Save as service-intentions-web.hcl and run: consul config write service-intentions-web.hcl\n\
         Kind = \"service-intentions\"\nName = \"web\"\nSources = [\n  { Name = \"api\", Action = \"allow\" },\n  \
         # add the source \"shop\" as it is, with its Permissions\n  \
         { Name = \"*\", Peer = \"third\", Action = \"deny\" },\n  { Name = \"*\", Peer = \"west\", Action = \"allow\" },\n]\n"
    );
}

#[test]
fn a_fix_of_an_intention_keeps_the_denial_of_one_service_and_a_requirement_of_jwts() {
    let (mut east, west) = (side("east"), side("west"));
    let with = |more: &str| {
        items(&format!(
            r#"[{{"SourceName":"api","SourcePeer":"west","DestinationName":"web","Action":"deny"{more}}},
                {{"SourceName":"*","SourcePeer":"west","DestinationName":"web","Action":"deny"{more}}}]"#
        ))
    };
    for (more, keeps_jwt) in [("", false), (r#","JWT":{"Providers":[{"Name":"okta"}]}"#, true)] {
        east.intentions = Ok(with(more));
        let found = check_pair(&east, &west, None);
        let fix = of_east(&found, CheckId::IntentionsAllowed).unwrap().fix.clone().unwrap();
        let denial = r#"{ Name = "api", Peer = "west", Action = "deny" }"#;
        assert!(fix.contains(denial) && fix.matches("deny").count() == 1, "{fix}");
        assert_eq!(fix.starts_with("# keep the JWT of the existing entry\n"), keeps_jwt);
    }
}

#[test]
fn a_fix_of_proxy_defaults_keeps_their_other_fields() {
    let fix = |entry: &str| {
        let (mut east, west) = (side("east"), side("west"));
        east.proxy_defaults = Ok(json(entry));
        of_east(&check_pair(&east, &west, None), CheckId::GatewaysProxyMode).unwrap().fix.clone().unwrap()
    };
    let note = "# keep the other fields of the existing entry\n";
    let empty = r#"{"Kind":"proxy-defaults","MeshGateway":{"Mode":"none"},"Config":null,"Expose":{},"Mode":"","ModifyIndex":9}"#;
    assert!(!fix(empty).contains(note));
    for other in [r#""Config":{"protocol":"http"}"#, r#""Mode":"transparent""#, r#""EnvoyExtensions":[{}]"#] {
        assert!(fix(&format!(r#"{{"MeshGateway":{{"Mode":"none"}},{other}}}"#)).starts_with(note), "{other}");
    }
}

#[test]
fn the_protocol_is_corrected_of_each_service_that_leads_to_an_imported_one() {
    let (mut east, west) = (side("east"), side("west"));
    east.resolvers = Ok(items(
        r#"[{"Name":"shop","Redirect":{"Peer":"west","Service":"db"}},
            {"Name":"cart","Failover":{"*":{"Targets":[{"Peer":"west","Service":"db"}]}}},
            {"Name":"pay","Redirect":{"Peer":"west","Service":"db"}},
            {"Name":"db","Redirect":{"Peer":"west"}},
            {"Name":"far","Redirect":{"Peer":"third","Service":"db"}},
            {"Name":"near","Redirect":{"Service":"db"}}]"#,
    ));
    let defaults = |name: &str| format!(r#"{{"Name":"{name}","Protocol":"tcp"}}"#);
    east.defaults = Ok(["shop", "cart", "db", "far", "near"].map(|name| json(&defaults(name))).into());
    let found = check_pair(&east, &west, None);
    let check = of_east(&found, CheckId::RoutingProtocol).unwrap();
    assert_eq!((check.status, check.evidence.get("services")), (Status::Fail, &["db".to_owned()][..]));
    let fix = check.fix.as_deref().unwrap();
    let names: Vec<_> = fix.lines().filter_map(|line| line.strip_prefix("Name = ")).collect();
    assert_eq!(names, ["\"shop\"", "\"cart\"", "\"db\""]);
    assert_eq!(fix.matches("Protocol = \"http\"\n").count(), 3);
    // Without a resolver, only the own defaults of an imported service count.
    east.resolvers = Ok(Vec::new());
    east.proxy_defaults = Ok(json(r#"{"MeshGateway":{"Mode":"local"},"Config":{"protocol":"grpc"}}"#));
    for (own, status) in [("db", Status::Fail), ("shop", Status::Pass)] {
        east.defaults = Ok(vec![json(&defaults(own))]);
        assert_eq!(of_east(&check_pair(&east, &west, None), CheckId::RoutingProtocol).unwrap().status, status, "{own}");
    }
}
