//! The states that a poll reads, compared with those of a recorded poll.

use std::time::Duration;

use consul_peering::simulator::Response;
use serde_json::Value as Json;

use crate::client::ms;

/// The recorded polls were this far apart: a shorter state may have been missed.
pub const POLLED_EVERY: Duration = ms(50);

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

pub fn state_of(response: &Response) -> String {
    if response.status != 200 {
        return response.status.to_string();
    }
    let peering: Json = serde_json::from_str(&response.body).unwrap();
    let marked = if peering.get("DeletedAt").is_some() { "+DeletedAt" } else { "" };
    format!("{}{marked}", text(&peering["State"]))
}

/// The states of one poll.
pub struct Poll {
    pub row: usize,
    pub cluster: String,
    pub name: String,
    pub wanted: Vec<String>,
    states: Vec<Seen>,
}

struct Seen {
    state: String,
    since: Duration,
    wanted: bool,
}

impl Poll {
    pub fn new(row: usize, exchange: &Json) -> Self {
        let wanted = exchange["seen"].as_array().unwrap().iter().map(|seen| text(&seen["state"]).to_owned());
        Self {
            row,
            cluster: text(&exchange["cluster"]).into(),
            name: text(&exchange["poll"]).into(),
            wanted: wanted.collect(),
            states: Vec::new(),
        }
    }

    fn found(&self) -> usize {
        self.states.iter().filter(|seen| seen.wanted).count()
    }

    pub fn is_complete(&self) -> bool {
        self.found() == self.wanted.len()
    }

    pub fn see(&mut self, state: String, since: Duration) {
        let next = self.found();
        // A removal takes no time, unless a TERMINATED peering exists: the recorded clusters had some from earlier on.
        if state == "404" && self.wanted.get(next).is_some_and(|wanted| wanted == "DELETING+DeletedAt") {
            self.wanted.remove(next);
        }
        if self.is_complete() || self.states.last().is_some_and(|seen| seen.state == state) {
            return;
        }
        let wanted = self.wanted.get(self.found()) == Some(&state);
        self.states.push(Seen { state, since, wanted });
    }

    /// From the first recorded one; without states that ended before one polls again.
    pub fn observed(&self) -> Vec<&str> {
        let first = self.states.iter().position(|seen| seen.wanted).unwrap_or(self.states.len());
        let lasted =
            |at: usize| self.states.get(at + 1).map_or(Duration::MAX, |next| next.since) - self.states[at].since;
        let is_kept = |at: usize| self.states[at].wanted || (at >= first && lasted(at) >= POLLED_EVERY);
        let mut kept: Vec<&str> =
            (0..self.states.len()).filter(|at| is_kept(*at)).map(|at| self.states[at].state.as_str()).collect();
        kept.dedup();
        kept
    }
}
