//! The names and the meta that Consul accepted or refused.

use std::collections::BTreeSet;

use consul_peering::rules::value::Value;
use consul_peering::rules::{meta, peer_name};
use serde_json::Value as Json;

use super::host::to_value;
use super::{Exchange, VERSIONS, exchanges, rules_of};

/// Every POST with this member in its body, and whether Consul accepted it; without those refused for another reason.
fn requests_with(member: &str, refusals: &[&str]) -> Vec<(Exchange, bool)> {
    exchanges()
        .into_iter()
        .filter(|exchange| exchange.method == "POST" && exchange.sent.get(member).is_some())
        .filter_map(|exchange| {
            let refused = refusals.iter().any(|part| exchange.text.contains(part));
            (refused || exchange.status == 200).then_some((exchange, !refused))
        })
        .collect()
}

#[test]
fn refuses_exactly_the_names_that_consul_refuses() {
    let (mut taken, mut refused, mut unreadable) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (Exchange { at, sent, .. }, is_taken) in
        requests_with("PeerName", &["is not a valid peer name", "PeerName is required"])
    {
        let Some(name) = sent["PeerName"].as_str() else { continue };
        let valid = peer_name::is_valid(name);
        if is_taken && ["token", "establish"].contains(&name) {
            // Stricter than Consul, on purpose: it creates these and cannot read them back.
            assert!(!valid, "{at}: {name:?}");
            unreadable.insert(name.to_owned());
        } else {
            assert_eq!(valid, is_taken, "{at}: {name:?}");
            if is_taken { &mut taken } else { &mut refused }.insert(name.to_owned());
        }
        assert_eq!(peer_name::check(&Value::from(name)).is_empty(), valid, "{at}: {name:?}");
    }
    assert!(taken.len() > 20, "{taken:?}");
    assert_eq!(refused.len(), 15, "{refused:?}");
    assert_eq!(unreadable.len(), 2, "{unreadable:?}");
}

/// Consul's text for invalid meta, and the rule that finds it before.
const META_FAULTS: [(&str, &str); 6] = [
    ("cannot contain more than 64 key/value pairs", "pairs"),
    ("Key cannot be blank", "key_empty"),
    ("Key contains invalid characters", "key_characters"),
    ("Key is too long", "key_length"),
    ("is reserved for internal use", "key_reserved"),
    ("Value is too long", "value_length"),
];

#[test]
fn refuses_exactly_the_meta_that_consul_refuses() {
    let mut said = BTreeSet::new();
    let (mut taken, mut nulls) = (0, 0);
    for (Exchange { at, sent, text, .. }, is_taken) in requests_with("Meta", &["meta tags failed validation"]) {
        let findings = meta::check(&to_value(&sent["Meta"]));
        let errors = rules_of(&findings, true);
        if !is_taken {
            let (part, rule) = META_FAULTS.iter().find(|(part, _)| text.contains(part)).unwrap();
            said.insert(*part);
            assert_eq!(errors, [*rule], "{at}: {text}");
        } else if sent["Meta"].as_object().is_some_and(|pairs| pairs.values().any(Json::is_null)) {
            // Stricter than Consul, on purpose: it stores null as an empty text, which is never intended.
            assert_eq!(errors, ["type"], "{at}");
            nulls += 1;
        } else {
            assert_eq!(errors, [""; 0], "{at}");
            taken += 1;
        }
    }
    assert_eq!(said.len(), META_FAULTS.len(), "{said:?}");
    assert_eq!(nulls, VERSIONS.len());
    assert!(taken > 20, "{taken}");
}
