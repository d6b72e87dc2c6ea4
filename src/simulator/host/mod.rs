//! Simulated clusters as a [`Host`]: operations run against them natively, in virtual time.
//!
//! The network between callers and agents has [`Conditions`]: they delay requests and responses, and break connections
//! before or after Consul has executed a request. Only this module depends on the rest of the package.

mod conditions;
mod executor;
mod sent_request;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::random::Random;
use super::{Options, Outcome, Request, Response, World};
use crate::consul::cluster::{Cluster, ClusterAddress};
use crate::consul::peering::Peering;
use crate::consul::request;
use crate::host::{self, Explanation, Host, HostValue, SendError};
use crate::rules::duration::{self, Instant};
use crate::rules::secret::Secret;
use crate::rules::time::Timestamp;
use crate::rules::value::Value;

pub use crate::host::data::Data;
pub use conditions::Conditions;
pub use executor::crash_after;
pub use sent_request::SentRequest;

use conditions::Delivery;
use executor::{Clock, Pending};

const SCHEME: &str = "http://";
const DOMAIN: &str = ".simulated.example:8500";

/// A host that sends requests to the clusters of one world. Clones share it.
#[derive(Clone)]
pub struct SimulatedHost(Rc<Inner>);

struct Inner {
    world: RefCell<World>,
    pending: RefCell<Pending>,
    clock: Clock,
    /// The start of the world, in ms since 1970.
    began: Cell<f64>,
    random: RefCell<Random>,
    conditions: Cell<Conditions>,
    token: RefCell<Option<Secret>>,
    requests: RefCell<Vec<SentRequest>>,
    /// A later step of the wall clock, in ms, and the number of the request at whose response it happens.
    step: Cell<(f64, usize)>,
}

impl SimulatedHost {
    /// A world of clusters with a network that delivers everything immediately.
    pub fn new(options: &Options) -> Result<Self, super::InvalidOption> {
        Ok(Self(Rc::new(Inner {
            world: RefCell::new(World::new(options)?),
            pending: RefCell::default(),
            clock: Clock::default(),
            began: Cell::new(options.began.as_secs_f64() * 1_000.0),
            random: RefCell::new(Random::new(options.seed ^ 0x4057)),
            conditions: Cell::new(Conditions::default()),
            token: RefCell::default(),
            requests: RefCell::default(),
            step: Cell::default(),
        })))
    }

    /// A cluster as an argument for operations, with its management token if it has ACLs.
    pub fn cluster(&self, name: &str) -> Cluster {
        let token = self.0.world.borrow().management_token(name).map(|token| Secret::new(token.to_owned()));
        let mut cluster =
            Cluster { address: ClusterAddress::new(format!("{SCHEME}{name}{DOMAIN}")), ..Cluster::default() };
        cluster.options.token = token;
        cluster
    }

    /// The peerings of a cluster, read without a request.
    pub fn peerings(&self, name: &str) -> Vec<Peering> {
        let listed = self.world(|world| world.list_now(name)).ok().and_then(|text| Data::read_json(&text));
        listed.iter().flat_map(Value::items).filter_map(Peering::from_consul).collect()
    }

    /// The peering of a name, read without a request.
    pub fn peering(&self, cluster: &str, name: &str) -> Option<Peering> {
        let shown = self.world(|world| world.show_now(cluster, name))?;
        Data::read_json(&shown).as_ref().and_then(Peering::from_consul)
    }

    /// Changes the clusters: adds faults, restarts servers, removes leaders.
    pub fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.0.world.borrow_mut();
        world.advance(self.0.clock.now());
        change(&mut world)
    }

    /// Replaces the conditions of the network.
    pub fn set_conditions(&self, conditions: Conditions) {
        self.0.conditions.set(conditions);
    }

    /// Replaces the ACL token of all further requests.
    pub fn set_token(&self, token: &str) {
        self.0.token.replace(Some(Secret::new(token.to_owned())));
    }

    /// The current conditions of the network.
    pub fn conditions(&self) -> Conditions {
        self.0.conditions.get()
    }

    /// Sets the wall clock forward, or back with a negative number. The monotonic clock is not affected.
    pub fn step_wall_clock(&self, ms: f64) {
        self.0.began.set(self.0.began.get() + ms);
    }

    /// Like [`step_wall_clock`](Self::step_wall_clock), but just before the response to the n-th request, counted from 1.
    pub fn step_wall_clock_at(&self, n: usize, ms: f64) {
        self.0.step.set((ms, n));
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<SentRequest> {
        self.0.requests.borrow().clone()
    }

    /// The time since the start of the world.
    pub fn now(&self) -> Duration {
        self.0.clock.now()
    }

    /// Runs a future to completion. The time advances when no future can make progress.
    ///
    /// # Panics
    /// On a deadlock: no timer is set and no event is due.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        executor::run(&self.0, work)
    }

    async fn wait(&self, duration: Duration) {
        self.0.clock.sleep(duration).await;
    }

    /// Sends a request through the network and logs it, and returns its outcome.
    async fn deliver(&self, cluster: &str, request: Request) -> Outcome {
        self.0.requests.borrow_mut().push(SentRequest::new(cluster, &request, self.now()));
        let number = self.0.requests.borrow().len();
        let outcome = self.transmit(cluster, request).await;
        self.0.requests.borrow_mut()[number - 1].ended = Some(self.now());
        let (ms, n) = self.0.step.get();
        if number == n {
            self.step_wall_clock(ms);
        }
        outcome
    }

    async fn transmit(&self, cluster: &str, request: Request) -> Outcome {
        let Delivery { request_latency, response_latency, lost_before, lost_after, cut } =
            self.0.conditions.get().draw(&mut self.0.random.borrow_mut());
        self.wait(request_latency).await;
        if lost_before {
            return Outcome::Dropped;
        }
        let outcome = executor::handle(&self.0, cluster, request).await;
        self.wait(response_latency).await;
        match outcome {
            _ if lost_after => Outcome::Dropped,
            Outcome::Answered(response) if cut => Outcome::Cut(response),
            outcome => outcome,
        }
    }
}

impl Host for SimulatedHost {
    type Value = Data;
    type Response = SimulatedResponse;

    async fn send(&self, cluster: &Cluster, request: &request::Request) -> Result<SimulatedResponse, SendError<Data>> {
        let host = cluster.address.strip_prefix(SCHEME).and_then(|rest| rest.strip_suffix(DOMAIN));
        let Some(name) = host else { return Err(broken("ENOTFOUND", "getaddrinfo ENOTFOUND")) };
        match self.deliver(name, to_agent(cluster, request)).await {
            Outcome::Refused => Err(broken("ECONNREFUSED", "connect ECONNREFUSED")),
            Outcome::Dropped => Err(broken("ECONNRESET", "read ECONNRESET")),
            Outcome::Cut(_) => Err(broken("UND_ERR_SOCKET", "terminated")),
            Outcome::Answered(response) if (300..400).contains(&response.status) => {
                Err(SendError::Redirected(Some(response.status)))
            }
            Outcome::Answered(response) if response.body.len() > request.response_max_bytes() as usize => {
                Err(SendError::TooLarge)
            }
            Outcome::Answered(response) => Ok(response.into()),
        }
    }

    async fn sleep(&self, duration: duration::Duration) {
        match Duration::try_from_secs_f64(duration.as_ms() / 1_000.0) {
            Ok(duration) => self.wait(duration).await,
            Err(_) => std::future::pending().await, // never ends
        }
    }

    fn monotonic(&self) -> Instant {
        Instant::at_ms(self.now().as_secs_f64() * 1_000.0)
    }

    fn wall_clock(&self) -> Timestamp {
        Timestamp::at_ms(self.0.began.get() + self.now().as_secs_f64() * 1_000.0)
    }

    fn random(&self) -> f64 {
        self.0.random.borrow_mut().between(0.0, 1.0)
    }

    fn token(&self) -> Option<Secret> {
        self.0.token.borrow().clone()
    }

    fn explain(&self, error: &Data, secrets: Vec<String>) -> Explanation<Data> {
        let text = |key| self.redact(error.get(key).text().unwrap_or_default(), secrets.clone());
        let (code, text) = (text("code"), text("text"));
        Explanation { reason: format!("fetch failed ({code})"), code, text, cause: error.clone() }
    }
}

/// An error like those of Node's fetch.
fn broken(code: &str, text: &str) -> SendError<Data> {
    SendError::Failed(Data::object([("code", code.into()), ("text", text.into())]))
}

/// A request in the form of the simulator.
fn to_agent(cluster: &Cluster, request: &request::Request) -> Request {
    let mut sent = Request::new(request.method.name(), &request.target());
    for (name, value) in request::headers(cluster) {
        sent = sent.with_header(name, value);
    }
    sent.with_body(request.body.clone().unwrap_or_default())
}

/// A response for operations.
pub struct SimulatedResponse {
    response: Response,
    /// The body as JSON, parsed on first use.
    json: OnceCell<Option<Data>>,
}

impl From<Response> for SimulatedResponse {
    fn from(response: Response) -> Self {
        Self { response, json: OnceCell::new() }
    }
}

impl host::Response for SimulatedResponse {
    type Value = Data;

    fn status(&self) -> u16 {
        self.response.status
    }

    fn header(&self, name: &str) -> Option<String> {
        self.response.headers.get(&name.to_ascii_lowercase()).cloned()
    }

    fn text(&self, max_chars: u32) -> String {
        let body = &self.response.body;
        let end = body.char_indices().nth(max_chars as usize).map_or(body.len(), |(end, _)| end);
        body[..end].to_owned()
    }

    fn json(&self) -> Option<Data> {
        self.json.get_or_init(|| Data::parse(&self.response.body)).clone()
    }
}
