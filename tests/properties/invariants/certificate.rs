//! Certificates: whatever is read of one is plausible.

use std::sync::LazyLock;

use base64::Engine;
use chrono::DateTime;
use consul_peering::rules::certificate::{self, Certificate};
use consul_peering::rules::time::{Time, Timestamp};
use regex::Regex;

use super::consul_token::GO;

/// Any bytes as the content of a PEM text.
pub fn check_der(bytes: &[u8]) -> Option<Certificate> {
    check_pem(&pem(bytes))
}

pub fn pem(bytes: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", GO.encode(bytes))
}

/// Any text as PEM.
pub fn check_pem(text: &str) -> Option<Certificate> {
    let read = certificate::read(text)?;
    check_time(&read.not_before);
    check_time(&read.not_after);
    for (now, expired, too_early) in [
        (Timestamp::at_ms(f64::MIN), false, true),
        (read.not_before.at, read.not_after.at < read.not_before.at, false),
        (read.not_after.at, false, read.not_before.at > read.not_after.at),
        (Timestamp::at_ms(f64::MAX), true, false),
    ] {
        assert_eq!((read.expired(now), read.too_early(now)), (expired, too_early), "at {now:?}: {read:?}");
    }
    if let Some(domain) = &read.trust_domain {
        assert!(!domain.is_empty() && !domain.contains('/'), "{read:?}");
    }
    Some(read)
}

/// A time is a valid date, and its two forms agree.
fn check_time(time: &Time) {
    static RFC_3339: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z$").unwrap());
    assert!(RFC_3339.is_match(&time.text), "{time:?}");
    let date = DateTime::parse_from_rfc3339(&time.text).unwrap_or_else(|error| panic!("no date: {time:?}: {error}"));
    assert_eq!(date.timestamp() as f64 * 1_000.0, time.at.as_ms(), "{time:?}");
}
