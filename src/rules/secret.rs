//! A text that must not be shown: a peering token, an ACL token.

use super::text::cut;

/// Has no `Debug`, no `Display` and no `Serialize`: code that would print it does not compile.
///
/// ```compile_fail
/// println!("{:?}", consul_peering::rules::secret::Secret::new("s".into()));
/// ```
/// ```compile_fail
/// println!("{}", consul_peering::rules::secret::Secret::new("s".into()));
/// ```
#[derive(Clone, PartialEq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What stands in a message in place of a secret.
const MASK: &str = "[secret]";
/// Shorter texts are no secrets worth hiding, and hiding them would tear messages apart.
const SECRET_MIN_BYTES: usize = 6;

/// `text` with every one of `secrets` in it hidden: a proxy's error page may repeat what it was sent.
pub fn redact<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.into_iter().filter(|secret| secret.len() >= SECRET_MIN_BYTES) {
        let mut rest = std::mem::take(&mut clean);
        while let Some((before, after)) = cut(&rest, secret) {
            clean.push_str(before);
            clean.push_str(MASK);
            rest = after.to_owned();
        }
        clean.push_str(&rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_redacted_everywhere_it_stands() {
        assert_eq!(
            redact("got abcdef, abcdef and 123456", ["abcdef", "123456"]),
            "got [secret], [secret] and [secret]"
        );
        assert_eq!(redact("nothing here", ["abcdef"]), "nothing here");
    }

    #[test]
    fn six_bytes_are_a_secret_and_five_are_not() {
        assert_eq!(redact("abcdef", ["abcdef"]), "[secret]");
        assert_eq!(redact("abcde", ["abcde"]), "abcde");
        assert_eq!(redact("abc", [""]), "abc");
    }
}
