//! The TLS settings.

use super::{Variables, flag};
use crate::rules::finding::Finding;
use crate::rules::text::contains;

const SSL_VERIFY: &str = "CONSUL_HTTP_SSL_VERIFY";
const CA_FILE: &str = "CONSUL_CACERT";
const CA_PATH: &str = "CONSUL_CAPATH";
const CERT_FILE: &str = "CONSUL_CLIENT_CERT";
const KEY_FILE: &str = "CONSUL_CLIENT_KEY";
const SERVER_NAME: &str = "CONSUL_TLS_SERVER_NAME";

const UNSET_CA_PATH: &str = "Unset it, and name one file in CONSUL_CACERT; a file can hold several certificates.";
const UNSET_VERIFY: &str =
    "Unset it, and name the certificate authority that signed the server's certificate in CONSUL_CACERT.";

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
    use super::super::tests::{FALSE, NEITHER, TRUE, lookup};
    use super::*;

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
