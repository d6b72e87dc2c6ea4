//! A cluster as a caller names it: an address, or an object with one.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::environment;
use super::value::{member, snapshot};
use crate::rules::finding::{Finding, excerpt, wrong_type};
use crate::rules::header;
use crate::rules::secret::Secret;
use crate::rules::spec::{self, Place};
use crate::rules::text::contains;
use crate::rules::value::Value;

const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8500";
const FIELD: &str = "cluster.address";
/// A mistyped key must not send a call to the default address.
const KEYS: [&str; 6] = ["address", "token", "datacenter", "partition", "headers", "fetch"];

#[wasm_bindgen(module = "/src/js/address.js")]
extern "C" {
    #[wasm_bindgen(js_name = readAddress)]
    fn read_address(text: &str) -> String;
    #[wasm_bindgen(js_name = sameOrigin)]
    fn same_origin(a: &str, b: &str) -> bool;
}

/// Where calls go to, as whom, and how.
#[derive(Default)]
pub struct Cluster {
    /// Scheme, host, port and path prefix, without a slash at the end. Shown in errors: it has no credentials.
    pub address: String,
    pub place: Place,
    /// Further headers, names and values checked.
    pub headers: Vec<(String, String)>,
    pub fetch: Option<Function>,
    /// The address is the environment's, or has its origin: so may the token be.
    is_environments: bool,
}

impl Cluster {
    /// Reads what the caller gave. What is wrong goes to `findings`.
    pub fn read(given: &JsValue, findings: &mut Vec<Finding>) -> Self {
        let value = snapshot(given);
        let mut cluster = Cluster::default();
        match &value {
            Value::Text(_) | Value::Null => {}
            Value::Object(members) => {
                for (key, _) in members.iter().filter(|(key, value)| !KEYS.contains(&&**key) && *value != Value::Null) {
                    let field = format!("cluster.{}", excerpt(key, 40));
                    let message = format!("{field} is not known here");
                    findings.push(Finding::error(
                        &field,
                        "unknown",
                        &message,
                        &format!("Known are {}.", KEYS.join(", ")),
                    ));
                }
                cluster.place = spec::place(&value, findings);
                cluster.headers = read_headers(value.get("headers"), findings);
                if *value.get("fetch") != Value::Null {
                    cluster.fetch = read_fetch(&member(given, "fetch"), findings);
                }
            }
            other => findings.push(wrong_type("cluster", "an address or an object with one", other.kind())),
        }
        let given_address = if let Value::Text(_) = value { &value } else { value.get("address") };
        cluster.settle_address(given_address, findings);
        cluster
    }

    /// What a spec or a reference says about the place wins.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Place {
            datacenter: place.datacenter.or(self.place.datacenter),
            partition: place.partition.or(self.place.partition),
            token: place.token.or(self.place.token),
        };
        self
    }

    fn settle_address(&mut self, given: &Value, findings: &mut Vec<Finding>) {
        let from_environment = environment_address();
        let text = match given {
            Value::Text(text) => text.clone(),
            Value::Null => {
                environment::origin().or_else(|| from_environment.clone()).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned())
            }
            other => return findings.push(wrong_type(FIELD, "a URL", other.kind())),
        };
        self.address = checked_address(&text, findings);
        self.is_environments = match from_environment {
            Some(address) => same_origin(&address, &text),
            None => matches!(given, Value::Null) && environment::origin().is_none(),
        };
    }

    /// Takes the environment's token where it is meant for this address and nobody has given another.
    pub fn take_environment_token(&mut self, findings: &mut Vec<Finding>) {
        if self.is_environments && self.place.token.is_none() {
            self.place.token = environment_token(findings);
        }
    }
}

/// `CONSUL_HTTP_ADDR`, which may lack its scheme.
fn environment_address() -> Option<String> {
    let text = environment::variable("CONSUL_HTTP_ADDR")?;
    if contains(&text, "://") {
        return Some(text);
    }
    let secure =
        environment::variable("CONSUL_HTTP_SSL").is_some_and(|on| matches!(&*on, "1" | "true" | "TRUE" | "True"));
    Some(format!("{}://{text}", if secure { "https" } else { "http" }))
}

/// The token of `CONSUL_HTTP_TOKEN_FILE`, else of `CONSUL_HTTP_TOKEN`, as Consul's own clients choose.
fn environment_token(findings: &mut Vec<Finding>) -> Option<Secret> {
    let text = match environment::variable("CONSUL_HTTP_TOKEN_FILE") {
        Some(path) => match environment::file(&path) {
            Some(text) => text.trim().to_owned(),
            None => {
                // Without its value, which is the token itself where the two variables were mixed up.
                let message = "CONSUL_HTTP_TOKEN_FILE names a file that cannot be read";
                findings.push(Finding::error("token", "file", message, "Correct the path, or unset the variable."));
                return None;
            }
        },
        None => environment::variable("CONSUL_HTTP_TOKEN")?,
    };
    if header::is_acl_token(&text) {
        return Some(Secret::new(text));
    }
    findings.push(Finding::error(
        "token",
        "characters",
        "the ACL token in the environment has a space, a line break or another character that no ACL token has",
        "Trim it where it is set.",
    ));
    None
}

/// An http or https URL without credentials, query or fragment. What is wrong is told without repeating the address,
/// which may hold a password.
fn checked_address(text: &str, findings: &mut Vec<Finding>) -> String {
    const HOW: &str = "Write it as http://host:8500 or https://host:8501.";
    let address = read_address(text);
    let (rule, message, fix) = match &*address {
        "url" => ("url", "is not a URL", HOW),
        "scheme" => ("scheme", "has another scheme than http or https", HOW),
        "credentials" => {
            ("credentials", "has credentials in it", "Give an ACL token as token, a proxy's password as a header.")
        }
        "query" => ("query", "has a query or a fragment", "Leave out what follows ? or #."),
        _ => return address,
    };
    findings.push(Finding::error(FIELD, rule, &format!("{FIELD} {message}"), fix));
    String::new()
}

fn read_headers(value: &Value, findings: &mut Vec<Finding>) -> Vec<(String, String)> {
    if !matches!(value, Value::Null | Value::Object(_)) {
        findings.push(wrong_type("cluster.headers", "an object of strings", value.kind()));
    }
    let mut headers = Vec::new();
    for (name, value) in value.members() {
        match value {
            Value::Text(text) if header::is_name(name) && header::is_value(text) => {
                headers.push((name.clone(), text.clone()))
            }
            Value::Null => {}
            _ => findings.push(Finding::error(
                &format!("cluster.headers.{}", excerpt(name, 40)),
                "header",
                &format!("cluster.headers has a name or value that no header can have: {}", excerpt(name, 40)),
                "Use printable ASCII without line breaks.",
            )),
        }
    }
    headers
}

fn read_fetch(value: &JsValue, findings: &mut Vec<Finding>) -> Option<Function> {
    let fetch = value.clone().dyn_into().ok();
    if fetch.is_none() {
        findings.push(wrong_type("cluster.fetch", "a function", "something else"));
    }
    fetch
}
