//! Reads faults from JSON. JavaScript matches and counts their requests.

use std::time::Duration;

use serde_json::Value;

use super::shape::{INFINITY, Kind, Object, flag, mismatch, number, require, text};
use super::time::span;
use crate::Fault;

/// Each kind of fault, and its members.
const KINDS: [(&str, &[(&str, Kind)]); 11] = [
    ("delay", &[("ms", Kind::Span)]),
    ("drop_before", &[]),
    ("drop_after", &[]),
    ("cut", &[]),
    ("rate_limited", &[("retry_after", Kind::Seconds)]),
    ("unavailable", &[("retry_after", Kind::Seconds)]),
    ("leader_lost", &[("ms", Kind::Span)]),
    ("proxy_page", &[("status", Kind::Status)]),
    ("gateway_timeout", &[]),
    ("redirect", &[("location", Kind::Text), ("status", Kind::Status)]),
    ("restart", &[("ms", Kind::Span), ("acted", Kind::Flag)]),
];

/// Reads a fault, without the requests that it matches.
pub fn fault_from_json(json: &str) -> Result<Fault, String> {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    let Some(given) = value.as_object() else { return Err(mismatch("fault", Kind::Object)) };
    let kind = text(given, "kind").unwrap_or_default();
    let Some((_, known)) = KINDS.iter().find(|(name, _)| *name == kind) else {
        let names = KINDS.map(|(name, _)| name).join(", ");
        return Err(format!("kind must be one of {names}, not \"{kind}\""));
    };
    for (key, value) in given.iter().filter(|(key, _)| *key != "kind") {
        let Some((_, of)) = known.iter().find(|(name, _)| name == key) else {
            let names: Vec<&str> = ["match", "times"].into_iter().chain(known.iter().map(|(name, _)| *name)).collect();
            return Err(format!("unknown member {key} of \"{kind}\"; use {}", names.join(", ")));
        };
        require(value, key, *of)?;
    }
    let seconds = || given.get("retry_after").and_then(Value::as_u64).and_then(|seconds| seconds.try_into().ok());
    let status = |default: u16| number(given, "status").map_or(default, |status| status as u16);
    Ok(match kind.as_str() {
        "delay" => Fault::Delay(duration(given, 1_000.0)),
        "drop_before" => Fault::DropBefore,
        "drop_after" => Fault::DropAfter,
        "cut" => Fault::Cut,
        "rate_limited" => Fault::RateLimited(seconds()),
        "unavailable" => Fault::Unavailable(seconds()),
        "leader_lost" => Fault::LeaderLost(duration(given, 2_000.0)),
        "proxy_page" => Fault::ProxyPage(status(502)),
        "gateway_timeout" => Fault::GatewayTimeout,
        "redirect" => Fault::Redirect {
            location: text(given, "location").unwrap_or_else(|| "http://elsewhere.invalid/".into()),
            status: status(307),
        },
        _ => Fault::Restart { duration: duration(given, 500.0), acted: flag(given, "acted").unwrap_or(false) },
    })
}

fn duration(fault: &Object, default: f64) -> Duration {
    if text(fault, "ms").as_deref() == Some(INFINITY) {
        return Duration::MAX;
    }
    span(number(fault, "ms").unwrap_or(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults() {
        let ms = Duration::from_millis;
        let elsewhere = |location: &str, status| Fault::Redirect { location: location.into(), status };
        let cases = [
            (r#"{"kind":"delay"}"#, Fault::Delay(ms(1_000))),
            (r#"{"kind":"delay","ms":0.5}"#, Fault::Delay(Duration::from_micros(500))),
            (r#"{"kind":"drop_before"}"#, Fault::DropBefore),
            (r#"{"kind":"drop_after"}"#, Fault::DropAfter),
            (r#"{"kind":"cut"}"#, Fault::Cut),
            (r#"{"kind":"rate_limited","retry_after":7}"#, Fault::RateLimited(Some(7))),
            (r#"{"kind":"unavailable"}"#, Fault::Unavailable(None)),
            (r#"{"kind":"leader_lost"}"#, Fault::LeaderLost(ms(2_000))),
            (r#"{"kind":"proxy_page","status":200}"#, Fault::ProxyPage(200)),
            (r#"{"kind":"gateway_timeout"}"#, Fault::GatewayTimeout),
            (r#"{"kind":"redirect"}"#, elsewhere("http://elsewhere.invalid/", 307)),
            (r#"{"kind":"redirect","location":"/there","status":302}"#, elsewhere("/there", 302)),
            (r#"{"kind":"restart"}"#, Fault::Restart { duration: ms(500), acted: false }),
            (
                r#"{"kind":"restart","ms":"Infinity","acted":true}"#,
                Fault::Restart { duration: Duration::MAX, acted: true },
            ),
        ];
        for (json, fault) in cases {
            assert_eq!(fault_from_json(json).unwrap(), fault, "{json}");
        }
    }

    #[test]
    fn invalid_faults_are_refused() {
        let cases = [
            ("null", "fault must be an object"),
            (
                r#"{"kind":"explode"}"#,
                "kind must be one of delay, drop_before, drop_after, cut, rate_limited, unavailable, leader_lost, proxy_page, gateway_timeout, redirect, restart, not \"explode\"",
            ),
            (r#"{"kind":"delay","seconds":1}"#, "unknown member seconds of \"delay\"; use match, times, ms"),
            (r#"{"kind":"delay","ms":"5"}"#, "ms must be a number of milliseconds"),
            (r#"{"kind":"delay","ms":-1}"#, "ms must be a number of milliseconds"),
            (r#"{"kind":"unavailable","retry_after":0.5}"#, "retry_after must be a whole number of seconds"),
            (r#"{"kind":"rate_limited","retry_after":"1"}"#, "retry_after must be a whole number of seconds"),
            (r#"{"kind":"rate_limited","retry_after":-1}"#, "retry_after must be a whole number of seconds"),
            (r#"{"kind":"proxy_page","status":99}"#, "status must be an HTTP status"),
        ];
        for (json, refused) in cases {
            assert_eq!(fault_from_json(json).unwrap_err(), refused, "{json}");
        }
    }
}
