//! What a call is asked for, checked in one pass: a peering to establish, a token to generate, a reference to one.
//!
//! Names are Terraform's. A Terraform resource as it stands is a spec: null is "not set", and what Consul computes
//! (`id`, `state`, …) is passed over with a warning.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::external_addresses;
use super::finding::{Finding, excerpt, wrong_type};
use super::form::{self, Form};
use super::header;
use super::host::ReadJson;
use super::meta::{self, Meta};
use super::peer_name;
use super::peering_token::{self, PeeringToken};
use super::secret::Secret;
use super::value::Value;

/// Where a call goes to and as whom: what wins over the cluster's own settings.
#[derive(Default)]
pub struct Place {
    pub datacenter: Option<String>,
    pub partition: Option<String>,
    pub token: Option<Secret>,
}

/// A peering to establish: this cluster dials.
pub struct PeeringSpec {
    pub place: Place,
    pub peer_name: String,
    pub peering_token: PeeringToken,
    pub meta: Meta,
}

/// A token to generate: this cluster accepts.
pub struct TokenSpec {
    pub place: Place,
    pub peer_name: String,
    /// Nothing said about meta is no opinion about a standing acceptor's.
    pub meta: Option<Meta>,
    pub server_external_addresses: Vec<String>,
}

/// One peering of a cluster.
pub struct Reference {
    pub place: Place,
    pub peer_name: String,
}

/// A spec where nothing is an error, and all that was found either way.
pub struct Checked<T> {
    pub findings: Vec<Finding>,
    pub spec: Option<T>,
}

impl<T> Checked<T> {
    fn new(findings: Vec<Finding>, spec: impl FnOnce() -> Option<T>) -> Self {
        let spec = if findings.iter().any(Finding::is_error) { None } else { spec() };
        Self { findings, spec }
    }
}

const PLACE_KEYS: [&str; 3] = ["datacenter", "partition", "token"];
/// What Consul computes: Terraform's read-only attributes and those that `read` adds.
const READ_ONLY_KEYS: [&str; 12] = [
    "id",
    "state",
    "deleted_at",
    "peer_id",
    "peer_ca_pems",
    "peer_server_name",
    "peer_server_addresses",
    "role",
    "remote",
    "stream",
    "create_index",
    "modify_index",
];

/// Checks a peering to establish.
pub fn peering(value: &Value, json: ReadJson, now: f64) -> Checked<PeeringSpec> {
    let mut findings = shape(value, &["peer_name", "peering_token", "meta"]);
    if !matches!(value, Value::Object(_)) {
        return Checked { findings, spec: None };
    }
    findings.extend(peer_name::check(value.get("peer_name")));
    let reading = peering_token::read(value.get("peering_token"), json, now);
    findings.extend(reading.findings);
    findings.extend(meta::check(value.get("meta")));
    let place = place(value, &mut findings);
    Checked::new(findings, || {
        Some(PeeringSpec {
            place,
            peer_name: value.get("peer_name").filled()?,
            peering_token: reading.token?,
            meta: meta::pairs(value.get("meta")),
        })
    })
}

/// Checks a token to generate.
pub fn token(value: &Value) -> Checked<TokenSpec> {
    let mut findings = shape(value, &["peer_name", "meta", "server_external_addresses"]);
    if !matches!(value, Value::Object(_)) {
        return Checked { findings, spec: None };
    }
    findings.extend(peer_name::check(value.get("peer_name")));
    findings.extend(meta::check(value.get("meta")));
    let addresses = value.get("server_external_addresses");
    external_addresses::check(addresses, &mut findings);
    let place = place(value, &mut findings);
    Checked::new(findings, || {
        Some(TokenSpec {
            place,
            peer_name: value.get("peer_name").filled()?,
            meta: (*value.get("meta") != Value::Null).then(|| meta::pairs(value.get("meta"))),
            server_external_addresses: addresses.texts(),
        })
    })
}

/// Checks a reference: a name, or an object with one.
pub fn reference(value: &Value) -> Checked<Reference> {
    let object = matches!(value, Value::Object(_));
    let name = if object { value.get("peer_name") } else { value };
    let mut findings = if object { shape(value, &["peer_name"]) } else { Vec::new() };
    findings.extend(peer_name::check(name));
    let place = place(value, &mut findings);
    Checked::new(findings, || Some(Reference { place, peer_name: name.filled()? }))
}

/// Whether it is an object, and its keys are known ones.
fn shape(value: &Value, own_keys: &[&str]) -> Vec<Finding> {
    let Value::Object(members) = value else {
        return vec![wrong_type("spec", "an object with a peer_name", value.kind())];
    };
    let mut findings = Vec::new();
    for (key, member) in members {
        let key = key.as_str();
        if own_keys.contains(&key) || PLACE_KEYS.contains(&key) || *member == Value::Null {
            continue;
        }
        let shown = if key.is_empty() { "\"\"".to_owned() } else { excerpt(key, 40) };
        if READ_ONLY_KEYS.contains(&key) {
            findings.push(Finding::warning(
                &shown,
                "read_only",
                &format!("{shown} is read-only and ignored."),
                "Leave it out.",
            ));
        } else {
            let snake = snake_case(key);
            let known = own_keys.iter().chain(&PLACE_KEYS).find(|known| **known == snake);
            let fix = match known {
                Some(known) => format!("Write {known}."),
                None => format!("Remove it. Known are {}, {}.", own_keys.join(", "), PLACE_KEYS.join(", ")),
            };
            findings.push(Finding::error(&shown, "unknown", &format!("{shown} is unknown."), &fix));
        }
    }
    findings
}

/// `peerName` and `peer-name` as they are meant.
fn snake_case(key: &str) -> String {
    let mut snake = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    snake.trim_start_matches('_').to_owned()
}

/// Reads the place out of an object: of a spec, a reference or a cluster.
pub fn place(value: &Value, findings: &mut Vec<Finding>) -> Place {
    Place {
        datacenter: label(value, "datacenter", findings),
        partition: label(value, "partition", findings),
        token: acl_token(value.get("token"), findings),
    }
}

/// A datacenter's or partition's name: letters, digits, hyphens and underscores. Empty is not set.
fn label(value: &Value, field: &str, findings: &mut Vec<Finding>) -> Option<String> {
    match value.get(field) {
        Value::Null => None,
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => {
            Some(text.clone())
        }
        Value::Text(text) => {
            findings.push(Finding::error(
                field,
                "characters",
                &format!("{field} \"{}\" has characters other than letters, digits, - and _.", excerpt(text, 40)),
                &format!("Give the {field}'s name as Consul knows it."),
            ));
            None
        }
        other => {
            findings.push(wrong_type(field, "a string", other.kind()));
            None
        }
    }
}

/// The ACL token. Its value is never repeated.
fn acl_token(value: &Value, findings: &mut Vec<Finding>) -> Option<Secret> {
    if let Some(finding) = form::recognise(value).and_then(Form::in_place_of_acl_token) {
        let refused = finding.is_error();
        findings.push(finding);
        if refused {
            return None;
        }
    }
    match value {
        Value::Null => None,
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) if header::is_acl_token(text) => Some(Secret::new(text.clone())),
        Value::Text(_) => {
            findings.push(Finding::error(
                "token",
                "characters",
                "token has a space, a line break or another character that no ACL token has.",
                "Trim it where it is read; a file often ends with a line break.",
            ));
            None
        }
        other => {
            findings.push(wrong_type("token", "a string", other.kind()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::read_json;
    use super::super::peering_token::tests::{NOW, plain};
    use super::super::value::object;
    use super::*;

    fn json(text: &str) -> Value {
        read_json(text).unwrap()
    }

    fn found(findings: &[Finding]) -> Vec<(&str, &str)> {
        findings.iter().map(|finding| (finding.field.as_str(), finding.rule)).collect()
    }

    fn spec(extra: &str) -> Value {
        let token = plain(r#"["1.2.3.4:8503"]"#);
        json(&format!(r#"{{"peer_name":"us","peering_token":"{token}"{extra}}}"#))
    }

    #[test]
    fn a_whole_spec() {
        let checked =
            peering(&spec(r#","meta":{"a":"1"},"datacenter":"eu","partition":"p","token":"t0ken""#), read_json, NOW);
        assert_eq!(found(&checked.findings), []);
        let spec = checked.spec.unwrap();
        assert_eq!(spec.peer_name, "us");
        assert_eq!(spec.meta, [("a".to_owned(), "1".to_owned())]);
        assert_eq!(spec.place.datacenter.as_deref(), Some("eu"));
        assert_eq!(spec.place.partition.as_deref(), Some("p"));
        assert!(spec.place.token.unwrap().expose() == "t0ken");
        assert_eq!(spec.peering_token.info.peer_id, "p1");
    }

    #[test]
    fn terraforms_nulls_are_not_set_and_its_computed_attributes_are_passed_over() {
        let extra = r#","meta":null,"partition":null,"datacenter":"","token":null,"deleted_at":null,"id":"us","state":"ACTIVE","modify_index":3"#;
        let checked = peering(&spec(extra), read_json, NOW);
        assert_eq!(
            found(&checked.findings),
            [("id", "read_only"), ("state", "read_only"), ("modify_index", "read_only")]
        );
        let place = checked.spec.expect("warnings do not stand in the way").place;
        assert!(place.datacenter.is_none() && place.partition.is_none() && place.token.is_none());
        assert!(token(&json(r#"{"peer_name":"eu","token":""}"#)).spec.unwrap().place.token.is_none());
    }

    #[test]
    fn every_fault_at_once() {
        let value = json(
            r#"{"peer_name":"US","peering_token":"!","meta":{"consul-x":1},"datacenter":"a b","partition":7,"token":"a\n","peerName":"x","peer-name":"y","what":1}"#,
        );
        let checked = peering(&value, read_json, NOW);
        assert!(checked.spec.is_none());
        assert_eq!(
            found(&checked.findings),
            [
                ("peerName", "unknown"),
                ("peer-name", "unknown"),
                ("what", "unknown"),
                ("peer_name", "lower_case"),
                ("peering_token", "base64"),
                ("meta.consul-x", "key_reserved"),
                ("meta.consul-x", "type"),
                ("datacenter", "characters"),
                ("partition", "type"),
                ("token", "characters"),
            ]
        );
        assert_eq!(checked.findings[0].fix, "Write peer_name.");
        assert_eq!(checked.findings[1].fix, "Write peer_name.");
        assert!(checked.findings[2].fix.contains("peering_token"));
    }

    #[test]
    fn names_of_datacenters_have_hyphens_and_underscores() {
        let checked = token(&json(r#"{"peer_name":"eu","datacenter":"dc-1_a","partition":"p-1"}"#));
        assert_eq!(found(&checked.findings), []);
        assert_eq!(checked.spec.unwrap().place.datacenter.as_deref(), Some("dc-1_a"));
    }

    #[test]
    fn an_acl_token_is_never_repeated() {
        for finding in token(&json(r#"{"peer_name":"us","token":"s3cr3t \n"}"#)).findings {
            assert!(!finding.message.contains("s3cr3t") && !finding.fix.contains("s3cr3t"));
        }
    }

    #[test]
    fn what_is_no_object() {
        for value in [Value::Null, "us".into(), Value::List(vec![]), Value::Other("a function")] {
            assert_eq!(found(&peering(&value, read_json, NOW).findings), [("spec", "type")]);
            assert_eq!(found(&token(&value).findings), [("spec", "type")]);
        }
    }

    #[test]
    fn a_token_spec() {
        let checked = token(&json(r#"{"peer_name":"eu","server_external_addresses":["lb.example:8503"]}"#));
        assert_eq!(found(&checked.findings), []);
        let spec = checked.spec.unwrap();
        assert_eq!(spec.server_external_addresses, ["lb.example:8503"]);
        assert!(spec.meta.is_none());
        assert_eq!(token(&json(r#"{"peer_name":"eu","meta":{}}"#)).spec.unwrap().meta, Some(vec![]));
    }

    #[test]
    fn an_acl_token_that_is_something_else() {
        let peering_token = plain(r#"["1.2.3.4:8503"]"#);
        for (text, rules) in [
            (&*peering_token, &[("token", "form")][..]),
            ("'aaaaaaaa-0000-0000-0000-000000000001'", &[("token", "form")]),
            ("\"x\"", &[("token", "form")]),
            ("{\"SecretID\": \"x\"}", &[("token", "form")]),
            ("-----BEGIN CERTIFICATE-----", &[("token", "form")]),
            ("aaaaaaaa-0000-0000-0000-000000000001", &[]),
            ("root", &[]),
        ] {
            let checked = token(&object([("peer_name", "us".into()), ("token", text.into())]));
            assert_eq!(found(&checked.findings), rules, "{text}");
            assert_eq!(checked.spec.is_some(), rules.is_empty(), "{text}");
        }
        for unlikely in ["/run/secrets/token", "http://eu.example", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."] {
            let checked = token(&object([("peer_name", "us".into()), ("token", unlikely.into())]));
            assert_eq!(found(&checked.findings), [("token", "form")]);
            assert!(checked.spec.unwrap().place.token.unwrap().expose() == unlikely);
        }
    }

    #[test]
    fn references() {
        assert_eq!(reference(&"us".into()).spec.unwrap().peer_name, "us");
        let checked = reference(&json(r#"{"peer_name":"us","datacenter":"eu","token":"t"}"#));
        let spec = checked.spec.unwrap();
        assert_eq!((spec.peer_name.as_str(), spec.place.datacenter.as_deref()), ("us", Some("eu")));
        assert!(spec.place.token.is_some());
        assert_eq!(found(&reference(&"US".into()).findings), [("peer_name", "lower_case")]);
        assert_eq!(found(&reference(&Value::Null).findings), [("peer_name", "required")]);
        let unknown = json(r#"{"peer_name":"us","meta":{}}"#);
        assert_eq!(found(&reference(&unknown).findings), [("meta", "unknown")]);
    }

    #[test]
    fn a_peering_as_it_was_read_can_name_itself() {
        let read = json(r#"{"id":"1","peer_name":"us","state":"ACTIVE"}"#);
        assert!(reference(&read).spec.is_some());
    }
}
