//! Specs: any value is validated, with the same result each time, and a valid one is accepted by Consul and sent
//! unchanged.

use base64::Engine;
use consul_peering::consul::request::{self, Request};
use consul_peering::rules::finding::Finding;
use consul_peering::rules::form::{self, Form};
use consul_peering::rules::spec::{self, QueryOptions};
use consul_peering::rules::value::Value;
use consul_peering::rules::{peering_token, secret::Secret};
use serde_json::Value as Json;

use super::consul_token::GO;
use super::host::{read_json, to_value};
use super::peering_token::NOW;
use super::{consul, finding};

const PLACE: [&str; 3] = ["datacenter", "partition", "token"];
const PEERING: [&str; 3] = ["peer_name", "peering_token", "meta"];
const TOKEN: [&str; 3] = ["peer_name", "meta", "server_external_addresses"];
/// The additional members of a peering that was read, as in `pkg/index.d.ts`.
const READ_ONLY: [&str; 12] = [
    "id",
    "state",
    "role",
    "deleted_at",
    "peer_id",
    "peer_ca_pems",
    "peer_server_name",
    "peer_server_addresses",
    "remote",
    "stream",
    "create_index",
    "modify_index",
];

/// Any text, as JSON if it is some. A peering token may be the JSON in it, for the fuzzer to reach.
pub fn check_text(text: &str) {
    let Ok(mut json) = serde_json::from_str::<Json>(text) else { return };
    check_json(&json);
    if let Some(token) = json.get_mut("peering_token").filter(|token| token.is_object()) {
        *token = GO.encode(token.to_string()).into();
        check_json(&json);
    }
}

/// Any JSON as each kind of spec, and the same with functions in it.
pub fn check_json(json: &Json) {
    let value = to_value(json);
    check(&value);
    check(&with_functions(value));
}

/// With a function for each `true`.
fn with_functions(value: Value) -> Value {
    match value {
        Value::Bool(true) => Value::Other("a function"),
        Value::List(items) => Value::List(items.into_iter().map(with_functions).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(key, member)| (key, with_functions(member))).collect())
        }
        other => other,
    }
}

fn check(value: &Value) {
    check_peering(value);
    check_token(value);
    check_reference(value);
}

fn check_peering(value: &Value) {
    let checked = spec::peering(value, read_json, NOW);
    check_findings(value, |value| spec::peering(value, read_json, NOW).findings);
    let reads = || peering_token::read(value.get("peering_token"), read_json, NOW).token.is_some();
    let expected = is_known(value, &PEERING) && has_name(value) && has_meta(value) && reads();
    assert_eq!(checked.spec.is_some(), expected, "{:?}", checked.findings);
    let Some(spec) = checked.spec else { return };
    check_place(value, &spec.options);
    let request = request::establish(&spec);
    assert_eq!(request.path, "/v1/peering/establish");
    check_body(value, &request, &["PeeringToken"]);
    assert!(body(&request).get("PeeringToken").text() == Some(spec.peering_token.text.expose()));
}

fn check_token(value: &Value) {
    let checked = spec::token(value);
    check_findings(value, |value| spec::token(value).findings);
    let addresses = value.get("server_external_addresses");
    // Consul accepts any text; these are usable when the token is used.
    let usable = |item: &Value| {
        item.text().is_some_and(|text| {
            !consul::leads_nowhere(text) && consul::host_of(text).is_some_and(|host| !host.is_empty())
        })
    };
    let reachable = *addresses == Value::Null || matches!(addresses, Value::List(items) if items.iter().all(usable));
    let expected = is_known(value, &TOKEN) && has_name(value) && has_meta(value) && reachable;
    assert_eq!(checked.spec.is_some(), expected, "{:?}", checked.findings);
    let Some(spec) = checked.spec else { return };
    check_place(value, &spec.options);
    let request = request::token(&spec);
    assert_eq!(request.path, "/v1/peering/token");
    check_body(value, &request, &["ServerExternalAddresses"]);
    assert_eq!(body(&request).get("ServerExternalAddresses").texts(), addresses.texts());
}

fn check_reference(value: &Value) {
    let checked = spec::reference(value);
    check_findings(value, |value| spec::reference(value).findings);
    let name = if is_object(value) { value.get("peer_name") } else { value };
    let expected = (!is_object(value) || is_known(value, &["peer_name"])) && name.text().is_some_and(is_name);
    assert_eq!(checked.spec.is_some(), expected, "{:?}", checked.findings);
    let Some(spec) = checked.spec else { return };
    check_place(value, &spec.options);
    // A name is used in a path unescaped.
    let path = request::read(&spec.peer_name, None).path;
    assert!(path.strip_prefix("/v1/peering/").is_some_and(|rest| name.text() == Some(rest)), "{path}");
}

/// Each names a field of the spec, with the same texts for any ACL token.
fn check_findings(value: &Value, check: impl Fn(&Value) -> Vec<Finding>) {
    let findings = check(value);
    assert_eq!(findings, check(value), "the same each time");
    match form_of_token(value) {
        Some(fixed) => assert!(!is_object(value) || findings.contains(&fixed), "{findings:?}"),
        None => {
            let others = check(&with_another_token(value));
            let expected = match value.get("token").text() {
                Some(token) => Finding::redacted(others, &[token.to_owned()]),
                None => others,
            };
            assert_eq!(findings, expected, "says something of the ACL token");
        }
    }
    let known = || PEERING.iter().chain(&TOKEN).chain(&PLACE).chain(&["spec"]);
    let given = |field: &str| value.members().iter().any(|(key, _)| key.starts_with(field.trim_end_matches('…')));
    finding::check(&findings, |field| {
        let top = field.split(['.', '[']).next().unwrap_or_default();
        known().any(|known| *known == top) || field == "\"\"" || given(field) || field.contains('\\')
    });
}

/// The finding for an ACL token of another form, whose texts are fixed.
fn form_of_token(value: &Value) -> Option<Finding> {
    form::recognise(value.get("token")).and_then(Form::in_place_of_acl_token)
}

/// The same spec with another ACL token of the same validity: the findings do not depend on the token.
fn with_another_token(value: &Value) -> Value {
    let another =
        |token: &str| if token.chars().all(|c| ('!'..='~').contains(&c)) { "0nother-t0ken" } else { "0nother t0ken" };
    let members = value.members().iter().map(|(key, member)| match member.text() {
        Some(token) if key == "token" && !token.is_empty() => (key.clone(), another(token).into()),
        _ => (key.clone(), member.clone()),
    });
    if is_object(value) { Value::Object(members.collect()) } else { value.clone() }
}

fn is_object(value: &Value) -> bool {
    matches!(value, Value::Object(_))
}

/// Whether it is an object of known keys, with valid query options. Null is unset, and computed attributes are ignored.
fn is_known(value: &Value, own: &[&str]) -> bool {
    let known = |key: &str| own.contains(&key) || PLACE.contains(&key) || READ_ONLY.contains(&key);
    is_object(value)
        && value.members().iter().all(|(key, member)| known(key) || *member == Value::Null)
        && PLACE.iter().all(|key| match value.get(key) {
            Value::Null => true,
            Value::Text(text) if text.is_empty() => true,
            Value::Text(text) if *key == "token" => {
                text.chars().all(|c| ('!'..='~').contains(&c)) && !form_of_token(value).is_some_and(|f| f.is_error())
            }
            Value::Text(text) => consul::takes_label(text),
            _ => false,
        })
}

fn is_name(name: &str) -> bool {
    consul::takes_name(name) && !["token", "establish"].contains(&name)
}

fn has_name(value: &Value) -> bool {
    value.get("peer_name").text().is_some_and(is_name)
}

fn has_meta(value: &Value) -> bool {
    let meta = value.get("meta");
    let takes = |(key, value): &(String, Value)| value.text().is_some_and(|text| consul::takes_pair(key, text));
    *meta == Value::Null || is_object(meta) && meta.members().len() <= 64 && meta.members().iter().all(takes)
}

fn check_place(value: &Value, place: &QueryOptions) {
    assert_eq!(place.datacenter, value.get("datacenter").non_empty_text());
    assert_eq!(place.partition, value.get("partition").non_empty_text());
    assert!(place.token.as_ref().map(Secret::expose) == value.get("token").non_empty_text().as_deref());
}

fn body(request: &Request) -> Value {
    read_json(request.body.as_ref().unwrap()).unwrap()
}

/// The input is sent unchanged, without keys that Consul does not know.
fn check_body(value: &Value, request: &Request, own: &[&str]) {
    let known = ["PeerName", "Meta", "Partition"];
    let body = body(request);
    let keys: Vec<_> = body.members().iter().map(|(key, _)| &**key).collect();
    assert!(keys.iter().all(|key| known.contains(key) || own.contains(key)), "{keys:?}");
    assert!(body.get("PeerName") == value.get("peer_name"));
    assert_eq!(body.get("Partition").non_empty_text(), value.get("partition").non_empty_text());
    assert!(body.get("Meta").members() == value.get("meta").members());
}
