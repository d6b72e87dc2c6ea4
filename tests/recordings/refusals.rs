//! Every refusal has its code.

use std::collections::BTreeSet;

use consul_peering::consul::exchange;
use consul_peering::consul::response::{is_absent, refusal};
use regex::Regex;
use serde_json::Value as Json;

use super::{Exchange, VERSIONS, document, exchanges, folder};

/// A row of `codes.json`: the meaning of one kind of refusal.
struct Meaning {
    status: u16,
    /// The constant part of the text; empty for a response without a text.
    text: String,
    /// Why an exchange failed, which is in the text too.
    reason: String,
    /// None if it is no error: the peering is missing.
    code: Option<String>,
}

impl Meaning {
    fn is_of(&self, exchange: &Exchange) -> bool {
        let said = if self.text.is_empty() { exchange.text.is_empty() } else { exchange.text.contains(&self.text) };
        self.status == exchange.status && said && exchange.text.contains(&self.reason)
    }
}

fn meanings() -> Vec<Meaning> {
    let table = document(&folder().join("codes.json"));
    let row = |row: &Json| Meaning {
        status: row["status"].as_u64().unwrap().try_into().unwrap(),
        text: row["text"].as_str().unwrap().to_owned(),
        reason: row["reason"].as_str().unwrap_or_default().to_owned(),
        code: row["code"].as_str().map(str::to_owned),
    };
    table.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn every_refusal_has_its_code() {
    let meanings = meanings();
    let mut hit = BTreeSet::new();
    let mut redirects = 0;
    for exchange in exchanges().iter().filter(|exchange| !(200..300).contains(&exchange.status)) {
        if exchange.registers() {
            continue;
        }
        let Exchange { at, method, path, status, text, .. } = exchange;
        if (300..400).contains(status) {
            // Not classified by text: what fetches refuses every redirect.
            redirects += 1;
            continue;
        }
        let fitting: Vec<_> = (0..meanings.len()).filter(|row| meanings[*row].is_of(exchange)).collect();
        hit.extend(fitting.iter().copied());
        let codes: BTreeSet<_> = fitting.iter().map(|row| meanings[*row].code.as_deref()).collect();
        // Two addresses that fail for different reasons: one that may become reachable decides.
        let mixed = fitting.len() > 1 && fitting.iter().all(|row| !meanings[*row].reason.is_empty());
        let expected = match codes.first() {
            Some(code) if fitting.len() == 1 || (mixed && codes.len() == 1) => *code,
            _ if mixed => Some("unreachable"),
            _ => panic!("{at}: {} rows of codes.json fit {method} {path}: {status} {text}", fitting.len()),
        };
        let actual = |text: &str| (!is_absent(*status, text)).then(|| refusal(*status, text).code.name());
        assert_eq!(actual(text), expected, "{at}: {method} {path}: {status} {text}");
        // As servers before 1.16 wrote it; the source of the prefix never sends 401.
        if *status == 401 {
            continue;
        }
        let wrapped = format!("rpc error: code = Unknown desc = {text}");
        assert_eq!(actual(&wrapped), expected, "{at}: {method} {path}: {status} {wrapped}");
    }
    let idle: Vec<_> = (0..meanings.len())
        .filter(|row| !hit.contains(row))
        .map(|row| (&meanings[row].text, &meanings[row].reason))
        .collect();
    assert!(idle.is_empty(), "rows of codes.json that no recording has: {idle:?}");
    assert_eq!(redirects, 3 * VERSIONS.len());
}

#[test]
fn a_failed_exchange_lists_each_reason_once_after_its_addresses() {
    // The dialer's port changes each time, and what notices a reset is chance.
    let chance = Regex::new("(read|write) tcp [^ ]+: (read|write): ").unwrap();
    let mut count = 0;
    for Exchange { at, text, .. } in exchanges() {
        let attempts =
            text.split("through address \"").skip(1).filter_map(|rest| rest.lines().next()?.split_once("\": "));
        let attempts: Vec<(&str, &str)> = attempts.collect();
        if attempts.is_empty() {
            continue;
        }
        count += 1;
        let summary = exchange::summary(&text).unwrap();
        for (address, _) in &attempts {
            assert_eq!(summary.matches(address).count(), 1, "{at}: {summary}");
        }
        let reasons: BTreeSet<_> = attempts.iter().map(|(_, reason)| chance.replace(reason, "")).collect();
        assert_eq!(summary.split("; ").count(), reasons.len(), "{at}: {summary}");
        assert!(!summary.contains("errors occurred") && !summary.contains("rpc error"), "{at}: {summary}");
    }
    assert!(count > 3, "{count} failed exchanges");
}
