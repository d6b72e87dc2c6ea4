//! The part of a response that must be equal on every Consul: its status, its headers, and its body, except for values
//! that differ between clusters or over time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::{Captures, Regex};

/// A response with these values masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparable {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

pub fn comparable<'a>(
    status: u16,
    headers: impl IntoIterator<Item = (&'a String, &'a String)>,
    body: &str,
) -> Comparable {
    let headers = headers.into_iter().filter(|(name, _)| is_compared(name)).map(|(name, value)| {
        let counts = ["x-consul-index", "x-consul-lastcontact"].contains(&name.as_str());
        (name.clone(), if counts { "<number>".into() } else { value.clone() })
    });
    Comparable { status, headers: headers.collect(), body: mask(body) }
}

fn is_compared(name: &str) -> bool {
    ["content-type", "allow", "location", "vary", "retry-after"].contains(&name)
        || name.starts_with("x-consul-")
        || name.starts_with("access-control-")
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// A text that has to occur for a mask to be tried, the mask, and its replacement.
static MASKS: LazyLock<Vec<(&str, Regex, &str)>> = LazyLock::new(|| {
    [
        ("-", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>"),
        ("ID\": \"", "([0-9a-f]{2}:){19,}[0-9a-f]{2}", "<fingerprint>"),
        (":", r"(127\.0\.0\.[0-9]+|localhost):[0-9]+", "<address>"),
        ("\"", r#"("(?:CreateIndex|ModifyIndex|SerialNumber)"): ?[0-9]+"#, "${1}: <number>"),
        ("grpc_tls_port", r#"("grpc_tls_port"): ?"[0-9]+""#, "${1}: <port>"),
        // The servers' own port: of real ones, one that was free.
        ("\"consul\"", r#"("(?:Service)?Port"): ?(?:8300|[0-9]{5})(?P<end>[^0-9])"#, "${1}: <port>${end}"),
        ("\"Hash\"", r#"("Hash"): ?("[^"]+"|[0-9]+)"#, "${1}: <hash>"),
        // Whether the other end closes or resets a connection is random.
        ("server preface", r#"(error reading server preface): [^"]+"#, "${1}: <closed>"),
        // A peering token is as long as its addresses and names.
        ("illegal base64", "(illegal base64 data at input byte) [0-9]{3,}", "${1} <length>"),
    ]
    .map(|(needed, pattern, instead)| (needed, regex(pattern), instead))
    .into()
});

/// Certificates are most of a text: without them it is searched faster.
fn without_certificates(text: &str) -> String {
    const END: &str = "-----END CERTIFICATE-----";
    let mut parts = text.split("-----BEGIN CERTIFICATE-----");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str("<certificate>");
        masked.push_str(part.split_once(END).map_or(part, |(_, after)| after));
    }
    masked
}

static TIME: LazyLock<Regex> = LazyLock::new(|| regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"));

/// The times of a stream that has just been opened depend on milliseconds.
static NEW_STREAM: LazyLock<Regex> = LazyLock::new(|| {
    let time = r#"(?:null|"[^"]*")"#;
    regex(&format!(
        r#"(?s)("State": ?"(?:ACTIVE|ESTABLISHING)".*?"LastHeartbeat": ?){time}(,[ \n]*"LastReceive": ?){time}(,[ \n]*"LastSend": ?){time}"#
    ))
});

/// Whether a heartbeat has arrived depends on seconds.
static HEARTBEAT: LazyLock<Regex> = LazyLock::new(|| regex(r#"("LastHeartbeat": ?)"<time>""#));

static PEERING_TOKEN: LazyLock<Regex> = LazyLock::new(|| regex(r#"("PeeringToken": ?)"([A-Za-z0-9+/]+=*)""#));

fn mask(text: &str) -> String {
    let opened = |found: &Captures<'_>| {
        format!("{}{}", &found[1], String::from_utf8(STANDARD.decode(&found[2]).unwrap()).unwrap())
    };
    let open = if text.contains("\"PeeringToken\"") { PEERING_TOKEN.replace_all(text, opened) } else { text.into() };
    let mut masked = without_certificates(&open);
    for (needed, pattern, instead) in MASKS.iter() {
        if masked.contains(needed) {
            masked = pattern.replace_all(&masked, *instead).into_owned();
        }
    }
    let masked = TIME.replace_all(&masked, |found: &Captures<'_>| {
        let never = found[0].starts_with("0001") || found[0].starts_with("1970");
        if never { found[0].to_owned() } else { "<time>".into() }
    });
    if !masked.contains("LastHeartbeat") {
        return each_reason_once(&masked);
    }
    let masked = NEW_STREAM.replace_all(&masked, "${1}<a moment>${2}<a moment>${3}<a moment>");
    HEARTBEAT.replace_all(&masked, "${1}null").into_owned()
}

/// The number of attempts in three seconds is random.
fn each_reason_once(text: &str) -> String {
    let first = text.split('\n').next().unwrap_or_default();
    let Some((count, rest)) = first.split_once(" error") else { return text.into() };
    let rest = rest.strip_prefix('s').unwrap_or(rest);
    if count.parse::<u32>().is_err() || !rest.starts_with(" occurred:") {
        return text.into();
    }
    let first = format!("<number> errors{rest}");
    let mut observed = BTreeSet::new();
    let lines = [first.as_str()].into_iter().chain(text.split('\n').skip(1));
    lines.filter(|line| observed.insert(*line)).collect::<Vec<_>>().join("\n")
}
