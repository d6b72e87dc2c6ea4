//! Faults of requests and servers, and the requests that they match.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::World;
use super::http::{Headers, Outcome, Request, Response};
use super::in_flight::InFlight;
use super::response::{bare, html, text};
use super::timer::RequestId;

const PROXY_PAGE: &str =
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request arrives at Consul after this delay.
    Delay(Duration),
    /// The connection breaks before the request reaches Consul.
    DropBefore,
    /// Consul executes the request, and the connection breaks before the response.
    DropAfter,
    /// Consul executes the request, and the connection breaks within the body of the response.
    Cut,
    /// 429 without executing the request. With the seconds for `Retry-After`.
    RateLimited(Option<u32>),
    /// 503 without executing the request. With the seconds for `Retry-After`.
    Unavailable(Option<u32>),
    /// From this request on, the cluster has no leader for this time.
    LeaderLost(Duration),
    /// A proxy responds with HTML and this status; the request does not reach Consul.
    ProxyPage(u16),
    /// Consul executes the request, and a proxy responds with 504.
    GatewayTimeout,
    /// A redirect; the request does not reach Consul.
    Redirect { location: String, status: u16 },
    /// The server restarts during the request. `duration`: how long it is down. `acted`: whether it executes the request first.
    Restart { duration: Duration, acted: bool },
}

/// A predicate for the name of a cluster and a request.
pub type When = Box<dyn Fn(&str, &Request) -> bool>;

/// The requests that a fault matches. By default all.
#[derive(Default)]
pub struct Match {
    pub cluster: Option<String>,
    pub method: Option<String>,
    /// The exact path, without the query.
    pub path: Option<String>,
    /// An additional condition.
    pub when: Option<When>,
}

impl fmt::Debug for Match {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cluster, method, path, .. } = self;
        write!(formatter, "Match({cluster:?}, {method:?}, {path:?})")
    }
}

impl Match {
    fn matches(&self, cluster: &str, request: &Request) -> bool {
        self.cluster.as_deref().is_none_or(|name| name == cluster)
            && self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path.as_deref().is_none_or(|path| path == request.path())
            && self.when.as_ref().is_none_or(|when| when(cluster, request))
    }
}

/// Identifies a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(u64);

#[derive(Debug, Default)]
pub(super) struct Faults {
    entries: BTreeMap<FaultId, Entry>,
    serial: u64,
}

#[derive(Debug)]
struct Entry {
    fault: Fault,
    matching: Match,
    remaining: u32,
    hits: u32,
}

impl Faults {
    /// The faults that match a request. Counts each match.
    pub fn matching(&mut self, cluster: &str, request: &Request) -> Vec<Fault> {
        let matches = |entry: &&mut Entry| entry.remaining > 0 && entry.matching.matches(cluster, request);
        let count = |entry: &mut Entry| {
            entry.remaining = if entry.remaining == u32::MAX { u32::MAX } else { entry.remaining - 1 };
            entry.hits += 1;
            entry.fault.clone()
        };
        self.entries.values_mut().filter(matches).map(count).collect()
    }
}

impl World {
    /// Adds a fault for the next `times` requests that it matches; `u32::MAX`: for all of them.
    pub fn add_fault(&mut self, fault: Fault, matching: Match, times: u32) -> FaultId {
        self.faults.serial += 1;
        let id = FaultId(self.faults.serial);
        self.faults.entries.insert(id, Entry { fault, matching, remaining: times, hits: 0 });
        id
    }

    /// The number of requests that a fault has matched.
    pub fn hits(&self, fault: FaultId) -> u32 {
        self.faults.entries.get(&fault).map_or(0, |entry| entry.hits)
    }

    /// Disables a fault. Its hits are kept.
    pub fn remove_fault(&mut self, fault: FaultId) {
        if let Some(entry) = self.faults.entries.get_mut(&fault) {
            entry.remaining = 0;
        }
    }

    /// Applies a fault before the request reaches Consul.
    pub(super) fn apply_to_request(&mut self, flight: &InFlight, fault: &Fault) -> Next {
        match fault {
            Fault::Delay(duration) => return Next::Wait(*duration),
            Fault::DropBefore => return Next::End(Outcome::Dropped),
            Fault::LeaderLost(duration) => self.lose_leader_of(flight.cluster, *duration),
            Fault::Restart { duration, acted: false } => {
                self.restart_servers(flight.cluster, *duration);
                return Next::End(Outcome::Dropped);
            }
            Fault::RateLimited(seconds) => {
                let sentence = "rate limit exceeded, try again later or against a different server";
                return Next::End(Outcome::Answered(text(429, sentence, retry_after(*seconds))));
            }
            Fault::Unavailable(seconds) => {
                return Next::End(Outcome::Answered(text(503, "Service Unavailable", retry_after(*seconds))));
            }
            Fault::ProxyPage(status) => return Next::End(Outcome::Answered(proxy_page(*status))),
            Fault::Redirect { location, status } => {
                let headers = Headers::from([("location".into(), location.clone())]);
                return Next::End(Outcome::Answered(bare(*status, headers)));
            }
            Fault::DropAfter | Fault::Cut | Fault::GatewayTimeout | Fault::Restart { acted: true, .. } => {}
        }
        Next::Continue
    }

    /// Applies a fault to the outcome of a request.
    pub(super) fn apply_to_outcome(
        &mut self,
        id: RequestId,
        cluster: usize,
        fault: &Fault,
        outcome: Outcome,
    ) -> Outcome {
        match (fault, outcome) {
            (Fault::Restart { duration, acted: true }, _) => {
                self.clusters[cluster].answering.remove(&id);
                self.restart_servers(cluster, *duration);
                Outcome::Dropped
            }
            (Fault::DropAfter, _) | (_, Outcome::Dropped) => Outcome::Dropped,
            (Fault::Cut, Outcome::Answered(response)) => Outcome::Cut(response),
            (Fault::GatewayTimeout, _) => Outcome::Answered(proxy_page(504)),
            (_, outcome) => outcome,
        }
    }
}

/// How a request continues after a fault.
pub(super) enum Next {
    Continue,
    Wait(Duration),
    End(Outcome),
}

fn proxy_page(status: u16) -> Response {
    html(status, PROXY_PAGE, Headers::new())
}

fn retry_after(seconds: Option<u32>) -> Headers {
    seconds.map(|seconds| ("retry-after".into(), seconds.to_string())).into_iter().collect()
}
