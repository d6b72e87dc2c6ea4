//! A peer's name: a DNS label that Consul accepts and can read back.
//!
//! Consul's own rule is `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`. Two names match it and still cannot be used: Consul
//! creates peerings called `token` and `establish`, but their paths are other endpoints, so they can never be read.

use core::fmt;
use core::ops::Deref;

use serde::Serialize;

use super::finding::{Finding, excerpt, wrong_type};
use super::form::{self, Form};
use super::value::Value;

/// The longest DNS label (RFC 1035).
pub const PEER_NAME_MAX_BYTES: usize = 63;
/// `/v1/peering/<name>` is another endpoint for these.
const RESERVED: [&str; 2] = ["token", "establish"];
const FIELD: &str = "peer_name";
const EXAMPLE_FIX: &str = "Choose a name for the other cluster, such as \"eu-west\".";

/// A name that may be part of a request's path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PeerName(String);

impl PeerName {
    /// None if the name is invalid.
    pub fn new(name: &str) -> Option<Self> {
        is_valid(name).then(|| Self(name.to_owned()))
    }

    /// None if [`check`] finds an error.
    pub fn read(value: &Value) -> Option<Self> {
        Self::new(value.text()?)
    }

    /// Consul's name of an existing peering: older ones may be in upper case.
    pub fn of_existing(name: &str) -> Option<Self> {
        is_valid(&name.to_ascii_lowercase()).then(|| Self(name.to_owned()))
    }
}

/// With the name from Consul.
impl PartialEq<PeerName> for String {
    fn eq(&self, name: &PeerName) -> bool {
        *self == name.0
    }
}

impl Deref for PeerName {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether Consul accepts `name` and can read it back.
pub fn is_valid(name: &str) -> bool {
    let bytes = name.as_bytes();
    matches!(bytes, [first, ..] if *first != b'-')
        && bytes.last() != Some(&b'-')
        && bytes.len() <= PEER_NAME_MAX_BYTES
        && bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !RESERVED.contains(&name)
}

/// All findings of a name; empty if it is valid.
pub fn check(value: &Value) -> Vec<Finding> {
    // Without quotes: a token in them would be shown as a name with odd characters.
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    let unquoted = value.text().map(|text| text.trim_matches(is_around).into());
    match form::recognise(unquoted.as_ref().unwrap_or(value)) {
        Some(Form::Uuid) if value.text().is_some_and(is_valid) => {
            return vec![Finding::warning(
                FIELD,
                "uuid",
                "The peer name is a UUID, as an ACL token is. A name is not kept secret.",
                EXAMPLE_FIX,
            )];
        }
        form => {
            if let Some(finding) = form.and_then(Form::in_place_of_peer_name) {
                return vec![finding];
            }
        }
    }
    match value {
        Value::Text(name) => check_text(name),
        Value::Null => vec![Finding::error(FIELD, "required", "The peer name is missing.", EXAMPLE_FIX)],
        other => vec![wrong_type(FIELD, "a string", other.kind())],
    }
}

fn check_text(name: &str) -> Vec<Finding> {
    if name.is_empty() {
        return vec![Finding::error(FIELD, "required", "The peer name is empty.", EXAMPLE_FIX)];
    }
    let fix = match suggestion(name) {
        Some(name) => format!("Try \"{name}\"."),
        None => EXAMPLE_FIX.to_owned(),
    };
    let mut findings = Vec::new();
    let mut error = |rule, message: &str| {
        let message = format!("The peer name \"{}\" {message}.", excerpt(name, 70));
        findings.push(Finding::error(FIELD, rule, &message, &fix));
    };
    if name.len() > PEER_NAME_MAX_BYTES {
        error("length", &format!("is {} bytes long; the limit is {PEER_NAME_MAX_BYTES}", name.len()));
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        error("lower_case", "has upper-case letters; Consul accepts lower case only");
    }
    if name.chars().any(|c| !c.is_ascii_alphanumeric() && c != '-') {
        error("characters", "has characters other than a to z, 0 to 9 and -");
    }
    if name.starts_with('-') || name.ends_with('-') {
        error("ends", "begins or ends with a hyphen");
    }
    if RESERVED.contains(&name) {
        error("reserved", "can be created but never read: its path is one of Consul's own calls");
    }
    findings
}

/// A similar valid name; None without a letter or digit.
fn suggestion(name: &str) -> Option<String> {
    let mut valid = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            valid.push(c.to_ascii_lowercase());
        } else if !valid.ends_with('-') {
            valid.push('-');
        }
    }
    let mut valid = valid.trim_matches('-');
    if valid.len() > PEER_NAME_MAX_BYTES {
        valid = valid.get(..PEER_NAME_MAX_BYTES)?.trim_end_matches('-');
    }
    let valid = if RESERVED.contains(&valid) { format!("{valid}-peer") } else { valid.to_owned() };
    is_valid(&valid).then_some(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_typed_only_where_it_can_be_part_of_a_path() {
        for name in ["", "a/b", "..", "a?b", "a%2fb", "ü", "token", "-a"] {
            assert_eq!((PeerName::new(name), PeerName::of_existing(name)), (None, None), "{name}");
        }
        assert_eq!(PeerName::new("eu").unwrap().to_string(), "eu");
        assert_eq!(PeerName::new("EU"), None);
        assert_eq!(&*PeerName::of_existing("EU").unwrap(), "EU");
    }

    fn rules(value: impl Into<Value>) -> Vec<&'static str> {
        check(&value.into()).iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn labels_pass() {
        for name in ["a", "0", "us", "eu-west-1", "a--b", "xn--bcher-kva", "tokens", "x-token", &"a".repeat(63)] {
            assert!(is_valid(name), "{name}");
            assert_eq!(rules(name), [""; 0], "{name}");
        }
    }

    #[test]
    fn each_error_has_its_rule() {
        assert_eq!(rules(""), ["required"]);
        assert_eq!(rules(Value::Null), ["required"]);
        let name = || Value::from("eu");
        for other in [
            Value::Number(7.0),
            Value::Bool(true),
            Value::List(vec![name()]),
            Value::Object(vec![("peer_name".into(), name())]),
            Value::Other("a function"),
        ] {
            assert_eq!(rules(other.clone()), ["type"], "{}", other.kind());
        }
        assert_eq!(rules("US"), ["lower_case"]);
        assert_eq!(rules(&*"a".repeat(64)), ["length"]);
        assert_eq!(rules("a.b"), ["characters"]);
        assert_eq!(rules("ä"), ["characters"]);
        assert_eq!(rules("а"), ["characters"], "Cyrillic");
        assert_eq!(rules("🙂"), ["characters"]);
        assert_eq!(rules("a\n"), ["characters"]);
        assert_eq!(rules("a\0"), ["characters"]);
        assert_eq!(rules(" a"), ["characters"]);
        assert_eq!(rules("a_b"), ["characters"]);
        assert_eq!(rules("-a"), ["ends"]);
        assert_eq!(rules("a-"), ["ends"]);
        assert_eq!(rules("-"), ["ends"]);
        assert_eq!(rules("token"), ["reserved"]);
        assert_eq!(rules("establish"), ["reserved"]);
    }

    #[test]
    fn finds_all_errors_at_once() {
        assert_eq!(rules(&*format!("-A_{}", "b".repeat(64))), ["length", "lower_case", "characters", "ends"]);
    }

    #[test]
    fn is_valid_and_check_agree() {
        for name in ["", "a", "A", "a-", "-a", "a.b", "token", "establish", "é", &"a".repeat(63), &"a".repeat(64)] {
            assert_eq!(is_valid(name), rules(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_fix_is_a_valid_name() {
        let long = format!("{}-{}", "a".repeat(62), "b".repeat(9));
        let cut = "a".repeat(62);
        for (name, suggested) in [
            ("EU", "eu"),
            ("bad name", "bad-name"),
            (" EU. West_1 ", "eu-west-1"),
            ("-a--b-", "a--b"),
            ("Köln", "k-ln"),
            ("token", "token-peer"),
            ("Token", "token-peer"),
            ("_establish", "establish-peer"),
            (&long, &cut),
        ] {
            for finding in check(&name.into()) {
                assert_eq!(finding.fix, format!("Try \"{suggested}\"."), "{name}");
            }
        }
        for name in ["", "-", "...", "é"] {
            assert_eq!(check(&name.into())[0].fix, EXAMPLE_FIX, "{name}");
        }
    }

    #[test]
    fn a_name_is_shown_short_and_with_hidden_characters_escaped() {
        let message = |name: &str| check(&name.into()).swap_remove(0).message;
        assert!(message("eu\n").contains(r#""eu\n""#), "{}", message("eu\n"));
        assert!(message(&"x".repeat(1_000_000)).len() < 200);
    }

    #[test]
    fn does_not_repeat_a_value_of_another_kind() {
        let token = super::super::peering_token::tests::plain(r#"["1.2.3.4:8503"]"#);
        let uuid = "aaaaaaaa-0000-0000-0000-000000000001";
        for (name, rule) in [
            (&*token, "form"),
            (&token[..48], "form"),
            (&uuid.to_ascii_uppercase(), "form"),
            (&format!("\"{token}\""), "form"),
            (&format!("'{uuid}'"), "form"),
            (uuid, "uuid"),
            ("http://user:password@eu.example", "form"),
            ("eu.example:8500", "form"),
            ("10.0.0.1", "form"),
        ] {
            let findings = check(&name.into());
            assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [rule], "{name}");
            assert!(!format!("{findings:?}").contains(name), "{name}");
            assert_eq!(findings[0].is_error(), !is_valid(name), "{name}");
        }
        assert_eq!(rules("eu.example"), ["characters"]);
        assert_eq!(rules("eu.token"), ["characters"]);
    }
}
