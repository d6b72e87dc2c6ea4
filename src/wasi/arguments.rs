//! The clusters, sides and options that a caller gives, checked in one pass.

use consul_peering::consul::cluster::{Cluster, ClusterAddress};
use consul_peering::operations::pair::Member;
use consul_peering::rules::cluster_address::{self, ClusterAddressError};
use consul_peering::rules::duration::Duration;
use consul_peering::rules::finding::Finding;
use consul_peering::rules::header;
use consul_peering::rules::spec::{self, Checked, QueryOptions};
use consul_peering::rules::value::{Value, object};
use wstd::http::Uri;

use crate::bindings::exports::consul_peering::component::peering;
use crate::host::WasiHost;
use crate::record::read_json;

/// The default `timeout`.
const TIMEOUT_MS: u64 = 60_000;

impl peering::Options {
    /// For the whole call.
    pub fn duration(&self) -> Duration {
        Duration::ms(self.timeout.unwrap_or(TIMEOUT_MS) as f64)
    }
}

/// Reads a cluster. What is wrong goes to `findings`.
pub fn cluster(given: peering::Cluster, findings: &mut Vec<Finding>) -> Cluster {
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
    let authority = authority.as_str().to_ascii_lowercase();
    Ok(format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')))
}

/// A JSON text; null and a finding if it is not one.
pub fn json(field: &str, text: &str, findings: &mut Vec<Finding>) -> Value {
    read_json(field, text).unwrap_or_else(|finding| {
        findings.push(finding);
        Value::Null
    })
}

/// A checked spec, whose query options take precedence over the cluster's.
pub fn take<T>(
    checked: Checked<T>,
    cluster: &mut Cluster,
    findings: &mut Vec<Finding>,
    place: impl FnOnce(&mut T) -> &mut QueryOptions,
) -> Option<T> {
    findings.extend(checked.findings);
    let mut spec = checked.spec?;
    let place = place(&mut spec);
    *cluster = std::mem::take(cluster).at(std::mem::take(place));
    place.partition.clone_from(&cluster.options.partition);
    Some(spec)
}

/// Reads one side of a pair. What is wrong goes to `findings`, under `field`.
pub fn member(
    host: &WasiHost,
    side: peering::Side,
    field: &str,
    findings: &mut Vec<Finding>,
) -> Option<Member<WasiHost>> {
    let mut found = Vec::new();
    let mut cluster = cluster(side.cluster, &mut found);
    let spec = spec::side(&json("spec", &side.spec, &mut found));
    let spec = take(spec, &mut cluster, &mut found, |spec| &mut spec.options);
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Finding::is_error);
    findings.extend(errors.into_iter().map(|error| Finding { field: format!("{field}.{}", error.field), ..error }));
    let spec = spec?;
    let mut member = Member::new(host.clone(), cluster, spec.peer_name.clone(), spec.peer_name);
    member.meta = spec.meta;
    member.external_addresses = spec.server_external_addresses;
    member.warnings = warnings;
    Some(member)
}
