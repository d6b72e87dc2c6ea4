//! Each check, made to fail, to pass, and to be skipped. A set-up that works is all pass.

use super::rights::{Right, Rights};
use super::*;
use crate::rules::host::tests::read_json;
use crate::rules::identity::Identity;
use crate::rules::value::Value;

/// 2026-11-24T06:00:00Z.
const NOW: f64 = 1_795_500_000_000.0;
/// Ended on 2026-01-01.
const EXPIRED: &str = include_str!("../../../tests/rules/expired.pem");

fn json(text: &str) -> Value {
    read_json(text).unwrap_or_else(|| panic!("{text}"))
}

fn items(text: &str) -> Vec<Value> {
    json(text).items().to_vec()
}

/// `east` has accepted, `west` has dialed; each exports a service to the other.
pub(super) fn side(name: &str) -> Snapshot {
    let east = name == "east";
    let (other, own, theirs) = if east { ("west", "web", "db") } else { ("east", "db", "web") };
    let role = if east {
        r#""role":"acceptor","peer_id":null,"peer_server_addresses":[]"#.to_owned()
    } else {
        r#""role":"dialer","peer_id":"1","peer_server_addresses":["10.0.0.1:8503"],
           "peer_server_name":"server.east.peering.east.consul""#
            .to_owned()
    };
    let id = if east { 1 } else { 2 };
    let peering = json(&format!(
        r#"{{"id":"{id}","peer_name":"{other}","state":"ACTIVE",{role},"remote":{{"datacenter":"{other}"}},
            "stream":{{"imported_services":["{theirs}"],"exported_services":["{own}"],
            "last_heartbeat":"2026-11-24T05:59:55Z","last_receive":"2026-11-24T05:59:55Z","last_send":"2026-11-24T05:59:55Z"}}}}"#
    ));
    let one = Instances { total: 1, passing: 1 };
    let none = Instances { total: 0, passing: 0 };
    Snapshot {
        cluster: format!("http://{name}"),
        peer_name: other.into(),
        identity: Identity { datacenter: Some(name.into()), trust_domain: Some(format!("{name}.consul")) },
        peers: Ok(vec![other.into(), "third".into()]),
        peering: Ok(peering),
        datacenters: Ok(vec![name.into()]),
        mesh: Ok(Value::Null),
        proxy_defaults: Ok(json(r#"{"MeshGateway":{"Mode":"local"},"Config":{"protocol":"http"}}"#)),
        exports: Ok(json(&format!(
            r#"{{"Name":"default","Services":[{{"Name":"{own}","Consumers":[{{"Peer":"{other}"}}]}}]}}"#
        ))),
        resolvers: Ok(Vec::new()),
        defaults: Ok(Vec::new()),
        intentions: Ok(vec![json(&format!(
            r#"{{"SourceName":"*","SourcePeer":"{other}","DestinationName":"{own}","Action":"allow"}}"#
        ))]),
        default_allow: Ok(false),
        gateways: Ok(items(&format!(
            r#"[{{"Node":{{"Node":"n1","Address":"10.0.0.7"}},"Service":{{"Service":"gw","Address":"10.0.0.7","Port":8443,
                 "TaggedAddresses":{{"wan":{{"Address":"gateway.{name}.example","Port":443}}}}}},"Checks":[{{"Status":"passing"}}]}}]"#
        ))),
        servers: Ok(vec![if east { "10.0.0.1:8503" } else { "10.1.0.1:8503" }.into()]),
        local: Ok(vec![(own.into(), one), (theirs.into(), none)]),
        imported: Ok(vec![(theirs.into(), one)]),
        meshed: Ok(vec![own.into()]),
    }
}

fn denied<T>() -> Told<T> {
    Err(Unread::Denied("a rule".into()))
}

fn judged(east: &Snapshot, west: &Snapshot, service: Option<&str>) -> Troubleshooting {
    troubleshoot(&Pair { side: east, other: Some(west), service, now: NOW })
}

/// What a check says of `east`; nothing where it says nothing.
fn of_east(found: &Troubleshooting, id: CheckId) -> Option<&Check> {
    found.checks.iter().find(|check| check.id == id && check.cluster == "http://east")
}

type Change = fn(&mut Snapshot, &mut Snapshot);

fn status_after(change: Change, id: CheckId, cluster: &str) -> Check {
    let (mut east, mut west) = (side("east"), side("west"));
    change(&mut east, &mut west);
    let checks = judged(&east, &west, None).checks;
    let found = checks.into_iter().find(|check| check.id == id && check.cluster == cluster);
    found.unwrap_or_else(|| panic!("{} says nothing of {cluster}", id.name()))
}

fn peering_with(snapshot: &mut Snapshot, changes: &[(&str, &str)]) {
    let Ok(Value::Object(members)) = &mut snapshot.peering else { panic!("no peering") };
    for (key, value) in changes {
        members.retain(|(known, _)| known != key);
        members.push(((*key).into(), json(value)));
    }
}

fn streams(snapshot: &mut Snapshot, imported: &str, exported: &str) {
    let stream = format!(
        r#"{{"imported_services":{imported},"exported_services":{exported},"last_heartbeat":"2026-11-24T05:59:55Z",
            "last_receive":"2026-11-24T05:59:55Z","last_send":"2026-11-24T05:59:55Z"}}"#
    );
    peering_with(snapshot, &[("stream", &stream)]);
}

/// Each check: the cluster that it is about, what makes it fail or warn, and what makes it skipped.
fn cases() -> Vec<(CheckId, &'static str, Status, Change, Change)> {
    const EAST: &str = "http://east";
    const WEST: &str = "http://west";
    let no_peering: Change = |east, _| east.peering = denied();
    let no_peering_there: Change = |_, west| west.peering = denied();
    let no_gateways: Change = |east, _| east.gateways = denied();
    let no_exports: Change = |east, _| east.exports = denied();
    let no_local: Change = |east, _| east.local = denied();
    let no_intentions: Change = |east, _| east.intentions = denied();
    vec![
        (CheckId::PeeringState, EAST, Status::Fail, |e, _| peering_with(e, &[("state", "\"FAILING\"")]), no_peering),
        (
            CheckId::PeeringHeartbeat,
            EAST,
            Status::Fail,
            |east, _| {
                let old = r#"{"imported_services":["db"],"exported_services":["web"],"last_heartbeat":"2026-11-24T05:00:00Z"}"#;
                peering_with(east, &[("stream", old)]);
            },
            no_peering,
        ),
        (
            CheckId::PeeringCertificates,
            EAST,
            Status::Fail,
            |east, _| peering_with(east, &[("peer_ca_pems", &serde_json::json!([EXPIRED]).to_string())]),
            no_peering,
        ),
        (
            CheckId::PeeringAddresses,
            WEST,
            Status::Warning,
            |_, west| peering_with(west, &[("peer_server_addresses", r#"["a.example:8503","b.example:8503"]"#)]),
            no_peering_there,
        ),
        (CheckId::PeeringOtherSide, EAST, Status::Fail, |_, west| west.peering = Ok(Value::Null), no_peering),
        (
            CheckId::PeeringRebuilt,
            WEST,
            Status::Fail,
            |east, _| {
                east.identity.trust_domain = Some("new.consul".into());
                peering_with(east, &[("id", "\"9\"")]);
            },
            no_peering_there,
        ),
        (
            CheckId::PeeringAddressDrift,
            WEST,
            Status::Fail,
            |east, west| {
                east.servers = Ok(vec!["10.0.0.9:8503".into()]);
                peering_with(west, &[("state", "\"FAILING\"")]);
            },
            no_peering_there,
        ),
        (
            CheckId::ModeGateway,
            EAST,
            Status::Fail,
            |east, _| {
                east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
                east.gateways = Ok(Vec::new());
            },
            |east, _| {
                east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
                east.gateways = denied();
            },
        ),
        (
            CheckId::ModeAddresses,
            EAST,
            Status::Fail,
            |east, _| east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#)),
            no_gateways,
        ),
        (CheckId::GatewaysRegistered, EAST, Status::Fail, |east, _| east.gateways = Ok(Vec::new()), no_gateways),
        (
            CheckId::GatewaysPassing,
            EAST,
            Status::Fail,
            |east, _| east.gateways = Ok(items(r#"[{"Checks":[{"Status":"critical"}],"Node":{"Node":"n1"}}]"#)),
            no_gateways,
        ),
        (
            CheckId::GatewaysAddress,
            EAST,
            Status::Fail,
            |east, _| east.gateways = Ok(items(r#"[{"Service":{"Address":"127.0.0.1","Port":8443}}]"#)),
            no_gateways,
        ),
        (
            CheckId::GatewaysProxyMode,
            EAST,
            Status::Fail,
            |east, _| east.proxy_defaults = Ok(json(r#"{"MeshGateway":{"Mode":"none"}}"#)),
            |east, _| east.proxy_defaults = denied(),
        ),
        (
            CheckId::ExportsAny,
            EAST,
            Status::Fail,
            |east, west| {
                for side in [east, west] {
                    side.exports = Ok(Value::Null);
                    streams(side, "[]", "[]");
                }
            },
            no_peering,
        ),
        (
            CheckId::ExportsConsumers,
            EAST,
            Status::Fail,
            |east, _| {
                let services = r#"{"Services":[{"Name":"web","Consumers":[{"Peer":"West"}]}]}"#;
                east.exports = Ok(json(services));
            },
            no_exports,
        ),
        (
            CheckId::ExportsReserved,
            EAST,
            Status::Fail,
            |east, _| east.exports = Ok(json(r#"{"Services":[{"Name":"consul","Consumers":[{"Peer":"west"}]}]}"#)),
            no_exports,
        ),
        (CheckId::ExportsInstances, EAST, Status::Fail, |e, _| streams(e, "[\"db\"]", "[\"db\"]"), no_local),
        (
            CheckId::ExportsSidecar,
            EAST,
            Status::Warning,
            |east, _| east.meshed = Ok(Vec::new()),
            |east, _| east.meshed = denied(),
        ),
        (CheckId::ExportsArrived, EAST, Status::Fail, |_, west| streams(west, "[]", "[\"db\"]"), no_peering),
        (
            CheckId::ImportsInstances,
            EAST,
            Status::Fail,
            |east, _| east.imported = Ok(vec![("db".into(), Instances { total: 2, passing: 0 })]),
            |east, _| east.imported = denied(),
        ),
        (
            CheckId::ImportsLocalName,
            EAST,
            Status::Warning,
            |east, _| {
                let one = Instances { total: 1, passing: 1 };
                east.local = Ok(vec![("web".into(), one), ("db".into(), one)]);
            },
            no_local,
        ),
        (CheckId::IntentionsAllowed, EAST, Status::Fail, |east, _| east.intentions = Ok(Vec::new()), no_intentions),
        (
            CheckId::IntentionsPeers,
            EAST,
            Status::Fail,
            |east, _| {
                let of_typo = r#"{"SourceName":"*","SourcePeer":"West","DestinationName":"web","Action":"allow"}"#;
                east.intentions.as_mut().unwrap().push(json(of_typo));
            },
            no_intentions,
        ),
        (
            CheckId::RoutingPeers,
            EAST,
            Status::Fail,
            |east, _| {
                let failover = r#"[{"Name":"db","Failover":{"*":{"Targets":[{"Peer":"west"},{"Peer":"typo"}]}}}]"#;
                east.resolvers = Ok(items(failover));
            },
            |east, _| east.resolvers = denied(),
        ),
        (
            CheckId::RoutingProtocol,
            EAST,
            Status::Fail,
            |east, _| {
                east.resolvers = Ok(items(r#"[{"Name":"shop","Redirect":{"Peer":"west","Service":"db"}}]"#));
                east.defaults = Ok(items(r#"[{"Name":"shop","Protocol":"tcp"}]"#));
            },
            |east, _| east.resolvers = denied(),
        ),
        (
            CheckId::DatacentersPrimary,
            EAST,
            Status::Warning,
            |east, _| east.datacenters = Ok(vec!["east".into(), "south".into()]),
            |east, _| east.datacenters = Err(Unread::Failed("503".into())),
        ),
    ]
}

#[test]
fn a_set_up_that_works_is_all_pass() {
    let found = judged(&side("east"), &side("west"), None);
    let others: Vec<_> = found.checks.iter().filter(|check| check.status != Status::Pass).collect();
    assert!(found.ok && others.is_empty(), "{others:#?}");
    let mut ids: Vec<_> = found.checks.iter().map(|check| check.id.name()).collect();
    ids.dedup();
    for id in CheckId::ALL {
        assert!(ids.contains(&id.name()), "{} is not judged", id.name());
    }
}

#[test]
fn each_check_fails_passes_and_is_skipped() {
    let cases = cases();
    for id in CheckId::ALL {
        assert_eq!(cases.iter().filter(|case| case.0 == *id).count(), 1, "{}", id.name());
    }
    for (id, cluster, wanted, break_it, hide_it) in cases {
        let broken = status_after(break_it, id, cluster);
        assert_eq!(broken.status, wanted, "{}: {broken:#?}", id.name());
        assert!(broken.needs.is_none(), "{}", id.name());
        let hidden = status_after(hide_it, id, cluster);
        assert_eq!(hidden.status, Status::Skipped, "{}: {hidden:#?}", id.name());
        let is_denied = id != CheckId::DatacentersPrimary;
        assert_eq!(hidden.needs.as_deref(), is_denied.then_some("a rule"), "{}", id.name());
        let fine = status_after(|_, _| {}, id, cluster);
        assert_eq!(fine.status, Status::Pass, "{}: {fine:#?}", id.name());
        assert!(fine.fix.is_none(), "{}", id.name());
    }
}

#[test]
fn a_failure_is_not_ok_and_a_warning_is() {
    for (id, .., wanted, break_it, _) in cases() {
        let (mut east, mut west) = (side("east"), side("west"));
        break_it(&mut east, &mut west);
        assert_eq!(judged(&east, &west, None).ok, wanted != Status::Fail, "{}", id.name());
    }
}

#[test]
fn services_are_followed_from_exporter_to_importer() {
    let (mut east, west) = (side("east"), side("west"));
    let found = judged(&east, &west, None);
    let names: Vec<_> = found.services.iter().map(|service| (&*service.name, &*service.exporter)).collect();
    assert_eq!(names, [("web", "http://east"), ("db", "http://west")]);
    let web = &found.services[0];
    assert_eq!((&*web.importer, web.exported, web.imported), ("http://west", Some(true), Some(true)));
    assert_eq!(web.instances, Some(Instances { total: 1, passing: 1 }));
    assert_eq!(web.dns, ["web.service.east.peer.consul", "web.virtual.east.peer.consul"]);
    assert!(web.upstream.contains("destination_name = \"web\"\n  destination_peer = \"east\""), "{}", web.upstream);
    assert!(web.problems.is_empty());

    east.intentions = Ok(Vec::new());
    let found = judged(&east, &west, Some("web"));
    assert_eq!(found.services.len(), 1);
    assert_eq!(found.services[0].problems, [CheckId::IntentionsAllowed]);
    assert!(judged(&east, &west, Some("db")).ok, "the other service is not judged");
    assert!(!judged(&east, &west, Some("absent")).ok);
}

#[test]
fn one_side_alone_is_judged_as_far_as_it_goes() {
    let east = side("east");
    let found = troubleshoot(&Pair { side: &east, other: None, service: None, now: NOW });
    assert!(found.ok && found.checks.iter().all(|check| check.status == Status::Pass), "{:#?}", found.checks);
    let ways: Vec<_> =
        found.services.iter().map(|service| (&*service.name, &*service.exporter, &*service.importer)).collect();
    assert_eq!(ways, [("web", "http://east", "west"), ("db", "west", "http://east")]);
    let told: Vec<_> = found.services.iter().map(|service| (service.exported, service.imported)).collect();
    assert_eq!(told, [(Some(true), None), (Some(true), Some(true))], "the other cluster was not asked");
}

#[test]
fn a_gateway_is_needed_by_services_of_the_mesh() {
    let registered = |change: Change| {
        let check = status_after(change, CheckId::GatewaysRegistered, "http://east");
        (check.status, check.evidence.get("services").to_vec())
    };
    assert_eq!(registered(|east, _| east.gateways = Ok(Vec::new())).0, Status::Fail);
    // Its address is all that DNS needs.
    let plain: Change = |east, _| {
        east.gateways = Ok(Vec::new());
        east.meshed = Ok(Vec::new());
        east.proxy_defaults = Ok(Value::Null);
    };
    assert_eq!(registered(plain), (Status::Pass, vec![]));
    let denied: Change = |east, _| {
        east.meshed = Ok(Vec::new());
        east.intentions = Ok(Vec::new());
    };
    assert_eq!(status_after(denied, CheckId::IntentionsAllowed, "http://east").status, Status::Pass);
    // Its own proxies call through a gateway that does not exist.
    let local: Change = |east, _| {
        east.gateways = Ok(Vec::new());
        east.meshed = Ok(Vec::new());
    };
    assert_eq!(registered(local), (Status::Fail, vec!["db".to_owned()]));
    let plain_there: Change = |east, west| {
        east.gateways = Ok(Vec::new());
        east.meshed = Ok(Vec::new());
        west.meshed = Ok(Vec::new());
    };
    assert_eq!(registered(plain_there), (Status::Pass, vec![]));
}

#[test]
fn what_stops_every_service_is_a_problem_of_each() {
    let (mut east, west) = (side("east"), side("west"));
    east.gateways = Ok(items(r#"[{"Checks":[{"Status":"critical"}],"Node":{"Node":"n1"}}]"#));
    let found = judged(&east, &west, None);
    for service in &found.services {
        assert_eq!(service.problems, [CheckId::GatewaysPassing], "{}", service.name);
    }
}

#[test]
fn a_corrected_entry_keeps_what_is_in_it() {
    let (mut east, west) = (side("east"), side("west"));
    east.exports = Ok(json(
        r#"{"Name":"default","Services":[
            {"Name":"web","Consumers":[{"Peer":"West"},{"Peer":"west"},{"Peer":"nowhere"}]},
            {"Name":"shop","Consumers":[{"Peer":"third"},{"Partition":"p"}]},
            {"Name":"old","Consumers":[{"Peer":"nowhere"}]}]}"#,
    ));
    let found = judged(&east, &west, None);
    let check = of_east(&found, CheckId::ExportsConsumers).unwrap();
    assert_eq!(check.evidence.get("peers"), ["West", "nowhere"]);
    assert_eq!(check.evidence.get("entries"), ["web", "old"]);
    let expected = "Kind = \"exported-services\"\nName = \"default\"\nServices = [\n  {\n    Name = \"web\"\n    \
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
    let found = judged(&east, &west, None);
    let fix = |id| of_east(&found, id).unwrap().fix.clone().unwrap();
    assert!(fix(CheckId::ExportsAny).contains("Consumers = [{ Peer = \"west\" }]"));
    assert_eq!(fix(CheckId::ExportsAny), fix(CheckId::ExportsConsumers));
}

#[test]
fn what_is_meant_for_a_peering_that_does_not_exist_yet_is_kept() {
    let (mut east, west) = (side("east"), side("west"));
    east.peering = Ok(Value::Null);
    east.peers = Ok(vec!["third".into()]);
    let found = judged(&east, &west, None);
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
    ] {
        let (mut east, west) = (side("east"), side("west"));
        east.intentions = Ok(intentions);
        east.default_allow = Ok(default);
        let found = judged(&east, &west, None);
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
            {"SourceName":"x","DestinationName":"other","Action":"allow"}]"#,
    ));
    let found = judged(&east, &west, None);
    let fix = of_east(&found, CheckId::IntentionsAllowed).unwrap().fix.clone().unwrap();
    assert_eq!(
        fix,
        "Kind = \"service-intentions\"\nName = \"web\"\nSources = [\n  { Name = \"api\", Action = \"allow\" },\n  \
         # add the source \"shop\" as it is, with its Permissions\n  \
         { Name = \"*\", Peer = \"west\", Action = \"allow\" },\n]\n"
    );
}

#[test]
fn rights_name_the_rules_that_are_missing() {
    let answers = |allowed: [bool; 7]| {
        let items: Vec<_> = allowed.map(|allow| format!("{{\"Allow\":{allow}}}")).into();
        Rights::read(&json(&format!("[{}]", items.join(",")))).unwrap()
    };
    let peering = answers([true, false, false, false, false, false, false]);
    let needs = |right| match peering.check(right, Some("web")) {
        Ok(()) => String::new(),
        Err(Unread::Denied(rule)) => rule,
        Err(Unread::Failed(why)) => panic!("{why}"),
    };
    assert_eq!(needs(Right::None), "");
    assert_eq!(needs(Right::Peering), "");
    assert_eq!(needs(Right::Mesh), "mesh = \"read\"");
    assert_eq!(needs(Right::Entries), "service_prefix \"\" { policy = \"read\" }");
    assert_eq!(needs(Right::Service), "service \"web\" { policy = \"read\" }\nnode_prefix \"\" { policy = \"read\" }");
    assert_eq!(answers([false, false, true, false, false, false, false]).check(Right::Mesh, None), Ok(()), "operator");
    assert_eq!(Rights::ALL.check(Right::Service, None), Ok(()));
    assert_eq!(Rights::read(&json("[]")), None);
}
