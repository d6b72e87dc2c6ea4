//! What a refused, lost or interrupted write leaves behind, when other calls write at the same time: `establish` and
//! `delete` on simulated clusters, in virtual time.

use std::time;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, State};
use consul_peering::decide::leftover::{Changed, LeftoverCode};
use consul_peering::host::data::Data;
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::establish::{EstablishOptions, establish};
use consul_peering::operations::generate::generate;
use consul_peering::operations::remove::{Deletable, remove_if};
use consul_peering::rules::duration::Duration;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::spec::{self, PeeringSpec};
use consul_peering::simulator::host::SimulatedHost;
use consul_peering::simulator::{Fault, Match, Request};
use futures_util::future::join;

use crate::client::ms;
use crate::operations::{done, peer_name};
use crate::pairs::host;

pub const TIMEOUT: Duration = Duration::ms(60_000.0);
pub const ESTABLISH: &str = "/v1/peering/establish";
pub const DIALER: &str = "/v1/peering/us";
/// A request that is held back by this fault arrives at Consul after the writes of other calls.
const HELD: Fault = Fault::Delay(ms(1_000));

pub fn client(host: &SimulatedHost, cluster: &str, name: &str, timeout: Duration) -> Client<SimulatedHost> {
    let call = Call::new(host.clone(), timeout, None);
    Client::new(&call, host.clone(), host.cluster(cluster), PeerName::new(name), timeout)
}

/// A token of `us` for its acceptor of this name.
pub fn token_of(host: &SimulatedHost, name: &str) -> String {
    let wanted = spec::token(&Data::object([("peer_name", name.into())])).spec.unwrap();
    let client = client(host, "us", name, TIMEOUT);
    done(host.run(client.within(generate(&client, &wanted, false)))).expose().into()
}

/// A token of `us` that Consul refuses: a newer one has replaced its secret.
pub fn spent_token(host: &SimulatedHost, name: &str) -> String {
    let token = token_of(host, name);
    token_of(host, name);
    token
}

pub fn dialer_spec(host: &SimulatedHost, token: &str, meta: &[(&str, &str)]) -> PeeringSpec {
    let given = Data::object([("peer_name", "us".into()), ("peering_token", token.into())]);
    let mut spec = spec::peering(&given, Data::read_json, host.wall_clock()).spec.unwrap();
    spec.meta = meta.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    spec
}

/// `establish` of `us` on `eu`.
pub async fn establish_with(
    host: &SimulatedHost,
    spec: &PeeringSpec,
    wait: bool,
    timeout: Duration,
) -> Outcome<SimulatedHost, Data> {
    let client = client(host, "eu", "us", timeout);
    client.within(establish(&client, spec, EstablishOptions { wait, replace: false })).await
}

pub fn establish_now(host: &SimulatedHost, spec: &PeeringSpec) -> Outcome<SimulatedHost, Data> {
    host.run(establish_with(host, spec, true, TIMEOUT))
}

/// While `establish` runs, another call sends this token for the same name at that moment.
fn establish_against(
    host: &SimulatedHost,
    spec: &PeeringSpec,
    wait: bool,
    other: &str,
    at: f64,
) -> Outcome<SimulatedHost, Data> {
    let other_call = async {
        host.sleep(Duration::ms(at)).await;
        write(host, "POST", ESTABLISH, &format!(r#"{{"PeerName":"us","PeeringToken":"{other}"}}"#));
    };
    host.run(join(establish_with(host, spec, wait, TIMEOUT), other_call)).0
}

/// A write of another call on `eu`.
fn write(host: &SimulatedHost, method: &str, path: &str, body: &str) {
    let request = Request::new(method, path).with_body(body);
    host.world(|world| {
        let now = world.now();
        world.handle("eu", request, now)
    });
}

/// Faults the n-th request with this method and path from now on, counted from 1.
pub fn fault(host: &SimulatedHost, fault: Fault, method: &str, path: &str, n: u32) {
    let matching = || Match { method: Some(method.into()), path: Some(path.into()), ..Match::default() };
    let before = std::sync::atomic::AtomicU32::new(1);
    let nth = move |_: &str, _: &Request| before.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == n;
    host.world(|world| world.add_fault(fault, Match { when: Some(Box::new(nth)), ..matching() }, 1));
}

pub fn failed<T>(ended: Outcome<SimulatedHost, T>) -> Error<Data> {
    ended.err().expect("the operation has succeeded")
}

pub fn codes(error: &Error<Data>) -> Vec<LeftoverCode> {
    error.left_behind.iter().map(|left| left.code).collect()
}

pub fn dialer(host: &SimulatedHost) -> Option<Peering> {
    host.peering("eu", "us")
}

/// The time that `work` takes.
pub fn timed<T>(host: &SimulatedHost, work: impl FnOnce() -> T) -> (T, time::Duration) {
    let began = host.now();
    (work(), host.now() - began)
}

/// Leaves a PENDING dialer on `eu`, by another call with a spent token. Returns the token.
pub fn leave_pending(host: &SimulatedHost, acceptor: &str) -> String {
    let token = spent_token(host, acceptor);
    write(host, "POST", ESTABLISH, &format!(r#"{{"PeerName":"us","PeeringToken":"{token}"}}"#));
    host.run(host.sleep(Duration::ms(500.0)));
    assert_eq!(dialer(host).map(|dialer| dialer.state), Some(State::Pending));
    token
}

#[test]
fn a_leftover_that_cannot_be_deleted_is_reported() {
    let host = host(&["eu", "us"]);
    let spec = dialer_spec(&host, &spent_token(&host, "eu"), &[]);
    fault(&host, Fault::RateLimited(Some(120)), "DELETE", DIALER, 1);
    let error = failed(establish_now(&host, &spec));
    assert_eq!((error.code, codes(&error)), (Code::TokenSpent, vec![LeftoverCode::Exists]));
    assert_eq!(error.left_behind[0].state, Some(State::Pending));
    assert!(error.peering.is_some() && dialer(&host).is_some());
}

#[test]
fn a_leftover_that_cannot_be_read_is_reported() {
    let host = host(&["eu", "us"]);
    let spec = dialer_spec(&host, &spent_token(&host, "eu"), &[]);
    fault(&host, Fault::ProxyPage(403), "GET", DIALER, 2);
    let error = failed(establish_now(&host, &spec));
    assert_eq!((error.code, codes(&error)), (Code::TokenSpent, vec![LeftoverCode::EstablishUnread]));
}

#[test]
fn a_pending_record_of_another_call_is_kept_and_reported() {
    let host = host(&["eu", "us"]);
    let spec = dialer_spec(&host, &spent_token(&host, "eu"), &[]);
    let other = spent_token(&host, "eu-2");
    fault(&host, HELD, "GET", DIALER, 2);
    let error = failed(establish_against(&host, &spec, true, &other, 500.0));
    assert_eq!((error.code, codes(&error)), (Code::TokenSpent, vec![LeftoverCode::Exists]));
    assert_eq!(dialer(&host).map(|dialer| dialer.state), Some(State::Pending));
}

#[test]
fn a_linked_record_of_another_call_is_no_leftover() {
    let host = host(&["eu", "us"]);
    let spec = dialer_spec(&host, &spent_token(&host, "eu"), &[]);
    let other = token_of(&host, "eu-2");
    fault(&host, HELD, "GET", DIALER, 2);
    let error = failed(establish_against(&host, &spec, true, &other, 500.0));
    assert_eq!((error.code, codes(&error)), (Code::TokenSpent, vec![]));
    assert!(dialer(&host).is_some_and(|dialer| dialer.state != State::Pending));
}

#[test]
fn a_name_that_another_call_has_taken_is_no_leftover() {
    for is_same_token in [false, true] {
        let host = host(&["eu", "us"]);
        let token = token_of(&host, "eu");
        let spec = dialer_spec(&host, &token, &[]);
        let other = if is_same_token { token } else { spent_token(&host, "eu-2") };
        // Consul writes the dialer, and waits for the other cluster; in the meantime other calls replace the dialer.
        host.world(|world| world.lose_leader("us", ms(4_000)).unwrap());
        let other_calls = async {
            host.sleep(Duration::ms(1_000.0)).await;
            write(&host, "DELETE", DIALER, "");
            host.sleep(Duration::ms(1_500.0)).await;
            write(&host, "POST", ESTABLISH, &format!(r#"{{"PeerName":"us","PeeringToken":"{other}"}}"#));
        };
        let error = failed(host.run(join(establish_with(&host, &spec, true, TIMEOUT), other_calls)).0);
        assert_eq!((error.code, error.status, codes(&error)), (Code::PeerMismatch, Some(500), vec![]));
        assert_eq!(dialer(&host).map(|dialer| dialer.state), Some(State::Pending), "it is the other call's");
    }
}

#[test]
fn waits_five_seconds_for_a_concurrent_call_with_the_same_token() {
    for (timeout, code) in [(TIMEOUT, Code::TokenSpent), (Duration::ms(3_000.0), Code::Timeout)] {
        let host = host(&["eu", "us"]);
        let token = spent_token(&host, "eu");
        let spec = dialer_spec(&host, &token, &[]);
        fault(&host, HELD, "POST", ESTABLISH, 1);
        let other_call = async {
            host.sleep(Duration::ms(500.0)).await;
            write(&host, "POST", ESTABLISH, &format!(r#"{{"PeerName":"us","PeeringToken":"{token}"}}"#));
        };
        let (ended, took) = timed(&host, || host.run(join(establish_with(&host, &spec, true, timeout), other_call)).0);
        let error = failed(ended);
        assert_eq!((error.code, codes(&error)), (code, vec![LeftoverCode::Exists]));
        if code == Code::TokenSpent {
            assert!((ms(6_000)..ms(6_500)).contains(&took), "{took:?}");
        }
        assert!(dialer(&host).is_some(), "both calls wrote it");
    }
}

#[test]
fn reports_what_a_refused_token_has_changed_of_an_existing_dialer() {
    let host = host(&["eu", "us"]);
    leave_pending(&host, "eu-2");
    let error = failed(establish_now(&host, &dialer_spec(&host, &spent_token(&host, "eu"), &[("team", "net")])));
    assert_eq!((error.code, codes(&error)), (Code::TokenSpent, vec![LeftoverCode::Overwritten]));
    assert_eq!(error.left_behind[0].changed, [Changed::Meta, Changed::PeerId]);
    assert!(dialer(&host).is_some(), "an existing peering is never deleted");
}

#[test]
fn a_refused_token_that_has_changed_nothing_leaves_nothing() {
    let host = host(&["eu", "us"]);
    let spent = leave_pending(&host, "eu");
    let error = failed(establish_now(&host, &dialer_spec(&host, &spent, &[])));
    assert_eq!((error.code, codes(&error)), (Code::TokenSpent, vec![]));
    assert!(dialer(&host).is_some(), "an existing peering is never deleted");
}

#[test]
fn without_waiting_the_accepted_peering_has_to_be_of_the_token() {
    let host = host(&["eu", "us"]);
    let spec = dialer_spec(&host, &token_of(&host, "eu"), &[]);
    let other = token_of(&host, "eu-2");
    fault(&host, HELD, "GET", DIALER, 2);
    let error = failed(establish_against(&host, &spec, false, &other, 500.0));
    assert_eq!((error.code, codes(&error)), (Code::PeerMismatch, vec![LeftoverCode::AcceptorWithoutDialer]));
    assert!(error.peering.is_some());
}

#[test]
fn an_acceptor_that_is_deleted_before_the_link_is_active_leaves_the_dialer() {
    let host = host(&["eu", "us"]);
    let spec = dialer_spec(&host, &token_of(&host, "eu"), &[]);
    let other_call = async {
        host.sleep(Duration::ms(20.0)).await;
        let client = client(&host, "us", "eu", TIMEOUT);
        done(client.within(remove_if(&client, &peer_name("eu"), Deletable::Any)).await);
    };
    let error = failed(host.run(join(establish_with(&host, &spec, true, TIMEOUT), other_call)).0);
    assert_eq!((error.code, codes(&error)), (Code::NotActive, vec![LeftoverCode::DialerNotActive]));
    assert!(dialer(&host).is_some());
}
