//! The package's operations against simulated clusters, in virtual time.

use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::wait::Until;
use consul_peering::operations::{establish, generate, read, remove, wait};
use consul_peering::rules::duration;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::spec::{self, PeeringSpec, TokenSpec};
use consul_peering::simulator::Options;
use consul_peering::simulator::host::{Data, SimulatedHost};

use crate::client::ms;

pub const TIMEOUT: duration::Duration = duration::Duration::ms(60_000.0);
pub const ESTABLISH: establish::EstablishOptions = establish::EstablishOptions { wait: true, replace: false };

pub fn host() -> SimulatedHost {
    SimulatedHost::new(&Options::named(&["eu", "us"])).unwrap()
}

pub fn peer_name(name: &str) -> PeerName {
    PeerName::new(name).unwrap()
}

/// One call on a cluster, about a peering.
pub fn call(host: &SimulatedHost, cluster: &str, name: &str) -> Client<SimulatedHost> {
    let call = Call::new(host.clone(), TIMEOUT, None);
    Client::new(&call, host.clone(), host.cluster(cluster), PeerName::new(name), TIMEOUT)
}

pub fn done<T>(ended: Outcome<SimulatedHost, T>) -> T {
    ended.unwrap_or_else(|error| panic!("{}", error.message("the operation")))
}

pub fn failed<T>(ended: Outcome<SimulatedHost, T>) -> Error<Data> {
    ended.err().expect("the operation has succeeded")
}

pub fn token_spec(name: &str) -> TokenSpec {
    spec::token(&Data::object([("peer_name", name.into())])).spec.unwrap()
}

pub fn peering_spec(host: &SimulatedHost, name: &str, token: &str) -> PeeringSpec {
    let given = Data::object([("peer_name", name.into()), ("peering_token", token.into())]);
    spec::peering(&given, Data::read_json, host.wall_clock()).spec.unwrap()
}

pub fn generate_token(host: &SimulatedHost, cluster: &str, name: &str) -> String {
    let client = call(host, cluster, name);
    let token = host.run(client.within(generate::generate(&client, &token_spec(name), false)));
    done(token).expose().into()
}

pub fn establish_with(host: &SimulatedHost, cluster: &str, name: &str, token: &str) -> Outcome<SimulatedHost, Data> {
    let client = call(host, cluster, name);
    let spec = peering_spec(host, name, token);
    host.run(client.within(establish::establish(&client, &spec, ESTABLISH)))
}

/// `eu` dials `us`; each is named after the other.
pub fn peer(host: &SimulatedHost) {
    let token = generate_token(host, "us", "eu");
    assert!(done(establish_with(host, "eu", "us", &token)).get("state").is_text("ACTIVE"));
}

pub fn read_now(host: &SimulatedHost, cluster: &str, name: &str) -> Option<Data> {
    let client = call(host, cluster, name);
    done(host.run(client.within(read::read(&client, &peer_name(name)))))
}

pub fn is_in(host: &SimulatedHost, cluster: &str, name: &str, state: &str) -> bool {
    read_now(host, cluster, name).is_some_and(|peering| peering.get("state").is_text(state))
}

fn sleep(host: &SimulatedHost, duration: duration::Duration) {
    host.run(host.sleep(duration));
}

#[test]
fn establish_resolves_when_the_peering_is_active() {
    let host = host();
    let token = generate_token(&host, "us", "eu");
    let began = host.now();
    let peering = done(establish_with(&host, "eu", "us", &token));
    assert!(peering.get("state").is_text("ACTIVE") && peering.get("role").is_text("dialer"), "{peering:?}");
    assert!(host.now() - began < ms(5_100), "a leader's round");
    assert!(is_in(&host, "us", "eu", "ACTIVE"));
}

#[test]
fn establish_deletes_the_leftover_of_a_spent_token() {
    let host = host();
    let spent = generate_token(&host, "us", "eu");
    generate_token(&host, "us", "eu");
    let error = failed(establish_with(&host, "eu", "us", &spent));
    assert_eq!(error.code, Code::TokenSpent);
    assert!(error.left_behind.is_empty());
    assert_eq!(read_now(&host, "eu", "us"), None);
}

#[test]
fn generate_token_refuses_a_dialer_and_waits_for_a_removal() {
    let host = host();
    peer(&host);
    let client = call(&host, "eu", "us");
    let error = failed(host.run(client.within(generate::generate(&client, &token_spec("us"), false))));
    assert_eq!(error.code, Code::RoleConflict);

    let client = call(&host, "us", "eu");
    done(host.run(client.within(remove::remove(&client, &peer_name("eu"), false))));
    let token = generate_token(&host, "us", "eu");
    assert!(is_in(&host, "us", "eu", "PENDING"));
    sleep(&host, duration::Duration::ms(6_000.0)); // until the other side is TERMINATED
    assert!(done(establish_with(&host, "eu", "us", &token)).get("state").is_text("ACTIVE"));
}

#[test]
fn read_and_list() {
    let host = host();
    assert_eq!(read_now(&host, "us", "eu"), None);
    let listed = |host: &SimulatedHost| {
        let client = call(host, "us", "");
        done(host.run(client.within(read::list(&client)))).items().unwrap()
    };
    assert!(listed(&host).is_empty());
    for name in ["eu", "ap"] {
        generate_token(&host, "us", name);
    }
    let peering = read_now(&host, "us", "eu").unwrap();
    assert!(peering.get("peer_name").is_text("eu") && peering.get("role").is_text("acceptor"), "{peering:?}");
    let names: Vec<_> =
        listed(&host).iter().map(|peering| peering.get("peer_name").non_empty_text().unwrap()).collect();
    assert_eq!(names, ["ap", "eu"]);
}

#[test]
fn delete_resolves_when_the_peering_is_gone_and_ends_the_other_side() {
    let host = host();
    peer(&host);
    let client = call(&host, "us", "eu");
    let deleted = done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true)))).unwrap();
    assert!(deleted.get("state").is_text("ACTIVE"), "as it was");
    assert_eq!(read_now(&host, "us", "eu"), None);
    let client = call(&host, "eu", "us");
    let ended = host.run(client.within(wait::wait(&client, &peer_name("us"), Until::State(State::Terminated))));
    assert!(done(ended).unwrap().get("state").is_text("TERMINATED"));
    assert!(host.now() < ms(11_000), "two of the leaders' rounds");

    let client = call(&host, "us", "eu");
    assert_eq!(
        done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true)))),
        None,
        "it did not exist"
    );
}

#[test]
fn wait_times_out_at_its_deadline() {
    let host = host();
    generate_token(&host, "us", "eu");
    let began = host.now();
    let client = call(&host, "us", "eu");
    host.step_wall_clock(-3_600_000.0); // has no effect
    let error = failed(host.run(client.within(wait::wait(&client, &peer_name("eu"), Until::Gone))));
    assert_eq!((error.code, host.now() - began), (Code::Timeout, Duration::from_secs(60)));
    assert!(error.peering.as_ref().is_some_and(|peering| peering.get("state").is_text("PENDING")));
}
