//! Valid headers. Checked here, because the errors of `fetch` contain an invalid header's value.

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
    fn acl_tokens() {
        assert!(is_acl_token("aaaaaaaa-0000-0000-0000-000000000001"));
        for bad in ["", "abc\n", " abc", "ab c", "é", "a\0"] {
            assert!(!is_acl_token(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_and_values() {
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
