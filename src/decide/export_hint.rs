//! What comes after a link: a peering carries nothing until a service is exported.

use serde::Serialize;

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

/// The next step, by each side's `exported-services` entry and its name for the other cluster. The lists of the peering's
/// stream cannot decide this: they are empty for some time after ACTIVE.
pub fn export_hint(sides: [(&Value, &str); 2]) -> Option<Next> {
    if sides.iter().any(|(entry, peer_name)| exports_to(entry, peer_name)) {
        return None;
    }
    let message = "nothing is exported yet: write an exported-services config entry, then run troubleshoot";
    Some(Next { code: NextCode::NothingExported, message: message.into() })
}

/// Whether the entry names the peer, or a sameness group, which may contain it.
fn exports_to(entry: &Value, peer_name: &str) -> bool {
    entry.get("Services").items().iter().flat_map(|service| service.get("Consumers").items()).any(|consumer| {
        consumer.get("Peer").is_text(peer_name) || consumer.get("SamenessGroup").non_empty_text().is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;

    #[test]
    fn nothing_is_exported_until_an_entry_names_the_peer() {
        for (consumer, nothing) in [
            (r#"{"Peer":"west"}"#, false),
            (r#"{"SamenessGroup":"all"}"#, false),
            (r#"{"Peer":"West"}"#, true),
            (r#"{"Peer":"south"}"#, true),
            (r#"{"Partition":"west"}"#, true),
        ] {
            let entry = format!(r#"{{"Services":[{{"Name":"web","Consumers":[{{"Peer":"x"}},{consumer}]}}]}}"#);
            let entry = read_json(&entry).unwrap();
            let expected = nothing.then_some(NextCode::NothingExported);
            for sides in [[(&entry, "west"), (&Value::Null, "east")], [(&Value::Null, "east"), (&entry, "west")]] {
                assert_eq!(export_hint(sides).map(|next| next.code), expected, "{consumer}");
            }
        }
        assert!(export_hint([(&Value::Null, "west"), (&Value::Null, "east")]).is_some());
    }
}
