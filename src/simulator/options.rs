//! The options of clusters, named like in Consul's configuration if possible.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::random::Random;
use super::version::{NEWEST, Version};

const FIRST_SERVER_PORT: usize = 8_503;

/// A world of clusters.
#[derive(Clone, Debug)]
pub struct Options {
    pub clusters: Vec<ClusterOptions>,
    /// How many times faster than a real Consul. Durations in requests, such as `wait`, are not scaled.
    pub speed: f64,
    /// The same seed yields the same ids, secrets and random choices.
    pub seed: u32,
    /// The start of the world, since 1970.
    pub began: Duration,
}

impl Options {
    /// Clusters with these names, at the speed of a real Consul.
    pub fn named(names: &[&str]) -> Self {
        let clusters = names.iter().map(|name| ClusterOptions::named(name)).collect();
        Self { clusters, speed: 1.0, seed: 1, began: Duration::from_secs(1_767_225_600) }
    }
}

/// One cluster.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    pub name: String,
    /// Default: the name.
    pub datacenter: Option<String>,
    /// From 1.13 on.
    pub version: String,
    /// Default: ACLs are disabled.
    pub acl: Option<AclOptions>,
    pub peering: bool,
    pub connect: bool,
    /// TLS for gRPC. Without it, the servers cannot generate peering tokens.
    pub grpc_tls: bool,
    /// A port for gRPC. Without it, the servers cannot generate peering tokens.
    pub grpc_port: bool,
    /// Peering through mesh gateways at these addresses. With an empty list, the servers cannot generate peering tokens.
    pub mesh_gateways: Option<Vec<String>>,
    /// The datacenters of a federation have the same one. Default: a random one.
    pub trust_domain: Option<String>,
    /// The other datacenters of its federation.
    pub other_datacenters: Vec<String>,
    /// Default: `<name>-server`.
    pub node_name: Option<String>,
    /// `http_config.response_headers`.
    pub response_headers: BTreeMap<String, String>,
    /// `http_config.block_endpoints`: path prefixes.
    pub block_endpoints: Vec<String>,
    /// Refuses writes, as with `http_config.allow_write_http_from`.
    pub restrict_writes: bool,
    /// The address of the servers in peering tokens.
    pub server_address: Option<String>,
    /// Further addresses that reach it.
    pub external_addresses: Vec<String>,
    /// All addresses that reach it. Default: the server address, the external addresses and those of the gateways.
    pub reachable: Option<Vec<String>>,
    /// The names of the peers, by service.
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

/// The ACL configuration of a cluster.
#[derive(Clone, Debug, Default)]
pub struct AclOptions {
    /// Whether the default policy is "allow".
    pub default_allow: bool,
    /// The secret of the management token. Default: a random one.
    pub management: Option<String>,
    /// Further ACL tokens, by secret.
    pub tokens: Vec<(String, AclRules)>,
}

/// The rules of an ACL token.
#[derive(Clone, Debug, Default)]
pub struct AclRules {
    pub peering: Option<Access>,
    /// Applies to peerings as well if `peering` is None.
    pub operator: Option<Access>,
    pub agent: Option<Access>,
    pub mesh: Option<Access>,
    /// For all services.
    pub service: Option<Access>,
    /// For services by name.
    pub services: BTreeMap<String, Access>,
    /// For all nodes.
    pub node: Option<Access>,
    /// Full access.
    pub management: bool,
    /// The accessor id. Default: a random one.
    pub accessor: Option<String>,
}

/// Write access includes read access.
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

/// An invalid option.
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

/// The options of a cluster with all defaults resolved.
#[derive(Debug)]
pub(super) struct ResolvedOptions {
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

pub(super) fn resolve(options: &Options) -> Result<Vec<ResolvedOptions>, InvalidOption> {
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
            resolve_cluster(given.clone(), index, &mut random)
        })
        .collect()
}

fn resolve_cluster(
    mut given: ClusterOptions,
    index: usize,
    random: &mut Random,
) -> Result<ResolvedOptions, InvalidOption> {
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
    Ok(ResolvedOptions {
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
