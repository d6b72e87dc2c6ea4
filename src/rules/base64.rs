//! Standard base64, as Go reads and writes it.

use alloc::{string::String, vec::Vec};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `bytes` as text, with padding.
pub fn write(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let held = group.iter().enumerate().fold(0, |held, (at, byte)| held | u32::from(*byte) << (16 - 8 * at));
        for digit in 0..4 {
            let digit_at = |digit: usize| DIGITS[(held >> (18 - 6 * digit)) as usize & 63];
            text.push(if digit > group.len() { '=' } else { char::from(digit_at(digit)) });
        }
    }
    text
}

/// The bytes of a text with its padding, line breaks anywhere passed over; nothing where it is not whole.
pub fn read(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut length, mut padding) = (Vec::new(), 0_u32, 0_usize, 0_usize);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => 0,
            b'\r' | b'\n' => continue,
            _ => return None,
        };
        padding += usize::from(byte == b'=');
        if padding > 0 && byte != b'=' {
            return None;
        }
        length += 1;
        held = held << 6 | u32::from(digit);
        if length % 4 == 0 {
            bytes.extend_from_slice(&held.to_be_bytes()[1..]);
        }
    }
    if length % 4 != 0 || padding > 2 {
        return None;
    }
    bytes.truncate(bytes.len() - padding);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn what_is_written_is_read_back() {
        for bytes in [&b""[..], b"h", b"hi", b"hih", b"\xfb\xff\xbf\x00"] {
            assert_eq!(read(&write(bytes)).as_deref(), Some(bytes));
        }
        assert_eq!((write(b"hi"), write(b"\xfb\xff\xbf")), ("aGk=".into(), "+/+/".into()));
    }

    #[test]
    fn is_gos() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("aGk=", b"hi"),
            ("a\nGk\r\n=", b"hi"),
            ("aGlo", b"hih"),
            ("aA==", b"h"),
            ("+/+/", b"\xfb\xff\xbf"),
        ] {
            assert_eq!(read(text).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        for text in ["a", "aG", "aGk", "aGk=a", "a===", "====", "aG k=", "aGk-", "aGk_", "aGk\u{e9}", "=aGk", "aG=k"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
