//! Behaviour of Go's standard library in Consul: base64 with its error texts, durations, quoted strings, host and port.

use std::fmt::Write;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Go accepts set bits in the unused end of base64.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// An error text of Go, which Consul returns unchanged.
pub type GoError = String;

pub fn encode_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Standard base64 with padding. Line breaks are ignored; other invalid bytes are errors.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, GoError> {
    let bytes = text.as_bytes();
    let fail = |at: usize| Err(format!("illegal base64 data at input byte {at}"));
    let is_break = |at: usize| matches!(bytes.get(at), Some(b'\r' | b'\n'));
    let mut at = 0;
    let mut digits = 0; // modulo four, which encode three bytes
    while at < bytes.len() && bytes[at] != b'=' {
        if !is_break(at) {
            if !matches!(bytes[at], b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/') {
                return fail(at);
            }
            digits = (digits + 1) % 4;
        }
        at += 1;
    }
    if at == bytes.len() {
        if digits > 0 {
            return fail(at - digits);
        }
    } else {
        if digits < 2 {
            return fail(at);
        }
        at += 1;
        if digits == 2 {
            while is_break(at) {
                at += 1;
            }
            match bytes.get(at) {
                None => return fail(at),
                Some(b'=') => at += 1,
                Some(_) => return fail(at - 1),
            }
        }
        while is_break(at) {
            at += 1;
        }
        if at < bytes.len() {
            return fail(at);
        }
    }
    let joined: Vec<u8> = bytes.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    BASE64.decode(joined).map_err(|error| error.to_string())
}

/// Parses `5s`, `1m30s` or `-250ms`, in milliseconds.
pub fn parse_duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut total = 0.0;
    loop {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let amount: f64 = rest[..end].parse().ok()?;
        let (unit, ms) = UNITS.iter().find(|(unit, _)| rest[end..].starts_with(unit))?;
        total += amount * ms;
        rest = &rest[end + unit.len()..];
        if rest.is_empty() {
            return Some(sign * total);
        }
    }
}

/// A unit precedes those that are its prefix.
const UNITS: [(&str, f64); 8] = [
    ("ns", 0.000_001),
    ("us", 0.001),
    ("µs", 0.001),
    ("μs", 0.001),
    ("ms", 1.0),
    ("h", 3_600_000.0),
    ("m", 60_000.0),
    ("s", 1_000.0),
];

/// Letters, marks, numbers, punctuation, symbols and the plain space.
fn is_printable_char(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // Uses Rust's table. Combining marks are printable after another character.
    let marked: String = ['a', character].iter().collect();
    marked.escape_debug().count() == 2
}

/// Whether no character of the text needs escaping.
pub fn is_printable(text: &str) -> bool {
    text.chars().all(is_printable_char)
}

/// Quotes a text like Go's `%q`.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            _ if is_printable_char(character) => quoted.push(character),
            _ => {
                let code = u32::from(character);
                let _ = match code {
                    ..0x20 | 0x7f => write!(quoted, "\\x{code:02x}"),
                    0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Splits `host:port` like Go's `SplitHostPort`.
pub fn split_host_port(address: &str) -> Option<(&str, &str)> {
    let (before, port) = address.rsplit_once(':')?;
    if let Some(bracketed) = address.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']')?;
        return (after.len() == port.len() + 1 && !host.contains('[') && !port.contains(']')).then_some((host, port));
    }
    (!before.contains([':', '[', ']'])).then_some((before, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_names_the_byte() {
        assert_eq!(decode_base64("aGVs\nbG8=\n").unwrap(), b"hello");
        assert_eq!(decode_base64("aGVsbG9=").unwrap(), b"hello", "unused bits");
        for (text, at) in
            [("a", 0), ("ab", 0), ("abcda", 4), ("=", 0), ("a=", 1), ("ab=", 3), ("ab=c", 2), ("abc=d", 4), ("a b", 1)]
        {
            assert_eq!(decode_base64(text).unwrap_err(), format!("illegal base64 data at input byte {at}"), "{text}");
        }
    }

    #[test]
    fn parses_durations_as_go_does() {
        let cases = [("5s", 5_000.0), ("1m30s", 90_000.0), ("-1.5h", -5_400_000.0), ("0", 0.0), ("+0", 0.0)];
        for (text, ms) in cases.into_iter().chain([(".5ms", 0.5), ("2.us", 0.002), ("3µs", 0.003)]) {
            assert_eq!(parse_duration(text), Some(ms), "{text}");
        }
        for text in ["", "5", "s", "5x", "1s2", ".s", "1..2s", "--1s", "1 s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn quotes_texts_as_go_does() {
        let cases = [
            ("a/b ä☺", "\"a/b ä☺\""),
            ("a\"\\\n\x01\x7f", r#""a\"\\\n\x01\x7f""#),
            ("\u{a0}\u{200b}\u{e000}\u{e0001}", r#""\u00a0\u200b\ue000\U000e0001""#),
            ("e\u{301}", "\"e\u{301}\""),
        ];
        for (text, quoted) in cases {
            assert_eq!(quote(text), quoted);
        }
    }

    #[test]
    fn hosts_and_ports() {
        assert_eq!(split_host_port("a:1"), Some(("a", "1")));
        assert_eq!(split_host_port(":"), Some(("", "")));
        assert_eq!(split_host_port("[::1]:8503"), Some(("::1", "8503")));
        for address in ["", "a", "::1:8503", "[::1]", "[::1:8503", "[::1]x:1", "a[b:1", "[[a]:1", "[a]:b]:1"] {
            assert_eq!(split_host_port(address), None, "{address}");
        }
    }
}
