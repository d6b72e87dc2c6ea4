//! Query parameters, and the query options of reads: blocking and consistency.

use std::time::Duration;

use super::go::parse_duration;
use super::response::{Refusal, refuse};

const WAIT_DEFAULT_MS: f64 = 300_000.0;
const WAIT_MAX_MS: f64 = 600_000.0;
/// Consul adds up to a sixteenth of jitter, so that waiting clients do not return simultaneously.
const WAIT_JITTER: f64 = 16.0;

/// The parameters of a query.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn read(raw: &str) -> Self {
        let pair = |part: &str| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode_form(key), decode_form(value))
        };
        Self(raw.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

fn decode_form(text: &str) -> String {
    String::from_utf8_lossy(&decode_percent(text.replace('+', " ").as_bytes())).into_owned()
}

/// Decodes percent-encoded bytes; an invalid `%` is kept.
pub fn decode_percent(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if let (b'%', Some(high), Some(low)) = (bytes[at], digit(at + 1), digit(at + 2)) {
            decoded.push((high * 16 + low) as u8);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    decoded
}

/// Whether every `%` is followed by two hexadecimal digits.
pub fn is_percent_encoded(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    parts.all(|part| matches!(part.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// The options of a blocking query.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadOptions {
    /// Waits until the index is higher. 0 does not wait.
    pub index: u64,
    pub wait: Duration,
    /// The maximum jitter, in milliseconds.
    pub jitter_ms: f64,
}

/// The outer error is Consul's response; the inner one is prepended to the response.
pub fn read_options(query: &Query) -> Result<Result<ReadOptions, String>, Refusal> {
    let staleness = query.get("max_stale").unwrap_or_default();
    let most_stale = parse_duration(staleness);
    if !staleness.is_empty() && most_stale.is_none() {
        return Ok(Err(format!("Invalid max_stale value {}", serde_json::json!(staleness))));
    }
    let stale = query.has("stale") || most_stale.is_some_and(|ms| ms > 0.0);
    if stale && query.has("consistent") {
        return Ok(Err("Cannot specify ?stale with ?consistent, conflicting semantics.".into()));
    }
    let requested = match query.get("wait").unwrap_or_default() {
        "" => Some(0.0),
        wait => parse_duration(wait),
    };
    let Some(requested) = requested else { return Ok(Err("Invalid wait time".into())) };
    // The agent forwards the value with a µ, which the servers do not accept.
    if (0.001..1.0).contains(&requested) {
        return Err(refuse(500, "header key \"max-query-time\" contains value with non-printable ASCII characters"));
    }
    let index = query.get("index").filter(|index| !index.is_empty()).unwrap_or("0");
    let index = if index.bytes().all(|byte| byte.is_ascii_digit()) { index.parse().ok() } else { None };
    let Some(index) = index else { return Ok(Err("Invalid index".into())) };
    let wait = if requested > 0.0 { requested.min(WAIT_MAX_MS) } else { WAIT_DEFAULT_MS };
    Ok(Ok(ReadOptions { index, wait: Duration::from_secs_f64(wait / 1_000.0), jitter_ms: wait / WAIT_JITTER }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let query = Query::read("a=1+2&b=%C3%A4%2&&c&a=3");
        assert_eq!(
            [query.get("a"), query.get("b"), query.get("c"), query.get("d")],
            [Some("1 2"), Some("ä%2"), Some(""), None]
        );
    }

    #[test]
    fn a_wait_has_a_default_and_a_limit() {
        let wait = |query| read_options(&Query::read(query)).unwrap().unwrap().wait;
        for query in ["index=9", "wait=0s", "wait=-1s", "wait="] {
            assert_eq!(wait(query), Duration::from_secs(300), "{query}");
        }
        assert_eq!(wait("wait=1h"), Duration::from_secs(600));
        assert_eq!(wait("wait=1500ms"), Duration::from_millis(1_500));
    }
}
