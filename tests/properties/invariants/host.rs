//! A native host that is as lenient as those of WebAssembly: what is let through here, `atob` lets through as well.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use consul_peering::rules::host::Host;
use consul_peering::rules::value::Value;
use serde_json::Value as Json;

pub const HOST: Host = Host { json: parse, base64: atob };

const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn atob(text: &str) -> Option<Vec<u8>> {
    FORGIVING.decode(text.replace([' ', '\t', '\n', '\x0c', '\r'], "")).ok()
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().as_ref().map(to_value)
}

/// serde_json's reading as the rules' own.
pub fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(to_value).collect()),
        Json::Object(members) => {
            Value::Object(members.iter().map(|(key, member)| (key.clone(), to_value(member))).collect())
        }
    }
}
