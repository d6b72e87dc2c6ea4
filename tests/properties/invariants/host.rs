//! A native host: serde_json in place of JavaScript's own JSON.

use consul_peering::rules::value::Value;
use serde_json::Value as Json;

pub fn read_json(text: &str) -> Option<Value> {
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
