//! Standard base64 as Go reads and writes it: padded, with trailing bits of any value.

use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

pub use base64::Engine;

/// Does not skip line breaks, as Go does: remove them first.
pub const GO: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

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
            assert!(GO.decode(text).is_err(), "{text}");
        }
    }
}
