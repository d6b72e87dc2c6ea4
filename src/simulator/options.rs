//! What clusters are created with. Named as in Consul's own configuration, where that has it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::random::Random;
use super::version::{NEWEST, Version};

const FIRST_SERVER_PORT: usize = 8_503;

/// A world of clusters.
#[derive(Clone, Debug)]
pub struct Options {
    pub clusters: Vec<ClusterOptions>,
    /// How many times faster than in a real Consul things happen. What a caller asks for, such as `wait`, keeps its length.
    pub speed: f64,
    /// The same seed gives the same ids, secrets and chances.
    pub seed: u32,
    /// The date at which the world begins, since 1970.
    pub began: Duration,
}

impl Options {
    /// Clusters with these names, at a real Consul's speed.
    pub fn named(names: &[&str]) -> Self {
        let clusters = names.iter().map(|name| ClusterOptions::named(name)).collect();
        Self { clusters, speed: 1.0, seed: 1, began: Duration::from_secs(1_767_225_600) }
    }
}

/// One cluster.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    pub name: String,
    /// By default the name.
    pub datacenter: Option<String>,
    /// From 1.13 on.
    pub version: String,
    /// By default ACLs are off.
    pub acl: Option<AclOptions>,
    pub peering: bool,
    pub connect: bool,
    /// TLS for gRPC. Without it, the servers generate no tokens.
    pub grpc_tls: bool,
    /// A port for gRPC. Without it, the servers generate no tokens either.
    pub grpc_port: bool,
    /// Peering through mesh gateways at these addresses; with none, the servers generate no tokens.
    pub mesh_gateways: Option<Vec<String>>,
    /// Two datacenters of one federation have the same one. By default its own.
    pub trust_domain: Option<String>,
    /// Further datacenters of its federation.
    pub other_datacenters: Vec<String>,
    /// By default `<name>-server`.
    pub node_name: Option<String>,
    /// `http_config.response_headers`.
    pub response_headers: BTreeMap<String, String>,
    /// `http_config.block_endpoints`: prefixes of paths.
    pub block_endpoints: Vec<String>,
    /// Accepts no writes, as with `http_config.allow_write_http_from`.
    pub restrict_writes: bool,
    /// The servers' own address, as tokens carry it.
    pub server_address: Option<String>,
    /// Addresses that lead to it from outside.
    pub external_addresses: Vec<String>,
    /// All addresses that lead to it. By default its own, the external ones and the gateways'.
    pub reachable: Option<Vec<String>>,
    /// Services, and the peers that they are exported to.
    pub exported_services: BTreeMap<String, Vec<String>>,
}

impl ClusterOptions {
    /// The defaults.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            datacenter: None,
            version: NEWEST.into(),
            acl: None,
            peering: true,
            connect: true,
            grpc_tls: true,
            grpc_port: true,
            mesh_gateways: None,
            trust_domain: None,
            other_datacenters: Vec::new(),
            node_name: None,
            response_headers: BTreeMap::new(),
            block_endpoints: Vec::new(),
            restrict_writes: false,
            server_address: None,
            external_addresses: Vec::new(),
            reachable: None,
            exported_services: BTreeMap::new(),
        }
    }
}

/// How a cluster's ACLs are set up.
#[derive(Clone, Debug, Default)]
pub struct AclOptions {
    /// The default policy is to allow.
    pub default_allow: bool,
    /// The secret of the token that may do everything. By default a random one.
    pub management: Option<String>,
    /// Further tokens, by their secret.
    pub tokens: Vec<(String, AclRules)>,
}

/// What an ACL token may do.
#[derive(Clone, Debug, Default)]
pub struct AclRules {
    pub peering: Option<Access>,
    /// `Read` alone may read and list peerings.
    pub operator: Option<Access>,
    pub agent: Option<Access>,
    pub mesh: Option<Access>,
    /// Of every service.
    pub service: Option<Access>,
    /// Of some services, by their names.
    pub services: BTreeMap<String, Access>,
    /// Of every node.
    pub node: Option<Access>,
    /// It may do everything.
    pub management: bool,
    /// Its accessor id. By default a random one.
    pub accessor: Option<String>,
}

/// Writing includes reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl Access {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Why clusters cannot be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOption {
    #[error("there must be at least one cluster")]
    NoCluster,
    #[error("clusters must have different names; {0:?} occurs twice")]
    NameTwice(String),
    #[error("version must be a Consul version from 1.13 on, such as {NEWEST:?}, not {0:?}")]
    Version(String),
    #[error("speed must be a number above 0")]
    Speed,
}

/// A cluster's options with every default filled in.
#[derive(Debug)]
pub(super) struct Filled {
    pub name: String,
    pub datacenter: String,
    pub version: Version,
    pub management: Option<String>,
    pub acl: Option<AclOptions>,
    pub node_name: String,
    pub server_address: String,
    pub reachable: Vec<String>,
    pub given: ClusterOptions,
}

pub(super) fn fill(options: &Options) -> Result<Vec<Filled>, InvalidOption> {
    if options.clusters.is_empty() {
        return Err(InvalidOption::NoCluster);
    }
    if !(options.speed > 0.0 && options.speed.is_finite()) {
        return Err(InvalidOption::Speed);
    }
    let mut random = Random::new(options.seed ^ 0x5eed);
    let mut names = BTreeSet::new();
    let clusters = options.clusters.iter().enumerate();
    clusters
        .map(|(index, given)| {
            if !names.insert(&given.name) {
                return Err(InvalidOption::NameTwice(given.name.clone()));
            }
            fill_cluster(given.clone(), index, &mut random)
        })
        .collect()
}

fn fill_cluster(mut given: ClusterOptions, index: usize, random: &mut Random) -> Result<Filled, InvalidOption> {
    let name = given.name.clone();
    let version = Version::read(&given.version).ok_or_else(|| InvalidOption::Version(given.version.clone()))?;
    let address = given.server_address.clone();
    let server_address = address.unwrap_or_else(|| format!("127.0.0.1:{}", FIRST_SERVER_PORT + index));
    let reachable = given.reachable.clone().unwrap_or_else(|| {
        let gateways = given.mesh_gateways.iter().flatten();
        [&server_address].into_iter().chain(&given.external_addresses).chain(gateways).cloned().collect()
    });
    let mut acl = given.acl.take();
    let management = acl.as_mut().map(|acl| {
        let secret = acl.management.clone().unwrap_or_else(|| random.uuid());
        acl.tokens.push((secret.clone(), AclRules { management: true, ..AclRules::default() }));
        secret
    });
    let headers = std::mem::take(&mut given.response_headers);
    given.response_headers = headers.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect();
    Ok(Filled {
        datacenter: given.datacenter.clone().unwrap_or_else(|| name.clone()),
        node_name: given.node_name.clone().unwrap_or_else(|| format!("{name}-server")),
        name,
        version,
        management,
        acl,
        server_address,
        reachable,
        given,
    })
}
