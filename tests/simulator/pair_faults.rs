//! Connect, rotate and disconnect with a fault or an abort at each of their requests: each reports its leftovers, and the
//! next call succeeds.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::progress::{Progress, ProgressCode};
use consul_peering::host::Host;
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::error::Error;
use consul_peering::operations::pair::Pair;
use consul_peering::operations::pair::connect::{DisconnectOptions, connect, disconnect, rotate};
use consul_peering::rules::duration;
use consul_peering::simulator::Fault;
use consul_peering::simulator::host::{Data, SentRequest, SimulatedHost};
use futures_util::future::select;

use crate::calls::{connect_now, host, is_active, nth, pair};
use crate::client::ms;

/// Both sides of the pair, as cluster and name.
const SIDES: [(&str, &str); 2] = [("us", "eu"), ("eu", "us")];
const TIMEOUT: duration::Duration = duration::Duration::ms(10_000.0);
const SHORT: Duration = ms(100);
/// A request that is held back so long is still open when its call is aborted.
const HELD: Duration = ms(10);
/// By then whatever an aborted call has left under way would have been sent.
const QUIET: duration::Duration = duration::Duration::ms(20_000.0);
/// After its last write a call only reads until everything is as it should be: some of those reads are enough.
const READS_AFTER_WRITES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Connect,
    Rotate,
    Disconnect,
}

const OPERATIONS: [Operation; 3] = [Operation::Connect, Operation::Rotate, Operation::Disconnect];

fn faults(method: &str) -> Vec<Fault> {
    let mut faults = vec![
        Fault::DropBefore,
        Fault::Cut,
        Fault::Unavailable(None),
        Fault::ProxyPage(502),
        Fault::LeaderLost(SHORT),
        Fault::Restart { duration: SHORT, acted: false },
    ];
    if method != "GET" {
        faults.extend([
            Fault::DropAfter,
            Fault::RateLimited(Some(1)),
            Fault::GatewayTimeout,
            Fault::Redirect { location: "http://elsewhere.example/".into(), status: 301 },
            Fault::Restart { duration: SHORT, acted: true },
        ]);
    }
    faults
}

/// Where the operation begins.
fn prepared(operation: Operation) -> SimulatedHost {
    let host = host(&["eu", "us"]);
    if operation != Operation::Connect {
        assert!(connect_now(&host).is_ok());
    }
    host
}

async fn perform(
    operation: Operation,
    host: &SimulatedHost,
    call: &Rc<Call<SimulatedHost>>,
) -> Outcome<SimulatedHost, ()> {
    let mut pair = Pair::new(call, pair(host));
    let options = DisconnectOptions { force: false, dry_run: false };
    let ended = match operation {
        Operation::Connect => connect(call, &mut pair).await.map(drop),
        Operation::Rotate => rotate(call, &mut pair).await.map(drop),
        Operation::Disconnect => disconnect(call, &mut pair, options).await.map(drop),
    };
    ended.map_err(|error| pair.complete(error))
}

fn perform_now(operation: Operation, host: &SimulatedHost) -> Outcome<SimulatedHost, ()> {
    host.run(perform(operation, host, &Call::new(host.clone(), TIMEOUT, None)))
}

/// The methods of an operation's requests without faults.
fn requests_of(operation: Operation) -> Vec<String> {
    let host = prepared(operation);
    let before = host.requests().len();
    assert!(perform_now(operation, &host).is_ok());
    let requests = &host.requests()[before..];
    let last_write = requests.iter().rposition(SentRequest::is_write).expect("it writes");
    requests.iter().take(last_write + 1 + READS_AFTER_WRITES).map(|request| request.method.clone()).collect()
}

fn both(host: &SimulatedHost) -> [Option<Peering>; 2] {
    SIDES.map(|(cluster, name)| host.peering(cluster, name))
}

fn secret_of_dialer(host: &SimulatedHost) -> Option<String> {
    let is_dialer = |(cluster, name): &&(&str, &str)| {
        host.peering(cluster, name).is_some_and(|peering| peering.role == Role::Dialer)
    };
    let (cluster, name) = SIDES.iter().find(is_dialer)?;
    host.world(|world| world.stream_secret(cluster, name).map(ToOwned::to_owned))
}

/// What a call has left: where, with which code.
type Left = (String, LeftoverCode);

fn left_by(error: &Error<Data>) -> Vec<Left> {
    error.left_behind.iter().map(|left| (left.cluster.to_string(), left.code)).collect()
}

/// What has changed is reported, and what is reported as certain exists.
fn assert_truth(host: &SimulatedHost, before: &[Option<Peering>; 2], left: &[Left], what: &str) {
    let record = |peering: &Option<Peering>| {
        peering.as_ref().map(|peering| (peering.id.clone(), peering.state == State::Deleting))
    };
    for (((cluster, name), before), now) in SIDES.iter().zip(before).zip(both(host)) {
        let address = host.cluster(cluster).address;
        let codes: Vec<_> = left.iter().filter(|(place, _)| *place == *address).map(|(_, code)| *code).collect();
        let (before, exists) = (record(before), now.is_some());
        assert!(before == record(&now) || !codes.is_empty(), "{what}: {cluster}/{name} is not reported");
        for code in codes {
            let is_certain = matches!(
                code,
                LeftoverCode::DialerNotActive
                    | LeftoverCode::Exists
                    | LeftoverCode::Overwritten
                    | LeftoverCode::TokenLost
                    | LeftoverCode::NotDeleted
                    | LeftoverCode::TokenUnused
                    | LeftoverCode::NotActive
            );
            assert!(exists || !is_certain, "{what}: {cluster}/{name} does not exist, and {} is reported", code.name());
        }
    }
}

/// The same operation again reaches its goal.
fn assert_reached(operation: Operation, host: &SimulatedHost, what: &str) {
    if let Err(error) = perform_now(operation, host) {
        panic!("{what}, then {}", error.message("the next call"));
    }
    let now = both(host);
    if operation == Operation::Disconnect {
        assert!(now.iter().all(Option::is_none), "{what}");
        return;
    }
    let linked = connect_now(host).unwrap_or_else(|error| panic!("{what}, then {}", error.message("connect")));
    assert!(!linked.changed && is_active(&linked.acceptor) && is_active(&linked.dialer), "{what}");
    assert_eq!(linked.dialer.get("peer_id").text(), linked.acceptor.get("id").text(), "{what}");
}

#[test]
fn a_failure_at_each_request() {
    for operation in OPERATIONS {
        let requests = requests_of(operation);
        let (mut runs, mut failed) = (0, 0);
        for (place, method) in requests.iter().enumerate() {
            for fault in faults(method) {
                let what = format!("{operation:?}, {fault:?} at request {}", place + 1);
                let host = prepared(operation);
                let before = both(&host);
                let secret = secret_of_dialer(&host);
                let ordered = host.world(|world| world.add_fault(fault, nth(place + 1), 1));
                let ended = perform_now(operation, &host);
                assert_eq!(host.world(|world| world.hits(ordered)), 1, "{what}");
                if operation == Operation::Rotate && ended.is_ok() {
                    assert_ne!(secret_of_dialer(&host), secret, "{what}: the token was not used");
                }
                if let Err(error) = &ended {
                    failed += 1;
                    assert!(matches!(error.code, Code::Network | Code::ServerError), "{what}: {error:?}");
                    assert!(error.hint().len() > 20, "{what}: {}", error.hint());
                    assert_truth(&host, &before, &left_by(error), &what);
                }
                assert_reached(operation, &host, &what);
                runs += 1;
            }
        }
        println!("{operation:?}: {runs} faults at {} requests, {failed} failed", requests.len());
        assert!(failed > 0 && failed < runs / 2, "{operation:?}: most faults are retried or mended");
    }
}

#[test]
fn aborted_at_each_request() {
    for operation in OPERATIONS {
        let requests = requests_of(operation);
        let writes = 1 + requests.iter().rposition(|method| method != "GET").expect("it writes");
        for place in 1..=requests.len() {
            for held in [HELD, Duration::ZERO] {
                let what = format!("{operation:?}, aborted at request {place}, held for {held:?}");
                let host = prepared(operation);
                let before = both(&host);
                let ordered = host.world(|world| world.add_fault(Fault::Delay(held), nth(place), 1));
                let left: Rc<RefCell<Vec<Left>>> = Rc::default();
                let reported = left.clone();
                let listener = Box::new(move |progress: &Progress<'_>| {
                    if let ProgressCode::Leftover(code) = progress.code {
                        reported.borrow_mut().push((progress.cluster.to_owned(), code));
                    }
                });
                let call = Call::new(host.clone(), TIMEOUT, Some(listener));
                let aborted = async {
                    let is_met = || host.world(|world| world.hits(ordered)) > 0;
                    let met = poll_fn(|_| if is_met() { Poll::Ready(()) } else { Poll::Pending });
                    // A held request wakes no task.
                    let ticks = pin!(async {
                        while !is_met() {
                            host.sleep(duration::Duration::ms(1.0)).await;
                        }
                    });
                    select(met, ticks).await;
                    Data::object([("aborted", "yes".into())])
                };
                let ended = host.run(call.run(aborted, Box::pin(perform(operation, &host, &call))));
                match &ended {
                    // Every response came first.
                    Ok(()) => assert!(place > writes && held.is_zero(), "{what}: it has succeeded"),
                    Err(error) => assert!(error.thrown.is_some(), "{what}: {error:?}"),
                }
                if ended.is_err() {
                    assert_truth(&host, &before, &left.borrow(), &what);
                }
                let sent = host.requests().len();
                host.run(host.sleep(QUIET));
                assert_eq!(host.requests().len(), sent, "{what}: it sends a request afterwards");
                assert_reached(operation, &host, &what);
            }
        }
    }
}
