//! The arguments of a call, checked in one pass.

use consul_peering::consul::cluster::{Cluster, ClusterAddress};
use consul_peering::operations::error::{Error, Location};
use consul_peering::operations::pair::Member;
use consul_peering::rules::cluster_address::{self, ClusterAddressError};
use consul_peering::rules::duration::Duration;
use consul_peering::rules::finding::{Finding, wrong_type};
use consul_peering::rules::header;
use consul_peering::rules::spec::{self, Checked, QueryOptions};
use consul_peering::rules::value::{Value, object};
use wstd::http::Uri;

use crate::bindings::exports::consul_peering::component::peering;
use crate::error::to_error;
use crate::host::WasiHost;
use crate::record::read_spec;

/// The default `timeout`.
const TIMEOUT_MS: u64 = 60_000;

/// The arguments read so far.
pub struct Arguments {
    operation: &'static str,
    /// For the whole call.
    pub timeout: Duration,
    findings: Vec<Finding>,
    /// What no finding may contain.
    secrets: Vec<String>,
}

impl Arguments {
    pub fn new(operation: &'static str, options: &peering::Options) -> Self {
        let timeout = options.timeout.unwrap_or(TIMEOUT_MS);
        let mut findings = Vec::new();
        if timeout == 0 {
            let message = "options.timeout must be a number of ms above 0";
            findings.push(Finding::error("options.timeout", "type", message, "Use ms, or none for the default."));
        }
        Self { operation, timeout: Duration::ms(timeout as f64), findings, secrets: Vec::new() }
    }

    pub fn cluster(&mut self, given: peering::Cluster) -> Cluster {
        let cluster = cluster(given, &mut self.findings);
        self.secrets.extend(cluster.secrets());
        cluster
    }

    /// Takes a checked spec, whose query options take precedence over the cluster's.
    pub fn take<T>(
        &mut self,
        checked: Checked<T>,
        cluster: &mut Cluster,
        options_of: impl FnOnce(&mut T) -> &mut QueryOptions,
    ) -> Option<T> {
        self.findings.extend(checked.findings);
        let mut spec = checked.spec?;
        let options = options_of(&mut spec);
        *cluster = std::mem::take(cluster).at(std::mem::take(options));
        options.partition.clone_from(&cluster.options.partition);
        self.secrets.extend(cluster.secrets());
        Some(spec)
    }

    /// Reads one side of a pair. Its findings are under `field`.
    pub fn member(&mut self, host: &WasiHost, side: peering::Side, field: &str) -> Option<Member<WasiHost>> {
        let before = std::mem::take(&mut self.findings);
        let mut cluster = self.cluster(side.cluster);
        let spec = self.take(read_spec(&side.spec, spec::token), &mut cluster, |spec| &mut spec.options);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            std::mem::replace(&mut self.findings, before).into_iter().partition(Finding::is_error);
        let below = |error: Finding| Finding { field: format!("{field}.{}", error.field), ..error };
        self.findings.extend(errors.into_iter().map(below));
        let spec = spec?;
        let mut member = Member::new(host.clone(), cluster, spec.peer_name.clone(), spec.peer_name);
        member.meta = spec.meta;
        member.external_addresses = spec.server_external_addresses;
        member.warnings = warnings;
        Some(member)
    }

    /// The name of a service, if there is one.
    pub fn service(&mut self, name: Option<&str>) {
        if name == Some("") {
            self.findings.push(wrong_type("options.service", "a name", "empty"));
        }
    }

    /// Fails if there is an error among the findings.
    pub fn check(self, location: Location) -> Result<(), peering::Error> {
        if !self.findings.iter().any(Finding::is_error) {
            return Ok(());
        }
        let mut error = Error::invalid(Finding::redacted(self.findings, &self.secrets));
        error.location = Some(location);
        Err(to_error(self.operation, &error))
    }
}

fn cluster(given: peering::Cluster, findings: &mut Vec<Finding>) -> Cluster {
    let peering::Cluster { address, token, datacenter, partition, headers } = given;
    let optional = |text: Option<String>| Value::from(text.as_deref());
    let options =
        object([("token", optional(token)), ("datacenter", optional(datacenter)), ("partition", optional(partition))]);
    let options = spec::query_options(&options, findings);
    let headers = Value::Object(headers.into_iter().map(|(name, value)| (name, Value::Text(value))).collect());
    let headers = header::read("cluster.headers", &headers, findings);
    let address = match read_address(&address) {
        Ok(address) => ClusterAddress::new(address),
        Err(fault) => {
            findings.push(cluster_address::finding("cluster.address", fault));
            ClusterAddress::default()
        }
    };
    Cluster { address, options, headers }
}

fn read_address(text: &str) -> Result<String, ClusterAddressError> {
    if text.contains(['?', '#']) {
        return Err(ClusterAddressError::Query);
    }
    let uri: Uri = text.trim().parse().map_err(|_| ClusterAddressError::Url)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(ClusterAddressError::Url);
    };
    if !["http", "https"].contains(&scheme) {
        return Err(ClusterAddressError::Scheme);
    }
    if authority.as_str().contains('@') {
        return Err(ClusterAddressError::Credentials);
    }
    // `Uri` accepts an empty host and any digits as the port.
    let (host, port) = authority.as_str().split_at(authority.host().len());
    let port = port.trim_start_matches(':');
    if host.is_empty() || !port.is_empty() && port.parse::<u16>().is_err() {
        return Err(ClusterAddressError::Url);
    }
    let host = host.to_ascii_lowercase();
    let colon = if port.is_empty() { "" } else { ":" };
    Ok(format!("{scheme}://{host}{colon}{port}{}", uri.path().trim_end_matches('/')))
}
