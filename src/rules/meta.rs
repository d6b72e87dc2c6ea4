//! Meta: pairs of text that Consul keeps with a peering, under Consul's own limits for node metadata.

use super::finding::{Finding, excerpt, wrong_type};
use super::value::Value;

/// Consul `structs.ValidateNodeMetadata`: at most this many pairs.
pub const META_MAX_PAIRS: usize = 64;
/// At most this many bytes in a key.
pub const META_KEY_MAX_BYTES: usize = 128;
/// At most this many bytes (not characters) in a value.
pub const META_VALUE_MAX_BYTES: usize = 512;
/// Keys with this prefix, in exactly this case, are reserved by Consul.
const RESERVED_PREFIX: &str = "consul-";

/// Pairs as they are sent.
pub type Meta = Vec<(String, String)>;

/// All findings of `meta`. Null is no meta. Messages never contain values.
pub fn check(value: &Value) -> Vec<Finding> {
    let pairs = match value {
        Value::Null => return Vec::new(),
        Value::Object(pairs) => pairs,
        other => return vec![wrong_type("meta", "an object of strings", other.kind())],
    };
    let mut findings = Vec::new();
    if pairs.len() > META_MAX_PAIRS {
        findings.push(Finding::error(
            "meta",
            "pairs",
            &format!("meta has {} pairs; the limit is {META_MAX_PAIRS}.", pairs.len()),
            "Remove some.",
        ));
    }
    for (key, value) in pairs {
        check_key(key, &mut findings);
        check_value(key, value, &mut findings);
    }
    findings
}

fn field_of(key: &str) -> String {
    format!("meta.{}", excerpt(key, 40))
}

fn check_key(key: &str, findings: &mut Vec<Finding>) {
    let mut error = |rule, message: String, fix: &str| {
        findings.push(Finding::error(&field_of(key), rule, &message, fix));
    };
    let shown = excerpt(key, 40);
    if key.is_empty() {
        return error("key_empty", "meta has an empty key.".into(), "Name it or leave it out.");
    }
    if key.len() > META_KEY_MAX_BYTES {
        let message = format!("meta key \"{shown}\" is {} bytes long; the limit is {META_KEY_MAX_BYTES}.", key.len());
        error("key_length", message, "Shorten it.");
    }
    if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        let message = format!("meta key \"{shown}\" has characters other than letters, digits, - and _.");
        error("key_characters", message, "Use letters, digits, hyphens and underscores only.");
    }
    if key.starts_with(RESERVED_PREFIX) {
        let message = format!("meta key \"{shown}\" begins with \"{RESERVED_PREFIX}\", which Consul reserves.");
        error("key_reserved", message, "Choose another prefix.");
    }
}

fn check_value(key: &str, value: &Value, findings: &mut Vec<Finding>) {
    let field = field_of(key);
    match value {
        Value::Text(text) if text.len() > META_VALUE_MAX_BYTES => findings.push(Finding::error(
            &field,
            "value_length",
            &format!("{field} is {} bytes long; the limit is {META_VALUE_MAX_BYTES} bytes in UTF-8.", text.len()),
            "Shorten it.",
        )),
        Value::Text(_) => {}
        other => findings.push(Finding::error(
            &field,
            "type",
            &format!("{field} must be a string, not {}.", other.kind()),
            "Write the value as a string.",
        )),
    }
}

/// The pairs of a meta that [`check`] has passed.
pub fn pairs(value: &Value) -> Meta {
    value.members().iter().filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned()))).collect()
}

/// Whether two metas have the same pairs, in any order.
pub fn same(a: &Meta, b: &Meta) -> bool {
    a.len() == b.len() && a.iter().all(|pair| b.contains(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(pairs: &[(&str, Value)]) -> Value {
        Value::Object(pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    fn rules(value: &Value) -> Vec<(String, &'static str)> {
        check(value).into_iter().map(|finding| (finding.field, finding.rule)).collect()
    }

    fn one(key: &str, value: &str) -> Vec<&'static str> {
        check(&object(&[(key, value.into())])).iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn limits_are_inclusive() {
        let many = |n| Value::Object((0..n).map(|i| (format!("k{i}"), "v".into())).collect());
        assert!(check(&many(64)).is_empty());
        assert_eq!(rules(&many(65)), [("meta".into(), "pairs")]);
        assert!(one(&"k".repeat(128), "v").is_empty());
        let long = object(&[(&"k".repeat(129), "v".into())]);
        assert_eq!(rules(&long), [(format!("meta.{}…", "k".repeat(40)), "key_length")]);
        assert!(one("k", &"v".repeat(512)).is_empty());
        assert_eq!(one("k", &"v".repeat(513)), ["value_length"]);
        assert!(one("k", &"é".repeat(256)).is_empty());
        assert_eq!(one("k", &format!("{}v", "é".repeat(256))), ["value_length"], "bytes, not characters");
    }

    #[test]
    fn keys_have_their_rules() {
        assert!(one("A_b-9", "").is_empty(), "an empty value is fine");
        assert_eq!(one("", "v"), ["key_empty"]);
        assert_eq!(one("a b", "v"), ["key_characters"]);
        assert_eq!(one("a.b", "v"), ["key_characters"]);
        assert_eq!(one("é", "v"), ["key_characters"]);
        assert_eq!(one("consul-x", "v"), ["key_reserved"]);
        assert!(one("Consul-x", "v").is_empty(), "the prefix is reserved in lower case only");
    }

    #[test]
    fn values_are_strings() {
        assert_eq!(rules(&object(&[("n", Value::Number(1.0))])), [("meta.n".into(), "type")]);
        assert_eq!(rules(&object(&[("n", Value::Null)])), [("meta.n".into(), "type")]);
        assert_eq!(rules(&object(&[("n", object(&[]))])), [("meta.n".into(), "type")]);
        for other in [Value::List(vec![]), "a=b".into()] {
            assert_eq!(rules(&other), [("meta".into(), "type")], "{}", other.kind());
        }
        assert!(check(&Value::Null).is_empty());
    }

    #[test]
    fn sameness_ignores_order() {
        let meta = |pairs: &[(&str, &str)]| -> Meta {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        assert!(same(&meta(&[("a", "1"), ("b", "2")]), &meta(&[("b", "2"), ("a", "1")])));
        assert!(!same(&meta(&[("a", "1")]), &meta(&[("a", "2")])));
        assert!(!same(&meta(&[("a", "1")]), &meta(&[("a", "1"), ("b", "2")])));
        assert!(!same(&meta(&[("a", "1"), ("b", "2")]), &meta(&[("a", "1")])));
    }

    #[test]
    fn pairs_keep_their_order() {
        let value = object(&[("b", "2".into()), ("a", "1".into())]);
        assert_eq!(pairs(&value), [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())]);
    }
}
