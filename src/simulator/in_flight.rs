//! A request from when it is received until it has ended: its faults, its waits, and its outcome.

use std::time::Duration;

use super::blocking::Read;
use super::config_entries::ConfigCall;
use super::establish::{Establish, Exchange};
use super::fault::{Before, Fault};
use super::generate_token::{Acceptor, GenerateToken};
use super::http::{Outcome, Request, Response};
use super::query::Query;
use super::registration::Registration;
use super::response::{Refusal, query_headers, refuse, text};
use super::store::Record;
use super::timer::{Event, RequestId, Timer};
use super::{Ended, World};

/// For so long a request waits for a leader; then it is refused.
const LEADER_WITHIN_MS: (f64, f64) = (7_000.0, 10_600.0);

#[derive(Debug)]
pub struct InFlight {
    pub cluster: usize,
    pub request: Request,
    pub query: Query,
    faults: Vec<Fault>,
    faults_met: usize,
    arrival: Arrival,
    /// Nothing while a fault holds it back.
    pending: Option<Pending>,
    timer: Option<Timer>,
    /// The cluster whose changes may end the wait.
    watches: Option<usize>,
    /// It only ends what it writes.
    is_abandoned: bool,
}

/// Whether others may still be received before a request is carried out.
#[derive(Debug)]
pub enum Arrival {
    Alone,
    WithOthers,
}

/// What a request waits for.
#[derive(Debug)]
pub enum Pending {
    /// A leader of its cluster.
    Leader(Operation),
    /// A change of what it reads.
    Change(Read),
    /// The end of the time for which a denied read is held back.
    Denied(Refusal),
    /// Its write.
    Commit(Commit),
    /// The exchange of a token's secret with the other side.
    Exchange(Box<Exchange>),
}

/// What a request asks a cluster's leader for.
#[derive(Debug)]
pub enum Operation {
    GenerateToken(GenerateToken),
    Establish(Box<Establish>),
    Delete(String),
    Read(Read),
    Roots,
    Config(ConfigCall),
    Register(Registration),
}

/// What a request writes.
#[derive(Debug)]
pub enum Commit {
    Acceptor(Box<Acceptor>),
    /// Before its secret is exchanged, and once more after that.
    Dialer(Box<Exchange>),
    /// The peering as it was found.
    Deletion(Option<Box<Record>>),
}

/// How a request continues.
#[derive(Debug)]
pub enum Step {
    /// What the API answers.
    Done(Result<Response, Refusal>),
    /// The agent's response before the API: with its headers, but without the query's options.
    Agent(Response),
    /// What the router answers, as it is.
    Router(Response),
    /// `watches`: the cluster whose changes may end the wait earlier.
    Wait { pending: Pending, lasting: Duration, watches: Option<usize> },
}

impl Step {
    pub fn refused(refusal: Refusal) -> Self {
        Self::Done(Err(refusal))
    }

    /// Waits until a write has gone through: others may be received meanwhile.
    pub fn commit(commit: Commit) -> Self {
        Self::Wait { pending: Pending::Commit(commit), lasting: Duration::ZERO, watches: None }
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
        let mut faults = self.faults.meet(&self.clusters[cluster].name, &request);
        faults.extend(more);
        self.clusters[cluster].answering.insert(id);
        let flight = InFlight {
            cluster,
            request,
            query: Query::default(),
            faults,
            faults_met: 0,
            arrival,
            pending: None,
            timer: None,
            watches: None,
            is_abandoned: false,
        };
        self.meet_faults(id, flight);
        id
    }

    fn meet_faults(&mut self, id: RequestId, mut flight: InFlight) {
        while let Some(fault) = flight.faults.get(flight.faults_met).cloned() {
            flight.faults_met += 1;
            match self.before(&flight, &fault) {
                Before::Pass => {}
                Before::Wait(lasting) => {
                    flight.timer = Some(self.timers.after(lasting, Event::Resume(id)));
                    self.flights.insert(id, flight);
                    return;
                }
                Before::End(outcome) => return self.end(id, &flight, outcome),
            }
        }
        if let Arrival::WithOthers = std::mem::replace(&mut flight.arrival, Arrival::Alone) {
            flight.timer = Some(self.timers.at_once(Event::Resume(id)));
            self.flights.insert(id, flight);
            return;
        }
        let step = self.route(&mut flight);
        self.follow(id, flight, step);
    }

    /// A request's time has come, or what it waits for.
    pub(super) fn resume(&mut self, id: RequestId) {
        let Some(mut flight) = self.flights.remove(&id) else { return };
        self.stop_waiting(id, &mut flight);
        let Some(pending) = flight.pending.take() else { return self.meet_faults(id, flight) };
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
        if let Some(place) = flight.watches.take() {
            self.clusters[place].waiting.remove(&id);
        }
    }

    fn follow(&mut self, id: RequestId, mut flight: InFlight, step: Step) {
        let response = match step {
            Step::Wait { pending, lasting, watches } => {
                if flight.is_abandoned && !matches!(pending, Pending::Commit(_)) {
                    return;
                }
                flight.timer = Some(match pending {
                    Pending::Commit(_) => self.timers.at_once(Event::Resume(id)),
                    _ => self.timers.after(lasting, Event::Resume(id)),
                });
                flight.pending = Some(pending);
                flight.watches = watches;
                if let Some(place) = watches {
                    self.clusters[place].waiting.insert(id);
                }
                self.flights.insert(id, flight);
                return;
            }
            Step::Router(response) => response,
            Step::Agent(response) => self.sign(flight.cluster, response),
            Step::Done(Ok(mut response)) => {
                if flight.query.has("pretty") && !response.body.is_empty() {
                    response.body.push('\n');
                }
                self.sign(flight.cluster, response)
            }
            Step::Done(Err(Refusal { status, text: sentence, headers })) => {
                let prefix = if status == 500 { self.clusters[flight.cluster].version.error_prefix() } else { "" };
                self.sign(flight.cluster, text(status, format!("{prefix}{sentence}"), headers))
            }
        };
        let mut outcome = Outcome::Answered(response);
        for fault in &flight.faults {
            outcome = self.after(id, flight.cluster, fault, outcome);
        }
        self.end(id, &flight, outcome);
    }

    /// What every answer carries, and what the agent's configuration adds.
    fn sign(&self, place: usize, mut response: Response) -> Response {
        let cluster = &self.clusters[place];
        let headers = &mut response.headers;
        headers.insert("vary".into(), "Accept-Encoding".into());
        headers.insert("x-consul-default-acl-policy".into(), cluster.acl.default_policy().into());
        headers.extend(cluster.given.response_headers.clone());
        response
    }

    fn end(&mut self, id: RequestId, flight: &InFlight, outcome: Outcome) {
        self.clusters[flight.cluster].answering.remove(&id);
        if !flight.is_abandoned {
            self.outcomes.push(Ended { id, cluster: flight.cluster, at: self.timers.now(), outcome });
        }
    }

    /// Ends a request from outside, with an outcome for its caller or, where it has gone, without one. What is being
    /// written is written all the same.
    pub(super) fn break_off(&mut self, id: RequestId, outcome: Option<Outcome>) {
        let Some(mut flight) = self.flights.remove(&id) else { return };
        self.clusters[flight.cluster].answering.remove(&id);
        let (cluster, at) = (flight.cluster, self.timers.now());
        let ended = outcome.filter(|_| !flight.is_abandoned).map(|outcome| Ended { id, cluster, at, outcome });
        self.outcomes.extend(ended);
        if matches!(flight.pending, Some(Pending::Commit(_))) {
            flight.is_abandoned = true;
            self.flights.insert(id, flight);
        } else {
            self.stop_waiting(id, &mut flight);
        }
    }

    /// A cluster has changed: the requests that waited for it continue.
    pub(super) fn wake_waiting(&mut self, place: usize) {
        let cluster = &self.clusters[place];
        let has_come = |id: &RequestId| {
            self.flights.get(id).is_some_and(|flight| match &flight.pending {
                Some(Pending::Change(read)) => read.index_in(cluster, &flight.query) > read.index(),
                _ => cluster.has_leader(),
            })
        };
        let woken: Vec<RequestId> = cluster.waiting.iter().copied().filter(has_come).collect();
        for id in woken {
            self.clusters[place].waiting.remove(&id);
            if let Some(flight) = self.flights.get_mut(&id) {
                self.timers.cancel(flight.timer.take());
                flight.timer = Some(self.timers.at_once(Event::Resume(id)));
                flight.watches = None;
            }
        }
    }

    /// For how long a request waits for a leader, `times` as long as usual.
    pub(super) fn leader_patience(&mut self, times: f64) -> Duration {
        let (low, high) = LEADER_WITHIN_MS;
        let patience = self.random.between(low, high) * times;
        self.pace(patience)
    }

    /// Carries an operation out as soon as its cluster has a leader; a read waits `times` as long as usual.
    pub(super) fn require_leader(&mut self, flight: &InFlight, operation: Operation, times: f64) -> Step {
        let lasting = self.leader_patience(times);
        if self.clusters[flight.cluster].has_leader() {
            return self.with_leader(flight, operation);
        }
        Step::Wait { pending: Pending::Leader(operation), lasting, watches: Some(flight.cluster) }
    }

    fn with_leader(&mut self, flight: &InFlight, operation: Operation) -> Step {
        if !self.clusters[flight.cluster].has_leader() {
            let refusal = refuse(500, "No cluster leader");
            return Step::refused(match operation {
                Operation::Read(read) => read.complain(refusal),
                Operation::Roots => refusal.with_headers(query_headers(1, false)),
                _ => refusal,
            });
        }
        match operation {
            Operation::GenerateToken(call) => self.generate_token(flight, call),
            Operation::Establish(call) => self.establish(flight, *call),
            Operation::Delete(name) => self.delete(flight, &name),
            Operation::Read(read) => self.read(flight, read),
            Operation::Roots => Step::Done(self.roots(flight.cluster)),
            Operation::Config(call) => Step::Done(self.config(flight, call)),
            Operation::Register(call) => Step::Done(self.register(flight, call)),
        }
    }
}
