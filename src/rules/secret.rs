//! A text that must not be shown: a peering token, an ACL token.

/// Has no `Debug`, `Display` or `Serialize`: code that would print it does not compile.
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
