//! A rule's result for one field.

use serde::Serialize;

use super::printable::push_printable;
use super::redaction::redact;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The call is refused before anything is sent.
    Error,
    /// Reported; the call continues.
    Warning,
}

/// One finding: field, rule, message and fix, the last two in whole sentences. Never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub field: String,
    pub rule: &'static str,
    pub message: String,
    pub fix: String,
    pub severity: Severity,
    /// The address of the Terraform resource that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Finding {
    pub fn error(field: &str, rule: &'static str, message: &str, fix: &str) -> Self {
        Self {
            field: field.to_owned(),
            rule,
            message: sentence(message),
            fix: sentence(fix),
            severity: Severity::Error,
            path: None,
        }
    }

    pub fn warning(field: &str, rule: &'static str, message: &str, fix: &str) -> Self {
        Self { severity: Severity::Warning, ..Self::error(field, rule, message, fix) }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// These findings without the secrets: a caller may have passed one in the wrong place.
    pub fn redacted(findings: Vec<Self>, secrets: &[String]) -> Vec<Self> {
        let without = |text: &str| redact(text, secrets);
        let map = |finding: Self| Self {
            field: without(&finding.field),
            message: without(&finding.message),
            fix: without(&finding.fix),
            ..finding
        };
        findings.into_iter().map(map).collect()
    }
}

/// A text ending as a sentence: another one follows it.
fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{text}{end}")
}

/// The finding for an unknown key of an argument.
pub fn unknown_key(argument: &str, key: &str, known: &[&str]) -> Finding {
    let field = format!("{argument}.{}", excerpt(key, 40));
    let message = format!("{field} is not known here");
    Finding::error(&field, "unknown", &message, &format!("Known are {}.", known.join(", ")))
}

/// The finding for a value of the wrong type.
pub fn wrong_type(field: &str, wanted: &str, kind: &str) -> Finding {
    Finding::error(field, "type", &format!("{field} must be {wanted}, not {kind}."), &format!("Use {wanted}."))
}

/// `text` shortened for a message to `max_chars` characters, hidden ones escaped.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    for c in text.chars() {
        let before = shown.len();
        count += push_printable(&mut shown, c);
        if count > max_chars {
            shown.truncate(before);
            shown.push('…');
            break;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_cut_on_characters_and_escapes_hidden_ones() {
        assert_eq!(excerpt("äöü", 3), "äöü");
        assert_eq!(excerpt("äöüß", 3), "äöü…");
        assert_eq!(excerpt("a\nb\r\t", 9), "a\\nb\\r\\t");
        assert_eq!(excerpt("a\u{1b}[31m", 11), "a\\u001b[31m");
        assert_eq!(excerpt("a\u{1b}[31m", 6), "a…", "no half of an escape");
    }

    #[test]
    fn texts_end_as_sentences_do() {
        let finding = Finding::error("f", "r", "f is wrong", "Correct it.");
        assert_eq!((&*finding.message, &*finding.fix), ("f is wrong.", "Correct it."));
        assert_eq!(Finding::warning("f", "r", "is it?", "x…").message, "is it?");
    }

    #[test]
    fn only_errors_are_errors() {
        assert!(Finding::error("f", "r", "m", "x").is_error());
        assert!(!Finding::warning("f", "r", "m", "x").is_error());
    }
}
