//! `POST /v1/peering/establish`: creates a dialer, and exchanges the secret of the peering token with the acceptor.

use std::time::Duration;

use super::World;
use super::api::Body;
use super::cluster::Cluster;
use super::generate_token::refused_write;
use super::in_flight::{Commit, InFlight, Pending, Step};
use super::options::Access;
use super::peering_token::PeeringToken;
use super::response::{Refusal, empty_object, refuse};
use super::store::{Record, Secrets, State};
use super::unmarshal::{Field, Unmarshal};
use super::validate::{Meta, check_meta, check_name, check_size};

const EXCHANGE_MS: f64 = 2.0;
const EXCHANGE_TIMEOUT_MS: f64 = 3_000.0;
const EXCHANGE_PAUSE_MS: (f64, f64) = (150.0, 187.5);
const SPENT: &str = "a new peering token must be generated: invalid peering establishment secret";

/// The request's body.
#[derive(Debug, Default)]
pub struct Establish {
    name: String,
    partition: String,
    meta: Option<Meta>,
    text: String,
    token: PeeringToken,
}

/// The exchange of a secret. Tries the addresses of the peering token in turn until a server accepts or refuses it, for at
/// most three seconds, and no longer than the caller waits.
#[derive(Debug)]
pub struct Exchange {
    record: Record,
    secret: String,
    stage: Stage,
    end: Duration,
    failures: Vec<String>,
}

#[derive(Debug)]
enum Stage {
    Unwritten,
    Dialing,
    /// A cluster was reached; it may have no leader.
    Reached(usize),
    Pausing,
    /// With the secret for the new stream.
    Done(String),
}

impl Unmarshal for Establish {
    fn field(&mut self, name: &str) -> Option<(&'static str, Field<'_>)> {
        Some(match name {
            "peername" => ("PeerName", Field::Text(&mut self.name)),
            "peeringtoken" => ("PeeringToken", Field::Text(&mut self.text)),
            "partition" => ("Partition", Field::Text(&mut self.partition)),
            "meta" => ("Meta", Field::Map(&mut self.meta)),
            _ => return None,
        })
    }
}

impl Body for Establish {
    const TYPE: &'static str = "api.PeeringEstablishRequest";

    fn missing(&self) -> Option<&'static str> {
        if self.name.is_empty() {
            Some("PeerName is required in the payload when establishing a peering.")
        } else if self.text.is_empty() {
            Some("PeeringToken is required in the payload when establishing a peering.")
        } else {
            None
        }
    }

    fn check_size(&self) -> Result<(), Refusal> {
        check_size(&[&self.name, &self.text, &self.partition], self.meta.as_ref(), &[])
    }
}

impl Establish {
    /// Validates the request, and decodes the peering token.
    pub fn check(&mut self, cluster: &Cluster) -> Result<(), Refusal> {
        cluster.require_peering()?;
        check_name(&self.name, &cluster.version)?;
        self.token = PeeringToken::read(&std::mem::take(&mut self.text))?;
        self.meta.as_ref().map_or(Ok(()), check_meta)
    }
}

impl World {
    pub(super) fn establish(&mut self, flight: &InFlight, call: Establish) -> Step {
        match self.dialer(flight, call) {
            Ok(exchange) => Step::commit(Commit::Dialer(Box::new(exchange))),
            Err(refusal) => Step::refused(refusal),
        }
    }

    fn dialer(&mut self, flight: &InFlight, call: Establish) -> Result<Exchange, Refusal> {
        self.authorize(flight, Access::Write)?;
        let cluster = &self.clusters[flight.cluster];
        let Establish { name, meta, token, .. } = call;
        if !cluster.given.connect {
            return Err(refuse(
                500,
                "failed to fetch TLS materials: failed to fetch roots: CA has not finished initializing",
            ));
        }
        if token.server_name == cluster.server_name {
            return Err(refuse(500, cluster.version.same_cluster(&cluster.server_name)));
        }
        let existing = cluster.store.find(&name);
        if let Some(Record { name, .. }) = existing.filter(|existing| !existing.is_dialer()) {
            return Err(refuse(
                500,
                format!(
                    "cannot create peering with name: \"{name}\"; there is an existing peering expecting to be dialed"
                ),
            ));
        }
        // While a stream is connected, the addresses that were received over it take precedence over those of the token.
        let connected = existing.filter(|existing| cluster.streams.is_connected(&existing.id));
        let addresses = connected.map(|existing| existing.addresses.clone());
        let existing_id = existing.map(|existing| existing.id.clone());
        let record = Record {
            id: existing_id.unwrap_or_else(|| self.random.uuid()),
            name,
            meta: meta.unwrap_or_default(),
            peer_id: token.peer_id,
            authorities: token.authorities.unwrap_or_default(),
            server_name: token.server_name,
            manual: token.manual.unwrap_or_default(),
            addresses: addresses.unwrap_or_else(|| token.automatic.unwrap_or_default()),
            remote: token.remote,
            ..Record::default()
        };
        let end = Duration::ZERO; // set when the exchange starts
        Ok(Exchange { record, secret: token.secret, stage: Stage::Unwritten, end, failures: Vec::new() })
    }

    /// Writes the dialer before the exchange, so that a refused call leaves it behind, and again after the exchange.
    pub(super) fn commit_dialer(&mut self, flight: &InFlight, mut exchange: Box<Exchange>) -> Step {
        let cluster_index = flight.cluster;
        if let Stage::Done(active) = exchange.stage {
            let secrets = Secrets { active: Some(active), ..Secrets::default() };
            let written = self.write(cluster_index, exchange.record, Some(State::Establishing), Some(secrets));
            return Step::Done(written.map(|()| empty_object()).map_err(refused_write));
        }
        if self.clusters[cluster_index].version.writes_before_exchange()
            && let Err(refusal) = self.write(cluster_index, exchange.record.clone(), None, None)
        {
            return Step::refused(refused_write(refusal));
        }
        exchange.end = self.timers.now() + self.scaled(EXCHANGE_TIMEOUT_MS);
        self.wait_for_exchange(exchange, Stage::Dialing, EXCHANGE_MS)
    }

    fn wait_for_exchange(&self, mut exchange: Box<Exchange>, stage: Stage, ms: f64) -> Step {
        exchange.stage = stage;
        Step::Wait { pending: Pending::Exchange(exchange), duration: self.scaled(ms), watches: None }
    }

    pub(super) fn exchange(&mut self, flight: &InFlight, mut exchange: Box<Exchange>) -> Step {
        match exchange.stage {
            Stage::Dialing => {
                let Record { server_name, authorities, .. } = &exchange.record;
                match self.reach(exchange.address(), server_name, authorities) {
                    Err(why) => self.pause(exchange, &why),
                    Ok(remote) => {
                        let duration = self.leader_timeout(1.0);
                        if self.clusters[remote].has_leader() {
                            return self.exchange_secret(exchange, remote);
                        }
                        exchange.stage = Stage::Reached(remote);
                        Step::Wait { pending: Pending::Exchange(exchange), duration, watches: Some(remote) }
                    }
                }
            }
            Stage::Reached(remote) => self.exchange_secret(exchange, remote),
            Stage::Pausing if self.timers.now() < exchange.end => {
                self.wait_for_exchange(exchange, Stage::Dialing, EXCHANGE_MS)
            }
            Stage::Pausing | Stage::Unwritten | Stage::Done(_) => {
                let Exchange { failures, .. } = *exchange;
                let count = if failures.len() == 1 { "1 error".into() } else { format!("{} errors", failures.len()) };
                let status = self.clusters[flight.cluster].version.unreachable_status();
                Step::refused(refuse(status, format!("{count} occurred:\n{}\n\n", failures.join("\n"))))
            }
        }
    }

    /// The acceptor exchanges the secret of a peering token, once, for the secret of a stream.
    fn exchange_secret(&mut self, mut exchange: Box<Exchange>, remote: usize) -> Step {
        if !self.clusters[remote].has_leader() {
            return self.pause(exchange, "rpc error: code = Unknown desc = No cluster leader");
        }
        let store = &mut self.clusters[remote].store;
        let peer_id = &exchange.record.peer_id;
        if exchange.secret.is_empty() || store.secrets(peer_id).establishment.as_ref() != Some(&exchange.secret) {
            return Step::refused(refuse(403, SPENT));
        }
        let active = self.random.uuid();
        store.exchange(peer_id, active.clone());
        exchange.stage = Stage::Done(active);
        Step::commit(Commit::Dialer(exchange))
    }

    fn pause(&mut self, mut exchange: Box<Exchange>, why: &str) -> Step {
        let address = exchange.address();
        let failure = format!("\t* failed to exchange peering secret through address \"{address}\": {why}");
        exchange.failures.push(failure);
        let (low, high) = EXCHANGE_PAUSE_MS;
        let ms = self.random.between(low, high);
        self.wait_for_exchange(exchange, Stage::Pausing, ms)
    }
}

impl Exchange {
    /// The address of the next attempt.
    fn address(&self) -> &str {
        let addresses = self.record.addresses_to_dial();
        addresses.get(self.failures.len() % addresses.len().max(1)).map_or("", String::as_str)
    }
}
