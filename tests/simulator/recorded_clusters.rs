//! The setup of the recorded clusters, actions between the recorded exchanges, and exchanges that are not simulated.

use std::collections::BTreeMap;
use std::time::Duration;

use consul_peering::simulator::{Access, AclOptions, AclRules, ClusterOptions, Outcome, Request, Response};
use serde_json::{Value as Json, json};

use crate::client::{Client, ms};

/// Rows of a file that a simulated cluster answers differently, counted from 0.
pub fn known_differences(file: &str) -> &'static [usize] {
    match file {
        "datacenter.json" => &[12, 13, 16, 17, 18, 19], // endpoints that have nothing to do with peerings
        "permissions.json" => &[9],                     // policies of ACL tokens have no names of their own
        "queries.json" => &[42],                        // of an agent's configuration, only its identity
        _ => &[],
    }
}

/// Why a file is not replayed.
pub fn not_replayed(file: &str) -> Option<&'static str> {
    Some(match file {
        "handshake.json" => "what else than a cluster may be at an address is not simulated",
        "lost-leader.json" => "clusters of several servers are not simulated",
        _ => return None,
    })
}

/// A cluster of a recording, by its name.
pub fn cluster(file: &str, name: &str, version: &str) -> ClusterOptions {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let mut options = ClusterOptions { version: version.into(), ..ClusterOptions::named(name) };
    match name {
        "acl" => options.acl = Some(acl()),
        "east" | "west" => {
            options.acl = Some(services_acl());
            options.node_name = Some(name.into());
        }
        "north" | "south" => options.node_name = Some(name.into()),
        "nat" => {
            options.server_address = Some("127.0.0.1:23945".into());
            options.external_addresses = texts(&["127.0.0.2:23945"]);
            options.reachable = Some(texts(&["127.0.0.2:23945"]));
        }
        "nopeer" => options.peering = false,
        "noconnect" => options.connect = false,
        "blocked" => options.block_endpoints = texts(&["/v1/peering"]),
        "nowrite" => options.restrict_writes = true,
        "cors" => {
            options.response_headers = [
                ("Access-Control-Allow-Origin", "http://page.example"),
                ("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"),
                ("Access-Control-Allow-Headers", "Content-Type, X-Consul-Token"),
                ("Access-Control-Expose-Headers", "X-Consul-Index"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        }
        _ => {}
    }
    match (file, name) {
        ("no-gateway.json", "eu") => options.mesh_gateways = Some(Vec::new()),
        ("no-grpc-tls.json", "eu") => options.grpc_tls = false,
        ("no-grpc-port.json", "eu") => options.grpc_port = false,
        ("rebuilt-same-domain.json", "eu") => {
            options.trust_domain = Some("11111111-2222-3333-4444-555555555555.consul".into());
        }
        ("bind-address.json", "eu") => {
            options.server_address = Some("127.0.0.4:8502".into());
            options.reachable = Some(Vec::new());
        }
        ("services.json", "us") => {
            options.exported_services = BTreeMap::from([("billing".into(), texts(&["eu"]))]);
            options.node_name = (version == "1.22.7").then(|| name.into());
        }
        ("catalog-rights.json", _) => options.acl = Some(registering_acl()),
        _ => {}
    }
    options
}

fn acl() -> AclOptions {
    let peering = |access| AclRules { peering: Some(access), ..AclRules::default() };
    let tokens = [
        ("bbbbbbbb-0000-0000-0000-000000000001", peering(Access::Read)),
        ("bbbbbbbb-0000-0000-0000-000000000002", peering(Access::Write)),
        ("bbbbbbbb-0000-0000-0000-000000000003", AclRules { operator: Some(Access::Read), ..AclRules::default() }),
        ("bbbbbbbb-0000-0000-0000-000000000004", AclRules::default()),
    ];
    AclOptions {
        default_allow: false,
        management: Some("aaaaaaaa-0000-0000-0000-000000000001".into()),
        tokens: tokens.map(|(secret, rules)| (secret.to_owned(), rules)).into(),
    }
}

fn to_web(access: Access) -> AclRules {
    AclRules { services: BTreeMap::from([("web".into(), access)]), ..AclRules::default() }
}

/// Of the tokens that read services: with the right to all of something. One has the right to one service alone.
fn services_acl() -> AclOptions {
    let read = Some(Access::Read);
    let rules = [
        AclRules::default(),
        AclRules { peering: read, ..AclRules::default() },
        AclRules { mesh: read, ..AclRules::default() },
        AclRules { operator: read, ..AclRules::default() },
        AclRules { service: read, ..AclRules::default() },
        AclRules { node: read, ..AclRules::default() },
        AclRules { service: read, node: read, ..AclRules::default() },
        AclRules { node: read, ..to_web(Access::Read) },
    ];
    numbered_acl('c', rules.into())
}

/// Of the tokens that register services.
fn registering_acl() -> AclOptions {
    let (read, write) = (Some(Access::Read), Some(Access::Write));
    let rules = vec![
        AclRules::default(),
        to_web(Access::Write),
        AclRules { node: write, ..AclRules::default() },
        AclRules { service: write, node: read, ..AclRules::default() },
        AclRules { node: read, ..to_web(Access::Read) },
        AclRules { service: read, node: read, ..AclRules::default() },
        AclRules { service: read, ..AclRules::default() },
    ];
    numbered_acl('e', rules)
}

/// Tokens with these rules, whose secrets are repeated digits and a number from 10 on.
fn numbered_acl(digit: char, rules: Vec<AclRules>) -> AclOptions {
    let secret = |number: usize| format!("{}-0000-0000-0000-0000000000{number:02}", String::from(digit).repeat(8));
    let tokens = rules.into_iter().enumerate();
    AclOptions {
        default_allow: false,
        management: Some(secret(1)),
        tokens: tokens.map(|(place, rules)| (secret(place + 10), rules)).collect(),
    }
}

/// Repeats what was done before the first row.
pub fn prepare(file: &str, client: &mut Client) {
    let mut register = |cluster: &str, service: Json| {
        let secret = "cccccccc-0000-0000-0000-000000000001";
        let request = Request::new("PUT", "/v1/agent/service/register")
            .with_header("X-Consul-Token", secret)
            .with_body(service.to_string());
        let sent = client.send(cluster, request);
        let outcome = client.settle(sent, ms(0));
        assert!(matches!(&outcome, Some(Outcome::Answered(Response { status: 200, .. }))), "{outcome:?}");
    };
    let check = json!({ "TTL": "60m", "Status": "passing" });
    let sidecar = json!({ "SidecarService": {} });
    match file {
        "services.json" => register("us", json!({ "Name": "billing", "Port": 9 })),
        "cross-cluster-services.json" => {
            register("east", json!({ "Name": "web", "Port": 9, "Check": check, "Connect": sidecar }));
            let wan = json!({ "wan": { "Address": "gateway.east.example", "Port": 443 } });
            register(
                "east",
                json!({
                    "Kind": "mesh-gateway", "Name": "gateway", "Port": 8443, "Address": "10.0.0.10",
                    "TaggedAddresses": wan, "Check": check,
                }),
            );
            register("west", json!({ "Name": "api", "Port": 9, "Connect": sidecar }));
        }
        _ => {}
    }
}

/// Repeats what was done after a row.
pub fn act_after(file: &str, row: usize, client: &mut Client) {
    match (file, row) {
        // Its server was stopped when the peering was ACTIVE.
        ("failing.json", 3) => client.world.restart("gone", Duration::MAX).unwrap(),
        ("restart-acceptor.json", 5) => {
            client.world.restart("eu", ms(40_000)).unwrap();
            client.advance(ms(39_000));
        }
        ("restart-acceptor.json", 6) => client.advance(ms(1_000)),
        // The servers were rebuilt, without their data.
        ("rebuilt-acceptor.json", 5) | ("rebuilt-same-domain.json", 0) => rebuild("eu", client),
        ("rebuilt-dialer.json", 4) => rebuild("us", client),
        // They were restarted with another configuration.
        ("no-certificate.json", 0) => {
            client.world.set_peering("eu", false).unwrap();
            client.world.restart("eu", ms(1_000)).unwrap();
            client.advance(ms(1_000));
        }
        ("restart-dialer.json", 5) => client.world.restart("us", ms(10_000)).unwrap(),
        ("restart-dialer.json", 7) => client.advance(ms(10_000)),
        _ => {}
    }
}

fn rebuild(cluster: &str, client: &mut Client) {
    client.world.rebuild(cluster, ms(1_000)).unwrap();
    client.advance(ms(1_000));
}

/// The rows that were concurrent with this one, and how far apart they were sent.
pub fn side_by_side(file: &str, row: usize) -> (Vec<usize>, Duration) {
    let groups: &[(&[usize], u64)] = match file {
        "blocking.json" => &[(&[7, 8], 300), (&[10, 11], 300)],
        "concurrent.json" => &[(&[1, 2], 0), (&[5, 6, 7, 8], 0)],
        "same-name-race.json" => &[(&[2, 3], 0), (&[7, 8], 1)],
        _ => &[],
    };
    let found = groups.iter().find(|(rows, _)| rows.contains(&row));
    found.map_or((vec![row], Duration::ZERO), |(rows, apart)| (rows.to_vec(), ms(*apart)))
}
