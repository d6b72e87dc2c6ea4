//! Simulated clusters, and calls on them in virtual time: on one cluster, or on a pair.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration as Time;

use consul_peering::consul::code::Code;
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::establish::{EstablishOptions, establish};
use consul_peering::operations::generate::generate;
use consul_peering::operations::pair::connect::{DisconnectOptions, connect, disconnect};
use consul_peering::operations::pair::link::Linked;
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::operations::read::read;
use consul_peering::rules::duration::Duration;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::spec::{self, PeeringSpec, TokenSpec};
use consul_peering::simulator::host::{Data, SentRequest, SimulatedHost};
use consul_peering::simulator::{ClusterOptions, Match, Options, Request};

use crate::client::ms;

pub const TIMEOUT: Duration = Duration::ms(60_000.0);
/// Two of the leaders' cycles of five seconds.
pub const TWO_ROUNDS: Time = ms(10_500);
/// Waits until the peering is ACTIVE.
pub const OPTIONS: EstablishOptions = EstablishOptions { wait: true, replace: false };

/// Clusters with these names and defaults.
pub fn host(names: &[&str]) -> SimulatedHost {
    SimulatedHost::new(&Options::named(names)).unwrap()
}

/// Clusters with these options.
pub fn host_of(clusters: Vec<ClusterOptions>) -> SimulatedHost {
    SimulatedHost::new(&Options { clusters, ..Options::named(&[]) }).unwrap()
}

/// A request of another client: past the network, at once.
pub fn act(host: &SimulatedHost, cluster: &str, method: &str, path: &str, body: &str) {
    let request = Request::new(method, path).with_body(body);
    host.world(|world| {
        let now = world.now();
        world.handle(cluster, request, now)
    });
}

/// How many of these requests have this method and path.
pub fn count(requests: &[SentRequest], method: &str, path: &str) -> usize {
    requests.iter().filter(|request| request.method == method && request.path() == path).count()
}

/// The n-th request from now on, counted from 1, for a fault.
pub fn nth(n: usize) -> Match {
    let requests = Cell::new(0);
    let is_nth = move |_: &str, _: &Request| requests.replace(requests.get() + 1) + 1 == n;
    Match { when: Some(Box::new(is_nth)), ..Match::default() }
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

/// The error of a call that has this code.
pub fn failed<T>(outcome: Result<T, Error<Data>>, code: Code) -> Error<Data> {
    let error = outcome.err().expect("it has succeeded");
    assert_eq!(error.code, code, "{}", error.message("the call"));
    error
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
    let generated = host.run(client.within(generate(&client, &token_spec(name), false)));
    done(generated).token.expose().into()
}

pub fn establish_with(host: &SimulatedHost, cluster: &str, name: &str, token: &str) -> Outcome<SimulatedHost, Data> {
    let client = call(host, cluster, name);
    let spec = peering_spec(host, name, token);
    host.run(client.within(establish(&client, &spec, OPTIONS)))
}

/// `eu` dials `us`; each is named after the other.
pub fn peer(host: &SimulatedHost) {
    let token = generate_token(host, "us", "eu");
    assert!(done(establish_with(host, "eu", "us", &token)).get("state").is_text("ACTIVE"));
}

pub fn read_now(host: &SimulatedHost, cluster: &str, name: &str) -> Option<Data> {
    let client = call(host, cluster, name);
    done(host.run(client.within(read(&client, &peer_name(name)))))
}

pub fn is_in(host: &SimulatedHost, cluster: &str, name: &str, state: &str) -> bool {
    read_now(host, cluster, name).is_some_and(|peering| peering.get("state").is_text(state))
}

pub fn member(host: &SimulatedHost, name: &str, other: &str) -> Member<SimulatedHost> {
    let mut member = Member::new(host.clone(), host.cluster(name), peer_name(other), peer_name(name));
    member.external_addresses = Some(Vec::new());
    member
}

/// `us` accepts, `eu` dials.
pub fn pair(host: &SimulatedHost) -> [Member<SimulatedHost>; 2] {
    [member(host, "us", "eu"), member(host, "eu", "us")]
}

/// One call on a pair.
pub async fn on_pair<T>(
    host: &SimulatedHost,
    members: [Member<SimulatedHost>; 2],
    timeout: Duration,
    work: impl AsyncFnOnce(&Rc<Call<SimulatedHost>>, &mut Pair<SimulatedHost>) -> Outcome<SimulatedHost, T>,
) -> Outcome<SimulatedHost, T> {
    let call = Call::new(host.clone(), timeout, None);
    let mut pair = Pair::new(&call, members);
    work(&call, &mut pair).await.map_err(|error| pair.complete(error))
}

pub fn connect_now(host: &SimulatedHost) -> Outcome<SimulatedHost, Linked<Data>> {
    host.run(on_pair(host, pair(host), TIMEOUT, connect))
}

pub fn disconnect_now(host: &SimulatedHost, force: bool) -> [Option<Data>; 2] {
    let options = DisconnectOptions { force, dry_run: false };
    let work = async |call: &Rc<Call<_>>, pair: &mut Pair<_>| disconnect(call, pair, options).await;
    let disconnected = done(host.run(on_pair(host, pair(host), TIMEOUT, work)));
    [disconnected.a, disconnected.b]
}

pub fn is_active(peering: &Data) -> bool {
    peering.get("state").is_text("ACTIVE")
}
