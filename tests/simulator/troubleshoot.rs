//! `troubleshoot` against simulated clusters.

use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::decide::export_hint::NextCode;
use consul_peering::decide::troubleshoot::Status;
use consul_peering::operations::call::Call;
use consul_peering::operations::pair::connect::connect;
use consul_peering::operations::troubleshoot::troubleshoot;
use consul_peering::simulator::host::SimulatedHost;
use serde_json::json;

use crate::calls::{TIMEOUT, done, on_pair};
use crate::troubleshoot_setup::{
    EXPORTED, PEERING, WEB, connected, export, found, gateway, member, new_host, of, pass, register, write,
};

/// The code of the next step after a connect with this token.
fn next_of(host: &SimulatedHost, token: Option<&str>) -> Option<NextCode> {
    let members = [member(host, "east", "west", token), member(host, "west", "east", token)];
    let linked = host.run(on_pair(host, members, TIMEOUT, connect));
    done(linked).next.map(|next| next.code)
}

#[test]
fn connect_reads_the_entries_for_its_next_step() {
    let nothing = Some(NextCode::NothingExported);
    for (name, peer) in [("east", "west"), ("west", "east")] {
        let host = new_host();
        // An entry of a peer that does not exist yet: nothing has been sent when the peering becomes ACTIVE.
        write(&host, name, &export("other"));
        assert_eq!(next_of(&host, None), nothing);
        assert_eq!(next_of(&host, Some(PEERING)), None, "it may not read the entries");
        write(&host, name, &export(peer));
        assert_eq!(next_of(&host, None), None);
        let host = new_host();
        write(&host, name, &export(peer));
        assert_eq!(next_of(&host, None), None, "exported before the peering");
    }
}

#[test]
fn an_export_arrives_and_may_be_called_once_an_intention_allows_it() {
    let host = connected();
    let before = found(&host, None);
    assert!(!before.ok && of(&before, "exports.any", "east").status == Status::Fail);
    assert_eq!(of(&before, "peering.state", "west").status, Status::Pass);

    write(&host, "east", &export("West"));
    let misspelt = found(&host, None);
    let check = of(&misspelt, "exports.consumers", "east");
    assert_eq!(check.status, Status::Fail);
    assert!(check.fix.as_deref().unwrap().contains("Peer = \"west\""), "{:?}", check.fix);

    write(&host, "east", &export("west"));
    pass(&host, EXPORTED);
    let exported = found(&host, None);
    assert_eq!(of(&exported, "exports.consumers", "east").status, Status::Pass);
    assert_eq!(of(&exported, "exports.arrived", "east").status, Status::Pass);
    assert_eq!(of(&exported, "intentions.allowed", "east").status, Status::Fail);
    let web = &exported.services[0];
    assert!(web.name == "web" && web.exported == Some(true) && web.imported == Some(true), "{web:?}");
    assert_eq!(web.instances.as_ref().map(|instances| (instances.total, instances.passing)), Some((0, 0)));
    assert_eq!(of(&exported, "exports.instances", "east").status, Status::Fail);

    register(&host, "east", &json!({ "Name": "web", "Port": 80, "Connect": { "SidecarService": {} } }));
    register(&host, "east", &gateway());
    let sources = json!([{ "Name": "*", "Peer": "west", "Action": "allow" }]);
    write(&host, "east", &json!({ "Kind": "service-intentions", "Name": "web", "Sources": sources }));
    pass(&host, EXPORTED);
    let allowed = found(&host, None);
    assert!(allowed.ok, "{:#?}", allowed.checks);
    for check in &allowed.checks {
        assert_eq!(check.status, Status::Pass, "{check:?}");
    }
    let web = &allowed.services[0];
    assert_eq!(web.instances.as_ref().map(|instances| (instances.total, instances.passing)), Some((1, 1)));
}

#[test]
fn an_export_is_awaited_with_its_instances() {
    let host = connected();
    register(&host, "east", &json!({ "Name": "web", "Port": 80, "Connect": { "SidecarService": {} } }));
    register(&host, "east", &gateway());
    let sources = json!([{ "Name": "*", "Peer": "west", "Action": "allow" }]);
    write(&host, "east", &json!({ "Kind": "service-intentions", "Name": "web", "Sources": sources }));
    write(&host, "east", &export("west"));
    let began = host.now();
    let found = found(&host, None);
    let web = &found.services[0];
    assert_eq!(web.instances.as_ref().map(|instances| (instances.total, instances.passing)), Some((1, 1)));
    assert_eq!((web.imported, web.problems.as_slice()), (Some(true), &[][..]));
    assert!(found.ok, "{:#?}", found.checks);
    assert!(host.now() - began < std::time::Duration::from_secs(2), "it does not wait longer than needed");
}

#[test]
fn a_service_for_a_peer_that_does_not_exist_is_listed() {
    let host = connected();
    write(&host, "east", &export("West"));
    let found = found(&host, None);
    let web = &found.services[0];
    assert_eq!((&*web.name, web.exported, web.imported), ("web", Some(false), Some(false)));
    assert_eq!(web.problems.iter().map(|id| id.name()).collect::<Vec<_>>(), ["exports.consumers"]);
}

#[test]
fn routes_to_a_peer_that_does_not_exist() {
    let host = connected();
    let failover = json!({ "*": { "Targets": [{ "Peer": "east" }, { "Peer": "typo" }] } });
    write(&host, "west", &json!({ "Kind": "service-resolver", "Name": "web", "Failover": failover }));
    let found = found(&host, None);
    assert_eq!(of(&found, "routing.peers", "west").status, Status::Fail);
    assert_eq!(of(&found, "routing.peers", "east").status, Status::Pass);
}

#[test]
fn without_a_permission_a_check_is_skipped_and_names_its_rule() {
    let host = connected();
    write(&host, "east", &export("West"));
    let found = found(&host, Some(PEERING));
    assert_eq!(of(&found, "peering.state", "east").status, Status::Pass);
    for (id, rule) in [
        ("exports.consumers", "mesh = \"read\""),
        ("intentions.peers", "service_prefix \"\" { policy = \"read\" }"),
        ("routing.peers", "service_prefix \"\" { policy = \"read\" }"),
        ("gateways.registered", "service_prefix \"\" { policy = \"read\" }\nnode_prefix \"\" { policy = \"read\" }"),
    ] {
        let check = of(&found, id, "east");
        assert_eq!((check.status, check.needs.as_deref()), (Status::Skipped, Some(rule)), "{id}");
    }
}

#[test]
fn imported_instances_that_the_token_may_not_read_are_no_failure() {
    let host = connected();
    register(&host, "east", &json!({ "Name": "web", "Port": 80 }));
    write(&host, "east", &export("west"));
    pass(&host, EXPORTED);
    let [here, there] = [member(&host, "east", "west", None), member(&host, "west", "east", Some(WEB))];
    let call: Rc<Call<SimulatedHost>> = Call::new(host.clone(), TIMEOUT, None);
    let found = done(host.run(troubleshoot(&call, &here, Some(&there), Some("web"))));
    let check = of(&found, "imports.instances", "west");
    let rule = "service_prefix \"\" { policy = \"read\" }";
    assert_eq!((check.status, check.needs.as_deref()), (Status::Skipped, Some(rule)), "{check:?}");
    assert_eq!(of(&found, "imports.local_name", "west").status, Status::Pass, "the token reads the local service");
    let web = &found.services[0];
    assert_eq!((&*web.name, web.imported, web.instances), ("web", Some(true), None));
}

#[test]
fn an_unreachable_cluster_is_an_error() {
    let host = connected();
    let [here, there] = [
        member(&host, "east", "west", None),
        member(&host, "west", "east", Some("dddddddd-0000-0000-0000-000000000000")),
    ];
    let call: Rc<Call<SimulatedHost>> = Call::new(host.clone(), TIMEOUT, None);
    let error = host.run(troubleshoot(&call, &here, Some(&there), None)).err().unwrap();
    assert_eq!(error.code, Code::AclTokenUnknown);
    assert!(error.location.as_ref().unwrap().cluster.contains("west"));
}
