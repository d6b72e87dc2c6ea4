//! Simulated clusters as a host that notes each request and when it ended.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration as Time;

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::request::{Method, Request};
use consul_peering::host::{Explanation, Host, SendError};
use consul_peering::rules::duration::{Duration, Instant};
use consul_peering::rules::secret::Secret;
use consul_peering::rules::time::Timestamp;
use consul_peering::simulator::host::{Data, SimulatedHost, SimulatedResponse};

/// A request.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The address of the cluster.
    pub cluster: String,
    pub is_write: bool,
    /// The path and the query.
    pub target: String,
    pub at: Time,
    /// None while it is pending, or if it was cancelled.
    pub ended: Option<Time>,
}

#[derive(Clone)]
pub struct ObservedHost {
    pub inner: SimulatedHost,
    requests: Rc<RefCell<Vec<Observed>>>,
    /// Called before each response is returned, with its number, counted from 1.
    on_response: Rc<dyn Fn(usize)>,
}

impl ObservedHost {
    pub fn new(inner: SimulatedHost) -> Self {
        Self::with(inner, |_| {})
    }

    pub fn with(inner: SimulatedHost, on_response: impl Fn(usize) + 'static) -> Self {
        Self { inner, requests: Rc::default(), on_response: Rc::new(on_response) }
    }

    pub fn requests(&self) -> Vec<Observed> {
        self.requests.borrow().clone()
    }

    /// Those to one cluster with this path.
    pub fn requests_to(&self, cluster: &str, path: &str) -> Vec<Observed> {
        let address = self.inner.cluster(cluster).address;
        let mut requests = self.requests();
        requests.retain(|request| request.cluster == *address && request.target.split('?').next() == Some(path));
        requests
    }

    pub fn writes(&self) -> usize {
        self.requests.borrow().iter().filter(|request| request.is_write).count()
    }
}

/// The largest number of these requests that were pending at one time.
pub fn most_pending<'a>(requests: impl Iterator<Item = &'a Observed> + Clone) -> usize {
    let pending = |at| requests.clone().filter(|one| one.at <= at && one.ended.is_none_or(|ended| at < ended)).count();
    requests.clone().map(|request| pending(request.at)).max().unwrap_or_default()
}

impl Host for ObservedHost {
    type Value = Data;
    type Response = SimulatedResponse;

    async fn send(&self, cluster: &Cluster, request: &Request) -> Result<SimulatedResponse, SendError<Data>> {
        let observed = Observed {
            cluster: cluster.address.to_string(),
            is_write: request.method != Method::Get,
            target: request.target(),
            at: self.inner.now(),
            ended: None,
        };
        self.requests.borrow_mut().push(observed);
        let number = self.requests.borrow().len();
        let outcome = self.inner.send(cluster, request).await;
        self.requests.borrow_mut()[number - 1].ended = Some(self.inner.now());
        let ended = self.requests.borrow().iter().filter(|request| request.ended.is_some()).count();
        (self.on_response)(ended);
        outcome
    }

    async fn sleep(&self, duration: Duration) {
        self.inner.sleep(duration).await;
    }

    fn monotonic(&self) -> Instant {
        self.inner.monotonic()
    }

    fn wall_clock(&self) -> Timestamp {
        self.inner.wall_clock()
    }

    fn random(&self) -> f64 {
        self.inner.random()
    }

    fn token(&self) -> Option<Secret> {
        self.inner.token()
    }

    fn explain(&self, error: &Data, secrets: Vec<String>) -> Explanation<Data> {
        self.inner.explain(error, secrets)
    }

    fn network_hint(&self) -> Option<&'static str> {
        None
    }
}
