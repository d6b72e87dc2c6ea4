//! What comes after a link: a peering carries nothing until a service is exported.

use serde::Serialize;

use super::troubleshoot::exports_to;
use crate::codes::codes;
use crate::rules::value::Value;

codes! {
    NextCode {
        /// Neither cluster exports a service to the other.
        NothingExported = "nothing_exported",
    }
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    pub code: NextCode,
    pub message: String,
}

/// One side: the services that its peering lists, what it calls the other, and its config entry of exported services where
/// that was read.
pub struct Exporting<'a> {
    pub stream: &'a Value,
    pub peer_name: &'a str,
    pub entry: Option<Value>,
}

/// Nothing where a service is exported. An entry that was not read is left to the lists.
pub fn next(sides: &[Exporting<'_>]) -> Option<Next> {
    let is_exporting = |side: &Exporting<'_>| {
        crosses(side.stream) || side.entry.as_ref().is_some_and(|entry| exports_to(entry, side.peer_name))
    };
    if sides.iter().any(is_exporting) {
        return None;
    }
    let message = "nothing is exported yet, so no service can be called through this peering: write an exported-services config entry, then run troubleshoot";
    Some(Next { code: NextCode::NothingExported, message: message.into() })
}

/// Whether a service crosses the peering, by its stream.
pub fn crosses(stream: &Value) -> bool {
    ["imported_services", "exported_services"].iter().any(|key| !stream.get(key).items().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;

    #[test]
    fn nothing_is_exported_until_a_list_or_an_entry_names_a_service_for_this_peer() {
        const EMPTY: &str = r#"{"imported_services":[],"exported_services":[]}"#;
        let entry = |peer: &str| format!(r#"{{"Services":[{{"Name":"web","Consumers":[{{"Peer":"{peer}"}}]}}]}}"#);
        for (stream, entry, nothing) in [
            (EMPTY, None, true),
            (EMPTY, Some("null".to_owned()), true),
            (EMPTY, Some(entry("west")), false),
            (EMPTY, Some(entry("West")), true),
            (EMPTY, Some(entry("west").replace("web", "*")), false),
            (r#"{"imported_services":["db"]}"#, None, false),
            (r#"{"exported_services":["web"]}"#, Some("null".to_owned()), false),
        ] {
            let empty = read_json(EMPTY).unwrap();
            let given = read_json(stream).unwrap();
            let story = format!("{stream} {entry:?}");
            let entry = entry.map(|entry| read_json(&entry).unwrap());
            let sides = [
                Exporting { stream: &empty, peer_name: "east", entry: None },
                Exporting { stream: &given, peer_name: "west", entry },
            ];
            assert_eq!(next(&sides).map(|next| next.code), nothing.then_some(NextCode::NothingExported), "{story}");
        }
    }
}
