//! The address of the cluster, and its scheme.

use super::{Variables, flag};
use crate::rules::finding::Finding;
use crate::rules::text::{contains, cut};

pub const ADDRESS: &str = "CONSUL_HTTP_ADDR";
const SSL: &str = "CONSUL_HTTP_SSL";
const DEFAULT_ADDRESS: &str = "127.0.0.1:8500";

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

#[cfg(test)]
mod tests {
    use super::super::tests::{FALSE, NEITHER, TRUE, lookup};
    use super::*;

    fn address_of(set: &[(&str, &str)]) -> Result<String, String> {
        address(&lookup(set)).map_err(|finding| format!("{} {}", finding.field, finding.rule))
    }

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
}
