//! What `troubleshoot` reads of simulated clusters, and how long it waits for what may still arrive.

use std::rc::Rc;

use consul_peering::decide::troubleshoot::{Instances, Status, Troubleshooting};
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::pair::Member;
use consul_peering::operations::troubleshoot::troubleshoot;
use consul_peering::rules::duration::Duration;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::simulator::host::SimulatedHost;
use consul_peering::simulator::{Fault, Match};
use futures_util::future::{Either, join, select};
use serde_json::{Value as Json, json};

use crate::calls::{TIMEOUT, done};
use crate::client::ms;
use crate::troubleshoot_setup::{
    EXPORTED, PEERING, connected, export, found, gateway, member, of, pass, register, write,
};

fn found_of(host: &SimulatedHost, member: &Member<SimulatedHost>, service: Option<&str>) -> Troubleshooting {
    let call: Rc<Call<SimulatedHost>> = Call::new(host.clone(), TIMEOUT, None);
    done(host.run(troubleshoot(&call, member, None, service)))
}

fn services(names: &[&str], peer: &str) -> Json {
    let exported = |name: &&str| json!({ "Name": name, "Consumers": [{ "Peer": peer }] });
    let services: Vec<_> = names.iter().map(exported).collect();
    json!({ "Kind": "exported-services", "Name": "default", "Services": services })
}

/// `troubleshoot` while `east` exports another service every millisecond, which takes 100 ms to arrive: what it finds,
/// and how long that takes.
fn found_while_exports_change(host: &SimulatedHost, timeout: Duration) -> (Troubleshooting, std::time::Duration) {
    let exports = async {
        for number in 0.. {
            write(host, "east", &services(&[&format!("web-{number}")], "west"));
            host.sleep(Duration::ms(1.0)).await;
        }
    };
    let found = async {
        host.sleep(Duration::ms(50.0)).await;
        let began = host.now();
        let [here, there] = [member(host, "east", "west", None), member(host, "west", "east", None)];
        let call = Call::new(host.clone(), timeout, None);
        let found = done(troubleshoot(&call, &here, Some(&there), None).await);
        (found, host.now() - began)
    };
    match host.run(select(Box::pin(found), Box::pin(exports))) {
        Either::Left((found, _)) => found,
        Either::Right(_) => unreachable!("it exports without end"),
    }
}

#[test]
fn an_export_that_does_not_arrive_is_a_failure_after_five_seconds() {
    let (found, took) = found_while_exports_change(&connected(), TIMEOUT);
    assert_eq!(of(&found, "exports.arrived", "east").status, Status::Fail);
    assert_eq!(took, ms(5_000));
}

/// A read takes 100 ms and is repeated after 500 ms: none begins that may not end in time.
#[test]
fn an_export_is_awaited_only_as_long_as_another_read_ends_before_the_timeout() {
    for (timeout, ended) in [(3_150.0, 2_500), (3_250.0, 3_100)] {
        let host = connected();
        let lists = Match { path: Some("/v1/peerings".into()), ..Match::default() };
        host.world(|world| world.add_fault(Fault::Delay(ms(100)), lists, 1_000));
        let (found, took) = found_while_exports_change(&host, Duration::ms(timeout));
        assert_eq!(of(&found, "exports.arrived", "east").status, Status::Fail);
        assert_eq!(took, ms(ended), "{timeout}");
    }
}

#[test]
fn instances_and_proxies_of_services_in_both_directions_are_counted() {
    let host = connected();
    let failing = json!({ "TTL": "10s", "Status": "critical" });
    for cluster in ["east", "west"] {
        register(&host, cluster, &gateway());
    }
    register(&host, "east", &json!({ "Name": "web", "Port": 80, "Connect": { "SidecarService": {} } }));
    register(&host, "east", &json!({ "Name": "web", "ID": "web-2", "Port": 81, "Check": failing }));
    register(&host, "east", &json!({ "Name": "api", "Port": 82 }));
    for name in ["db", "cache", "queue"] {
        register(&host, "west", &json!({ "Name": name, "Port": 90, "Connect": { "SidecarService": {} } }));
    }
    write(&host, "east", &services(&["api", "web"], "west"));
    write(&host, "west", &services(&["cache", "db", "queue"], "east"));
    pass(&host, EXPORTED);

    let [one, partly] = [(1, 1), (2, 1)].map(|(total, passing)| Some(Instances { total, passing }));
    let both = found(&host, None);
    let counted: Vec<_> = both.services.iter().map(|service| (&*service.name, service.instances)).collect();
    assert_eq!(counted, [("api", one), ("web", partly), ("cache", one), ("db", one), ("queue", one)]);
    let sidecar = of(&both, "exports.sidecar", "east");
    assert_eq!((sidecar.status, sidecar.evidence.get("services")), (Status::Warning, &["api".to_owned()][..]));
    assert_eq!(of(&both, "exports.sidecar", "west").status, Status::Pass);
    assert_eq!(of(&both, "gateways.passing", "east").status, Status::Pass);
    assert_eq!(of(&both, "imports.local_name", "east").status, Status::Pass);

    let east = member(&host, "east", "west", None);
    let counted = |found: &Troubleshooting| -> Vec<_> {
        found.services.iter().map(|service| (service.name.clone(), service.instances)).collect()
    };
    assert_eq!(counted(&found_of(&host, &east, None)), counted(&both), "its own instances, and the imported ones");
    assert_eq!(counted(&found_of(&host, &east, Some("web"))), [("web".to_owned(), partly)]);
    assert_eq!(counted(&found_of(&host, &east, Some("db"))), [("db".to_owned(), one)]);
}

#[test]
fn intentions_for_all_services_hide_the_default() {
    let all = |sources: Json| json!({ "Kind": "service-intentions", "Name": "*", "Sources": sources });
    for (entry, status) in [
        (all(json!([{ "Name": "*", "Action": "deny" }])), Status::Skipped),
        (all(json!([{ "Name": "api", "Action": "deny" }])), Status::Fail),
        (all(json!([{ "Name": "*", "Peer": "west", "Action": "allow" }])), Status::Pass),
        (all(json!([{ "Name": "*", "Peer": "west", "Action": "deny" }])), Status::Fail),
        (
            json!({ "Kind": "service-intentions", "Name": "web", "Sources": [{ "Name": "*", "Action": "allow" }] }),
            Status::Fail,
        ),
    ] {
        let host = connected();
        register(&host, "east", &json!({ "Name": "web", "Port": 80, "Connect": { "SidecarService": {} } }));
        write(&host, "east", &export("west"));
        write(&host, "east", &entry);
        pass(&host, EXPORTED);
        let found = found(&host, None);
        let check = of(&found, "intentions.allowed", "east");
        assert_eq!(check.status, status, "{entry}: {}", check.message);
        if status == Status::Skipped {
            let why = "could not be read: an intention for all services hides whether calls are allowed by default";
            assert_eq!(check.message, why);
        }
    }
}

#[test]
fn the_peering_is_found_in_any_letter_case_and_named_as_the_cluster_names_it() {
    let host = connected();
    write(&host, "east", &export("west"));
    pass(&host, EXPORTED);
    let mut east = member(&host, "east", "west", None);
    for (asked, named, status) in [("WEST", "west", Status::Pass), ("other", "other", Status::Fail)] {
        east.peer_name = PeerName::of_existing(asked).unwrap();
        let found = found_of(&host, &east, None);
        assert!(found.checks.iter().all(|check| check.peer_name == named));
        assert_eq!(of(&found, "peering.state", "east").status, status, "{asked}");
        assert_eq!(found.services.len(), usize::from(status == Status::Pass));
        assert_eq!(of(&found, "exports.consumers", "east").status, Status::Pass, "the entry names an existing peering");
    }
}

#[test]
fn dialed_addresses_are_compared_with_those_of_the_servers() {
    let host = connected();
    let found = found(&host, None);
    let check = of(&found, "peering.address_drift", "west");
    assert_eq!((check.status, &*check.message), (Status::Pass, "the dialer uses addresses of the accepting servers"));
}

#[test]
fn reads_are_of_the_partition() {
    let host = connected();
    let mut east = member(&host, "east", "west", None);
    east.cluster.options.partition = Some("team".into());
    let found = found_of(&host, &east, None);
    // The simulated Consul has no partitions, and refuses the option.
    for id in ["peering.state", "exports.consumers", "routing.peers", "gateways.registered"] {
        let check = of(&found, id, "east");
        assert_eq!(check.status, Status::Skipped, "{id}");
        assert!(
            check.message.starts_with("could not be read: ") && check.message.contains("artition"),
            "{}",
            check.message
        );
    }
    assert_eq!(of(&found, "datacenters.primary", "east").status, Status::Pass, "datacenters have no partitions");
}

#[test]
fn without_the_permissions_only_what_needs_none_is_read() {
    for status in [401, 403, 418] {
        let host = connected();
        let permissions =
            Match { cluster: Some("east".into()), path: Some("/v1/internal/acl/authorize".into()), ..Match::default() };
        host.world(|world| world.add_fault(Fault::ProxyPage(status), permissions, 1));
        let found = found(&host, None);
        let of_east = found.checks.iter().filter(|check| check.cluster.contains("east"));
        let (skipped, checked): (Vec<_>, Vec<_>) = of_east.partition(|check| check.status == Status::Skipped);
        assert!(skipped.iter().all(|check| check.needs.is_none()), "no rule is known to be missing");
        let checked: Vec<_> = checked.iter().map(|check| check.id.name()).collect();
        assert_eq!(checked, ["mode.gateway", "gateways.proxy_mode", "datacenters.primary"], "{status}");
    }
}

/// The permissions are read with one token, and the lists with the next, which hides parts of them.
#[test]
fn a_list_that_consul_filters_skips_its_checks() {
    let host = connected();
    register(&host, "east", &gateway());
    let identity = Match { cluster: Some("east".into()), method: Some("GET".into()), ..Match::default() };
    host.world(|world| world.add_fault(Fault::Delay(ms(100)), identity, 1));
    let east = member(&host, "east", "west", None);
    let call: Rc<Call<SimulatedHost>> = Call::new(host.clone(), TIMEOUT, None);
    let replaced = async {
        host.sleep(Duration::ms(50.0)).await;
        host.set_token(PEERING);
    };
    let (found, ()) = host.run(join(troubleshoot(&call, &east, None, None), replaced));
    let found = done(found);
    let check = of(&found, "gateways.registered", "east");
    assert_eq!((check.status, &*check.message), (Status::Skipped, "a rule of the ACL token hides a part of this"));
    let rules = "service_prefix \"\" { policy = \"read\" }\nnode_prefix \"\" { policy = \"read\" }";
    assert_eq!(check.needs.as_deref(), Some(rules));
    assert_eq!(of(&found, "peering.state", "east").status, Status::Pass);
}
