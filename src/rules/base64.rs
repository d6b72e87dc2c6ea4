//! Standard base64, as Go reads it.

use alloc::vec::Vec;

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
    use super::read;

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
