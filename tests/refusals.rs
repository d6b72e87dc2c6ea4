//! The table of Consul's refusals, compared with the texts in Consul's source (`tests/recordings/source.json`).
//!
//! The completeness of the list is tested with the source: `tests/node/source.test.js`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use consul_peering::consul::exchange;
use consul_peering::consul::refusals::{EXCHANGE_FAILURES, KnownRefusal, REFUSALS};
use consul_peering::consul::response::{is_absent, refusal};

/// A text of Consul, and its classification.
struct Source {
    at: String,
    status: u16,
    text: String,
    /// None if it is no error: the peering is missing.
    code: Option<String>,
    retryable: bool,
}

fn sources() -> Vec<Source> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/source.json");
    let files: Vec<Json> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut sources = Vec::new();
    for file in &files {
        let texts = file["texts"].as_array().unwrap().iter();
        // A text that only wraps another is classified by that one.
        for text in texts.filter(|text| text["wraps"] != true) {
            let says = text["says"].as_str().unwrap();
            sources.push(Source {
                at: format!("{}{} {}: {says}", file["file"], file["origin"], text["function"]),
                status: text["status"].as_u64().unwrap().try_into().unwrap(),
                text: text["text"].as_str().unwrap_or(says).to_owned(),
                code: text["code"].as_str().map(str::to_owned),
                retryable: text["retryable"] == true,
            });
        }
    }
    assert!(sources.len() > 120, "{} texts", sources.len());
    sources
}

#[test]
fn every_text_of_the_source_is_classified() {
    let mut wrong = Vec::new();
    for Source { at, status, text, code, retryable } in sources() {
        assert_eq!(is_absent(status, &text), code.is_none(), "{at}");
        let Some(code) = code else { continue };
        let meaning = refusal(status, &text);
        if (meaning.code.name(), meaning.retryable) != (&*code, retryable) {
            wrong.push(format!("{at}: {} {}, not {code} {retryable}", meaning.code.name(), meaning.retryable));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_is_of_a_text_of_the_source() {
    let texts: Vec<_> = sources().into_iter().map(|source| source.text).collect();
    // The first matching row decides, so each row has a text that no earlier row matches.
    let deciding = |rows: &[KnownRefusal], text: &str| rows.iter().position(|row| row.fits(text));
    let (exchanges, others): (Vec<_>, Vec<_>) = texts.iter().partition(|text| exchange::failed(text));
    for (rows, texts) in [(REFUSALS, others), (EXCHANGE_FAILURES, exchanges)] {
        let decided: BTreeSet<_> = texts.iter().filter_map(|text| deciding(rows, text)).collect();
        let idle: Vec<_> = (0..rows.len()).filter(|row| !decided.contains(row)).map(|row| rows[row].text).collect();
        assert!(idle.is_empty(), "rows without a text: {idle:?}");
    }
}

#[test]
fn rows_are_well_formed() {
    for row in REFUSALS.iter().chain(EXCHANGE_FAILURES) {
        let name = row.text;
        let numbers: Vec<_> = row.since.split('.').map(str::parse::<u32>).collect();
        assert!(row.since == "proposed" || (numbers.len() > 1 && numbers.iter().all(Result::is_ok)), "{name}");
        let hint = row.hint.unwrap_or(row.code.hint());
        assert!(hint.ends_with('.') && hint.split_whitespace().count() >= 5, "{name}: {hint}");
        // A row overrides its code's defaults only to be more specific.
        assert!(row.retryable == row.code.retryable() || row.hint.is_some(), "{name}");
    }
}

#[test]
fn settings_of_servers_and_failed_handshakes_have_a_specific_hint() {
    let hint = |text: &str| refusal(500, text).hint.unwrap_or_default();
    for (text, words) in [
        ("a grpc bind port must be specified in the configuration for all servers", "grpc_tls"),
        ("TLS for gRPC must be enabled when generating peering tokens", "grpc_tls"),
        ("PeerThroughMeshGateways, but no mesh gateway instances are registered", "PeerThroughMeshGateways"),
        ("failed to find Consul server for global address \"dc1-10.0.0.1:8300\"", "advertise_addr"),
    ] {
        assert!(hint(text).contains(words), "{text}: {}", hint(text));
    }
    let dialed = |reason: &str| {
        hint(&format!(
            "\t* failed to exchange peering secret through address \"a:1\": desc = \"transport: {reason}\"\n"
        ))
    };
    for (reason, words) in [
        ("certificate is valid for server.eu.consul, not server.eu.peering.1.consul", "terminates TLS"),
        (
            "certificate is valid for server.eu.peering.1.consul, not server.eu.peering.2.consul",
            "Another Consul cluster",
        ),
        ("certificate signed by unknown authority", "new token"),
        ("first record does not look like a TLS handshake", "8502"),
        ("authentication handshake failed: EOF", "mesh gateway"),
        ("missing selected ALPN property", "h2"),
        ("lookup peering.eu.example: no such host", "DNS"),
        ("dial tcp 10.0.0.1:8503: connect: connection refused", "client_addr"),
    ] {
        assert!(dialed(reason).contains(words), "{reason}: {}", dialed(reason));
    }
}
