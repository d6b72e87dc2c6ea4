//! A client of simulated clusters: it sends requests, and advances time until they have ended.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use consul_peering::simulator::{Handled, InvalidOption, Options, Outcome, Request, RequestId, Response, World};
use serde_json::{Value as Json, json};

pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What is exported has arrived on the other side after this.
pub const EXPORTED: Duration = ms(100);

pub struct Client {
    pub world: World,
    pub now: Duration,
    ended: BTreeMap<RequestId, Outcome>,
}

/// A request that was sent.
pub enum Sent {
    Ended(Outcome),
    Waiting(RequestId),
}

impl Client {
    pub fn new(options: &Options) -> Result<Self, InvalidOption> {
        Ok(Self { world: World::new(options)?, now: Duration::ZERO, ended: BTreeMap::new() })
    }

    pub fn send(&mut self, cluster: &str, request: Request) -> Sent {
        match self.world.handle(cluster, request, self.now) {
            Handled::Done(outcome) => Sent::Ended(outcome),
            Handled::Wait(id) => Sent::Waiting(id),
        }
    }

    pub fn advance(&mut self, by: Duration) {
        self.now += by;
        self.world.advance(self.now);
        self.ended.extend(self.world.take_outcomes());
    }

    /// To the next event; by `or` if there is none.
    pub fn onward(&mut self, or: Duration) {
        let by = self.world.next_timeout().map_or(or, |next| next.saturating_sub(self.now));
        self.advance(by);
    }

    /// A request's outcome, advancing time by `within` at most.
    pub fn settle(&mut self, sent: Sent, within: Duration) -> Option<Outcome> {
        let id = match sent {
            Sent::Ended(outcome) => return Some(outcome),
            Sent::Waiting(id) => id,
        };
        self.advance(Duration::ZERO);
        let end = self.now.saturating_add(within);
        loop {
            if let Some(outcome) = self.ended.remove(&id) {
                return Some(outcome);
            }
            if self.now >= end {
                return None;
            }
            self.onward(within);
        }
    }

    /// The response to a request, advancing time.
    pub fn ask(&mut self, cluster: &str, request: Request) -> Response {
        let what = format!("{cluster} {} {}", request.method, request.target);
        let sent = self.send(cluster, request);
        match self.settle(sent, Duration::from_secs(3_600)) {
            Some(Outcome::Answered(response)) => response,
            other => panic!("{what}: {other:?}"),
        }
    }

    /// Clusters with these names and defaults.
    pub fn named(names: &[&str]) -> Self {
        Self::new(&Options::named(names)).unwrap()
    }

    pub fn status(&mut self, cluster: &str, method: &str, path: &str) -> u16 {
        self.ask(cluster, Request::new(method, path)).status
    }

    pub fn get(&mut self, cluster: &str, path: &str) -> Json {
        let response = self.ask(cluster, Request::new("GET", path));
        assert_eq!(response.status, 200, "{cluster} {path}: {}", response.body);
        serde_json::from_str(&response.body).unwrap()
    }

    pub fn read(&mut self, cluster: &str, name: &str) -> Json {
        self.get(cluster, &format!("/v1/peering/{name}"))
    }

    pub fn state(&mut self, cluster: &str, name: &str) -> String {
        self.read(cluster, name)["State"].as_str().unwrap().into()
    }

    pub fn post(&mut self, cluster: &str, path: &str, body: &Json) -> Response {
        self.ask(cluster, Request::new("POST", path).with_body(body.to_string()))
    }

    /// A peering token that a cluster generates.
    pub fn token(&mut self, cluster: &str, name: &str) -> String {
        self.token_with(cluster, &json!({ "PeerName": name }))
    }

    pub fn token_with(&mut self, cluster: &str, body: &Json) -> String {
        let response = self.post(cluster, "/v1/peering/token", body);
        let answer: Json = serde_json::from_str(&response.body).unwrap();
        answer["PeeringToken"].as_str().unwrap().into()
    }

    pub fn establish(&mut self, cluster: &str, name: &str, token: &str) -> Response {
        self.post(cluster, "/v1/peering/establish", &json!({ "PeerName": name, "PeeringToken": token }))
    }

    /// `eu` dials `us`; each is named after the other.
    pub fn peer(&mut self) {
        let token = self.token("us", "eu");
        assert_eq!(self.establish("eu", "us", &token).status, 200);
        self.advance(ms(6_000));
        assert_eq!(self.state("eu", "us"), "ACTIVE");
    }
}

/// The content of a peering token.
pub fn content(token: &str) -> Json {
    serde_json::from_slice(&STANDARD.decode(token).unwrap()).unwrap()
}

/// A peering token with this content.
pub fn token_of(content: &Json) -> String {
    STANDARD.encode(content.to_string())
}
