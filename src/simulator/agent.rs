//! The endpoints about the agent, its cluster and the ACL token of a request.

use serde::Serialize;

use super::World;
use super::acl::Policy;
use super::cluster::Cluster;
use super::http::{Headers, Response};
use super::in_flight::{InFlight, Step};
use super::operation::Operation;
use super::options::Access;
use super::response::{Refusal, json, query_headers, redirect, refuse, text};
use super::time::whole_seconds;

const BUILT: &str = "1970-01-01T00:00:01Z";

/// One of these endpoints; `routes.rs` has its path.
#[derive(Clone, Copy, Debug)]
pub enum AgentEndpoint {
    Version,
    AgentConfig,
    Leader,
    RaftPeers,
    Datacenters,
    Roots,
    AclTokenSelf,
    Authorize,
    IntentionCheck,
}

/// The response to a path that is not part of the API.
pub fn not_found(method: &str, path: &str, added: &Headers) -> Response {
    if path == "/" {
        let mut moved = redirect(method, 301, "Moved Permanently", "/ui/");
        moved.headers.extend(added.clone());
        return moved;
    }
    let hint = if path.contains("/v1/") {
        "not a recognized HTTP API endpoint"
    } else {
        "if attempting to use the HTTP API, ensure the path starts with '/v1/'"
    };
    let mut response = text(404, format!("Invalid URL path: {hint}\n"), Headers::new());
    response.headers.extend(added.clone());
    response
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Build<'a> {
    #[serde(rename = "SHA")]
    sha: &'a str,
    build_date: &'a str,
    human_version: &'a str,
    #[serde(rename = "FIPS")]
    fips: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SelfResponse<'a> {
    config: Config<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Config<'a> {
    datacenter: &'a str,
    primary_datacenter: &'a str,
    node_name: &'a str,
    #[serde(rename = "NodeID")]
    node_id: &'a str,
    revision: &'a str,
    server: bool,
    version: &'a str,
    build_date: &'a str,
    bind_addr: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Roots<'a> {
    #[serde(rename = "ActiveRootID")]
    active: &'a str,
    trust_domain: &'a str,
    roots: [Root<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Root<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    name: &'a str,
    serial_number: u32,
    #[serde(rename = "SigningKeyID")]
    signing_key_id: &'a str,
    external_trust_domain: &'a str,
    not_before: String,
    not_after: String,
    root_cert: &'a str,
    intermediate_certs: Option<()>,
    active: bool,
    private_key_type: &'a str,
    private_key_bits: u32,
    create_index: u64,
    modify_index: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OwnToken<'a> {
    #[serde(rename = "AccessorID")]
    accessor: &'a str,
    #[serde(rename = "SecretID")]
    secret: &'a str,
    description: &'a str,
    policies: [&'a Policy; 1],
    local: bool,
    create_time: &'a str,
    hash: &'a str,
    create_index: u64,
    modify_index: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Exported<'a> {
    service: &'a str,
    consumers: Consumers<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Consumers<'a> {
    peers: &'a [String],
}

impl World {
    pub(super) fn agent_endpoint(&mut self, flight: &InFlight, endpoint: AgentEndpoint) -> Result<Step, Refusal> {
        let cluster = &self.clusters[flight.cluster];
        let none = Headers::new();
        let leader = if cluster.has_leader() { &cluster.server_address } else { "" };
        let response = match endpoint {
            AgentEndpoint::Version => {
                json(&Build { sha: "", build_date: BUILT, human_version: &cluster.version.text, fips: "" }, none)
            }
            AgentEndpoint::AgentConfig => cluster.describe(flight)?,
            AgentEndpoint::Leader => json(&leader, none),
            AgentEndpoint::RaftPeers => json(&[&cluster.server_address], none),
            AgentEndpoint::Datacenters => {
                let others = &cluster.given.other_datacenters;
                json(&[&cluster.datacenter].into_iter().chain(others).collect::<Vec<_>>(), none)
            }
            AgentEndpoint::Roots => return Ok(self.require_leader(flight, Operation::Roots, 1.0)),
            AgentEndpoint::AclTokenSelf => cluster.own_token(flight)?,
            AgentEndpoint::IntentionCheck => cluster.check_intention(flight)?,
            AgentEndpoint::Authorize => cluster.authorizations(flight)?,
        };
        Ok(Step::Done(Ok(response)))
    }

    pub(super) fn roots(&self, cluster_index: usize) -> Result<Response, Refusal> {
        let Cluster { authority, trust_domain, given, .. } = &self.clusters[cluster_index];
        if !given.connect {
            let refusal = refuse(500, "Connect must be enabled in order to use this endpoint");
            return Err(refusal.with_headers(query_headers(0, false)));
        }
        let root = Root {
            id: &authority.fingerprint,
            name: "Consul CA Primary Cert",
            serial_number: 7,
            signing_key_id: &authority.key_id,
            external_trust_domain: trust_domain.strip_suffix(".consul").unwrap_or(trust_domain),
            not_before: whole_seconds(authority.not_before),
            not_after: whole_seconds(authority.not_after),
            root_cert: &authority.pem,
            intermediate_certs: None,
            active: true,
            private_key_type: "ec",
            private_key_bits: 256,
            create_index: 9,
            modify_index: 9,
        };
        let roots = Roots { active: &authority.fingerprint, trust_domain, roots: [root] };
        Ok(json(&roots, query_headers(9, true)))
    }
}

impl Cluster {
    pub(super) fn exported_services(&self, flight: &InFlight, index: u64) -> Result<Response, Refusal> {
        let token = self.acl.identify(flight)?;
        self.acl.require(token, "mesh", Access::Read, None)?;
        let exports = self.exports();
        let shown = exports.iter().map(|(service, peers)| Exported { service, consumers: Consumers { peers } });
        Ok(json(&shown.collect::<Vec<_>>(), query_headers(index, true)))
    }

    fn describe(&self, flight: &InFlight) -> Result<Response, Refusal> {
        let token = self.acl.identify(flight)?;
        self.acl.require(token, "agent", Access::Read, Some(&self.node_name))?;
        let config = Config {
            datacenter: &self.datacenter,
            primary_datacenter: &self.datacenter,
            node_name: &self.node_name,
            node_id: &self.node_id,
            revision: "",
            server: true,
            version: &self.version.text,
            build_date: BUILT,
            bind_addr: "127.0.0.1",
        };
        Ok(json(&SelfResponse { config }, Headers::new()))
    }

    fn own_token(&self, flight: &InFlight) -> Result<Response, Refusal> {
        if !self.acl.enabled {
            return Err(refuse(401, "ACL support disabled"));
        }
        let Ok(Some(token)) = self.acl.identify(flight) else {
            let refusal = refuse(403, "token does not exist: ACL not found");
            return Err(refusal.with_headers(query_headers(1, false)));
        };
        let shown = OwnToken {
            accessor: &token.accessor,
            secret: &token.secret,
            description: if token.rules.management { "Initial Management Token" } else { "" },
            policies: [&token.policy],
            local: false,
            create_time: &token.created,
            hash: &token.hash,
            create_index: 20,
            modify_index: 20,
        };
        Ok(json(&shown, query_headers(20, true)))
    }
}
