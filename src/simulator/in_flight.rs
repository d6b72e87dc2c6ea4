//! A pending request: its faults, its waits and its outcome.

use std::time::Duration;

use super::blocking::Read;
use super::establish::Exchange;
use super::fault::{Fault, Next};
use super::generate_token::Acceptor;
use super::http::{Outcome, Request, Response};
use super::operation::Operation;
use super::query::Query;
use super::response::{Refusal, text};
use super::store::Record;
use super::timer::{Event, RequestId, Timer};
use super::{Ended, World};

#[derive(Debug)]
pub struct InFlight {
    pub cluster: usize,
    pub request: Request,
    pub query: Query,
    faults: Vec<Fault>,
    faults_applied: usize,
    arrival: Arrival,
    /// None while a fault delays it.
    pending: Option<Pending>,
    timer: Option<Timer>,
    /// The cluster whose changes may end the wait.
    watches: Option<usize>,
    /// Its caller has gone; only a pending write is completed.
    is_abandoned: bool,
}

/// Whether further requests may be received before this one is executed.
#[derive(Debug)]
pub enum Arrival {
    Alone,
    WithOthers,
}

/// The event that a request waits for.
#[derive(Debug)]
pub enum Pending {
    /// Its cluster has a leader.
    Leader(Operation),
    /// The subject of a read has changed.
    Change(Read),
    /// The delay of a denied read is over.
    Denied(Refusal),
    /// The write is committed.
    Commit(Commit),
    /// The secret of the peering token is exchanged with the other side.
    Exchange(Box<Exchange>),
}

/// A write.
#[derive(Debug)]
pub enum Commit {
    Acceptor(Box<Acceptor>),
    /// Before the exchange of its secret, and again after it.
    Dialer(Box<Exchange>),
    /// The existing peering, if any.
    Deletion(Option<Box<Record>>),
}

/// How a request continues.
#[derive(Debug)]
pub enum Step {
    /// The result of an operation.
    Done(Result<Response, Refusal>),
    /// A response of the agent, with its headers, but without the query options.
    Agent(Response),
    /// A response of the router, unchanged.
    Router(Response),
    /// Waits for at most `duration`. `watches`: the cluster whose changes may end the wait earlier.
    Wait { pending: Pending, duration: Duration, watches: Option<usize> },
}

impl Step {
    pub fn refused(refusal: Refusal) -> Self {
        Self::Done(Err(refusal))
    }

    /// Waits until the write is committed; further requests may be received meanwhile.
    pub fn commit(commit: Commit) -> Self {
        Self::Wait { pending: Pending::Commit(commit), duration: Duration::ZERO, watches: None }
    }
}

impl World {
    pub(super) fn receive_request(
        &mut self,
        cluster: usize,
        request: Request,
        more: Vec<Fault>,
        arrival: Arrival,
    ) -> RequestId {
        self.request_serial += 1;
        let id = self.request_serial;
        let mut faults = self.faults.matching(&self.clusters[cluster].name, &request);
        faults.extend(more);
        self.clusters[cluster].answering.insert(id);
        let flight = InFlight {
            cluster,
            request,
            query: Query::default(),
            faults,
            faults_applied: 0,
            arrival,
            pending: None,
            timer: None,
            watches: None,
            is_abandoned: false,
        };
        self.apply_faults(id, flight);
        id
    }

    fn apply_faults(&mut self, id: RequestId, mut flight: InFlight) {
        while let Some(fault) = flight.faults.get(flight.faults_applied).cloned() {
            flight.faults_applied += 1;
            match self.apply_to_request(&flight, &fault) {
                Next::Continue => {}
                Next::Wait(duration) => {
                    flight.timer = Some(self.timers.set_after(duration, Event::Resume(id)));
                    self.flights.insert(id, flight);
                    return;
                }
                Next::End(outcome) => return self.end(id, &flight, Some(outcome)),
            }
        }
        if let Arrival::WithOthers = std::mem::replace(&mut flight.arrival, Arrival::Alone) {
            flight.timer = Some(self.timers.set_immediate(Event::Resume(id)));
            self.flights.insert(id, flight);
            return;
        }
        let step = self.route(&mut flight);
        self.follow(id, flight, step);
    }

    /// Continues a request after its timer or the event that it waits for.
    pub(super) fn resume(&mut self, id: RequestId) {
        let Some(mut flight) = self.flights.remove(&id) else { return };
        self.stop_waiting(id, &mut flight);
        let Some(pending) = flight.pending.take() else { return self.apply_faults(id, flight) };
        let step = match pending {
            Pending::Leader(operation) => self.with_leader(&flight, operation),
            Pending::Change(read) => self.read_after_change(&flight, read),
            Pending::Denied(refusal) => Step::refused(refusal),
            Pending::Commit(Commit::Acceptor(acceptor)) => Step::Done(self.commit_acceptor(&flight, *acceptor)),
            Pending::Commit(Commit::Dialer(exchange)) => self.commit_dialer(&flight, exchange),
            Pending::Commit(Commit::Deletion(record)) => Step::Done(self.commit_deletion(&flight, record)),
            Pending::Exchange(exchange) => self.exchange(&flight, exchange),
        };
        self.follow(id, flight, step);
    }

    fn stop_waiting(&mut self, id: RequestId, flight: &mut InFlight) {
        self.timers.cancel(flight.timer.take());
        if let Some(cluster_index) = flight.watches.take() {
            self.clusters[cluster_index].waiting.remove(&id);
        }
    }

    fn follow(&mut self, id: RequestId, mut flight: InFlight, step: Step) {
        let response = match step {
            Step::Wait { pending, duration, watches } => {
                if flight.is_abandoned && !matches!(pending, Pending::Commit(_)) {
                    return;
                }
                flight.timer = Some(match pending {
                    Pending::Commit(_) => self.timers.set_immediate(Event::Resume(id)),
                    _ => self.timers.set_after(duration, Event::Resume(id)),
                });
                flight.pending = Some(pending);
                flight.watches = watches;
                if let Some(cluster_index) = watches {
                    self.clusters[cluster_index].waiting.insert(id);
                }
                self.flights.insert(id, flight);
                return;
            }
            Step::Router(response) => response,
            Step::Agent(response) => self.with_agent_headers(flight.cluster, response),
            Step::Done(Ok(mut response)) => {
                if flight.query.has("pretty") && !response.body.is_empty() {
                    response.body.push('\n');
                }
                self.with_agent_headers(flight.cluster, response)
            }
            Step::Done(Err(Refusal { status, text: sentence, headers })) => {
                let prefix = if status == 500 { self.clusters[flight.cluster].version.error_prefix() } else { "" };
                self.with_agent_headers(flight.cluster, text(status, format!("{prefix}{sentence}"), headers))
            }
        };
        let mut outcome = Outcome::Answered(response);
        for fault in &flight.faults {
            outcome = self.apply_to_outcome(id, flight.cluster, fault, outcome);
        }
        self.end(id, &flight, Some(outcome));
    }

    /// Adds the headers of every response, and those of the agent's configuration.
    fn with_agent_headers(&self, cluster_index: usize, mut response: Response) -> Response {
        let cluster = &self.clusters[cluster_index];
        let headers = &mut response.headers;
        headers.insert("vary".into(), "Accept-Encoding".into());
        headers.insert("x-consul-default-acl-policy".into(), cluster.acl.default_policy().into());
        headers.extend(cluster.given.response_headers.clone());
        response
    }

    /// Ends a request, without an outcome if its caller has gone.
    fn end(&mut self, id: RequestId, flight: &InFlight, outcome: Option<Outcome>) {
        self.clusters[flight.cluster].answering.remove(&id);
        let (cluster, at) = (flight.cluster, self.timers.now());
        let outcome = outcome.filter(|_| !flight.is_abandoned);
        self.outcomes.extend(outcome.map(|outcome| Ended { id, cluster, at, outcome }));
    }

    /// Ends a request before its response. A pending write is completed nevertheless.
    pub(super) fn abort_request(&mut self, id: RequestId, outcome: Option<Outcome>) {
        let Some(mut flight) = self.flights.remove(&id) else { return };
        self.end(id, &flight, outcome);
        if matches!(flight.pending, Some(Pending::Commit(_))) {
            flight.is_abandoned = true;
            self.flights.insert(id, flight);
        } else {
            self.stop_waiting(id, &mut flight);
        }
    }

    /// Continues the requests that wait for a change of a cluster.
    pub(super) fn wake_waiting(&mut self, cluster_index: usize) {
        let cluster = &self.clusters[cluster_index];
        let is_due = |id: &RequestId| {
            self.flights.get(id).is_some_and(|flight| match &flight.pending {
                Some(Pending::Change(read)) => read.index_in(cluster, &flight.query) > read.index(),
                _ => cluster.has_leader(),
            })
        };
        let woken: Vec<RequestId> = cluster.waiting.iter().copied().filter(is_due).collect();
        for id in woken {
            self.clusters[cluster_index].waiting.remove(&id);
            if let Some(flight) = self.flights.get_mut(&id) {
                self.timers.cancel(flight.timer.take());
                flight.timer = Some(self.timers.set_immediate(Event::Resume(id)));
                flight.watches = None;
            }
        }
    }
}
