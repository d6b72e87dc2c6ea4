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
    assert_eq!(&*spec.peer_name, "us");
    assert_eq!(spec.meta, [("a".to_owned(), "1".to_owned())]);
    assert_eq!(spec.options.datacenter.as_deref(), Some("eu"));
    assert_eq!(spec.options.partition.as_deref(), Some("p"));
    assert!(spec.options.token.unwrap().expose() == "t0ken");
    assert_eq!(spec.peering_token.info.peer_id, "p1");
}

#[test]
fn an_acl_token_in_the_place_of_another_value_is_not_in_a_finding() {
    let value =
        json(r#"{"peer_name":"Sec.ret-0","meta":{"Sec.ret-0":1},"datacenter":"Sec.ret-0","token":"Sec.ret-0"}"#);
    let checked = token(&value);
    assert!(checked.findings.len() > 2, "{:?}", found(&checked.findings));
    assert!(!format!("{:?}", checked.findings).to_lowercase().contains("sec.ret"), "{:?}", checked.findings);
}

#[test]
fn terraforms_nulls_are_unset_and_its_computed_attributes_ignored() {
    let extra = r#","meta":null,"partition":null,"datacenter":"","token":null,"deleted_at":null,"id":"us","peer_ca_pems":[],"state":"ACTIVE","modify_index":3"#;
    let checked = peering(&spec(extra), read_json, NOW);
    let ignored = ["id", "peer_ca_pems", "state", "modify_index"].map(|key| (key, "read_only"));
    assert_eq!(found(&checked.findings), ignored);
    let options = checked.spec.expect("warnings do not refuse").options;
    assert!(options.datacenter.is_none() && options.partition.is_none() && options.token.is_none());
    assert!(token(&json(r#"{"peer_name":"eu","token":""}"#)).spec.unwrap().options.token.is_none());
}

#[test]
fn reports_all_errors_at_once() {
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
fn an_unknown_key_has_the_known_one_as_its_fix() {
    for (key, known) in [
        ("PeerName", "peer_name"),
        ("peer-name", "peer_name"),
        ("peeringToken", "peering_token"),
        ("PeeringToken", "peering_token"),
        ("Meta", "meta"),
    ] {
        let findings = peering(&spec(&format!(r#","{key}":"x""#)), read_json, NOW).findings;
        assert_eq!(found(&findings), [(key, "unknown")]);
        assert_eq!(findings[0].fix, format!("Write {known}."));
    }
    let findings = peering(&spec(r#","server_external_addresses":[]"#), read_json, NOW).findings;
    assert!(findings[0].fix.contains("Known are peer_name, peering_token, meta, "), "{}", findings[0].fix);
    let of_a_token = token(&json(r#"{"peer_name":"us","peering_token":"x"}"#)).findings;
    assert_eq!(found(&of_a_token), [("peering_token", "unknown")]);
}

#[test]
fn names_of_datacenters_have_hyphens_and_underscores() {
    let checked = token(&json(r#"{"peer_name":"eu","datacenter":"dc-1_a","partition":"p-1"}"#));
    assert_eq!(found(&checked.findings), []);
    assert_eq!(checked.spec.unwrap().options.datacenter.as_deref(), Some("dc-1_a"));
}

#[test]
fn an_acl_token_is_never_repeated() {
    for finding in token(&json(r#"{"peer_name":"us","token":"s3cr3t \n"}"#)).findings {
        assert!(!finding.message.contains("s3cr3t") && !finding.fix.contains("s3cr3t"));
    }
}

#[test]
fn rejects_values_that_are_no_object() {
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
    assert_eq!(spec.server_external_addresses, Some(vec!["lb.example:8503".to_owned()]));
    assert!(spec.meta.is_none());
    assert_eq!(token(&json(r#"{"peer_name":"eu","meta":{}}"#)).spec.unwrap().meta, Some(vec![]));
}

#[test]
fn recognises_other_values_as_an_acl_token() {
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
        assert!(checked.spec.unwrap().options.token.unwrap().expose() == unlikely);
    }
}

#[test]
fn references() {
    assert_eq!(&*reference(&"us".into()).spec.unwrap().peer_name, "us");
    let checked = reference(&json(r#"{"peer_name":"us","datacenter":"eu","token":"t"}"#));
    let spec = checked.spec.unwrap();
    assert_eq!((&*spec.peer_name, spec.options.datacenter.as_deref()), ("us", Some("eu")));
    assert!(spec.options.token.is_some());
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
