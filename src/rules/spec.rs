//! The inputs of a call, checked in one pass: a peering to establish, a token to generate, a reference to one.
//!
//! Names are Terraform's. A Terraform resource is a valid spec: null means "not set", and computed attributes (`id`,
//! `state`, …) are ignored with a warning.

use super::external_addresses;
use super::finding::{Finding, excerpt, wrong_type};
use super::form::{self, Form};
use super::header;
use super::host::ReadJson;
use super::meta::{self, Meta};
use super::peer_name::{self, PeerName};
use super::peering_token::{self, PeeringToken};
use super::secret::Secret;
use super::time::Timestamp;
use super::value::Value;

/// The query options of a call, which override the cluster's own settings.
#[derive(Clone, Default)]
pub struct QueryOptions {
    pub datacenter: Option<String>,
    pub partition: Option<String>,
    pub token: Option<Secret>,
}

/// A peering to establish: this cluster dials.
pub struct PeeringSpec {
    pub options: QueryOptions,
    pub peer_name: PeerName,
    pub peering_token: PeeringToken,
    pub meta: Meta,
}

/// A token to generate: this cluster accepts.
pub struct TokenSpec {
    pub options: QueryOptions,
    pub peer_name: PeerName,
    /// Without meta, that of an existing acceptor is kept.
    pub meta: Option<Meta>,
    /// None if the caller did not pass any, not even an empty list.
    pub server_external_addresses: Option<Vec<String>>,
}

/// One peering of a cluster.
pub struct Reference {
    pub options: QueryOptions,
    pub peer_name: PeerName,
}

/// A spec, unless a finding is an error, and all findings.
pub struct Checked<T> {
    pub findings: Vec<Finding>,
    pub spec: Option<T>,
}

impl<T> Checked<T> {
    /// The findings contain nothing of the ACL token in `value`, wherever a caller has passed it a second time.
    fn new(value: &Value, findings: Vec<Finding>, spec: impl FnOnce() -> Option<T>) -> Self {
        let spec = if findings.iter().any(Finding::is_error) { None } else { spec() };
        let findings = match value.get("token").text() {
            Some(token) => Finding::redacted(findings, &[token.to_owned()]),
            None => findings,
        };
        Self { findings, spec }
    }
}

const QUERY_OPTION_KEYS: [&str; 3] = ["datacenter", "partition", "token"];
/// Computed by Consul: Terraform's read-only attributes and those that `read` adds.
const READ_ONLY_KEYS: [&str; 12] = [
    "id",
    "state",
    "deleted_at",
    "peer_id",
    "peer_ca_pems",
    "peer_server_name",
    "peer_server_addresses",
    "role",
    "remote",
    "stream",
    "create_index",
    "modify_index",
];

/// Checks a peering to establish.
pub fn peering(value: &Value, json: ReadJson, now: Timestamp) -> Checked<PeeringSpec> {
    let mut findings = shape(value, &["peer_name", "peering_token", "meta"]);
    if !matches!(value, Value::Object(_)) {
        return Checked { findings, spec: None };
    }
    findings.extend(peer_name::check(value.get("peer_name")));
    let reading = peering_token::read(value.get("peering_token"), json, now);
    findings.extend(reading.findings);
    findings.extend(meta::check(value.get("meta")));
    let options = query_options(value, &mut findings);
    Checked::new(value, findings, || {
        Some(PeeringSpec {
            options,
            peer_name: PeerName::read(value.get("peer_name"))?,
            peering_token: reading.token?,
            meta: meta::pairs(value.get("meta")),
        })
    })
}

/// Checks a token to generate.
pub fn token(value: &Value) -> Checked<TokenSpec> {
    token_with(value, &["peer_name", "meta", "server_external_addresses"])
}

/// Checks a side of a pair; its cluster is checked separately.
pub fn side(value: &Value) -> Checked<TokenSpec> {
    token_with(value, &["cluster", "peer_name", "meta", "server_external_addresses"])
}

fn token_with(value: &Value, own_keys: &[&str]) -> Checked<TokenSpec> {
    let mut findings = shape(value, own_keys);
    if !matches!(value, Value::Object(_)) {
        return Checked { findings, spec: None };
    }
    findings.extend(peer_name::check(value.get("peer_name")));
    findings.extend(meta::check(value.get("meta")));
    let addresses = value.get("server_external_addresses");
    external_addresses::check(addresses, &mut findings);
    let options = query_options(value, &mut findings);
    Checked::new(value, findings, || {
        Some(TokenSpec {
            options,
            peer_name: PeerName::read(value.get("peer_name"))?,
            meta: (*value.get("meta") != Value::Null).then(|| meta::pairs(value.get("meta"))),
            server_external_addresses: (*addresses != Value::Null).then(|| addresses.texts()),
        })
    })
}

/// Checks a reference: a name, or an object with one.
pub fn reference(value: &Value) -> Checked<Reference> {
    let object = matches!(value, Value::Object(_));
    let name = if object { value.get("peer_name") } else { value };
    let mut findings = if object { shape(value, &["peer_name"]) } else { Vec::new() };
    findings.extend(peer_name::check(name));
    let options = query_options(value, &mut findings);
    Checked::new(value, findings, || Some(Reference { options, peer_name: PeerName::read(name)? }))
}

/// Whether it is an object with known keys only.
fn shape(value: &Value, own_keys: &[&str]) -> Vec<Finding> {
    let Value::Object(members) = value else {
        return vec![wrong_type("spec", "an object with a peer_name", value.kind())];
    };
    let mut findings = Vec::new();
    for (key, member) in members {
        let key = key.as_str();
        if own_keys.contains(&key) || QUERY_OPTION_KEYS.contains(&key) || *member == Value::Null {
            continue;
        }
        let shown = if key.is_empty() { "\"\"".to_owned() } else { excerpt(key, 40) };
        if READ_ONLY_KEYS.contains(&key) {
            findings.push(Finding::warning(
                &shown,
                "read_only",
                &format!("{shown} is read-only and ignored."),
                "Remove it.",
            ));
        } else {
            let snake = snake_case(key);
            let known = own_keys.iter().chain(&QUERY_OPTION_KEYS).find(|known| **known == snake);
            let fix = match known {
                Some(known) => format!("Write {known}."),
                None => format!("Remove it. Known are {}, {}.", own_keys.join(", "), QUERY_OPTION_KEYS.join(", ")),
            };
            findings.push(Finding::error(&shown, "unknown", &format!("{shown} is unknown."), &fix));
        }
    }
    findings
}

/// The known key for `peerName` or `peer-name`.
fn snake_case(key: &str) -> String {
    let mut snake = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    snake.trim_start_matches('_').to_owned()
}

/// Reads the query options of a spec, a reference or a cluster.
pub fn query_options(value: &Value, findings: &mut Vec<Finding>) -> QueryOptions {
    QueryOptions {
        datacenter: label(value, "datacenter", findings),
        partition: label(value, "partition", findings),
        token: acl_token(value.get("token"), findings),
    }
}

/// A datacenter's or partition's name: letters, digits, hyphens and underscores. Empty is not set.
fn label(value: &Value, field: &str, findings: &mut Vec<Finding>) -> Option<String> {
    match value.get(field) {
        Value::Null => None,
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => {
            Some(text.clone())
        }
        Value::Text(text) => {
            findings.push(Finding::error(
                field,
                "characters",
                &format!("{field} \"{}\" has characters other than letters, digits, - and _.", excerpt(text, 40)),
                &format!("Use the {field}'s name as Consul knows it."),
            ));
            None
        }
        other => {
            findings.push(wrong_type(field, "a string", other.kind()));
            None
        }
    }
}

/// The ACL token. No finding contains its value.
fn acl_token(value: &Value, findings: &mut Vec<Finding>) -> Option<Secret> {
    if let Some(finding) = form::recognise(value).and_then(Form::in_place_of_acl_token) {
        let refused = finding.is_error();
        findings.push(finding);
        if refused {
            return None;
        }
    }
    match value {
        Value::Null => None,
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) if header::is_acl_token(text) => Some(Secret::new(text.clone())),
        Value::Text(_) => {
            findings.push(Finding::error(
                "token",
                "characters",
                "token has a space, a line break or another character that no ACL token has.",
                "Trim it where it is read; a file often ends with a line break.",
            ));
            None
        }
        other => {
            findings.push(wrong_type("token", "a string", other.kind()));
            None
        }
    }
}

#[cfg(test)]
mod tests;
