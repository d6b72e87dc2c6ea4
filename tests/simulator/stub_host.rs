//! The cluster of `stub.rs` as a host in virtual time, calls on it, and how they end.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration as Time;

use consul_peering::consul::cluster::{Cluster, ClusterAddress};
use consul_peering::consul::peering::State;
use consul_peering::consul::request;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::progress::{Kind, Progress};
use consul_peering::host::{Explanation, Host, HostValue, SendError};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::establish::{EstablishOptions, establish};
use consul_peering::rules::duration::{Duration, Instant};
use consul_peering::rules::spec::{self, PeeringSpec};
use consul_peering::rules::time::Timestamp;
use consul_peering::rules::value;
use consul_peering::simulator::host::{Data, SimulatedHost, SimulatedResponse};
use consul_peering::simulator::{Options, Response};
use futures_util::future::join;
use serde_json::json;

use crate::calls::{TIMEOUT, peer_name};
use crate::stub::{Record, Reply, Sent, Stub, token};

const LATENCY: Duration = Duration::ms(1.0);
const ADDRESS: &str = "http://eu.test";

/// A host whose only cluster is a stub.
#[derive(Clone)]
pub struct StubHost {
    time: SimulatedHost,
    stub: Rc<RefCell<Stub>>,
}

impl Default for StubHost {
    fn default() -> Self {
        let time = SimulatedHost::new(&Options::named(&["time"])).expect("valid options");
        Self { time, stub: Rc::default() }
    }
}

impl StubHost {
    /// Changes the stub, or reads it.
    pub fn stub<T>(&self, change: impl FnOnce(&mut Stub) -> T) -> T {
        change(&mut self.stub.borrow_mut())
    }

    /// Decides the responses to requests with this method and path.
    pub fn on(&self, call: &'static str, hook: impl FnMut(&mut Stub, &Sent) -> Reply + 'static) {
        self.stub(|stub| stub.hooks.push((call, Box::new(hook))));
    }

    /// The requests, as method and path.
    pub fn log(&self) -> Vec<String> {
        self.stub(|stub| stub.log.iter().map(|(_, call)| call.clone()).collect())
    }

    /// When each request was sent.
    pub fn times(&self) -> Vec<Time> {
        self.stub(|stub| stub.log.iter().map(|(at, _)| *at).collect())
    }

    /// The requests that change something.
    pub fn writes(&self) -> Vec<String> {
        self.log().into_iter().filter(|call| !call.starts_with("GET") && !call.contains("acl/authorize")).collect()
    }

    pub fn record(&self) -> Option<Record> {
        self.stub(|stub| stub.record.clone())
    }

    /// The events of all calls: a state, or the kind and the code.
    pub fn reported(&self) -> Vec<String> {
        self.stub(|stub| stub.reported.clone())
    }

    pub fn now(&self) -> Time {
        self.time.now()
    }

    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.time.run(work)
    }

    /// One call on the peering "us".
    pub fn perform<T>(&self, work: impl AsyncFnOnce(&Client<Self>) -> Outcome<Self, T>) -> Outcome<Self, T> {
        self.run(self.call(TIMEOUT, None, work))
    }

    pub async fn call<T>(
        &self,
        timeout: Duration,
        datacenter: Option<&str>,
        work: impl AsyncFnOnce(&Client<Self>) -> Outcome<Self, T>,
    ) -> Outcome<Self, T> {
        let stub = self.stub.clone();
        let listener = move |progress: &Progress<'_>| {
            let event = json!(progress);
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            let shown = match progress.kind {
                Kind::State => text("state"),
                _ => format!("{}: {}", text("kind"), text("code")),
            };
            stub.borrow_mut().reported.push(shown);
        };
        let call = Call::new(self.clone(), timeout, Some(Box::new(listener)));
        let mut cluster = Cluster { address: ClusterAddress::new(ADDRESS.into()), ..Cluster::default() };
        cluster.options.datacenter = datacenter.map(str::to_owned);
        let client = Client::new(&call, self.clone(), cluster, Some(peer_name("us")), timeout);
        client.within(work(&client)).await
    }

    /// The leftovers of an error, each with its state. Checks that they are true.
    pub fn left(&self, error: &Error<Data>) -> Vec<(LeftoverCode, Option<State>)> {
        let now = self.record();
        for left in &error.left_behind {
            assert_eq!(left.key(), (ADDRESS, "us"));
            assert!(left.fix.len() > 10, "{}", left.fix);
            let what = &left.what;
            match left.code {
                LeftoverCode::DialerNotActive | LeftoverCode::Exists | LeftoverCode::TokenLost => {
                    let now = now.as_ref().expect(what);
                    assert!(what.contains(if now.peer_id.is_some() { "dialer" } else { "acceptor" }), "{what}");
                    let state = if now.is_deleted { "DELETING" } else { now.state };
                    assert!(left.state.as_ref().is_none_or(|left| left.to_string() == state), "{what}");
                }
                LeftoverCode::NotDeleted => assert!(now.as_ref().is_some_and(|now| !now.is_deleted), "{what}"),
                LeftoverCode::Deleting => assert!(now.as_ref().is_none_or(|now| now.is_deleted), "{what}"),
                _ => {}
            }
        }
        error.left_behind.iter().map(|left| (left.code, left.state.clone())).collect()
    }
}

/// A host whose stub was changed like this.
pub fn stub_host(put: impl FnOnce(&mut Stub)) -> StubHost {
    let host = StubHost::default();
    host.stub(put);
    host
}

/// A host with an acceptor in this state.
pub fn acceptor(state: &'static str) -> StubHost {
    stub_host(|stub| {
        stub.put(state);
    })
}

/// A host with a dialer in this state.
pub fn dialer(state: &'static str) -> StubHost {
    stub_host(|stub| {
        stub.dialer(state);
    })
}

pub fn spec_of(host: &StubHost, token: &str, meta: &[(&str, &str)]) -> PeeringSpec {
    let meta = value::object(meta.iter().map(|(key, value)| (*key, (*value).into())));
    let given = Data::object([("peer_name", "us".into()), ("peering_token", token.into()), ("meta", meta)]);
    spec::peering(&given, Data::read_json, host.wall_clock()).spec.expect("a valid spec")
}

pub fn establish_with(
    host: &StubHost,
    token: &str,
    meta: &[(&str, &str)],
    options: EstablishOptions,
) -> Outcome<StubHost, Data> {
    let spec = spec_of(host, token, meta);
    host.perform(async |client| establish(client, &spec, options).await)
}

/// Establishes with a token that the other cluster accepts.
pub fn establish_now(host: &StubHost, options: EstablishOptions) -> Outcome<StubHost, Data> {
    establish_with(host, &token("good", "us", "us.consul"), &[], options)
}

/// The state of an error's peering.
pub fn state_in(error: &Error<Data>) -> Option<String> {
    error.peering.as_ref().and_then(|peering| peering.get("state").non_empty_text())
}

impl Host for StubHost {
    type Value = Data;
    type Response = SimulatedResponse;

    async fn send(&self, _: &Cluster, request: &request::Request) -> Result<SimulatedResponse, SendError<Data>> {
        let target = request.target();
        let call = format!("{} {}", request.method.name(), target.split('?').next().unwrap_or_default());
        let now = self.now();
        let n = self.stub(|stub| {
            stub.log.push((now, call.clone()));
            stub.log.iter().filter(|(_, logged)| *logged == call).count()
        });
        self.time.sleep(LATENCY).await;
        let body = request.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        let index = request.blocking.map(|(index, _)| index);
        let sent = Sent { call, n, index, body };
        let mut hooks = self.stub(|stub| std::mem::take(&mut stub.hooks));
        let reply = self.stub(|stub| match hooks.iter_mut().rev().find(|(call, _)| *call == sent.call) {
            Some((_, hook)) => hook(stub, &sent),
            None => stub.act(&sent),
        });
        self.stub(|stub| stub.hooks.splice(0..0, hooks).for_each(drop));
        match reply {
            Reply::Answer(status, body) => Ok(Response { status, body, ..Response::default() }.into()),
            Reply::Indexed(index, body) => {
                let headers = [("x-consul-index".to_owned(), index.to_string())].into();
                Ok(Response { status: 200, headers, body }.into())
            }
            Reply::Filtered(body) => {
                let headers = [("x-consul-results-filtered-by-acls".to_owned(), "true".to_owned())].into();
                Ok(Response { status: 200, headers, body: body.into() }.into())
            }
            Reply::Reset => Err(SendError::Failed(Data::object([("code", "ECONNRESET".into())]))),
            Reply::Refused => Err(SendError::Failed(Data::object([("code", "ECONNREFUSED".into())]))),
            Reply::Never => std::future::pending().await,
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.time.sleep(duration).await;
    }

    fn monotonic(&self) -> Instant {
        self.time.monotonic()
    }

    fn wall_clock(&self) -> Timestamp {
        self.time.wall_clock()
    }

    fn random(&self) -> f64 {
        self.time.random()
    }

    fn explain(&self, error: &Data, secrets: Vec<String>) -> Explanation<Data> {
        self.time.explain(error, secrets)
    }
}

/// Runs `change` after a while, next to `call`.
pub async fn while_changing<T>(
    host: &StubHost,
    call: impl Future<Output = T>,
    after: u64,
    change: impl FnOnce(&mut Stub),
) -> T {
    let later = async {
        host.sleep(Duration::ms(after as f64)).await;
        host.stub(change);
    };
    join(call, later).await.0
}
