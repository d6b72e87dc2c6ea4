//! What the rules leave to the host they run on.
//!
//! Every host of WebAssembly reads JSON and base64 already; a second reader of each would weigh more in the module than
//! all the rules of a peering token.

use super::value::Value;

#[derive(Clone, Copy)]
pub struct Host {
    /// Reads JSON; nothing for what is none.
    pub json: fn(&str) -> Option<Value>,
    /// Reads standard base64 whose alphabet, length and padding are right.
    pub base64: fn(&str) -> Option<Vec<u8>>,
}

/// Reads standard base64 with its padding, line breaks anywhere passed over: as Go does.
pub fn base64(text: &str, host: Host) -> Option<Vec<u8>> {
    let joined: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let digits = joined.trim_end_matches('=');
    let whole = joined.len().is_multiple_of(4) && joined.len() - digits.len() <= 2;
    let clean = digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
    // Some hosts are more lenient than Go, so what they are given is checked.
    if whole && clean { (host.base64)(&joined) } else { None }
}

#[cfg(test)]
pub(crate) mod tests {
    use base64ct::Encoding;

    use super::*;

    /// serde_json and base64ct in the host's place.
    pub const NATIVE: Host = Host { json: parse, base64: |text| base64ct::Base64::decode_vec(text).ok() };

    fn parse(text: &str) -> Option<Value> {
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

    #[test]
    fn base64_is_gos() {
        let read = |text: &str| base64(text, NATIVE);
        assert_eq!(read("aGk=").as_deref(), Some(&b"hi"[..]));
        assert_eq!(read("a\nGk\r\n=").as_deref(), Some(&b"hi"[..]));
        assert_eq!(read("aGlo").as_deref(), Some(&b"hih"[..]));
        assert_eq!(read("aA==").as_deref(), Some(&b"h"[..]));
        assert_eq!(read("+/+/").as_deref(), Some(&[0xfb, 0xff, 0xbf][..]));
    }

    #[test]
    fn what_is_no_base64_never_reaches_the_host() {
        let host = Host { base64: |_| Some(vec![1]), ..NATIVE };
        assert_eq!(base64("aGk=", host).as_deref(), Some(&[1][..]));
        for text in ["aGk", "aGk=a", "a===", "====", "aG k=", "aGk-", "aGk_", "aGk\u{e9}", "=aGk", "aG=k"] {
            assert_eq!(base64(text, host), None, "{text}");
        }
    }
}
