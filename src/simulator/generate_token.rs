//! `POST /v1/peering/token`: creates an acceptor, and returns the peering token for the dialer.

use serde::Serialize;

use super::World;
use super::api::Body;
use super::cluster::Cluster;
use super::http::{Headers, Response};
use super::in_flight::{Commit, InFlight, Step};
use super::options::Access;
use super::peering_token;
use super::response::{Refusal, json, refuse};
use super::store::{Record, Secrets, State};
use super::unmarshal::{Field, Unmarshal};
use super::validate::{Meta, check_meta, check_name, check_size};

const NO_PORT: &str = "a grpc bind port must be specified in the configuration for all servers";
const NO_GATEWAY: &str =
    "servers are configured to PeerThroughMeshGateways, but no mesh gateway instances are registered";

/// The request's body.
#[derive(Debug, Default)]
pub struct GenerateToken {
    name: String,
    partition: String,
    meta: Option<Meta>,
    external: Option<Vec<String>>,
}

/// The acceptor to write.
#[derive(Debug)]
pub struct Acceptor {
    record: Record,
    state: Option<State>,
    establishment: String,
    external: Vec<String>,
}

#[derive(Serialize)]
struct TokenResponse {
    #[serde(rename = "PeeringToken")]
    token: String,
}

impl Unmarshal for GenerateToken {
    fn field(&mut self, name: &str) -> Option<(&'static str, Field<'_>)> {
        Some(match name {
            "peername" => ("PeerName", Field::Text(&mut self.name)),
            "partition" => ("Partition", Field::Text(&mut self.partition)),
            "meta" => ("Meta", Field::Map(&mut self.meta)),
            "serverexternaladdresses" => ("ServerExternalAddresses", Field::Texts(&mut self.external)),
            _ => return None,
        })
    }
}

impl Body for GenerateToken {
    const TYPE: &'static str = "api.PeeringGenerateTokenRequest";

    fn missing(&self) -> Option<&'static str> {
        self.name.is_empty().then_some("PeerName is required in the payload when generating a new peering token.")
    }

    fn check_size(&self) -> Result<(), Refusal> {
        let external = self.external.as_deref().unwrap_or_default();
        check_size(&[&self.name, &self.partition], self.meta.as_ref(), external)
    }
}

impl GenerateToken {
    pub fn check(&self, cluster: &Cluster) -> Result<(), Refusal> {
        cluster.require_peering()?;
        if !matches!(self.partition.to_lowercase().as_str(), "" | "default") {
            return Err(refuse(500, "Partitions are a Consul Enterprise feature"));
        }
        check_name(&self.name, &cluster.version)?;
        self.meta.as_ref().map_or(Ok(()), check_meta)
    }
}

impl World {
    pub(super) fn generate_token(&mut self, flight: &InFlight, call: GenerateToken) -> Step {
        match self.acceptor(flight, call) {
            Ok(acceptor) => Step::commit(Commit::Acceptor(Box::new(acceptor))),
            Err(refusal) => Step::refused(refusal),
        }
    }

    fn acceptor(&mut self, flight: &InFlight, call: GenerateToken) -> Result<Acceptor, Refusal> {
        self.authorize(flight, Access::Write)?;
        let cluster = &self.clusters[flight.cluster];
        if !cluster.given.connect {
            return Err(refuse(
                500,
                "connect.enabled must be set to true in the server's configuration when generating peering tokens",
            ));
        }
        if !cluster.given.grpc_tls {
            return Err(refuse(500, "TLS for gRPC must be enabled when generating peering tokens"));
        }
        let existing = cluster.store.find(&call.name);
        if let Some(Record { name, .. }) = existing.filter(|existing| existing.is_dialer()) {
            return Err(refuse(
                500,
                format!("cannot create peering with name: \"{name}\"; there is already an established peering"),
            ));
        }
        let state = existing.map(|existing| existing.state);
        let record = match existing {
            Some(existing) => existing.clone(),
            None => {
                let id = self.random.uuid();
                Record { id, name: call.name, meta: call.meta.unwrap_or_default(), ..Record::default() }
            }
        };
        let external = call.external.unwrap_or_default();
        Ok(Acceptor { record, state, establishment: self.random.uuid(), external })
    }

    pub(super) fn commit_acceptor(&mut self, flight: &InFlight, acceptor: Acceptor) -> Result<Response, Refusal> {
        let Acceptor { record, state, establishment, external } = acceptor;
        let id = record.id.clone();
        // A new secret replaces an unused older one. The secrets of the stream are kept.
        let secrets = self.clusters[flight.cluster].store.secrets(&id);
        let secrets = Secrets { establishment: Some(establishment.clone()), ..secrets };
        if let Err(refusal) = self.write(flight.cluster, record, state, Some(secrets)) {
            // Another request has created a peering of this name meanwhile. Because of a bug, Consul does not retry, and
            // returns the peering token of a peering that was never written.
            if !refusal.text.contains("already exists with the name") {
                return Err(refused_write(refusal));
            }
        }
        let cluster = &self.clusters[flight.cluster];
        // After the write, as in Consul: a refused call leaves the acceptor behind.
        if cluster.peer_addresses().is_empty() {
            return Err(refuse(500, NO_GATEWAY));
        }
        if !cluster.given.grpc_port && !cluster.peers_through_gateways() {
            return Err(refuse(500, NO_PORT));
        }
        let token = peering_token::write(cluster, &id, &establishment, &external);
        Ok(json(&TokenResponse { token }, Headers::new()))
    }
}

/// The peering endpoint's error for a write that the state store refuses.
pub fn refused_write(refusal: Refusal) -> Refusal {
    refuse(500, format!("failed to write peering: {}", refusal.text))
}
