//! The addresses that a dialer uses.

use super::{CheckCode, Health, Value, Verdict, latest, text};
use crate::rules::{address, reach};

/// These do not change the verdict: an unusual address may be right.
pub fn check(peering: &Value, health: &mut Health) {
    let texts = peering.get("peer_server_addresses").texts();
    let addresses: Vec<_> = texts.iter().filter_map(|text| Some((&**text, address::parse(text).ok()?))).collect();
    let mut findings = Vec::new();
    reach::check_names("this peering", &addresses, &mut findings);
    // Once connected, its addresses are not the reason.
    if ["FAILING", "PENDING"].contains(&text(peering, "state")) && latest(peering).is_none() {
        reach::check_in_token("this peering", &addresses, &mut findings);
    }
    for finding in findings {
        health.add(CheckCode::Rule(finding.rule), Verdict::Healthy, finding.message.trim_end_matches('.'));
    }
}
