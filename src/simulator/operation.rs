//! Operations that require a leader: how a request waits for one, and which function executes it then.

use std::time::Duration;

use super::World;
use super::blocking::Read;
use super::config_entries::ConfigCall;
use super::establish::Establish;
use super::generate_token::GenerateToken;
use super::in_flight::{InFlight, Pending, Step};
use super::registration::Registration;
use super::response::{query_headers, refuse};

/// A request that waits longer for a leader is refused.
const LEADER_TIMEOUT_MS: (f64, f64) = (7_000.0, 10_600.0);

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

impl World {
    /// How long a request waits for a leader, multiplied by `factor`.
    pub(super) fn leader_timeout(&mut self, factor: f64) -> Duration {
        let (low, high) = LEADER_TIMEOUT_MS;
        let ms = self.random.between(low, high) * factor;
        self.scaled(ms)
    }

    /// Executes an operation as soon as its cluster has a leader. `factor` multiplies the timeout.
    pub(super) fn require_leader(&mut self, flight: &InFlight, operation: Operation, factor: f64) -> Step {
        let duration = self.leader_timeout(factor);
        if self.clusters[flight.cluster].has_leader() {
            return self.with_leader(flight, operation);
        }
        Step::Wait { pending: Pending::Leader(operation), duration, watches: Some(flight.cluster) }
    }

    pub(super) fn with_leader(&mut self, flight: &InFlight, operation: Operation) -> Step {
        if !self.clusters[flight.cluster].has_leader() {
            let refusal = refuse(500, "No cluster leader");
            return Step::refused(match operation {
                Operation::Read(read) => read.with_query_error(refusal),
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
