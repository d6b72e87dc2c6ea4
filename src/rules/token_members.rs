//! The members of a decoded peering token, as Go reads them into Consul's struct.

use super::value::Value;

/// A member of Consul's struct, and whether a value is valid for it.
type Member = (&'static str, fn(&Value) -> bool);

/// Of a peering token.
pub const TOKEN: [Member; 7] = [
    ("CA", is_texts),
    ("ManualServerAddresses", is_texts),
    ("ServerAddresses", is_texts),
    ("ServerName", is_text),
    ("PeerID", is_text),
    ("EstablishmentSecret", is_text),
    ("Remote", |value| is_of(value, &REMOTE)),
];
const REMOTE: [Member; 3] =
    [("Partition", is_text), ("Datacenter", is_text), ("Locality", |value| is_of(value, &LOCALITY))];
const LOCALITY: [Member; 2] = [("Region", is_text), ("Zone", is_text)];

/// Whether Go reads `value` into a struct of these members with the same result as here: it accepts a key in any letter
/// case, `ſ` for `s` too, and of several the last. Null means unset.
pub fn is_of(value: &Value, members: &[Member]) -> bool {
    let is_one = |(key, is): &Member| {
        let mut named = value.members().iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
        named.next().is_none_or(|(_, member)| is(member)) && named.next().is_none()
    };
    *value == Value::Null
        || matches!(value, Value::Object(_))
            && value.members().iter().all(|(key, _)| key.is_ascii())
            && members.iter().all(is_one)
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Text(_))
}

fn is_texts(value: &Value) -> bool {
    *value == Value::Null || matches!(value, Value::List(items) if items.iter().all(|item| item.text().is_some()))
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::read_json;
    use super::*;

    #[test]
    fn rejects_members_of_the_wrong_type_and_duplicates() {
        let with = |more: &str| {
            let text =
                format!(r#"{{"ServerAddresses":["a.example:1"],"PeerID":"p","EstablishmentSecret":"s",{more}}}"#);
            is_of(&read_json(&text).unwrap(), &TOKEN)
        };
        for fine in [r#""CA":null"#, r#""Remote":null"#, r#""Remote":{"Locality":{"Zone":"z"}}"#, r#""More":7"#] {
            assert!(with(fine), "{fine}");
        }
        for bad in [
            r#""ServerName":7"#,
            r#""CA":"x""#,
            r#""ManualServerAddresses":[7]"#,
            r#""Remote":[]"#,
            r#""Remote":{"Datacenter":7}"#,
            r#""Remote":{"Locality":{"Zone":7}}"#,
            r#""serveraddresses":["b.example:1"]"#,
            r#""\u017ferverAddresses":["b.example:1"]"#,
        ] {
            assert!(!with(bad), "{bad}");
        }
    }
}
