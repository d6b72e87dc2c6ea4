//! `identify`, and the datacenter that the query options name, on simulated clusters.

use std::cell::Cell;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::identify::identify;
use consul_peering::operations::pair::connect::connect;
use consul_peering::operations::permissions::permissions;
use consul_peering::operations::read::{list, read};
use consul_peering::operations::remove::remove;
use consul_peering::operations::wait::{Until, wait};
use consul_peering::rules::identity::Identity;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::simulator::host::SimulatedHost;
use consul_peering::simulator::{ClusterOptions, Fault, Match, Request, When};

use crate::calls::{TIMEOUT, connect_now, count, done, host, host_of, on_pair, pair, peer_name};

const ROOTS: &str = "/v1/connect/ca/roots";
const DATACENTERS: &str = "/v1/catalog/datacenters";

fn client(host: &SimulatedHost, datacenter: Option<&str>) -> Client<SimulatedHost> {
    let call = Call::new(host.clone(), TIMEOUT, None);
    let mut cluster = host.cluster("us");
    cluster.options.datacenter = datacenter.map(str::to_owned);
    Client::new(&call, host.clone(), cluster, PeerName::new("eu"), TIMEOUT)
}

fn identify_now(host: &SimulatedHost) -> Outcome<SimulatedHost, Identity> {
    let client = client(host, None);
    host.run(client.within(identify(&client)))
}

fn code<T>(ended: Outcome<SimulatedHost, T>) -> Option<Code> {
    ended.err().map(|error| error.code)
}

fn refuse(host: &SimulatedHost, path: &str, times: u32) {
    let matching = Match { path: Some(path.into()), ..Match::default() };
    host.world(|world| world.add_fault(Fault::ProxyPage(403), matching, times));
}

#[test]
fn a_complete_identity_takes_one_read_of_each_part() {
    let host = host(&["us"]);
    let identity = done(identify_now(&host));
    assert!(identity.datacenter.as_deref() == Some("us") && identity.trust_domain.is_some());
    assert_eq!([ROOTS, DATACENTERS].map(|path| count(&host.requests(), "GET", path)), [1, 1]);
}

#[test]
fn a_missing_part_is_read_again() {
    for path in [ROOTS, DATACENTERS] {
        let host = host(&["us"]);
        refuse(&host, path, 1);
        let identity = done(identify_now(&host));
        assert!(identity.datacenter.is_some() && identity.trust_domain.is_some(), "{path}");
    }
}

#[test]
fn an_identity_fails_only_if_nothing_is_reported() {
    let host = host(&["us"]);
    refuse(&host, ROOTS, u32::MAX);
    assert_eq!(done(identify_now(&host)).datacenter.as_deref(), Some("us"));
    refuse(&host, DATACENTERS, u32::MAX);
    assert_eq!(code(identify_now(&host)), Some(Code::PermissionDenied));
}

#[test]
fn a_server_without_connect_cannot_be_identified() {
    let host = host_of(vec![ClusterOptions { connect: false, ..ClusterOptions::named("us") }]);
    assert_eq!(code(identify_now(&host)), Some(Code::ConnectDisabled));
    assert_eq!(count(&host.requests(), "GET", ROOTS), 1, "it is not read again");
}

#[test]
fn calls_fail_in_another_datacenter_than_the_options_name() {
    let host = host(&["eu", "us"]);
    done(connect_now(&host));
    let name = peer_name("eu");
    let with = |datacenter: &str| {
        let client = client(&host, Some(datacenter));
        let read = host.run(client.within(read(&client, &name))).map(|found| found.is_some());
        (code(read), code(host.run(client.within(list(&client)))))
    };
    assert_eq!(with("US"), (None, None), "in any letter case");
    assert_eq!(with("ap"), (Some(Code::WrongDatacenter), Some(Code::WrongDatacenter)));
    let remove_in = |datacenter: &str| {
        let client = client(&host, Some(datacenter));
        code(host.run(client.within(remove(&client, &name, true))))
    };
    assert_eq!(remove_in("ap"), Some(Code::WrongDatacenter));
    let others = |datacenter: &str| {
        let client = client(&host, Some(datacenter));
        let waited = host.run(client.within(wait(&client, &name, Until::State(State::Active))));
        let permitted = host.run(client.within(permissions(&client)));
        let identified = host.run(client.within(identify(&client)));
        [code(waited), code(permitted), code(identified)]
    };
    assert_eq!(others("us"), [None; 3]);
    assert_eq!(others("ap"), [Some(Code::WrongDatacenter); 3]);
    refuse(&host, DATACENTERS, u32::MAX);
    assert_eq!(with("ap"), (None, None), "a read fails only in a datacenter that is known to differ");
    assert_eq!(remove_in("us"), Some(Code::WrongDatacenter), "a write only in one that is known");
    assert!(host.peering("us", "eu").is_some());
}

#[test]
fn the_parts_of_an_identity_may_be_reported_one_after_the_other() {
    let host = host(&["us"]);
    refuse(&host, ROOTS, 1);
    let first = Cell::new(true);
    let second_only = move |_: &str, _: &Request| !first.replace(false);
    let when: When = Box::new(second_only);
    let matching = Match { path: Some(DATACENTERS.into()), when: Some(when), ..Match::default() };
    host.world(|world| world.add_fault(Fault::ProxyPage(403), matching, u32::MAX));
    let identity = done(identify_now(&host));
    assert!(identity.datacenter.is_some() && identity.trust_domain.is_some(), "{identity:?}");
}

#[test]
fn a_pair_reads_the_datacenter_that_its_options_name_only_once() {
    let host = host(&["eu", "us"]);
    let sides = pair(&host).map(|mut member| {
        member.cluster.options.datacenter = Some(member.alias.to_string());
        member
    });
    let first = Cell::new(true);
    let when: When = Box::new(move |_: &str, _: &Request| !first.replace(false));
    let matching =
        Match { cluster: Some("us".into()), path: Some(DATACENTERS.into()), when: Some(when), ..Match::default() };
    host.world(|world| world.add_fault(Fault::DropBefore, matching, u32::MAX));
    done(host.run(on_pair(&host, sides, TIMEOUT, connect)));
}
