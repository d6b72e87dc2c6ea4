//! The requests to Consul's HTTP API, as values.

use serde::{Serialize, Serializer};

use super::cluster::Cluster;
use crate::rules::duration::Duration;
use crate::rules::header;
use crate::rules::meta::Meta;
use crate::rules::peer_name::PeerName;
use crate::rules::spec::{PeeringSpec, TokenSpec};
use crate::rules::text::contains;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    /// As HTTP has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// One request. Its body may contain a peering token, so it cannot be printed.
pub struct Request {
    pub method: Method,
    /// From the API's root. Names in it are DNS labels and need no escaping.
    pub path: String,
    pub partition: Option<String>,
    /// A blocking query: the last index, and how long to wait for a change.
    pub blocking: Option<(u64, Duration)>,
    /// JSON to send.
    pub body: Option<String>,
    /// Whether it changes something.
    pub effect: Effect,
    /// Whether Consul delays a denial by some 12 s, as for reads of peerings.
    pub denial_is_slow: bool,
    /// Sent to find out why another request has no response yet: its own failure is not the call's.
    pub is_probe: bool,
}

const LIST: &str = "/v1/peerings";
const TOKEN: &str = "/v1/peering/token";
/// Lists of services, config entries and intentions grow with the cluster as well. A config entry alone does not.
const GROWING: [&str; 2] = ["/v1/health/", "/v1/catalog/"];
const INTENTIONS: &str = "/v1/connect/intentions";
const ENTRIES: &str = "/v1/config/";
/// 80,000 peerings with a CA each are 120 MB.
const LIST_MAX_BYTES: u32 = 128 * 1024 * 1024;
const OTHER_MAX_BYTES: u32 = 1024 * 1024;

const CONTENT_TYPE: &str = "Content-Type";

/// The headers of every request to a cluster: the caller's, and the two that are set here.
pub fn headers(cluster: &Cluster) -> impl Iterator<Item = (&str, &str)> {
    let is_own = |name: &str| [CONTENT_TYPE, header::TOKEN].iter().any(|own| name.eq_ignore_ascii_case(own));
    let further = cluster.headers.iter().map(|(name, value)| (&**name, &**value));
    let token = cluster.options.token.as_ref().map(|token| (header::TOKEN, token.expose()));
    // The type always: it makes a browser send a preflight request, so that no foreign page can send such a request.
    further.filter(move |(name, _)| !is_own(name)).chain([(CONTENT_TYPE, "application/json")]).chain(token)
}

impl Request {
    /// The size limit of its response, against a server that sends without end.
    pub fn response_max_bytes(&self) -> u32 {
        let path = &*self.path;
        let is_entries = path.strip_prefix(ENTRIES).is_some_and(|kind| !contains(kind, "/"));
        let grows =
            path == LIST || path == INTENTIONS || is_entries || GROWING.iter().any(|start| path.starts_with(start));
        if grows { LIST_MAX_BYTES } else { OTHER_MAX_BYTES }
    }

    /// Path and query. Names of partitions need no escaping either.
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        let mut add = |parameter: &str| {
            target.push(if contains(&target, "?") { '&' } else { '?' });
            target.push_str(parameter);
        };
        if let Some(partition) = &self.partition {
            add(&format!("partition={partition}"));
        }
        if let Some((index, wait)) = self.blocking {
            add(&format!("index={index}&wait={}ms", wait.as_ms() as u32));
        }
        target
    }
}

/// The effect on the cluster, which decides whether it may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Read,
    Write,
}

pub(super) fn get(path: impl Into<String>, partition: Option<&str>) -> Request {
    Request {
        method: Method::Get,
        path: path.into(),
        partition: partition.map(str::to_owned),
        blocking: None,
        body: None,
        effect: Effect::Read,
        denial_is_slow: false,
        is_probe: false,
    }
}

pub(super) fn post(path: &str, body: &impl Serialize, effect: Effect) -> Request {
    Request {
        method: Method::Post,
        path: path.to_owned(),
        partition: None,
        blocking: None,
        body: serde_json::to_string(body).ok(),
        effect,
        denial_is_slow: false,
        is_probe: false,
    }
}

fn peering_path(name: &PeerName) -> String {
    format!("/v1/peering/{name}")
}

/// One peering (1.13).
pub fn read(name: &PeerName, partition: Option<&str>) -> Request {
    Request { denial_is_slow: true, ..get(peering_path(name), partition) }
}

/// All peerings (1.13).
pub fn list(partition: Option<&str>) -> Request {
    Request { denial_is_slow: true, ..get(LIST, partition) }
}

/// A read that waits for a change (1.14.8, 1.15.3, 1.16). Its silence is expected, so it is never probed.
pub fn blocking(read: Request, index: u64, wait: Duration) -> Request {
    Request { blocking: Some((index, wait)), denial_is_slow: false, ..read }
}

/// Deletes this side (1.13). Consul then notifies the other one.
pub fn delete(name: &PeerName, partition: Option<&str>) -> Request {
    Request { method: Method::Delete, effect: Effect::Write, ..get(peering_path(name), partition) }
}

/// Generates a token, and creates the acceptor if it is missing (1.13).
pub fn token(spec: &TokenSpec) -> Request {
    let body = Body {
        meta: spec.meta.as_ref().filter(|meta| !meta.is_empty()),
        partition: spec.options.partition.as_deref(),
        server_external_addresses: spec.server_external_addresses.as_deref().unwrap_or_default(),
        ..Body::for_peer(&spec.peer_name)
    };
    post(TOKEN, &body, Effect::Write)
}

/// Dials with a token, and creates the dialer if it is missing (1.13).
pub fn establish(spec: &PeeringSpec) -> Request {
    let body = Body {
        meta: Some(&spec.meta).filter(|meta| !meta.is_empty()),
        partition: spec.options.partition.as_deref(),
        peering_token: Some(spec.peering_token.text.expose()),
        ..Body::for_peer(&spec.peer_name)
    };
    post("/v1/peering/establish", &body, Effect::Write)
}

/// The bearer's permissions (1.8).
pub fn authorize() -> Request {
    let ask = |access| Question { resource: "peering", access };
    post("/v1/internal/acl/authorize", &[ask("read"), ask("write")], Effect::Read)
}

/// Requests a token for an invalid name, which Consul refuses at once: the text shows whether peering is enabled.
pub fn refused_token() -> Request {
    Request { is_probe: true, ..post(TOKEN, &Body::for_peer("-"), Effect::Read) }
}

/// The cluster's trust domain; needs no permission.
pub fn roots() -> Request {
    get("/v1/connect/ca/roots", None)
}

/// The datacenters this agent knows, its own first; needs no permission.
pub fn datacenters() -> Request {
    get("/v1/catalog/datacenters", None)
}

/// Consul refuses unknown keys, so only values that are set are sent.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    peer_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_object")]
    meta: Option<&'a Meta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    server_external_addresses: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    peering_token: Option<&'a str>,
}

impl<'a> Body<'a> {
    fn for_peer(peer_name: &'a str) -> Self {
        Self { peer_name, meta: None, partition: None, server_external_addresses: &[], peering_token: None }
    }
}

fn as_object<S: Serializer>(meta: &Option<&Meta>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(meta.iter().copied().flatten().map(|(key, value)| (key, value)))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Question {
    resource: &'static str,
    access: &'static str,
}

#[cfg(test)]
mod tests;
