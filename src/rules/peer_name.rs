//! A peer's name: a DNS label that Consul takes and can read back.
//!
//! Consul's own rule is `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`. Two names pass it and still cannot be used: Consul
//! makes peerings called `token` and `establish`, but their paths are its own calls, so they can never be read.

use alloc::vec::Vec;

use super::finding::{Finding, excerpt, wrong_type};
use super::value::Value;

/// The longest DNS label (RFC 1035).
pub const PEER_NAME_MAX_BYTES: usize = 63;
/// `/v1/peering/<name>` is another call for these.
const RESERVED: [&str; 2] = ["token", "establish"];
const FIELD: &str = "peer_name";

/// Whether Consul takes `name` and can read it back.
pub fn is_valid(name: &str) -> bool {
    let bytes = name.as_bytes();
    matches!(bytes, [first, ..] if *first != b'-')
        && bytes.last() != Some(&b'-')
        && bytes.len() <= PEER_NAME_MAX_BYTES
        && bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !RESERVED.contains(&name)
}

/// Everything that is wrong with a name; nothing when it is valid.
pub fn check(value: &Value) -> Vec<Finding> {
    let name = match value {
        Value::Text(name) => name,
        Value::Null => {
            return vec![Finding::error(
                FIELD,
                "required",
                "peer_name is missing",
                "Give the name this cluster shall call the other one, such as \"eu-west\".",
            )];
        }
        other => return vec![wrong_type(FIELD, "a string", other.kind())],
    };
    let error = |rule, message: &str, fix: &str| {
        Finding::error(FIELD, rule, &format!("peer_name \"{}\" {message}", excerpt(name, 70)), fix)
    };
    if name.is_empty() {
        return vec![error("required", "is empty", "Give a name such as \"eu-west\".")];
    }
    let mut findings = Vec::new();
    if name.len() > PEER_NAME_MAX_BYTES {
        let message = format!("is {} bytes long; the limit is {PEER_NAME_MAX_BYTES}", name.len());
        findings.push(error("length", &message, "Shorten it."));
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let fix = format!("Write \"{}\".", excerpt(&name.to_ascii_lowercase(), 70));
        findings.push(error("lower_case", "has upper-case letters; Consul takes lower case only", &fix));
    }
    if name.chars().any(|c| !c.is_ascii_alphanumeric() && c != '-') {
        findings.push(error(
            "characters",
            "has characters other than a to z, 0 to 9 and -",
            "Use letters, digits and hyphens only.",
        ));
    }
    if name.starts_with('-') || name.ends_with('-') {
        findings.push(error("ends", "begins or ends with a hyphen", "Begin and end it with a letter or a digit."));
    }
    if RESERVED.contains(&name.as_str()) {
        findings.push(error(
            "reserved",
            "can be created but never read back: its path is one of Consul's own calls",
            "Choose another name.",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(value: impl Into<Value>) -> Vec<&'static str> {
        check(&value.into()).iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn labels_pass() {
        for name in ["a", "0", "us", "eu-west-1", "a--b", "tokens", "x-token", &"a".repeat(63)] {
            assert!(is_valid(name), "{name}");
            assert_eq!(rules(name), [""; 0], "{name}");
        }
    }

    #[test]
    fn each_fault_has_its_rule() {
        assert_eq!(rules(""), ["required"]);
        assert_eq!(rules(Value::Null), ["required"]);
        assert_eq!(rules(Value::Number(7.0)), ["type"]);
        assert_eq!(rules("US"), ["lower_case"]);
        assert_eq!(rules(&*"a".repeat(64)), ["length"]);
        assert_eq!(rules("a.b"), ["characters"]);
        assert_eq!(rules("ä"), ["characters"]);
        assert_eq!(rules("а"), ["characters"], "Cyrillic");
        assert_eq!(rules("a\n"), ["characters"]);
        assert_eq!(rules(" a"), ["characters"]);
        assert_eq!(rules("a_b"), ["characters"]);
        assert_eq!(rules("-a"), ["ends"]);
        assert_eq!(rules("a-"), ["ends"]);
        assert_eq!(rules("-"), ["ends"]);
        assert_eq!(rules("token"), ["reserved"]);
        assert_eq!(rules("establish"), ["reserved"]);
    }

    #[test]
    fn every_fault_is_found_at_once() {
        assert_eq!(rules(&*format!("-A_{}", "b".repeat(64))), ["length", "lower_case", "characters", "ends"]);
    }

    #[test]
    fn is_valid_and_check_agree() {
        for name in ["", "a", "A", "a-", "-a", "a.b", "token", "establish", "é", &"a".repeat(63), &"a".repeat(64)] {
            assert_eq!(is_valid(name), rules(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_fix_for_upper_case_is_the_name_itself() {
        assert_eq!(check(&"EU".into())[0].fix, "Write \"eu\".");
    }
}
