//! The stored form of registered services and checks.

use serde_json::{Value as Json, json};

use super::catalog::{Object, filled, text};

pub fn list(value: Option<&Json>) -> Vec<Json> {
    value.and_then(Json::as_array).cloned().unwrap_or_default()
}

pub fn or<'a>(value: &'a str, default: &'a str) -> &'a str {
    if value.is_empty() { default } else { value }
}

/// The family of an IP address, in the names of Consul's tagged addresses.
fn family(address: &str) -> Option<&'static str> {
    let parts = || address.split('.');
    let is_v4 = parts().count() == 4 && parts().all(|part| part.parse::<u8>().is_ok());
    if is_v4 { Some("ipv4") } else { address.contains(':').then_some("ipv6") }
}

/// An instance in the form of health.
pub fn instance(given: &Object, id: &str, name: &str) -> Object {
    let mut shown = Object::new();
    let kind = text(given, "Kind");
    if !kind.is_empty() {
        shown.insert("Kind".into(), kind.into());
    }
    let address = text(given, "Address");
    let port = given.get("Port").and_then(Json::as_u64).unwrap_or_default();
    shown.insert("ID".into(), id.into());
    shown.insert("Service".into(), name.into());
    shown.insert("Tags".into(), list(given.get("Tags")).into());
    shown.insert("Address".into(), address.into());
    let mut tagged = Object::new();
    if let Some(family) = family(address) {
        for network in ["lan", "wan"] {
            tagged.insert(format!("{network}_{family}"), json!({ "Address": address, "Port": port }));
        }
    }
    for (network, at) in given.get("TaggedAddresses").and_then(Json::as_object).into_iter().flatten() {
        let port = at.get("Port").and_then(Json::as_u64).unwrap_or_default();
        let after = tagged.keys().position(|known| known >= network).unwrap_or(tagged.len());
        let value = json!({ "Address": at["Address"].as_str().unwrap_or_default(), "Port": port });
        tagged.shift_insert(after, network.clone(), value);
    }
    if !tagged.is_empty() {
        shown.insert("TaggedAddresses".into(), tagged.into());
    }
    let meta = given.get("Meta").and_then(Json::as_object).filter(|meta| !meta.is_empty());
    shown.insert("Meta".into(), meta.map_or(Json::Null, |meta| Json::Object(meta.clone())));
    if port > 0 {
        shown.insert("Port".into(), port.into());
    }
    let weight = |key: &str| given.get("Weights").and_then(|weights| weights.get(key)?.as_u64()).unwrap_or(1);
    shown.insert("Weights".into(), json!({ "Passing": weight("Passing"), "Warning": weight("Warning") }));
    shown.insert("EnableTagOverride".into(), (given.get("EnableTagOverride") == Some(&Json::Bool(true))).into());
    shown.insert("Proxy".into(), proxy(given.get("Proxy")));
    shown.insert("Connect".into(), json!({}));
    shown.insert("PeerName".into(), "".into());
    shown
}

/// The configuration of a proxy, in Consul's order and with its defaults.
fn proxy(given: Option<&Json>) -> Json {
    let given = given.and_then(Json::as_object);
    let value = |key: &str| given.and_then(|given| given.get(key)).cloned();
    let mut shown = Object::new();
    let mut show = |key: &str, default: Option<Json>| {
        if let Some(value) = value(key).or(default) {
            shown.insert(key.into(), value);
        }
    };
    for key in ["DestinationServiceName", "DestinationServiceID", "LocalServiceAddress", "LocalServicePort"] {
        show(key, None);
    }
    show("Mode", Some("".into()));
    show("Config", None);
    show("Upstreams", None);
    show("MeshGateway", Some(json!({})));
    show("Expose", Some(json!({})));
    Json::Object(shown)
}

const CHECK: &str = r#"{"Node":"","CheckID":"","Name":"","Status":"","Notes":"","Output":"","ServiceID":"",
    "ServiceName":"","ServiceTags":[],"Type":"","Interval":"","Timeout":"","ExposedPort":0,"Definition":{}}"#;

/// A check. `of`: its instance, if it is not a check of the node.
pub fn check(given: &Object, node: &str, id: &str, name: &str, of: Option<&Object>) -> Object {
    let has = |key: &str| given.get(key).is_some_and(|value| value.as_str() != Some(""));
    let types = [("TTL", "ttl"), ("HTTP", "http"), ("TCP", "tcp"), ("GRPC", "grpc"), ("AliasService", "alias")];
    let kind = types.iter().find(|(key, _)| has(key)).map_or("", |(_, kind)| *kind);
    let is_repeated = !matches!(kind, "ttl" | "alias");
    let repeated = |key| if is_repeated { text(given, key) } else { "" };
    let texts = [
        ("Node", node),
        ("CheckID", id),
        ("Name", or(text(given, "Name"), name)),
        ("Status", or(text(given, "Status"), "critical")),
        ("Notes", text(given, "Notes")),
        ("Output", text(given, "Output")),
        ("ServiceID", of.map_or("", |of| text(of, "ID"))),
        ("ServiceName", of.map_or("", |of| text(of, "Service"))),
        ("Type", kind),
        ("Interval", repeated("Interval")),
        ("Timeout", repeated("Timeout")),
    ];
    let mut stored = filled(CHECK, &texts);
    if let Some(tags) = of.and_then(|of| of.get("Tags").cloned()) {
        stored.insert("ServiceTags".into(), tags);
    }
    if kind == "alias" {
        stored.insert("Alias".into(), text(given, "AliasService").into());
    }
    stored
}
