//! A caller's cluster: an address, or an object with one.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::environment::{file, origin, variable};
use super::host::JsHost;
use super::value::{member, snapshot};
use crate::consul::cluster::{Cluster, ClusterAddress};
use crate::rules::cluster_address::{self, ClusterAddressError};
use crate::rules::environment::{self, Environment, TokenSource};
use crate::rules::finding::{Finding, unknown_key, wrong_type};
use crate::rules::header;
use crate::rules::spec::{self, QueryOptions};
use crate::rules::value::Value;

const FIELD: &str = "cluster.address";
const AUTHORIZATION: &str = "Authorization";
const TLS_FIX: &str = "Give the cluster a fetch of your own that uses it. Node also reads NODE_EXTRA_CA_CERTS.";
/// A mistyped key must not send a call to the default address.
const KEYS: [&str; 6] = ["address", "token", "datacenter", "partition", "headers", "fetch"];

#[wasm_bindgen(module = "/src/js/address.js")]
extern "C" {
    #[wasm_bindgen(js_name = readAddress)]
    fn read_address(text: &str) -> String;
    #[wasm_bindgen(js_name = sameOrigin)]
    fn same_origin(a: &str, b: &str) -> bool;
}

/// A cluster, and the host that reaches it.
#[derive(Default)]
pub struct ClusterInput {
    pub cluster: Cluster,
    pub host: JsHost,
    /// The environment's ACL token, if the address is the environment's or has its origin.
    environment_token: Option<TokenSource>,
}

impl ClusterInput {
    /// Reads the caller's value. Errors are added to `findings`.
    pub fn read(given: &JsValue, findings: &mut Vec<Finding>) -> Self {
        let value = snapshot(given);
        let mut input = Self::default();
        match &value {
            Value::Text(_) | Value::Null => {}
            Value::Object(members) => {
                for (key, _) in members.iter().filter(|(key, value)| !KEYS.contains(&&**key) && *value != Value::Null) {
                    findings.push(unknown_key("cluster", key, &KEYS));
                }
                input.cluster.options = spec::query_options(&value, findings);
                input.cluster.headers = header::read("cluster.headers", value.get("headers"), findings);
                if *value.get("fetch") != Value::Null {
                    input.host.fetch = read_fetch(&member(given, "fetch"), findings);
                }
            }
            other => findings.push(wrong_type("cluster", "an address or an object with one", other.kind())),
        }
        let given_address = if let Value::Text(_) = value { &value } else { value.get("address") };
        input.resolve_address(given_address, findings);
        input
    }

    /// The same cluster with the query options of a spec or reference, which take precedence.
    pub fn at(mut self, options: QueryOptions) -> Self {
        self.cluster = self.cluster.at(options);
        self
    }

    fn resolve_address(&mut self, given: &Value, findings: &mut Vec<Finding>) {
        let environments = environment::address(&variable);
        let read = match given {
            Value::Text(text) if environment::is_host_and_port(text) => {
                environment::given_address(FIELD, text, &variable).and_then(|text| checked_address(FIELD, &text))
            }
            Value::Text(text) => checked_address(FIELD, text),
            Value::Null => match origin() {
                Some(origin) => checked_address(FIELD, &origin),
                None => environments.clone().and_then(|text| checked_address(environment::ADDRESS, &text)),
            },
            other => Err(wrong_type(FIELD, "a URL", other.kind())),
        };
        match read {
            Ok(address) => self.cluster.address = ClusterAddress::new(address),
            Err(finding) => return findings.push(finding),
        }
        if environments.is_ok_and(|environments| same_origin(&environments, &self.cluster.address)) {
            self.take_environment(findings);
        }
    }

    /// The environment's settings, unless the caller overrides them.
    fn take_environment(&mut self, findings: &mut Vec<Finding>) {
        let Environment { token, authorization, partition } = Environment::read(&variable);
        self.environment_token = Some(token);
        let cluster = &mut self.cluster;
        cluster.options.partition = cluster.options.partition.take().or(partition);
        if let Some(authorization) = authorization
            && !cluster.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(AUTHORIZATION))
        {
            cluster.headers.push((AUTHORIZATION.to_owned(), authorization.expose().to_owned()));
        }
        // A fetch of the caller has its own TLS settings.
        if self.host.fetch.is_some() {
            return;
        }
        let tls = environment::tls(&variable, findings);
        if self.cluster.address.starts_with("https:") {
            for name in tls.variables() {
                let message = format!("{name} is set, and the global fetch cannot use it");
                findings.push(Finding::warning(name, "unsupported", &message, TLS_FIX));
            }
        }
    }

    /// Takes the environment's token if it is for this address and the caller passes no other.
    pub fn take_environment_token(&mut self, findings: &mut Vec<Finding>) {
        let source = self.environment_token.take();
        if self.cluster.options.token.is_some() {
            return;
        }
        let token = match source {
            None | Some(TokenSource::Missing) => return,
            Some(TokenSource::Text(text)) => environment::token(&text),
            Some(TokenSource::File(path)) => match file(&path) {
                Some(text) => {
                    // A pipe can be read only once.
                    self.host.token_file = Some(path).filter(|path| !path.starts_with("/dev/"));
                    environment::token(&text)
                }
                // Without the value, which is the token itself if the two variables were swapped.
                None => Err(Finding::error(
                    "token",
                    "file",
                    "CONSUL_HTTP_TOKEN_FILE names a file that cannot be read",
                    "Correct the path, or unset the variable.",
                )),
            },
        };
        match token {
            Ok(token) => self.cluster.options.token = Some(token),
            Err(finding) => findings.push(finding),
        }
    }
}

/// An http or https URL without credentials, query or fragment. Findings do not contain the address, which may contain
/// a password.
pub fn checked_address(field: &str, text: &str) -> Result<String, Finding> {
    let address = read_address(text);
    let error = match &*address {
        "url" => ClusterAddressError::Url,
        "scheme" => ClusterAddressError::Scheme,
        "credentials" => ClusterAddressError::Credentials,
        "query" => ClusterAddressError::Query,
        _ => return Ok(address),
    };
    Err(cluster_address::finding(field, error))
}

fn read_fetch(value: &JsValue, findings: &mut Vec<Finding>) -> Option<Function> {
    let fetch = value.clone().dyn_into().ok();
    if fetch.is_none() {
        findings.push(wrong_type("cluster.fetch", "a function", "something else"));
    }
    fetch
}
