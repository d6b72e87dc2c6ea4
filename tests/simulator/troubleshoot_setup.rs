//! Two simulated clusters with ACLs and services, and `troubleshoot` on them.

use std::rc::Rc;

use consul_peering::decide::troubleshoot::{Check, Troubleshooting};
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::pair::Member;
use consul_peering::operations::pair::connect::connect;
use consul_peering::operations::troubleshoot::troubleshoot;
use consul_peering::rules::duration::Duration;
use consul_peering::rules::secret::Secret;
use consul_peering::simulator::host::SimulatedHost;
use consul_peering::simulator::{Access, AclOptions, AclRules, ClusterOptions, Handled, Outcome, Request, Response};
use serde_json::{Value as Json, json};

use crate::calls::{TIMEOUT, done, host_of, on_pair, peer_name};

/// What is exported has arrived on the other side after this.
pub const EXPORTED: Duration = Duration::ms(100.0);
pub const PEERING: &str = "bbbbbbbb-0000-0000-0000-000000000001";
/// The same, with `service "web"` and every node.
pub const WEB: &str = "bbbbbbbb-0000-0000-0000-000000000002";

fn cluster(name: &str) -> ClusterOptions {
    let rules = AclRules { peering: Some(Access::Read), ..AclRules::default() };
    let services = [("web".to_owned(), Access::Read)].into();
    let of_web = AclRules { services, node: Some(Access::Read), ..rules.clone() };
    let acl = AclOptions { tokens: vec![(PEERING.into(), rules), (WEB.into(), of_web)], ..AclOptions::default() };
    ClusterOptions { acl: Some(acl), ..ClusterOptions::named(name) }
}

pub fn member(host: &SimulatedHost, name: &str, other: &str, token: Option<&str>) -> Member<SimulatedHost> {
    let mut cluster = host.cluster(name);
    if let Some(token) = token {
        cluster.options.token = Some(Secret::new(token.into()));
    }
    let mut member = Member::new(host.clone(), cluster, peer_name(other), peer_name(name));
    member.external_addresses = Some(Vec::new());
    member
}

/// `east` and `west`.
pub fn new_host() -> SimulatedHost {
    host_of(vec![cluster("east"), cluster("west")])
}

/// Both, connected.
pub fn connected() -> SimulatedHost {
    let host = new_host();
    let members = [member(&host, "east", "west", None), member(&host, "west", "east", None)];
    done(host.run(on_pair(&host, members, TIMEOUT, connect)));
    host
}

pub fn pass(host: &SimulatedHost, duration: Duration) {
    host.run(host.sleep(duration));
}

pub fn write(host: &SimulatedHost, cluster: &str, entry: &Json) {
    put(host, cluster, "/v1/config", entry);
}

pub fn register(host: &SimulatedHost, cluster: &str, service: &Json) {
    put(host, cluster, "/v1/agent/service/register", service);
}

pub fn gateway() -> Json {
    json!({ "Kind": "mesh-gateway", "Name": "gateway", "Port": 8443, "Address": "gateway.example" })
}

pub fn put(host: &SimulatedHost, cluster: &str, path: &str, body: &Json) {
    let token = host.cluster(cluster).options.token.unwrap().expose().to_owned();
    let request = Request {
        headers: [("x-consul-token".to_owned(), token)].into(),
        body: body.to_string().into_bytes(),
        ..Request::new("PUT", path)
    };
    let now = host.now();
    let written = host.world(|world| world.handle(cluster, request, now));
    assert!(matches!(written, Handled::Done(Outcome::Answered(Response { status: 200, .. }))), "{written:?}");
}

pub fn found(host: &SimulatedHost, token: Option<&str>) -> Troubleshooting {
    let [here, there] = [member(host, "east", "west", token), member(host, "west", "east", token)];
    let call: Rc<Call<SimulatedHost>> = Call::new(host.clone(), TIMEOUT, None);
    done(host.run(troubleshoot(&call, &here, Some(&there), None)))
}

pub fn of<'a>(found: &'a Troubleshooting, id: &str, cluster: &str) -> &'a Check {
    let is = |check: &&Check| check.id.name() == id && check.cluster.contains(cluster);
    found.checks.iter().find(is).unwrap_or_else(|| panic!("no {id} of {cluster}"))
}

pub fn export(peer: &str) -> Json {
    json!({ "Kind": "exported-services", "Name": "default", "Services": [{ "Name": "web", "Consumers": [{ "Peer": peer }] }] })
}
