//! Documents of Terraform: any JSON is checked, with the same result each time; a finding is about a resource in it,
//! and contains no token; and unknown values are no error.

use consul_peering::rules::finding::Finding;
use consul_peering::rules::terraform;
use serde_json::{Value as Json, json};

use super::finding;
use super::host::{read_json, to_value};
use super::peering_token::NOW;

const KEYS: [&str; 5] = ["peer_name", "meta", "peering_token", "partition", "server_external_addresses"];
const FIELDS: [&str; 9] = [
    "document",
    "format_version",
    "errored",
    "complete",
    "actions",
    "state",
    "peer_name",
    "peering_token",
    "partition",
];
/// A shorter text, such as an address, may occur in a message by chance.
const SECRET_BYTES: usize = 32;

pub fn check_text(text: &str) {
    if let Ok(json) = serde_json::from_str(text) {
        check_json(&json);
    }
}

pub fn check_json(document: &Json) {
    let findings = check_document(document);
    assert_eq!(findings, check_document(document), "the same each time");
    let causes = texts_under(document, "replace_paths");
    finding::check(&findings, |field| {
        FIELDS.contains(&field)
            || field.starts_with("meta")
            || field.starts_with("server_external_addresses")
            || causes.iter().any(|cause| cause == field)
    });
    let addresses = texts_under(document, "address");
    let mut values = document.clone();
    values.as_object_mut().and_then(|members| members.remove("configuration"));
    let mut tokens = texts_under(&values, "peering_token");
    tokens.retain(|token| token.len() >= SECRET_BYTES);
    for finding in &findings {
        assert!(finding.path.iter().all(|path| addresses.contains(path)), "about nothing that is there: {finding:?}");
        for token in &tokens {
            let shows = |text: &str| text.contains(&**token);
            assert!(!shows(&finding.message) && !shows(&finding.fix), "shows a token: {token} {finding:?}");
        }
    }
    forget_each(document, &findings);
}

fn check_document(document: &Json) -> Vec<Finding> {
    terraform::check(&to_value(document), read_json, NOW)
}

/// With one value of one resource unknown, nothing new is found.
fn forget_each(document: &Json, before: &[Finding]) {
    let changes = document["resource_changes"].as_array().map_or(0, Vec::len);
    for index in 0..changes.min(3) {
        for key in KEYS {
            let mut without = document.clone();
            let change = without.pointer_mut(&format!("/resource_changes/{index}/change"));
            let Some(change) = change.and_then(Json::as_object_mut) else { continue };
            if let Some(after) = change.get_mut("after").and_then(Json::as_object_mut) {
                after.remove(key);
            }
            change.insert("after_unknown".into(), json!({ key: true }));
            for finding in check_document(&without) {
                let rule = |known: &&Finding| known.rule == finding.rule && known.path == finding.path;
                assert!(before.iter().any(|known| rule(&known)), "{key} is not known: {finding:?}");
            }
        }
    }
}

/// Every text under a key of this name.
fn texts_under(json: &Json, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(json, key, false, &mut found);
    found
}

fn collect(json: &Json, key: &str, inside: bool, found: &mut Vec<String>) {
    match json {
        Json::String(text) if inside => found.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| collect(item, key, inside, found)),
        Json::Object(members) => {
            members.iter().for_each(|(name, member)| collect(member, key, inside || name == key, found));
        }
        _ => {}
    }
}
