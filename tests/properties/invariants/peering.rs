//! Consul's peering object, read with the rules and without them.

use consul_peering::consul::peering::{Peering, Role, State};
use serde_json::Value as Json;

use super::host::to_value;

/// The largest whole number up to which JavaScript's numbers have them all.
const SAFE_INTEGER: u64 = 1 << 53;

fn non_empty_text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json[key].as_str().filter(|text| !text.is_empty())
}

/// Whether deletion has begun: "never" is written in four ways.
pub fn is_deleted(json: &Json) -> bool {
    let never = ["0001-01-01T00:00:00", "1970-01-01T00:00:00"];
    let is_time = |text: &&str| chrono::DateTime::parse_from_rfc3339(text).is_ok();
    non_empty_text(json, "DeletedAt")
        .filter(is_time)
        .is_some_and(|time| !never.iter().any(|never| time.starts_with(never)))
}

/// Any JSON as a peering.
pub fn check(json: &Json) -> Option<Peering> {
    let read = Peering::from_consul(&to_value(json));
    let (Some(id), Some(name), Some(state)) =
        (non_empty_text(json, "ID"), non_empty_text(json, "Name"), json["State"].as_str())
    else {
        assert_eq!(read, None, "{json}");
        return None;
    };
    let peering = read.unwrap_or_else(|| panic!("is one: {json}"));
    assert_eq!((&*peering.id, &*peering.name), (id, name), "{json}");
    assert_eq!(peering.state.to_string(), if is_deleted(json) { "DELETING" } else { state }, "{json}");
    let known = ["PENDING", "ESTABLISHING", "ACTIVE", "FAILING", "TERMINATED", "DELETING"];
    assert_eq!(matches!(peering.state, State::Other(_)), !known.contains(&&*peering.state.to_string()), "{json}");
    let dials = non_empty_text(json, "PeerID").is_some()
        || json["PeerServerAddresses"].as_array().is_some_and(|all| all.iter().any(Json::is_string));
    assert_eq!(peering.role, if dials { Role::Dialer } else { Role::Acceptor }, "{json}");
    assert_eq!(peering.peer_id.as_deref(), non_empty_text(json, "PeerID"), "{json}");
    assert_eq!(peering.server_name.as_deref(), non_empty_text(json, "PeerServerName"), "{json}");
    let meta: Vec<_> = json["Meta"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    assert_eq!(peering.meta, meta, "{json}");
    for (key, index) in [("CreateIndex", peering.create_index), ("ModifyIndex", peering.modify_index)] {
        match json[key].as_u64() {
            Some(expected) if expected <= SAFE_INTEGER => assert_eq!(index, expected, "{json}"),
            None if !json[key].is_number() => assert_eq!(index, 0, "{json}"),
            _ => {}
        }
    }
    Some(peering)
}
