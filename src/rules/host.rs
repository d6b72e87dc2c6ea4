//! What the rules need from their host.

use super::value::Value;

/// Parses JSON; None if it is invalid. Every host of WebAssembly has a parser: a second one would weigh more in the
/// module than all rules of a peering token.
pub type ReadJson = fn(&str) -> Option<Value>;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// serde_json in the host's place.
    pub fn read_json(text: &str) -> Option<Value> {
        fn value(json: serde_json::Value) -> Value {
            match json {
                serde_json::Value::Null => Value::Null,
                serde_json::Value::Bool(b) => Value::Bool(b),
                serde_json::Value::Number(n) => Value::Number(n.as_f64().unwrap_or(0.0)),
                serde_json::Value::String(s) => Value::Text(s),
                serde_json::Value::Array(items) => Value::List(items.into_iter().map(value).collect()),
                serde_json::Value::Object(members) => {
                    Value::Object(members.into_iter().map(|(k, v)| (k, value(v))).collect())
                }
            }
        }
        serde_json::from_str(text).ok().map(value)
    }
}
