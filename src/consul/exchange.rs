//! A failed exchange of the token's secret. Consul tries the token's addresses in turn for 3 s and lists some twenty
//! attempts; each address and reason is reported once.

use super::code::Code;
use super::refusals::{EXCHANGE_FAILURES, KnownRefusal};
use crate::rules::finding::excerpt;
use crate::rules::text::{after_last, before, contains, cut};

const FAILED: &str = "failed to exchange peering secret";
const THROUGH: &str = "failed to exchange peering secret through address \"";
const ADDRESS_CHARS: usize = 80;
const REASON_CHARS: usize = 240;
const SUMMARY_CHARS: usize = 900;

/// Whether the text reports a failed exchange.
pub fn failed(text: &str) -> bool {
    contains(text, FAILED)
}

/// The code of a failed exchange, whether a retry can help, and each distinct hint once.
///
/// One address that may become reachable makes it retryable.
pub fn meaning(text: &str) -> (Code, bool, Option<String>) {
    let attempts = attempts(text);
    let reasons = attempts.iter().map(|(_, reason)| &**reason);
    let failures: Vec<&KnownRefusal> =
        if attempts.is_empty() { vec![failure(text)] } else { reasons.map(failure).collect() };
    let unreachable = failures.iter().any(|failure| failure.code == Code::Unreachable);
    let code = if unreachable { Code::Unreachable } else { Code::TlsFailed };
    let mut hints: Vec<&str> = Vec::new();
    for failure in &failures {
        let hint = failure.hint.unwrap_or(failure.code.hint());
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    (code, failures.iter().any(|failure| failure.retryable), Some(hints.join(" ")))
}

/// Each reason once, after the addresses that failed for it, in one line; None without an address.
pub fn summary(text: &str) -> Option<String> {
    let attempts = attempts(text);
    let mut reasons: Vec<&str> = Vec::new();
    for (_, reason) in &attempts {
        if !reasons.contains(&&**reason) {
            reasons.push(reason);
        }
    }
    let line = |reason: &&str| {
        let failed = attempts.iter().filter(|attempt| attempt.1 == **reason);
        let addresses: Vec<_> = failed.map(|(address, _)| excerpt(address, ADDRESS_CHARS)).collect();
        format!("{}: {}", addresses.join(", "), excerpt(reason, REASON_CHARS))
    };
    (!attempts.is_empty()).then(|| excerpt(&reasons.iter().map(line).collect::<Vec<_>>().join("; "), SUMMARY_CHARS))
}

fn failure(reason: &str) -> &'static KnownRefusal {
    let known = EXCHANGE_FAILURES.iter().find(|failure| failure.fits(reason));
    // The last row fits everything.
    known.unwrap_or(&EXCHANGE_FAILURES[EXCHANGE_FAILURES.len() - 1])
}

/// The distinct pairs of address and reason.
fn attempts(text: &str) -> Vec<(&str, String)> {
    let mut attempts: Vec<(&str, String)> = Vec::new();
    let mut rest = text;
    while let Some((_, bullet)) = cut(rest, THROUGH) {
        rest = bullet;
        let Some((address, reason)) = cut(before(bullet, "\n").trim_end(), "\"") else { continue };
        let reason = concise(address, reason);
        if !attempts.iter().any(|known| known.0 == address && known.1 == reason) {
            attempts.push((address, reason));
        }
    }
    attempts
}

/// A reason without its wrapping, the address, and how the connection broke: the dialer's own port changes each time,
/// and whether a read or a write notices a reset is chance.
fn concise(address: &str, reason: &str) -> String {
    // The innermost description is the cause: `… desc = "transport: Error while dialing: dial tcp …"`.
    let reason = after_last(reason.trim_start_matches(':').trim(), "desc = ").trim_matches('"');
    let reason = reason.strip_prefix("transport: ").unwrap_or(reason);
    let reason = after_last(reason, &format!("dial tcp {address}: "));
    for verb in ["read", "write"] {
        if let Some((head, tail)) = cut(reason, &format!("{verb} tcp "))
            && let Some((ports, cause)) = cut(tail, ": ")
            && contains(ports, "->")
        {
            return format!("{head}{}", cause.strip_prefix(&format!("{verb}: ")).unwrap_or(cause));
        }
    }
    String::from(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bullet(address: &str, why: &str) -> String {
        format!(
            "\t* failed to exchange peering secret through address \"{address}\": rpc error: code = Unavailable desc = connection error: desc = \"transport: {why}\"\n"
        )
    }

    const REFUSED: &str = "Error while dialing: dial tcp a:1: connect: connection refused";
    const PLAINTEXT: &str = "authentication handshake failed: tls: first record does not look like a TLS handshake";

    #[test]
    fn reports_each_reason_once() {
        let text = format!(
            "4 errors occurred:\n{}{}{}{}",
            bullet("a:1", "refused"),
            bullet("b:1", "refused"),
            bullet("a:1", "refused"),
            bullet("a:1", "no route"),
        );
        assert_eq!(summary(&text).unwrap(), "a:1, b:1: refused; a:1: no route");
        assert_eq!(summary(&bullet("a:1", REFUSED)).unwrap(), "a:1: connect: connection refused", "the address once");
        assert_eq!(summary("something else"), None);
    }

    #[test]
    fn ignores_how_a_connection_broke() {
        let reset = |verb, port| {
            let ports = format!("127.0.0.1:{port}->127.0.0.1:8300");
            let why = format!("authentication handshake failed: {verb} tcp {ports}: {verb}: connection reset by peer");
            bullet("127.0.0.1:8300", &why)
        };
        let text = format!("{}{}{}", reset("read", 1), reset("read", 2), reset("write", 3));
        let expected = "127.0.0.1:8300: authentication handshake failed: connection reset by peer";
        assert_eq!(summary(&text).unwrap(), expected);
    }

    #[test]
    fn one_address_that_may_become_reachable_makes_it_retryable() {
        let (code, retryable, hint) = meaning(&bullet("a:1", PLAINTEXT));
        assert_eq!((code, retryable), (Code::TlsFailed, false));
        let plaintext = hint.unwrap();
        assert!(plaintext.contains("8502"), "{plaintext}");
        let (code, retryable, hint) = meaning(&format!("{}{}", bullet("b:1", PLAINTEXT), bullet("a:1", REFUSED)));
        assert_eq!((code, retryable), (Code::Unreachable, true));
        let hint = hint.unwrap();
        assert!(hint.starts_with(&plaintext) && hint.contains("client_addr"), "{hint}");
        assert_eq!(hint.matches("8502").count(), 1, "{hint}");
    }

    #[test]
    fn a_text_of_1_13_names_no_address() {
        let text = "failed to exchange peering secret: rpc error: code = Unavailable";
        assert!(failed(text));
        assert_eq!(meaning(text), (Code::Unreachable, true, Some(Code::Unreachable.hint().into())));
        assert_eq!(summary(text), None);
    }
}
