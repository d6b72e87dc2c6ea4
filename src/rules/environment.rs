//! The cluster that the environment describes, in the variables that Consul's own clients read.
//!
//! Library and command line both read it here. Values may be secrets, or secrets in the wrong variable, so no finding
//! contains one.

use super::base64;
use super::finding::Finding;
use super::form::{self, Form};
use super::header;
use super::secret::Secret;
use super::text::{contains, cut};

pub const ADDRESS: &str = "CONSUL_HTTP_ADDR";
const SSL: &str = "CONSUL_HTTP_SSL";
const SSL_VERIFY: &str = "CONSUL_HTTP_SSL_VERIFY";
const AUTH: &str = "CONSUL_HTTP_AUTH";
const PARTITION: &str = "CONSUL_PARTITION";
const TOKEN: &str = "CONSUL_HTTP_TOKEN";
const TOKEN_FILE: &str = "CONSUL_HTTP_TOKEN_FILE";
const CA_FILE: &str = "CONSUL_CACERT";
const CA_PATH: &str = "CONSUL_CAPATH";
const CERT_FILE: &str = "CONSUL_CLIENT_CERT";
const KEY_FILE: &str = "CONSUL_CLIENT_KEY";
const SERVER_NAME: &str = "CONSUL_TLS_SERVER_NAME";

const DEFAULT_ADDRESS: &str = "127.0.0.1:8500";
const UNSET_CA_PATH: &str = "Unset it, and name one file in CONSUL_CACERT; a file can hold several certificates.";
const UNSET_VERIFY: &str =
    "Unset it, and name the certificate authority that signed the server's certificate in CONSUL_CACERT.";

/// Reads a variable; None if it is unset or empty, which Consul treats as unset.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The source of the ACL token. A file takes precedence, as in Consul's clients.
pub enum TokenSource {
    Missing,
    File(String),
    Text(String),
}

/// The TLS settings, named as in clusters.json.
#[derive(Default)]
pub struct Tls {
    pub ca_file: Option<String>,
    pub cert_file: Option<String>,
    pub key_file: Option<String>,
    pub tls_server_name: Option<String>,
}

impl Tls {
    /// The variables that are set, for hosts whose fetch does not support them.
    pub fn variables(&self) -> Vec<&'static str> {
        let settings = [
            (CA_FILE, &self.ca_file),
            (CERT_FILE, &self.cert_file),
            (KEY_FILE, &self.key_file),
            (SERVER_NAME, &self.tls_server_name),
        ];
        settings.into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect()
    }
}

/// The base URL of the environment's cluster, not validated yet. The scheme is https if `CONSUL_HTTP_SSL` requests TLS,
/// whatever the address contains.
pub fn address(variables: Variables) -> Result<String, Finding> {
    let ssl = requests_tls(variables)?;
    let address = with_scheme(ADDRESS, &variables(ADDRESS).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned()), ssl)?;
    match address.split_at_checked("http://".len()) {
        Some((scheme, rest)) if ssl && scheme.eq_ignore_ascii_case("http://") => Ok(format!("https://{rest}")),
        _ => Ok(address),
    }
}

/// An address from elsewhere; `host:port` may lack its scheme.
pub fn given_address(field: &str, text: &str, variables: Variables) -> Result<String, Finding> {
    with_scheme(field, text, !has_scheme(text) && requests_tls(variables)?)
}

/// Whether `text` is a host and a port, perhaps with a path: an address without its scheme.
pub fn is_host_and_port(text: &str) -> bool {
    let (authority, _) = cut(text, "/").unwrap_or((text, ""));
    let Some((host, port)) = authority.rsplit_once(':') else { return false };
    let spaced = text.bytes().any(|byte| byte.is_ascii_whitespace());
    !has_scheme(text)
        && !spaced
        && !host.is_empty()
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn with_scheme(field: &str, text: &str, ssl: bool) -> Result<String, Finding> {
    let text = text.trim();
    if text.starts_with("unix:") {
        return Err(Finding::error(
            field,
            "scheme",
            &format!("{field} is a Unix socket, and unix:// addresses are not supported"),
            "Let the agent listen on a loopback port as well (client_addr, ports.http), and use http://127.0.0.1:8500.",
        ));
    }
    // A URL parser drops these, which would hide a scheme.
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        let message = format!("{field} has a control character in it");
        return Err(Finding::error(field, "url", &message, "Write it as http://host:8500 or https://host:8501."));
    }
    if has_scheme(text) {
        return Ok(text.to_owned());
    }
    Ok(format!("{}://{text}", if ssl { "https" } else { "http" }))
}

fn has_scheme(text: &str) -> bool {
    contains(text, "://")
}

fn requests_tls(variables: Variables) -> Result<bool, Finding> {
    Ok(flag(variables, SSL)?.unwrap_or(false))
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

/// The TLS settings. Settings that are dangerous or unsupported become `findings` instead of being ignored.
pub fn tls(variables: Variables, findings: &mut Vec<Finding>) -> Tls {
    let tls = Tls {
        ca_file: variables(CA_FILE),
        cert_file: variables(CERT_FILE),
        key_file: variables(KEY_FILE),
        tls_server_name: variables(SERVER_NAME).map(|name| without_port(&name).to_owned()),
    };
    match flag(variables, SSL_VERIFY) {
        Ok(Some(false)) => findings.push(Finding::error(
            SSL_VERIFY,
            "unsupported",
            "CONSUL_HTTP_SSL_VERIFY=false is refused: the ACL token would go to any server that answers",
            UNSET_VERIFY,
        )),
        Ok(_) => {}
        Err(finding) => findings.push(finding),
    }
    // Consul's clients ignore it if a file is set.
    if tls.ca_file.is_none() && variables(CA_PATH).is_some() {
        let message = "CONSUL_CAPATH, a directory of certificate authorities, is not supported";
        findings.push(Finding::error(CA_PATH, "unsupported", message, UNSET_CA_PATH));
    }
    tls
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

/// A server name may have a port, unlike a certificate's.
fn without_port(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((host, _)) if !contains(host, ":") || host.ends_with(']') => {
            host.trim_start_matches('[').trim_end_matches(']')
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| (*value).to_owned())
    }

    fn address_of(set: &[(&str, &str)]) -> Result<String, String> {
        address(&lookup(set)).map_err(|finding| format!("{} {}", finding.field, finding.rule))
    }

    /// Go's spellings, and what it refuses.
    const TRUE: [&str; 6] = ["1", "t", "T", "TRUE", "true", "True"];
    const FALSE: [&str; 6] = ["0", "f", "F", "FALSE", "false", "False"];
    const NEITHER: [&str; 9] = ["tRUE", "yes", "on", "2", " true", "true ", "y", "fALSE", "-1"];

    #[test]
    fn an_address_gets_the_scheme_that_consul_gives_it() {
        for (given, plain, secure) in [
            ("", "http://127.0.0.1:8500", "https://127.0.0.1:8500"),
            ("eu:8500", "http://eu:8500", "https://eu:8500"),
            ("eu", "http://eu", "https://eu"),
            ("[::1]:8500", "http://[::1]:8500", "https://[::1]:8500"),
            ("http://eu:8500", "http://eu:8500", "https://eu:8500"),
            ("http://eu:80/consul", "http://eu:80/consul", "https://eu:80/consul"),
            ("HTTP://eu", "HTTP://eu", "https://eu"),
            (" http://eu ", "http://eu", "https://eu"),
            ("http:/eu", "http://http:/eu", "https://http:/eu"),
            ("https://eu:8501", "https://eu:8501", "https://eu:8501"),
        ] {
            for ssl in FALSE.into_iter().chain([""]) {
                assert_eq!(address_of(&[(ADDRESS, given), (SSL, ssl)]).as_deref(), Ok(plain), "{given} {ssl}");
            }
            for ssl in TRUE {
                assert_eq!(address_of(&[(ADDRESS, given), (SSL, ssl)]).as_deref(), Ok(secure), "{given} {ssl}");
            }
            for ssl in NEITHER {
                let refused = Err("CONSUL_HTTP_SSL boolean".to_owned());
                assert_eq!(address_of(&[(ADDRESS, given), (SSL, ssl)]), refused, "{given} {ssl}");
            }
        }
    }

    #[test]
    fn refuses_an_address_with_an_unclear_scheme() {
        for ssl in ["", "true"] {
            let of = |given| address_of(&[(ADDRESS, given), (SSL, ssl)]);
            assert_eq!(of("unix:///run/consul.sock"), Err("CONSUL_HTTP_ADDR scheme".to_owned()));
            for hidden in ["ht\ntp://eu", "ht\ttp://eu", "http\r://eu"] {
                assert_eq!(of(hidden), Err("CONSUL_HTTP_ADDR url".to_owned()), "{hidden:?}");
            }
        }
    }

    #[test]
    fn an_address_of_the_caller_keeps_its_scheme() {
        let at = |text, ssl| given_address("address", text, &lookup(&[(SSL, ssl)])).map_err(|finding| finding.field);
        assert_eq!(at("eu:8500", ""), Ok("http://eu:8500".to_owned()));
        assert_eq!(at("eu:8500", "t"), Ok("https://eu:8500".to_owned()));
        assert_eq!(at("http://eu:8500", "t"), Ok("http://eu:8500".to_owned()));
        assert_eq!(at("http://eu:8500", "maybe"), Ok("http://eu:8500".to_owned()));
        assert_eq!(at("eu:8500", "maybe"), Err("CONSUL_HTTP_SSL".to_owned()));
        assert_eq!(at("unix:/run/consul.sock", ""), Err("address".to_owned()));
    }

    #[test]
    fn a_host_and_a_port_are_an_address() {
        for text in ["127.0.0.1:8500", "[::1]:8500", "consul.eu.example:8501", "eu:8500/consul"] {
            assert!(is_host_and_port(text), "{text}");
        }
        for text in ["eu", "http://eu:8500", "eu:", ":8500", "eu:http", "/eu:8500", "", "eu:85a", "eu:1/x y"] {
            assert!(!is_host_and_port(text), "{text}");
        }
    }

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

    #[test]
    fn tls_settings_are_honoured_or_refused() {
        let refused = |set: &[(&str, &str)]| {
            let mut findings = Vec::new();
            tls(&lookup(set), &mut findings);
            findings.iter().map(|finding| format!("{} {}", finding.field, finding.rule)).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(refused(&[]), "");
        for verify in TRUE {
            assert_eq!(refused(&[(SSL_VERIFY, verify)]), "", "{verify}");
        }
        for verify in FALSE {
            assert_eq!(refused(&[(SSL_VERIFY, verify)]), "CONSUL_HTTP_SSL_VERIFY unsupported", "{verify}");
        }
        for verify in NEITHER {
            assert_eq!(refused(&[(SSL_VERIFY, verify)]), "CONSUL_HTTP_SSL_VERIFY boolean", "{verify}");
        }
        assert_eq!(refused(&[(CA_PATH, "/etc/ssl")]), "CONSUL_CAPATH unsupported");
        assert_eq!(refused(&[(CA_PATH, "/etc/ssl"), (CA_FILE, "ca.pem")]), "");
    }

    #[test]
    fn a_server_name_has_no_port() {
        for (given, name) in [
            ("eu", "eu"),
            ("eu:8501", "eu"),
            ("[::1]:8501", "::1"),
            ("::1", "::1"),
            ("server.eu.consul", "server.eu.consul"),
        ] {
            assert_eq!(without_port(given), name);
        }
        let tls = tls(&lookup(&[(SERVER_NAME, "eu:8501"), (CERT_FILE, "c")]), &mut Vec::new());
        assert_eq!(tls.tls_server_name.as_deref(), Some("eu"));
        assert_eq!(tls.variables(), [CERT_FILE, SERVER_NAME]);
    }
}
