//! Holds for every finding of any rule.

use std::sync::LazyLock;

use consul_peering::rules::finding::Finding;
use consul_peering::rules::printable::is_hidden;
use regex::Regex;
use serde_json::json;

/// People read it: a longer message would show too much of the input.
const MAX_CHARS: usize = 400;

/// Each is complete, in one line, short, and about a field that `is_field` accepts.
pub fn check(findings: &[Finding], is_field: impl Fn(&str) -> bool) {
    static RULE: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z][a-z0-9]*(_[a-z0-9]+)*$").unwrap());
    for finding in findings {
        assert!(is_field(&finding.field), "about no field: {finding:?}");
        assert!(RULE.is_match(finding.rule), "no word for programs: {finding:?}");
        for text in [&finding.field, &finding.message, &finding.fix] {
            assert!(!text.is_empty(), "says nothing: {finding:?}");
            assert!(!text.chars().any(is_hidden), "has hidden characters: {finding:?}");
            assert!(text.chars().count() <= MAX_CHARS, "too long: {finding:?}");
        }
        for text in [&finding.message, &finding.fix] {
            assert!(text.ends_with('.'), "no sentence: {finding:?}");
        }
        let severity = if finding.is_error() { "error" } else { "warning" };
        let mut expected = json!({
            "field": finding.field,
            "rule": finding.rule,
            "message": finding.message,
            "fix": finding.fix,
            "severity": severity,
        });
        if let Some(path) = &finding.path {
            expected["path"] = json!(path);
        }
        assert_eq!(json!(finding).to_string(), expected.to_string(), "with its members in this order");
    }
}

pub fn errors(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.rule).collect()
}
