//! Why a connection to Consul's HTTP API failed, by the runtime's error.
//!
//! Node and Bun report the reason in `error.code`, Deno only in the text, browsers not at all.

use crate::rules::text::contains;

/// What a failed connection means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionCause {
    pub text: &'static str,
    /// What to do, if "check the address" is too general.
    pub hint: Option<&'static str>,
    /// The request was not sent: no connection was made.
    pub unsent: bool,
    /// It fails the same way until something is changed.
    pub is_permanent: bool,
}

const HINT_UNTRUSTED: &str = "Trust the certificate authority that signed the server's certificate: ca_file or CONSUL_CACERT on the command line; NODE_EXTRA_CA_CERTS or a fetch of your own in a program.";
const HINT_NAME: &str = "Use a host name that is in the certificate, or set tls_server_name or CONSUL_TLS_SERVER_NAME to one, such as server.<datacenter>.consul.";
const HINT_EXPIRED: &str = "Renew the server's certificate, or correct this machine's clock.";
const HINT_PLAIN: &str =
    "The port speaks plain HTTP. Use the port for HTTPS (8501 by default), or http:// and no CONSUL_HTTP_SSL.";
const HINT_CLIENT: &str = "Set cert_file and key_file, or CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY, to a client certificate of the authority that the server trusts; in a program, use a fetch of your own.";
const HINT_VERSION: &str = "Allow a TLS version on the server that this runtime supports (tls_min_version).";
const HINT_CLOSED_TLS: &str = "Check that the port speaks TLS. A server that requires a client certificate (verify_incoming) may also close the connection: set cert_file and key_file, or CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY; in a program, use a fetch of your own.";
const HINT_BLOCKED: &str = "fetch never connects to this port: use another one.";
const HINT_CLOSED: &str =
    "Check the address. A port that speaks TLS may close the connection as well: use https:// for it.";

const fn tls(text: &'static str, hint: &'static str) -> ConnectionCause {
    ConnectionCause { text, hint: Some(hint), unsent: true, is_permanent: true }
}

const fn unmade(text: &'static str) -> ConnectionCause {
    ConnectionCause { text, hint: None, unsent: true, is_permanent: false }
}

/// The causes by a part of the code or text; the first match counts.
const CAUSES: [(&[&str], ConnectionCause); 13] = [
    (
        &[
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            "SELF_SIGNED_CERT",
            "UNABLE_TO_GET_ISSUER_CERT",
            "CERT_UNTRUSTED",
            "CERT_SIGNATURE_FAILURE",
            "UnknownIssuer",
        ],
        tls("the server's certificate is not signed by a trusted certificate authority", HINT_UNTRUSTED),
    ),
    (
        &["ERR_TLS_CERT_ALTNAME_INVALID", "HOSTNAME_MISMATCH", "NotValidForName", "not valid for name"],
        tls("the server's certificate is for another host name", HINT_NAME),
    ),
    (
        &["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "certificate: Expired", "certificate expired"],
        tls("the server's certificate has expired or is not valid yet", HINT_EXPIRED),
    ),
    (
        &[
            "CERTIFICATE_REQUIRED",
            "CertificateRequired",
            "certificate required",
            "BAD_CERTIFICATE",
            "bad certificate",
            "ALERT_UNKNOWN_CA",
            "alert unknown ca",
            "CERTIFICATE_UNKNOWN",
            "HANDSHAKE_FAILURE",
            "handshake failure",
        ],
        tls("the server requires a client certificate, or does not accept this one", HINT_CLIENT),
    ),
    (
        &[
            "WRONG_VERSION_NUMBER",
            "wrong version number",
            "PACKET_LENGTH_TOO_LONG",
            "packet length too long",
            "InvalidContentType",
        ],
        tls("the port does not speak TLS", HINT_PLAIN),
    ),
    (
        &["ALERT_PROTOCOL_VERSION", "alert protocol version", "UNSUPPORTED_PROTOCOL", "unsupported protocol"],
        tls("the server and this runtime have no TLS version in common", HINT_VERSION),
    ),
    (&["bad port"], ConnectionCause { hint: Some(HINT_BLOCKED), ..unmade("the port is blocked by this runtime") }),
    (&["ECONNREFUSED", "ConnectionRefused", "onnection refused"], unmade("connection refused")),
    (&["ENOTFOUND"], unmade("the host name does not exist")),
    (&["EAI_AGAIN"], unmade("the host name cannot be resolved")),
    (&["EHOSTUNREACH", "ENETUNREACH"], unmade("there is no route to the host")),
    (
        &["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"],
        ConnectionCause { unsent: false, ..unmade("the connection timed out") },
    ),
    (
        &["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"],
        ConnectionCause {
            text: "the server closed the connection",
            hint: Some(HINT_CLOSED),
            unsent: false,
            is_permanent: false,
        },
    ),
];

/// The cause by the `code` or, without one, the `text` of a runtime's error; None if unknown.
pub fn cause(code: &str, text: &str, secure: bool) -> Option<ConnectionCause> {
    // A protocol error has its reason in the text alone.
    let searched = if code.is_empty() || code == "EPROTO" { text } else { code };
    let (_, known) = CAUSES.iter().find(|(parts, _)| parts.iter().any(|part| contains(searched, part)))?;
    let mut cause = *known;
    if secure && cause.hint == Some(HINT_CLOSED) {
        cause.hint = Some(HINT_CLOSED_TLS);
    }
    // The text may be a proxy's, about its own connection.
    cause.unsent &= !code.is_empty();
    Some(cause)
}

/// What to do after a plain HTTP request to a TLS port, which Go and nginx answer with a 400.
pub fn speaks_tls(status: u16, text: &str) -> Option<&'static str> {
    let searched = ["HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port"];
    (status == 400 && searched.iter().any(|part| contains(text, part))).then_some(
        "The port speaks TLS. Use https:// (port 8501 by default), or set CONSUL_HTTP_SSL=true where the address is the environment's.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: &str, text: &str) -> &'static str {
        cause(code, text, true).map_or("unknown", |cause| cause.text)
    }

    #[test]
    fn codes_of_node_and_bun() {
        for code in ["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"] {
            assert_eq!(cause(code, "", true).and_then(|cause| cause.hint), Some(HINT_UNTRUSTED), "{code}");
        }
        for (code, hint) in [
            ("ERR_TLS_CERT_ALTNAME_INVALID", HINT_NAME),
            ("CERT_HAS_EXPIRED", HINT_EXPIRED),
            ("ERR_SSL_WRONG_VERSION_NUMBER", HINT_PLAIN),
            ("ERR_SSL_PACKET_LENGTH_TOO_LONG", HINT_PLAIN),
            ("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", HINT_CLIENT),
            ("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", HINT_CLIENT),
            ("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", HINT_CLIENT),
            ("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", HINT_VERSION),
        ] {
            let cause = cause(code, "", true).unwrap();
            assert_eq!((cause.hint, cause.unsent, cause.is_permanent), (Some(hint), true, true), "{code}");
        }
        assert_eq!(text("ECONNREFUSED", ""), "connection refused");
        assert_eq!(text("ConnectionRefused", ""), "connection refused");
        assert_eq!(text("UND_ERR_SOCKET", "wrong version number"), "the server closed the connection");
        assert_eq!(text("EACCES", "connection refused"), "unknown");
    }

    #[test]
    fn reads_the_text_without_a_specific_code() {
        let wrong = "write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps";
        assert_eq!(cause("EPROTO", wrong, true).and_then(|cause| cause.hint), Some(HINT_PLAIN));
        for (text, hint) in [
            ("client error (Connect): invalid peer certificate: UnknownIssuer", HINT_UNTRUSTED),
            ("client error (Connect): invalid peer certificate: certificate not valid for name \"eu\"", HINT_NAME),
            ("received fatal alert: CertificateRequired", HINT_CLIENT),
            ("received corrupt message of type InvalidContentType", HINT_PLAIN),
        ] {
            assert_eq!(cause("", text, true).and_then(|cause| cause.hint), Some(hint), "{text}");
        }
        assert_eq!(text("", "tcp connect error: Connection refused (os error 111)"), "connection refused");
        assert_eq!(text("", "Failed to fetch"), "unknown");
        assert!(!cause("", "upstream: Connection refused", true).unwrap().unsent, "it may be a proxy's upstream");
    }

    #[test]
    fn a_blocked_port_is_never_connected_to() {
        let cause = cause("", "fetch failed: bad port", false).unwrap();
        assert_eq!((cause.text, cause.hint), ("the port is blocked by this runtime", Some(HINT_BLOCKED)));
    }

    #[test]
    fn a_closed_connection_is_read_by_the_scheme() {
        let hint = |secure| cause("ECONNRESET", "", secure).and_then(|cause| cause.hint);
        assert_eq!((hint(true), hint(false)), (Some(HINT_CLOSED_TLS), Some(HINT_CLOSED)));
    }

    #[test]
    fn a_plain_request_to_a_tls_port_is_recognised() {
        assert!(speaks_tls(400, "Client sent an HTTP request to an HTTPS server.\n").is_some());
        assert!(speaks_tls(400, "<h1>400 The plain HTTP request was sent to HTTPS port</h1>").is_some());
        assert!(speaks_tls(400, "Invalid query parameter").is_none());
        assert!(speaks_tls(500, "Client sent an HTTP request to an HTTPS server.").is_none());
    }

    #[test]
    fn a_request_that_may_have_reached_consul_is_not_unsent() {
        for code in ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT"] {
            assert!(!cause(code, "", true).unwrap().unsent, "{code}");
        }
    }
}
