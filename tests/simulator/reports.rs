//! What a call reports while it runs, and the error that says why it ended, on simulated clusters in virtual time.

use std::cell::RefCell;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::consul::request;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::progress::{Kind, Progress, ProgressCode, StepCode};
use consul_peering::host::Host;
use consul_peering::operations::call::{Call, Listener};
use consul_peering::operations::client::Client;
use consul_peering::operations::generate::generate;
use consul_peering::operations::pair::Pair;
use consul_peering::operations::pair::connect::connect;
use consul_peering::operations::read::{read, watched};
use consul_peering::operations::remove::remove;
use consul_peering::operations::wait::{Until, wait};
use consul_peering::rules::duration::Duration;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::secret::Secret;
use consul_peering::simulator::host::SimulatedHost;
use consul_peering::simulator::{Fault, Match};
use futures_util::future::join;

use crate::calls::{TIMEOUT, connect_now, done, generate_token, host, pair, peer_name, peering_spec, token_spec};
use crate::client::ms;

/// A report: its kind, its text, and the ms since the call began.
type Reports = Rc<RefCell<Vec<(Kind, ProgressCode, String, u32)>>>;

/// A call on `us` about `eu`, whose reports are kept.
fn client(host: &SimulatedHost) -> (Client<SimulatedHost>, Reports) {
    let reports = Reports::default();
    let listener: Listener = {
        let reports = reports.clone();
        Box::new(move |progress: &Progress<'_>| {
            reports.borrow_mut().push((progress.kind, progress.code, progress.text.to_owned(), progress.elapsed));
        })
    };
    let call = Call::new(host.clone(), TIMEOUT, Some(listener));
    (Client::new(&call, host.clone(), host.cluster("us"), PeerName::new("eu"), TIMEOUT), reports)
}

/// `us` has the acceptor of a link whose dialer was deleted.
fn host_with_terminated_acceptor() -> SimulatedHost {
    let host = host(&["eu", "us"]);
    done(connect_now(&host));
    let (dialer, _) = client(&host);
    let dialer = Client::new(&dialer.call, host.clone(), host.cluster("eu"), PeerName::new("us"), TIMEOUT);
    done(host.run(dialer.within(remove(&dialer, &peer_name("us"), true))));
    host.run(host.sleep(Duration::ms(6_000.0)));
    host
}

fn kinds(reports: &Reports) -> Vec<Kind> {
    reports.borrow().iter().map(|(kind, ..)| *kind).collect()
}

fn fault(host: &SimulatedHost, fault: Fault, method: &str, times: u32) {
    let matching = Match { method: Some(method.into()), cluster: Some("us".into()), ..Match::default() };
    host.world(|world| world.add_fault(fault, matching, times));
}

#[test]
fn a_slow_request_is_reported_and_so_is_its_response() {
    let host = host(&["eu", "us"]);
    host.run(host.sleep(Duration::ms(700.0)));
    fault(&host, Fault::Delay(ms(4_000)), "GET", 1);
    let (client, reports) = client(&host);
    assert_eq!(done(host.run(client.within(read(&client, &peer_name("eu"))))), None);
    assert_eq!(kinds(&reports), [Kind::NoResponse, Kind::Recovered]);
    let reports = reports.borrow();
    assert_eq!((&*reports[0].2, reports[0].3), ("no response after 2.5 s", 2_500));
    assert_eq!(reports[1].3, 4_000, "since the call began");
}

#[test]
fn a_blocking_query_is_slow_after_the_time_that_consul_adds_to_it() {
    let host = host(&["eu", "us"]);
    fault(&host, Fault::Delay(ms(20_000)), "GET", 1);
    let (client, reports) = client(&host);
    let name = peer_name("eu");
    done(host.run(client.within(watched(&client, Some(&name), 1, Duration::ms(8_000.0)))));
    let reports = reports.borrow();
    assert_eq!((reports[0].0, &*reports[0].2, reports[0].3), (Kind::NoResponse, "no response after 11.0 s", 11_000));
}

#[test]
fn a_retry_is_reported_and_so_is_the_response_after_it() {
    let host = host(&["eu", "us"]);
    fault(&host, Fault::Unavailable(Some(1)), "GET", 1);
    let (client, reports) = client(&host);
    assert!(!client.is_out_of_contact());
    assert_eq!(done(host.run(client.within(read(&client, &peer_name("eu"))))), None);
    assert_eq!(kinds(&reports), [Kind::Retry, Kind::Recovered]);
    client.report_retry("why", Code::Network);
    assert!(client.is_out_of_contact());
}

#[test]
fn each_state_is_reported_once() {
    let host = host(&["eu", "us"]);
    let (first, _) = client(&host);
    done(host.run(first.within(generate(&first, &token_spec("eu"), false))));
    let (client, reports) = client(&host);
    let removal = async {
        host.sleep(Duration::ms(3_000.0)).await;
        let (other, _) = self::client(&host);
        done(other.within(remove(&other, &peer_name("eu"), true)).await);
    };
    let name = peer_name("eu");
    let gone = client.within(wait(&client, &name, Until::Gone));
    let (gone, ()) = host.run(join(gone, removal));
    assert_eq!(done(gone), None);
    let states: Vec<_> = reports.borrow().iter().map(|(kind, _, text, _)| (*kind, text.clone())).collect();
    assert_eq!(states.first(), Some(&(Kind::State, "peering \"eu\" is PENDING".to_owned())));
    assert_eq!(states.last(), Some(&(Kind::State, "peering \"eu\" is gone".to_owned())));
    assert!(states.len() <= 3, "{states:?}");
}

#[test]
fn a_report_keeps_its_words_without_the_secrets() {
    let host = host(&["eu", "us"]);
    let (client, reports) = client(&host);
    client.keep_secret(Secret::new("a-secret-of-the-call".into()));
    assert_eq!(client.redact("nothing to hide"), "nothing to hide");
    client.step(StepCode::Deleting, "before a-secret-of-the-call after");
    let text = reports.borrow()[0].2.clone();
    assert!(text.starts_with("before ") && text.ends_with(" after") && !text.contains("a-secret"), "{text}");
}

/// The dialer's cluster does not respond: the call on the pair ends at its own deadline.
#[test]
fn a_call_on_a_pair_times_out_at_its_deadline() {
    let host = host(&["eu", "us"]);
    done(connect_now(&host));
    host.world(|world| world.restart("us", ms(30_000)).unwrap());
    host.run(host.sleep(Duration::ms(30_000.0)));
    let began = host.now();
    let call = Call::new(host.clone(), Duration::ms(1_000.0), None);
    let mut pair = Pair::new(&call, pair(&host));
    let error = host.run(connect(&call, &mut pair)).map(|linked| linked.changed).map_err(|error| error.code);
    assert_eq!((error, host.now() - began), (Err(Code::Timeout), ms(1_000)));
}

#[test]
fn a_token_that_makes_an_older_one_invalid_is_reported() {
    let host = host(&["eu", "us"]);
    let invalidates = || {
        let (client, reports) = client(&host);
        done(host.run(client.within(generate(&client, &token_spec("eu"), false))));
        let code = ProgressCode::Step(StepCode::InvalidatesUnusedToken);
        reports.borrow().iter().filter(|(_, its, ..)| *its == code).count()
    };
    assert_eq!((invalidates(), invalidates()), (0, 1));
}

#[test]
fn a_terminated_acceptor_is_refused_or_replaced() {
    let host = host_with_terminated_acceptor();
    let before = host.peering("us", "eu").unwrap();
    assert_eq!(before.state, State::Terminated);

    let (client, _) = client(&host);
    let error = host.run(client.within(generate(&client, &token_spec("eu"), false))).err().unwrap();
    assert_eq!((error.code, error.left_behind.len()), (Code::Terminated, 0));
    assert!(error.peering.as_ref().is_some_and(|peering| peering.get("state").is_text("TERMINATED")));

    // It is deleted, and the token is refused.
    fault(&host, Fault::RateLimited(Some(120)), "POST", 1);
    let (client, reports) = self::client(&host);
    let error = host.run(client.within(generate(&client, &token_spec("eu"), true))).err().unwrap();
    let left: Vec<_> = error.left_behind.iter().map(|left| (left.code, left.state.clone())).collect();
    assert_eq!((error.code, left), (Code::RateLimited, vec![(LeftoverCode::Replaced, Some(State::Terminated))]));
    let replacing = ProgressCode::Step(StepCode::Replacing);
    assert!(reports.borrow().iter().any(|(_, code, ..)| *code == replacing));
    assert_eq!(host.peering("us", "eu"), None);
    let (client, _) = self::client(&host);
    done(host.run(client.within(generate(&client, &token_spec("eu"), true))));
    assert!(host.peering("us", "eu").is_some_and(|peering| peering.id != before.id));
}

#[test]
fn a_token_whose_response_is_lost_leaves_an_acceptor_or_nothing() {
    for (fault, left) in [(Fault::DropAfter, vec![LeftoverCode::TokenLost]), (Fault::DropBefore, vec![])] {
        let host = host(&["eu", "us"]);
        let exists = fault == Fault::DropAfter;
        self::fault(&host, fault, "POST", 1);
        let (client, _) = client(&host);
        let error = host.run(client.within(generate(&client, &token_spec("eu"), false))).err().unwrap();
        let codes: Vec<_> = error.left_behind.iter().map(|left| left.code).collect();
        assert_eq!((error.code, codes), (Code::Network, left));
        assert_eq!(host.peering("us", "eu").is_some(), exists);
        // A request that is still on its way has half a second.
        assert_eq!(host.now() >= ms(500), !exists, "{:?}", host.now());
    }
}

/// The name of a token request that had no effect may be used by another call meanwhile.
#[test]
fn a_dialer_is_no_leftover_of_a_lost_token() {
    let host = host(&["eu", "us"]);
    let dialed = peering_spec(&host, "eu", &generate_token(&host, "eu", "us"));
    fault(&host, Fault::DropBefore, "POST", 1);
    let (client, _) = client(&host);
    let wanted = token_spec("eu");
    let another_call = async {
        host.sleep(Duration::ms(100.0)).await;
        host.send(&host.cluster("us"), &request::establish(&dialed)).await
    };
    let generated = client.within(generate(&client, &wanted, false));
    let (generated, _) = host.run(join(generated, another_call));
    let error = generated.err().unwrap();
    assert_eq!((error.code, error.left_behind.len()), (Code::Network, 0));
    assert!(host.peering("us", "eu").is_some());
}

#[test]
fn a_deletion_that_a_proxy_answers_is_no_deletion() {
    let host = host(&["eu", "us"]);
    let (first, _) = client(&host);
    done(host.run(first.within(generate(&first, &token_spec("eu"), false))));
    fault(&host, Fault::ProxyPage(200), "DELETE", 1);
    let (client, _) = client(&host);
    let error = host.run(client.within(remove(&client, &peer_name("eu"), true))).err().unwrap();
    let codes: Vec<_> = error.left_behind.iter().map(|left| left.code).collect();
    assert_eq!((error.code, codes), (Code::UnexpectedAnswer, vec![LeftoverCode::NotDeleted]));
    let (client, reports) = self::client(&host);
    done(host.run(client.within(remove(&client, &peer_name("eu"), true))));
    let lost = ProgressCode::Step(StepCode::ResponseLost);
    assert!(reports.borrow().iter().all(|(_, code, ..)| *code != lost), "Consul's response is read");
}

#[test]
fn a_page_that_is_not_from_consul_is_named_as_such() {
    let host = host(&["eu", "us"]);
    fault(&host, Fault::ProxyPage(502), "GET", u32::MAX);
    let (client, _) = client(&host);
    let error = host.run(client.within(read(&client, &peer_name("eu")))).err().unwrap();
    assert_eq!(error.reason, "HTTP 502, and the response is not from Consul");
}

#[test]
fn a_call_that_times_out_between_two_parts_gives_the_last_failure_as_its_reason() {
    let host = host(&["eu", "us"]);
    fault(&host, Fault::ProxyPage(502), "GET", u32::MAX);
    let (client, _) = client(&host);
    let failure = host.run(client.within(read(&client, &peer_name("eu")))).err().unwrap();
    let error = host.run(client.call.pause(TIMEOUT)).err().unwrap();
    assert_eq!((error.code, error.timeout), (Code::Timeout, Some(TIMEOUT)));
    assert_eq!(error.reason, failure.reason);
}

#[test]
fn a_token_waits_until_a_peering_that_is_being_deleted_is_gone() {
    let host = host_with_terminated_acceptor();
    // With a TERMINATED peering, a removal takes a moment.
    let (first, _) = client(&host);
    done(host.run(first.within(remove(&first, &peer_name("eu"), false))));
    assert_eq!(host.peering("us", "eu").map(|acceptor| acceptor.state), Some(State::Deleting));
    let (client, reports) = client(&host);
    done(host.run(client.within(generate(&client, &token_spec("eu"), false))));
    let waiting = ProgressCode::Step(StepCode::WaitingUntilGone);
    assert!(reports.borrow().iter().any(|(_, code, ..)| *code == waiting));
    assert_eq!(host.peering("us", "eu").map(|acceptor| acceptor.state), Some(State::Pending));
}
