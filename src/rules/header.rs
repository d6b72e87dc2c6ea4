//! Valid headers. Checked here, because the errors of `fetch` contain an invalid header's value.

use super::finding::{Finding, excerpt, wrong_type};
use super::value::Value;

/// The header of the ACL token, which has an option of its own.
pub const TOKEN: &str = "X-Consul-Token";

/// Reads an object of headers. What is wrong goes to `findings`.
pub fn read(field: &str, value: &Value, findings: &mut Vec<Finding>) -> Vec<(String, String)> {
    if !matches!(value, Value::Null | Value::Object(_)) {
        findings.push(wrong_type(field, "an object of strings", value.kind()));
    }
    let mut headers = Vec::new();
    for (name, value) in value.members() {
        match value {
            Value::Text(_) if name.eq_ignore_ascii_case(TOKEN) => {
                let message = format!("{field} cannot set {TOKEN}");
                findings.push(Finding::error(
                    &format!("{field}.{TOKEN}"),
                    "header",
                    &message,
                    "Pass the ACL token as token.",
                ));
            }
            Value::Text(text) if is_name(name) && is_value(text) => headers.push((name.clone(), text.clone())),
            Value::Null => {}
            _ => findings.push(Finding::error(
                &format!("{field}.{}", excerpt(name, 40)),
                "header",
                &format!("{field} has a name or value that no header can have: {}", excerpt(name, 40)),
                "Use printable ASCII without line breaks.",
            )),
        }
    }
    headers
}

/// Whether `value` can be sent as an ACL token: printable ASCII without spaces, so that a trailing line break of a
/// token file is reported and not sent.
pub fn is_acl_token(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether `name` is a header's name (RFC 9110's token).
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether `value` can be a header's value: printable ASCII and spaces.
pub fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b' ' || byte == b'\t' || byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acl_token_has_no_spaces_or_control_characters() {
        assert!(is_acl_token("aaaaaaaa-0000-0000-0000-000000000001"));
        for bad in ["", "abc\n", " abc", "ab c", "é", "a\0"] {
            assert!(!is_acl_token(bad), "{bad:?}");
        }
    }

    #[test]
    fn accepts_only_names_and_values_that_http_allows() {
        assert!(is_name("X-Request-ID"));
        assert!(is_name("a!~"));
        for bad in ["", "a b", "a:", "é", "a\r\n"] {
            assert!(!is_name(bad), "{bad:?}");
        }
        assert!(is_value("Bearer abc def\t"));
        assert!(is_value(""));
        for bad in ["a\n", "a\r", "é", "\0"] {
            assert!(!is_value(bad), "{bad:?}");
        }
    }
}
