//! Two clusters between which calls work, and changes to them.

mod each_check;
mod entries;
mod exports;
mod gateways;
mod peering;
mod rights;
mod services;

use super::check::Repair;
use super::*;
use crate::rules::host::tests::read_json;
use crate::rules::identity::Identity;
use crate::rules::time::Timestamp;
use crate::rules::value::Value;

/// 2026-11-24T06:00:00Z.
const NOW: Timestamp = Timestamp::at_ms(1_795_500_000_000.0);
/// Ended on 2026-01-01.
const EXPIRED: &str = include_str!("../../../../tests/rules/expired.pem");

fn json(text: &str) -> Value {
    read_json(text).unwrap_or_else(|| panic!("{text}"))
}

fn items(text: &str) -> Vec<Value> {
    json(text).items().to_vec()
}

/// `east` has accepted, `west` has dialed; each exports a service to the other.
pub(super) fn side(name: &str) -> Snapshot {
    let east = name == "east";
    let (other, own, imported) = if east { ("west", "web", "db") } else { ("east", "db", "web") };
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
            "stream":{{"imported_services":["{imported}"],"exported_services":["{own}"],
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
        local: Ok(vec![(own.into(), one), (imported.into(), none)]),
        imported: Ok(vec![(imported.into(), one)]),
        meshed: Ok(vec![own.into()]),
    }
}

fn denied<T>() -> Reading<T> {
    Err(Unread::Denied("a rule".into()))
}

fn check_pair(east: &Snapshot, west: &Snapshot, service: Option<&str>) -> Troubleshooting {
    troubleshoot(&ClustersToCheck { side: east, other: Some(west), service, now: NOW })
}

/// The message of a check about `east`; None if it has none.
fn of_east(found: &Troubleshooting, id: CheckId) -> Option<&Check> {
    found.checks.iter().find(|check| check.id == id && check.cluster == "http://east")
}

type Change = fn(&mut Snapshot, &mut Snapshot);

fn status_after(change: Change, id: CheckId, cluster: &str) -> Check {
    let (mut east, mut west) = (side("east"), side("west"));
    change(&mut east, &mut west);
    let checks = check_pair(&east, &west, None).checks;
    let found = checks.into_iter().find(|check| check.id == id && check.cluster == cluster);
    found.unwrap_or_else(|| panic!("{} has no check of {cluster}", id.name()))
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
