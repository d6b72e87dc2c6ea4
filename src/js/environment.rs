//! What the host provides: environment variables, files, the page's own origin.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::cluster::checked_address;
use super::value::{member, to_js};
use crate::rules::environment::{self, Environment, TokenSource};
use crate::rules::finding::Finding;
use crate::rules::secret::Secret;

#[wasm_bindgen(module = "/src/js/environment.js")]
extern "C" {
    /// An environment variable that is set and not empty; none in a page.
    pub fn variable(name: &str) -> Option<String>;

    /// The origin of the page or worker, if any.
    pub fn origin() -> Option<String>;

    /// The text of a file, on hosts with Node's file system.
    pub fn file(path: &str) -> Option<String>;
}

/// The environment for the command line, which passes its variables and reads files itself.
#[derive(Serialize)]
struct EnvironmentInput {
    address: OrFinding,
    token: Option<OrFinding>,
    token_file: Option<String>,
    authorization: Option<String>,
    partition: Option<String>,
    ca_file: Option<String>,
    cert_file: Option<String>,
    key_file: Option<String>,
    tls_server_name: Option<String>,
    findings: Vec<Finding>,
}

/// A value, or a finding with the reason why it is missing.
#[derive(Serialize)]
#[serde(untagged)]
enum OrFinding {
    Value(String),
    Finding(Finding),
}

impl From<Result<String, Finding>> for OrFinding {
    fn from(result: Result<String, Finding>) -> Self {
        result.map_or_else(Self::Finding, Self::Value)
    }
}

#[wasm_bindgen(js_name = environment)]
pub fn read_environment(variables: &JsValue) -> JsValue {
    let lookup = |name: &str| non_empty_text(variables, name);
    let Environment { token, authorization, partition } = Environment::read(&lookup);
    let exposed = |secret: Secret| secret.expose().to_owned();
    let (token, token_file) = match token {
        TokenSource::Missing => (None, None),
        TokenSource::File(file) => (None, Some(file)),
        TokenSource::Text(text) => (Some(environment::token(&text).map(exposed).into()), None),
    };
    let mut findings = Vec::new();
    let tls = environment::tls(&lookup, &mut findings);
    let address = environment::address(&lookup).and_then(|text| checked_address(environment::ADDRESS, &text));
    to_js(&EnvironmentInput {
        address: address.into(),
        token,
        token_file,
        authorization: authorization.map(exposed),
        partition,
        ca_file: tls.ca_file,
        cert_file: tls.cert_file,
        key_file: tls.key_file,
        tls_server_name: tls.tls_server_name,
        findings,
    })
}

/// An address from the command line, read like the environment's: the URL, or the finding.
#[wasm_bindgen(js_name = address)]
pub fn read_address(field: &str, text: &str, variables: &JsValue) -> JsValue {
    let address = environment::given_address(field, text, &|name| non_empty_text(variables, name))
        .and_then(|text| checked_address(field, &text));
    to_js(&OrFinding::from(address))
}

fn non_empty_text(variables: &JsValue, name: &str) -> Option<String> {
    member(variables, name).as_string().filter(|value| !value.is_empty())
}
