//! The cluster that the environment describes, in the variables that Consul's own clients read.
//!
//! Library and command line both read it here. Values may be secrets, or secrets in the wrong variable, so no finding
//! contains one.

use super::base64;
use super::finding::Finding;
use super::form::{self, Form};
use super::header;
use super::secret::Secret;
use super::text::contains;

mod address;
mod tls;

pub use address::{ADDRESS, address, given_address, is_host_and_port};
pub use tls::{Tls, tls};

const AUTH: &str = "CONSUL_HTTP_AUTH";
const PARTITION: &str = "CONSUL_PARTITION";
const TOKEN: &str = "CONSUL_HTTP_TOKEN";
const TOKEN_FILE: &str = "CONSUL_HTTP_TOKEN_FILE";

/// Reads a variable; None if it is unset or empty, which Consul treats as unset.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The source of the ACL token. A file takes precedence, as in Consul's clients.
pub enum TokenSource {
    Missing,
    File(String),
    Text(String),
}

/// The environment's other settings for calls to its cluster.
pub struct Environment {
    pub token: TokenSource,
    /// The `Authorization` header for a proxy that requires a user name and a password.
    pub authorization: Option<Secret>,
    pub partition: Option<String>,
}

impl Environment {
    pub fn read(variables: Variables) -> Self {
        Self {
            token: match (variables(TOKEN_FILE), variables(TOKEN)) {
                (Some(file), _) => TokenSource::File(file),
                (None, Some(text)) => TokenSource::Text(text),
                (None, None) => TokenSource::Missing,
            },
            authorization: variables(AUTH).map(|auth| basic(&auth)),
            partition: variables(PARTITION),
        }
    }
}

/// The ACL token in a variable or a file's text, without surrounding white space.
pub fn token(text: &str) -> Result<Secret, Finding> {
    let text = text.trim();
    let form = form::recognise(&text.into()).and_then(Form::in_place_of_acl_token);
    if let Some(finding) = form.filter(Finding::is_error) {
        let message = format!("The ACL token in the environment is something else: {}", finding.message);
        return Err(Finding { message, ..finding });
    }
    if header::is_acl_token(text) {
        return Ok(Secret::new(text.to_owned()));
    }
    let (message, fix) = if text.is_empty() {
        ("the ACL token in the environment is empty", "Write the ACL token there, or unset the variable.")
    } else {
        (
            "the ACL token in the environment has a space, a line break or another character that no ACL token has",
            "Correct the variable or the file.",
        )
    };
    Err(Finding::error("token", "characters", message, fix))
}

/// Go's `ParseBool`. Consul's clients treat what that rejects as "no TLS" and "do not verify"; here it is an error.
fn flag(variables: Variables, name: &'static str) -> Result<Option<bool>, Finding> {
    match variables(name).as_deref() {
        None => Ok(None),
        Some("1" | "t" | "T" | "TRUE" | "true" | "True") => Ok(Some(true)),
        Some("0" | "f" | "F" | "FALSE" | "false" | "False") => Ok(Some(false)),
        Some(_) => {
            let message = format!("{name} must be true or false");
            Err(Finding::error(name, "boolean", &message, "Set it to true or false, or unset it."))
        }
    }
}

/// `user:password`, or a user alone.
fn basic(auth: &str) -> Secret {
    let auth = if contains(auth, ":") { auth.to_owned() } else { format!("{auth}:") };
    Secret::new(format!("Basic {}", base64::encode(auth.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn lookup<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| (*value).to_owned())
    }

    /// Go's spellings, and what it refuses.
    pub const TRUE: [&str; 6] = ["1", "t", "T", "TRUE", "true", "True"];
    pub const FALSE: [&str; 6] = ["0", "f", "F", "FALSE", "false", "False"];
    pub const NEITHER: [&str; 9] = ["tRUE", "yes", "on", "2", " true", "true ", "y", "fALSE", "-1"];

    #[test]
    fn a_token_file_wins() {
        let source = |set: &[(&str, &str)]| match Environment::read(&lookup(set)).token {
            TokenSource::Missing => "missing".to_owned(),
            TokenSource::File(file) => format!("file {file}"),
            TokenSource::Text(text) => format!("text {text}"),
        };
        assert_eq!(source(&[]), "missing");
        assert_eq!(source(&[(TOKEN, "t")]), "text t");
        assert_eq!(source(&[(TOKEN_FILE, "f")]), "file f");
        assert_eq!(source(&[(TOKEN, "t"), (TOKEN_FILE, "f")]), "file f");
    }

    #[test]
    fn a_token_is_trimmed_and_checked() {
        assert!(token(" abc\n").is_ok_and(|token| token.expose() == "abc"));
        for bad in ["", " \n", "a b", "a\nb", "é"] {
            assert_eq!(token(bad).err().map(|finding| finding.rule), Some("characters"), "{bad:?}");
        }
        let peering_token = super::super::peering_token::tests::plain("[]");
        for other in [&*peering_token, "\"abc\"", "{\"SecretID\": \"x\"}", "-----BEGIN CERTIFICATE-----"] {
            assert_eq!(token(other).err().map(|finding| finding.rule), Some("form"));
        }
    }

    #[test]
    fn user_and_password_become_a_header() {
        let header = |auth| {
            let environment = Environment::read(&lookup(&[(AUTH, auth)]));
            environment.authorization.map(|secret| secret.expose().to_owned())
        };
        assert_eq!(header(""), None);
        assert_eq!(header("me:pass:word").as_deref(), Some("Basic bWU6cGFzczp3b3Jk"));
        assert_eq!(header("me").as_deref(), Some("Basic bWU6"));
    }
}
