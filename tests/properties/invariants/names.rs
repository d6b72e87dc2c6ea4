//! Names, meta, addresses and headers: refused exactly where Consul refuses them.

use consul_peering::rules::value::Value;
use consul_peering::rules::{address, header, meta, peer_name};

use super::{consul, finding};

pub fn check_peer_name(name: &str) {
    // Stricter than Consul, on purpose: it creates these two and cannot read them back.
    let usable = consul::takes_name(name) && !["token", "establish"].contains(&name);
    assert_eq!(peer_name::is_valid(name), usable, "{name:?}");
    let findings = peer_name::check(&name.into());
    finding::check(&findings, |field| field == "peer_name");
    assert_eq!(finding::errors(&findings).is_empty(), usable, "{name:?}: {findings:?}");
    for suggested in findings.iter().flat_map(|finding| quoted(&finding.fix)) {
        assert!(peer_name::check(&suggested.into()).is_empty(), "{name:?}: suggests {suggested:?}");
    }
}

/// The quoted parts of a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// A meta of different keys.
pub fn check_meta(pairs: &[(String, String)]) {
    let value = Value::Object(pairs.iter().map(|(key, value)| (key.clone(), Value::from(&**value))).collect());
    let findings = meta::check(&value);
    finding::check(&findings, |field| field == "meta" || field.starts_with("meta."));
    let takes = pairs.len() <= 64 && pairs.iter().all(|(key, value)| consul::takes_pair(key, value));
    assert_eq!(finding::errors(&findings).is_empty(), takes, "{pairs:?}: {findings:?}");
    let at_fault = pairs.iter().filter(|(key, value)| !consul::takes_pair(key, value)).count();
    assert!(findings.len() >= at_fault, "a fault of each pair: {findings:?}");
    assert_eq!(meta::pairs(&value), pairs, "what is sent");
    let turned: Vec<_> = pairs.iter().rev().cloned().collect();
    assert!(meta::same(&meta::pairs(&value), &turned), "order does not matter");
}

pub fn check_address(text: &str) {
    // Stricter than Consul, on purpose: `[http://a]:1` is split correctly and unusable.
    let expected = consul::host_of(text).filter(|_| !consul::leads_nowhere(text));
    let parsed = address::parse(text);
    assert_eq!(parsed.ok().map(|address| address.host), expected, "{text:?}: {parsed:?}");
}

pub fn check_header(text: &str) {
    let graphic = |c: char| ('!'..='~').contains(&c);
    let separator = |c: char| "\"(),/:;<=>?@[\\]{}".contains(c);
    assert_eq!(header::is_acl_token(text), !text.is_empty() && text.chars().all(graphic), "{text:?}");
    let name = !text.is_empty() && text.chars().all(|c| graphic(c) && !separator(c));
    assert_eq!(header::is_name(text), name, "{text:?}");
    assert_eq!(header::is_value(text), text.chars().all(|c| graphic(c) || c == ' ' || c == '\t'), "{text:?}");
}
