//! Every peering is read.

use std::collections::BTreeSet;

use consul_peering::consul::peering::{Peering, State};
use consul_peering::host::HostValue as _;
use consul_peering::host::data::Data;
use serde_json::Value as Json;

use super::host::to_value;
use super::{document, exchanges, folder};

/// Equal as text, so that the order of the members is the same too.
#[test]
fn the_cases_that_javascript_converts_too() {
    let cases = Data::parse(include_str!("../peerings.json")).unwrap();
    let list = |key| Data::new(cases.get(key).clone()).items().unwrap();
    let member = |case: &Data, key| Data::new(case.get(key).clone());
    for case in list("peerings") {
        let peering = member(&case, "raw").to_peering().unwrap_or_else(Data::null);
        assert_eq!(peering.to_text(), member(&case, "peering").to_text(), "{case:?}");
    }
    for case in list("lists") {
        let error = member(&case, "raw").to_peerings().unwrap_err();
        assert_eq!(Some(&*error), case.get("error").text(), "{case:?}");
    }
}

/// The fields that the rules read, as text.
fn digest(peering: &Peering) -> Json {
    serde_json::json!({
        "id": peering.id,
        "peer_name": peering.name,
        "state": peering.state.to_string(),
        "role": peering.role,
        "meta": peering.meta.iter().map(|(key, value)| (key.clone(), Json::from(value.clone()))).collect::<serde_json::Map<_, _>>(),
        "peer_id": peering.peer_id,
        "peer_server_name": peering.server_name,
        "create_index": peering.create_index,
        "modify_index": peering.modify_index,
    })
}

/// The same, read from the response without the rules.
fn independent_digest(answer: &Json) -> Json {
    let has = |key: &str| answer.get(key).is_some_and(|member| !member.is_null());
    let dials = has("PeerID") || has("PeerServerAddresses");
    serde_json::json!({
        "id": answer["ID"],
        "peer_name": answer["Name"],
        "state": if has("DeletedAt") { "DELETING".into() } else { answer["State"].clone() },
        "role": if dials { "dialer" } else { "acceptor" },
        "meta": answer.get("Meta").cloned().unwrap_or_else(|| serde_json::json!({})),
        "peer_id": answer["PeerID"],
        "peer_server_name": answer["PeerServerName"],
        "create_index": answer["CreateIndex"],
        "modify_index": answer["ModifyIndex"],
    })
}

#[test]
fn every_peering_is_read() {
    let mut states = BTreeSet::new();
    let mut overlaid = 0;
    for exchange in exchanges() {
        for answer in exchange.peerings() {
            let peering =
                Peering::from_consul(&to_value(&answer)).unwrap_or_else(|| panic!("{}: {answer}", exchange.at));
            assert_eq!(digest(&peering), independent_digest(&answer), "{}", exchange.at);
            states.insert((peering.role.name(), peering.state.to_string()));
            overlaid += usize::from(answer["State"] == "ACTIVE" && peering.state == State::Deleting);
        }
    }
    let both = ["ACTIVE", "DELETING", "FAILING", "PENDING", "TERMINATED"].map(|state| ("acceptor", state));
    let dialers =
        ["ACTIVE", "DELETING", "ESTABLISHING", "FAILING", "PENDING", "TERMINATED"].map(|state| ("dialer", state));
    let expected: BTreeSet<_> = both.into_iter().chain(dialers).map(|(role, state)| (role, state.to_owned())).collect();
    assert_eq!(states, expected, "what there is to read");
    assert!(overlaid >= 2, "{overlaid} records being deleted that say ACTIVE");
}

#[test]
fn peerings_of_older_servers_are_read() {
    for (version, count) in [("1.13", 5), ("1.14", 3)] {
        let file = document(&folder().join(format!("older/{version}.json")));
        let cases = file["peerings"].as_array().unwrap();
        assert_eq!(cases.len(), count, "{version}");
        for case in cases {
            let peering =
                Peering::from_consul(&to_value(&case["answer"])).unwrap_or_else(|| panic!("{version}: {case}"));
            let digest = digest(&peering);
            for (key, value) in digest.as_object().unwrap() {
                assert_eq!(*value, case["expected"][key], "{version}, {}: {key}", case["why"]);
            }
        }
    }
}
