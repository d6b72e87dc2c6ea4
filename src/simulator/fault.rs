//! Faults: of a request or of a whole server, and the requests that they match.

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
    /// The request waits before Consul sees it.
    Delay(Duration),
    /// The connection breaks, and Consul has not seen the request.
    DropBefore,
    /// Consul has acted, and the connection breaks before the answer.
    DropAfter,
    /// Consul has acted, and the answer breaks off in the middle of its body.
    Cut,
    /// 429, and Consul has not acted. With the seconds of `Retry-After`.
    RateLimited(Option<u32>),
    /// 503, and Consul has not acted. With the seconds of `Retry-After`.
    Unavailable(Option<u32>),
    /// From this request on there is no leader for so long.
    LeaderLost(Duration),
    /// A proxy answers with HTML and this status, and Consul has not acted.
    ProxyPage(u16),
    /// Consul has acted, and a proxy answers 504.
    GatewayTimeout,
    /// A redirect, and Consul has not acted.
    Redirect { location: String, status: u16 },
    /// The server goes down over the request for so long; `acted`: after it has carried it out.
    Restart { lasting: Duration, acted: bool },
}

/// Decides by a cluster's name and a request.
pub type When = Box<dyn Fn(&str, &Request) -> bool + Send>;

/// The requests that a fault matches. By default all.
#[derive(Default)]
pub struct Match {
    pub cluster: Option<String>,
    pub method: Option<String>,
    /// The whole path without its query.
    pub path: Option<String>,
    /// Anything else.
    pub when: Option<When>,
}

impl fmt::Debug for Match {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cluster, method, path, .. } = self;
        write!(formatter, "Match({cluster:?}, {method:?}, {path:?})")
    }
}

impl Match {
    fn is_met(&self, cluster: &str, request: &Request) -> bool {
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
    ordered: BTreeMap<FaultId, Ordered>,
    serial: u64,
}

#[derive(Debug)]
struct Ordered {
    fault: Fault,
    matching: Match,
    left: u32,
    hits: u32,
}

impl Faults {
    /// The faults that match a request.
    pub fn meet(&mut self, cluster: &str, request: &Request) -> Vec<Fault> {
        let is_met = |each: &&mut Ordered| each.left > 0 && each.matching.is_met(cluster, request);
        let meet = |each: &mut Ordered| {
            each.left = if each.left == u32::MAX { u32::MAX } else { each.left - 1 };
            each.hits += 1;
            each.fault.clone()
        };
        self.ordered.values_mut().filter(is_met).map(meet).collect()
    }
}

impl World {
    /// Adds a fault for the next `times` requests that it matches; `u32::MAX`: for every one.
    pub fn order(&mut self, fault: Fault, matching: Match, times: u32) -> FaultId {
        self.faults.serial += 1;
        let id = FaultId(self.faults.serial);
        self.faults.ordered.insert(id, Ordered { fault, matching, left: times, hits: 0 });
        id
    }

    /// The number of requests that a fault has matched.
    pub fn hits(&self, fault: FaultId) -> u32 {
        self.faults.ordered.get(&fault).map_or(0, |ordered| ordered.hits)
    }

    /// The fault matches no more requests.
    pub fn remove_fault(&mut self, fault: FaultId) {
        if let Some(ordered) = self.faults.ordered.get_mut(&fault) {
            ordered.left = 0;
        }
    }

    /// What a fault does before Consul sees the request.
    pub(super) fn before(&mut self, flight: &InFlight, fault: &Fault) -> Before {
        match fault {
            Fault::Delay(lasting) => return Before::Wait(*lasting),
            Fault::DropBefore => return Before::End(Outcome::Dropped),
            Fault::LeaderLost(lasting) => self.lose_leader_of(flight.cluster, *lasting),
            Fault::Restart { lasting, acted: false } => {
                self.restart_servers(flight.cluster, *lasting);
                return Before::End(Outcome::Dropped);
            }
            Fault::RateLimited(seconds) => {
                let sentence = "rate limit exceeded, try again later or against a different server";
                return Before::End(Outcome::Answered(text(429, sentence, retry_after(*seconds))));
            }
            Fault::Unavailable(seconds) => {
                return Before::End(Outcome::Answered(text(503, "Service Unavailable", retry_after(*seconds))));
            }
            Fault::ProxyPage(status) => return Before::End(Outcome::Answered(proxy_page(*status))),
            Fault::Redirect { location, status } => {
                let headers = Headers::from([("location".into(), location.clone())]);
                return Before::End(Outcome::Answered(bare(*status, headers)));
            }
            Fault::DropAfter | Fault::Cut | Fault::GatewayTimeout | Fault::Restart { acted: true, .. } => {}
        }
        Before::Pass
    }

    /// What a fault makes of Consul's answer.
    pub(super) fn after(&mut self, id: RequestId, cluster: usize, fault: &Fault, outcome: Outcome) -> Outcome {
        match (fault, outcome) {
            (Fault::Restart { lasting, acted: true }, _) => {
                self.clusters[cluster].answering.remove(&id);
                self.restart_servers(cluster, *lasting);
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
pub(super) enum Before {
    Pass,
    Wait(Duration),
    End(Outcome),
}

fn proxy_page(status: u16) -> Response {
    html(status, PROXY_PAGE, Headers::new())
}

fn retry_after(seconds: Option<u32>) -> Headers {
    seconds.map(|seconds| ("retry-after".into(), seconds.to_string())).into_iter().collect()
}
