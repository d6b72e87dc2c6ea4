//! Standard base64 as Go reads and writes it: padded, with trailing bits of any value.

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

const GO: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The decoded bytes; None if it is incomplete. Unlike Go, it does not skip line breaks: remove them first.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    GO.decode(text).ok()
}

/// Not by `Engine::encode`: it checks its own result with `expect`, and what would print the failure is 1 kB of the module.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len().div_ceil(3) * 4];
    let length = GO.encode_slice(bytes, &mut text).unwrap_or_default();
    text.truncate(length);
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, bytes) in
            [("", &b""[..]), ("aGk=", b"hi"), ("aGl=", b"hi"), ("aA==", b"h"), ("+/+/", b"\xfb\xff\xbf")]
        {
            assert_eq!(GO.decode(text).as_deref(), Ok(bytes), "{text}");
        }
        for text in ["aGk", "aGk=a", "a===", "====", "aG k=", "aGk-", "aG=k", "a\nGk="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
