//! Simulated clusters as a [`Host`]: operations run against them natively, in virtual time.
//!
//! Between a caller and an agent is a network, whose [`Conditions`] delay requests and responses, and break connections
//! before Consul has acted or after it has. This part alone knows the rest of the crate.

mod conditions;
mod executor;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::random::Random;
use super::{Options, Outcome, Request, Response, World};
use crate::consul::cluster::{Cluster, ClusterAddress};
use crate::consul::peering::Peering;
use crate::consul::request::{self, Method};
use crate::host::{self, Explanation, Host, HostValue, SendError};
use crate::rules::duration::{self, Instant};
use crate::rules::secret::Secret;
use crate::rules::value::Value;

pub use crate::host::data::Data;
pub use conditions::Conditions;
pub use executor::crash_after;

use conditions::Fate;
use executor::{Clock, Pending};

const SCHEME: &str = "http://";
const DOMAIN: &str = ".simulated.example:8500";

/// A way to the clusters of one world. Clones reach the same one.
#[derive(Clone)]
pub struct SimulatedHost(Rc<Inner>);

struct Inner {
    world: RefCell<World>,
    pending: RefCell<Pending>,
    clock: Clock,
    /// When the world began, in ms since 1970.
    began: Cell<f64>,
    random: RefCell<Random>,
    conditions: Cell<Conditions>,
    token: RefCell<Option<Secret>>,
}

impl SimulatedHost {
    /// A world of clusters, and a network that delivers everything at once.
    pub fn new(options: &Options) -> Result<Self, super::InvalidOption> {
        Ok(Self(Rc::new(Inner {
            world: RefCell::new(World::new(options)?),
            pending: RefCell::default(),
            clock: Clock::default(),
            began: Cell::new(options.began.as_secs_f64() * 1_000.0),
            random: RefCell::new(Random::new(options.seed ^ 0x4057)),
            conditions: Cell::new(Conditions::default()),
            token: RefCell::default(),
        })))
    }

    /// A cluster as operations reach it, with the token that may do everything where it has ACLs.
    pub fn cluster(&self, name: &str) -> Cluster {
        let token = self.0.world.borrow().management_token(name).map(|token| Secret::new(token.to_owned()));
        let mut cluster =
            Cluster { address: ClusterAddress::new(format!("{SCHEME}{name}{DOMAIN}")), ..Cluster::default() };
        cluster.options.token = token;
        cluster
    }

    /// What exists on a cluster, read without a request.
    pub fn peerings(&self, name: &str) -> Vec<Peering> {
        let listed = self.world(|world| world.list_now(name)).ok().and_then(|text| Data::read_json(&text));
        listed.iter().flat_map(Value::items).filter_map(Peering::read).collect()
    }

    /// What exists under a name, read without a request.
    pub fn peering(&self, cluster: &str, name: &str) -> Option<Peering> {
        let shown = self.world(|world| world.show_now(cluster, name))?;
        Data::read_json(&shown).as_ref().and_then(Peering::read)
    }

    /// What happens to the clusters: faults, restarts, lost leaders.
    pub fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.0.world.borrow_mut();
        world.advance(self.0.clock.now());
        change(&mut world)
    }

    /// The network from now on.
    pub fn set_conditions(&self, conditions: Conditions) {
        self.0.conditions.set(conditions);
    }

    /// Rotates the ACL token: requests carry this one from now on.
    pub fn set_token(&self, token: &str) {
        self.0.token.replace(Some(Secret::new(token.to_owned())));
    }

    /// The network of now.
    pub fn conditions(&self) -> Conditions {
        self.0.conditions.get()
    }

    /// Sets the wall clock forward, or back with a negative number. Nothing else moves.
    pub fn step_wall_clock(&self, ms: f64) {
        self.0.began.set(self.0.began.get() + ms);
    }

    /// The time since the world began.
    pub fn now(&self) -> Duration {
        self.0.clock.now()
    }

    /// Runs a future to its end; the time passes whenever nothing else can happen.
    ///
    /// # Panics
    /// Where nothing will ever happen again.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        executor::run(&self.0, work)
    }

    async fn wait(&self, lasting: Duration) {
        self.0.clock.sleep(lasting).await;
    }

    /// What becomes of a request on the network and at the agent.
    async fn deliver(&self, cluster: &str, request: Request) -> Outcome {
        let Fate { there, back, lost_before, lost_after, cut } =
            self.0.conditions.get().draw(&mut self.0.random.borrow_mut());
        self.wait(there).await;
        if lost_before {
            return Outcome::Dropped;
        }
        let outcome = executor::handle(&self.0, cluster, request).await;
        self.wait(back).await;
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
            Ok(lasting) => self.wait(lasting).await,
            Err(_) => std::future::pending().await, // never ends
        }
    }

    fn monotonic(&self) -> Instant {
        Instant::at_ms(self.now().as_secs_f64() * 1_000.0)
    }

    fn wall_clock(&self) -> f64 {
        self.0.began.get() + self.now().as_secs_f64() * 1_000.0
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

    fn network_hint(&self) -> Option<&'static str> {
        None
    }
}

/// An error as Node's fetch throws it.
fn broken(code: &str, text: &str) -> SendError<Data> {
    SendError::Failed(Data::object([("code", code.into()), ("text", text.into())]))
}

/// A request as it goes over the network.
fn to_agent(cluster: &Cluster, request: &request::Request) -> Request {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    };
    let mut sent = Request::new(method, &request.target());
    for (name, value) in request::headers(cluster) {
        sent = sent.with_header(name, value);
    }
    sent.with_body(request.body.clone().unwrap_or_default())
}

/// A response, as operations read it.
pub struct SimulatedResponse {
    response: Response,
    /// Its body, once it was read as JSON.
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
