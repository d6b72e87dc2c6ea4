//! What the host brings along: environment variables, files, the page's own origin.

use wasm_bindgen::prelude::*;

use super::cluster::checked_address;
use super::value::{member, to_js};
use crate::rules::environment::{self, Environment, TokenSource};
use crate::rules::finding::Finding;
use crate::rules::secret::Secret;
use crate::rules::value::{Value, object};

#[wasm_bindgen(module = "/src/js/host.js")]
extern "C" {
    /// An environment variable that is set and not empty; none in a page.
    pub fn variable(name: &str) -> Option<String>;

    /// The origin of the page or worker, where there is one.
    pub fn origin() -> Option<String>;

    /// The text of a file, on hosts that have Node's file system.
    pub fn file(path: &str) -> Option<String>;
}

/// The environment for the command line, which is given its variables and reads files itself. `address` and `token` are
/// each the value, or the finding that says why there is none.
#[wasm_bindgen(js_name = environment)]
pub fn read_environment(variables: &JsValue) -> JsValue {
    let lookup = |name: &str| filled(variables, name);
    let Environment { token, authorization, partition } = Environment::read(&lookup);
    let (token, token_file) = match &token {
        TokenSource::Missing => (Value::Null, None),
        TokenSource::File(file) => (Value::Null, Some(&**file)),
        TokenSource::Text(text) => {
            (value_or_finding(environment::token(text).as_ref().map(Secret::expose).map_err(Clone::clone)), None)
        }
    };
    let mut findings = Vec::new();
    let tls = environment::tls(&lookup, &mut findings);
    let address = environment::address(&lookup).and_then(|text| checked_address(environment::ADDRESS, &text));
    to_js(&object([
        ("address", value_or_finding(address.as_deref().map_err(Clone::clone))),
        ("token", token),
        ("token_file", token_file.into()),
        ("authorization", authorization.as_ref().map(Secret::expose).into()),
        ("partition", partition.as_deref().into()),
        ("ca_file", tls.ca_file.as_deref().into()),
        ("cert_file", tls.cert_file.as_deref().into()),
        ("key_file", tls.key_file.as_deref().into()),
        ("tls_server_name", tls.tls_server_name.as_deref().into()),
        ("findings", Finding::list(&findings)),
    ]))
}

/// An address that the command line was given, read as the environment's is: the URL, or the finding.
#[wasm_bindgen(js_name = address)]
pub fn read_address(field: &str, text: &str, variables: &JsValue) -> JsValue {
    let address = environment::given_address(field, text, &|name| filled(variables, name))
        .and_then(|text| checked_address(field, &text));
    to_js(&value_or_finding(address.as_deref().map_err(Clone::clone)))
}

fn filled(variables: &JsValue, name: &str) -> Option<String> {
    member(variables, name).as_string().filter(|value| !value.is_empty())
}

fn value_or_finding(result: Result<&str, Finding>) -> Value {
    result.map_or_else(|finding| finding.to_value(), Value::from)
}
