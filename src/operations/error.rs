//! The error of a call.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::left_behind::LeftBehind;
use crate::consul::cluster::ClusterAddress;
use crate::consul::code::Code;
use crate::consul::delivery::Delivery;
use crate::decide::preflight::Refusal;
use crate::rules::duration::Duration;
use crate::rules::finding::Finding;
use crate::rules::peer_name::PeerName;

/// Why a call ends without a result. Its texts contain no secrets.
///
/// Boxed: it passes through every `?` of every operation.
#[derive(Clone)]
pub struct Error<V>(Box<ErrorDetails<V>>);

#[derive(Clone)]
pub struct ErrorDetails<V> {
    pub code: Code,
    /// Why it failed, without the operation and the cluster; empty if the call timed out before any failure.
    pub reason: String,
    pub hint: Option<String>,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    pub status: Option<u16>,
    pub findings: Vec<Finding>,
    /// The peering as it exists now.
    pub peering: Option<V>,
    pub cause: Option<Cause<V>>,
    /// Whether the failed request had an effect; for a read it does not matter.
    pub delivery: Delivery,
    /// A retry would fail the same way.
    pub is_permanent: bool,
    /// The call timed out after so long.
    pub timeout: Option<Duration>,
    /// The server's Retry-After.
    pub retry_after: Option<Duration>,
    /// Where it failed, once that part of the call has ended.
    pub location: Option<Location>,
    pub left_behind: Vec<LeftBehind>,
    /// An exception of the caller's code, or the reason of an abort: thrown to the caller in place of an error.
    pub thrown: Option<V>,
}

/// Why sending failed, from the host.
#[derive(Clone)]
pub struct Cause<V> {
    pub text: String,
    pub value: V,
}

/// Where a call failed.
#[derive(Clone)]
pub struct Location {
    /// The address.
    pub cluster: ClusterAddress,
    pub peer_name: Option<PeerName>,
    /// In a call on a pair.
    pub of_pair: bool,
}

impl<V> Deref for Error<V> {
    type Target = ErrorDetails<V>;
    fn deref(&self) -> &ErrorDetails<V> {
        &self.0
    }
}

impl<V> DerefMut for Error<V> {
    fn deref_mut(&mut self) -> &mut ErrorDetails<V> {
        &mut self.0
    }
}

impl<V> Error<V> {
    pub fn new(code: Code, reason: &str) -> Self {
        Self(Box::new(ErrorDetails {
            code,
            reason: reason.to_owned(),
            hint: None,
            retryable: code.retryable(),
            status: None,
            findings: Vec::new(),
            peering: None,
            cause: None,
            delivery: Delivery::Refused,
            is_permanent: false,
            timeout: None,
            retry_after: None,
            location: None,
            left_behind: Vec::new(),
            thrown: None,
        }))
    }

    /// For an exception of the caller's code, or the reason of an abort.
    pub fn thrown(value: V) -> Self {
        let mut error = Self::new(Code::Invalid, "");
        error.thrown = Some(value);
        error
    }

    /// The error for input with these findings: errors are the reason, warnings are included.
    pub fn invalid(findings: Vec<Finding>) -> Self {
        let reasons: Vec<_> =
            findings.iter().filter(|finding| finding.is_error()).map(|finding| &*finding.message).collect();
        let mut error = Self::new(Code::Invalid, &reasons.join(" "));
        error.findings = findings;
        error
    }

    /// The error for a response that Consul does not send. Whether Consul has acted is unknown: a proxy's page has
    /// status 200, too.
    pub fn unexpected(what: &str) -> Self {
        let mut error = Self::new(Code::UnexpectedAnswer, &format!("unexpected response: {what}"));
        error.delivery = Delivery::Unknown;
        error
    }

    /// Consul may have acted.
    pub fn is_lost(&self) -> bool {
        self.delivery == Delivery::Unknown
    }

    pub fn with_status(mut self, status: Option<u16>) -> Self {
        self.status = status;
        self
    }

    pub fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    pub fn with_peering(mut self, peering: Option<V>) -> Self {
        self.peering = peering;
        self
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        self.hint.as_deref().unwrap_or(self.code.hint())
    }

    /// Why the call failed, in a sentence.
    pub fn why(&self) -> String {
        match self.timeout {
            None => self.reason.clone(),
            Some(timeout) if self.reason.is_empty() => format!("timed out after {}", text(timeout)),
            Some(timeout) => format!("timed out after {}; last failure: {}", text(timeout), self.reason),
        }
    }

    /// The whole message of an error of `operation`: call, cluster and reason.
    pub fn message(&self, operation: &str) -> String {
        let place = match &self.location {
            None => String::new(),
            Some(Location { cluster, peer_name, of_pair: false }) => {
                let subject = peer_name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
                let at = if cluster.is_empty() { String::new() } else { format!(" at {cluster}") };
                format!("{subject}{at}")
            }
            Some(Location { cluster, peer_name, of_pair: true }) => {
                let peering = match peer_name {
                    Some(name) if !self.code.is_of_cluster() => format!("peering \"{name}\" on "),
                    _ => String::new(),
                };
                format!(": {peering}{cluster}")
            }
        };
        format!("{operation}{place}: {}", self.why())
    }
}

fn text(duration: Duration) -> String {
    let ms = duration.as_ms();
    if ms < 1_000.0 {
        return format!("{} ms", (ms + 0.5) as u32);
    }
    let tenths = (ms / 100.0 + 0.5) as u64;
    if tenths.is_multiple_of(10) { format!("{} s", tenths / 10) } else { format!("{}.{} s", tenths / 10, tenths % 10) }
}

impl<V> fmt::Display for Error<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.why())
    }
}

impl<V> fmt::Debug for Error<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {self}", self.code.name())
    }
}

impl<V: 'static> std::error::Error for Error<V> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

impl<V> fmt::Display for Cause<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl<V> fmt::Debug for Cause<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<V> std::error::Error for Cause<V> {}

impl<V> From<Refusal> for Error<V> {
    fn from(refusal: Refusal) -> Self {
        let mut error = Self::new(refusal.code, &refusal.message);
        error.hint = Some(refusal.hint.to_owned());
        error.findings = refusal.findings;
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_an_unreadable_response_it_is_unknown_whether_consul_has_acted() {
        assert!(Error::<()>::unexpected("a page").is_lost());
        assert!(!Error::<()>::new(Code::Invalid, "why").is_lost());
    }

    #[test]
    fn the_source_of_an_error_is_from_the_host() {
        use std::error::Error as _;
        let mut error = Error::new(Code::Network, "no response");
        assert!(error.source().is_none());
        error.cause = Some(Cause { text: "fetch failed (ECONNRESET)".into(), value: () });
        let source = error.source().unwrap();
        assert_eq!([format!("{source}"), format!("{source:?}")], ["fetch failed (ECONNRESET)"; 2]);
        assert_eq!([format!("{error}"), format!("{error:?}")], ["no response", "network: no response"]);
    }

    #[test]
    fn a_duration_is_shown_in_ms_or_s() {
        let texts = [0.4, 86.0, 999.9, 1_000.0, 1_500.0, 60_000.0, 59_960.0].map(|ms| text(Duration::ms(ms)));
        assert_eq!(texts, ["0 ms", "86 ms", "1000 ms", "1 s", "1.5 s", "60 s", "60 s"]);
    }

    #[test]
    fn messages_name_the_call_the_place_and_the_reason() {
        let mut error = Error::<()>::new(Code::PeerMismatch, "why");
        assert_eq!(error.message("connect"), "connect: why");
        let location = |peer_name: Option<&str>, of_pair: bool| {
            Some(Location {
                cluster: ClusterAddress::new("http://a".into()),
                peer_name: peer_name.and_then(PeerName::new),
                of_pair,
            })
        };
        error.location = location(Some("us"), false);
        assert_eq!(error.message("read"), "read us at http://a: why");
        error.location = location(None, false);
        assert_eq!(error.message("list"), "list at http://a: why");
        error.location = location(Some("us"), true);
        assert_eq!(error.message("connect"), "connect: peering \"us\" on http://a: why");
        error.code = Code::Network;
        error.timeout = Some(Duration::ms(500.0));
        assert_eq!(error.message("connect"), "connect: http://a: timed out after 500 ms; last failure: why");
        error.reason.clear();
        assert_eq!(error.why(), "timed out after 500 ms");
    }
}
