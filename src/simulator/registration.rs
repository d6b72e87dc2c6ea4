//! Services and checks that are registered: with an agent (`/v1/agent/service`, `/v1/agent/check`), and with the servers
//! (`/v1/catalog`).

use serde_json::{Value as Json, json};

use super::World;
use super::acl::Token;
use super::catalog::{Object, filled, object, text};
use super::cluster::Cluster;
use super::go::quote;
use super::http::{Headers, Response};
use super::in_flight::InFlight;
use super::json::{Value, read_first};
use super::options::Access;
use super::response::{Refusal, empty, json as respond, refuse};

/// What is asked for.
#[derive(Clone, Debug)]
pub enum Registration {
    AgentService,
    AgentServiceGone(String),
    /// The new status, where the path has it, and the check's id.
    AgentCheck(Option<&'static str>, String),
    Catalog,
    CatalogGone,
}

/// The members of a service that an agent takes, as Go spells them: it reads them in any letter case.
const AGENT_SERVICE: [&str; 19] = [
    "Kind",
    "ID",
    "Name",
    "Tags",
    "Address",
    "TaggedAddresses",
    "SocketPath",
    "Meta",
    "Port",
    "Ports",
    "Check",
    "Checks",
    "Weights",
    "Token",
    "EnableTagOverride",
    "Proxy",
    "Connect",
    "Namespace",
    "Locality",
];
const TEXTS: [&str; 4] = ["Kind", "ID", "Name", "Address"];

impl Registration {
    pub fn find(path: &str) -> Option<Self> {
        let after = |prefix: &str| path.strip_prefix(prefix).map(str::to_owned);
        Some(match path {
            "/v1/agent/service/register" => Self::AgentService,
            "/v1/catalog/register" => Self::Catalog,
            "/v1/catalog/deregister" => Self::CatalogGone,
            _ => {
                if let Some(id) = after("/v1/agent/service/deregister/") {
                    return Some(Self::AgentServiceGone(id));
                }
                let checks = [("pass", Some("passing")), ("warn", Some("warning")), ("fail", Some("critical"))];
                let mut checks = checks.into_iter().chain([("update", None)]);
                let found =
                    checks.find_map(|(word, status)| Some((after(&format!("/v1/agent/check/{word}/"))?, status)));
                let (id, status) = found?;
                Self::AgentCheck(status, id)
            }
        })
    }
}

/// A body as JSON; its faults as Go words them. `known`: the only members that it may have.
fn body(flight: &InFlight, known: Option<&[&str]>) -> Result<Object, Refusal> {
    let fault = |error: String| refuse(400, format!("Request decode failed: {error}"));
    let shape = read_first(&flight.request.body).map_err(fault)?;
    let mut values = serde_json::Deserializer::from_slice(&flight.request.body).into_iter::<Json>();
    let given = values.next().and_then(Result::ok).map(object).unwrap_or_default();
    let (Some(known), Value::Object(pairs)) = (known, shape) else { return Ok(given) };
    let spelt = |name: &str| known.iter().copied().find(|known| known.eq_ignore_ascii_case(name));
    for (name, value) in &pairs {
        let Some(field) = spelt(name) else { return Err(fault(format!("json: unknown field {}", quote(name)))) };
        if TEXTS.contains(&field) && !matches!(value, Value::Text(_) | Value::Null) {
            let kind = value.kind();
            let what = format!("json: cannot unmarshal {kind} into Go struct field .Alias.{field} of type string");
            return Err(fault(what));
        }
    }
    Ok(given.into_iter().filter_map(|(name, value)| Some((spelt(&name)?.to_owned(), value))).collect())
}

fn list(value: Option<&Json>) -> Vec<Json> {
    value.and_then(Json::as_array).cloned().unwrap_or_default()
}

fn or<'a>(value: &'a str, default: &'a str) -> &'a str {
    if value.is_empty() { default } else { value }
}

/// Which kind of IP address it is.
fn family(address: &str) -> Option<&'static str> {
    let parts = || address.split('.');
    let is_v4 = parts().count() == 4 && parts().all(|part| part.parse::<u8>().is_ok());
    if is_v4 { Some("ipv4") } else { address.contains(':').then_some("ipv6") }
}

/// An instance as health shows it.
fn instance(given: &Object, id: &str, name: &str) -> Object {
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

/// How a proxy is configured, in Consul's order and with its defaults.
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

/// A check as it is stored. `of`: the instance that it belongs to.
fn check(given: &Object, node: &str, id: &str, name: &str, of: Option<&Object>) -> Object {
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

impl World {
    pub(super) fn register(&mut self, flight: &InFlight, call: Registration) -> Result<Response, Refusal> {
        let place = flight.cluster;
        let cluster = &mut self.clusters[place];
        let is_catalog = matches!(call, Registration::Catalog | Registration::CatalogGone);
        match call {
            Registration::AgentService => cluster.register_with_agent(flight)?,
            Registration::AgentServiceGone(id) => cluster.deregister_from_agent(flight, &id)?,
            Registration::AgentCheck(status, id) => cluster.update_check(flight, status, &id)?,
            Registration::Catalog => cluster.register_with_servers(flight)?,
            Registration::CatalogGone => cluster.deregister_from_servers(flight)?,
        }
        self.services_changed(place);
        let version = &self.clusters[place].version;
        Ok(if is_catalog { respond(&true, Headers::new()) } else { empty(version, Headers::new()) })
    }
}

impl Cluster {
    fn token_of(&self, flight: &InFlight) -> Result<Option<&Token>, Refusal> {
        self.acl.identify(&flight.request, &flight.query)
    }

    fn require_write(&self, flight: &InFlight, resource: &str, name: &str) -> Result<(), Refusal> {
        self.acl.require(self.token_of(flight)?, resource, Access::Write, Some(name))
    }

    fn register_with_agent(&mut self, flight: &InFlight) -> Result<(), Refusal> {
        let given = body(flight, Some(&AGENT_SERVICE))?;
        let name = text(&given, "Name");
        if name.is_empty() {
            return Err(refuse(400, "Missing service name"));
        }
        self.require_write(flight, "service", name)?;
        let id = or(text(&given, "ID"), name).to_owned();
        if let Some(existing) = self.catalog.instance(&self.node_name, &id) {
            self.require_write(flight, "service", text(existing, "Service"))?;
        }
        self.put_agent_service(&given);
        Ok(())
    }

    /// A service as `PUT /v1/agent/service/register` takes it, with its sidecar proxy.
    pub fn put_agent_service(&mut self, given: &Object) {
        let name = text(given, "Name").to_owned();
        let id = or(text(given, "ID"), &name).to_owned();
        let index = self.store.raise_index();
        let node = self.node_name.clone();
        self.put_with_checks(given, instance(given, &id, &name), index);
        let Some(sidecar) = given.get("Connect").and_then(|connect| connect.get("SidecarService")?.as_object()) else {
            return;
        };
        let sidecar_id = format!("{id}-sidecar-proxy");
        let mut proxied = sidecar.clone();
        let known = self.catalog.instance(&node, &sidecar_id).and_then(|known| known.get("Port").cloned());
        let port = sidecar.get("Port").cloned().or(known);
        let port = port.unwrap_or_else(|| self.catalog.next_sidecar_port(&node).into());
        let virtual_address = json!({ "Address": self.catalog.virtual_address(&name), "Port": port });
        let mut configured = sidecar.get("Proxy").cloned().map(object).unwrap_or_default();
        configured.insert("DestinationServiceName".into(), name.clone().into());
        configured.insert("DestinationServiceID".into(), id.clone().into());
        configured.entry("LocalServiceAddress").or_insert("127.0.0.1".into());
        if let Some(port) = given.get("Port").filter(|port| port.as_u64() > Some(0)) {
            configured.entry("LocalServicePort").or_insert(port.clone());
        }
        let host = or(text(sidecar, "Address"), "127.0.0.1");
        let checks = json!([
            { "Name": "Connect Sidecar Listening", "TCP": format!("{host}:{port}"), "Interval": "10s" },
            { "Name": format!("Connect Sidecar Aliasing {id}"), "AliasService": id },
        ]);
        proxied.insert("Kind".into(), "connect-proxy".into());
        proxied.insert("Port".into(), port);
        proxied.insert("Proxy".into(), Json::Object(configured));
        for (key, default) in
            [("Checks", Some(checks)), ("Tags", given.get("Tags").cloned()), ("Meta", given.get("Meta").cloned())]
        {
            if let Some(default) = default {
                proxied.entry(key).or_insert(default);
            }
        }
        let mut shown = instance(&proxied, &sidecar_id, &format!("{name}-sidecar-proxy"));
        if let Some(Json::Object(tagged)) = shown.get_mut("TaggedAddresses") {
            tagged.shift_insert(0, "consul-virtual".into(), virtual_address);
        } else {
            let place = shown.keys().position(|key| key == "Address").map_or(0, |place| place + 1);
            shown.shift_insert(place, "TaggedAddresses".into(), json!({ "consul-virtual": virtual_address }));
        }
        self.put_with_checks(&proxied, shown, index);
    }

    /// An instance with the checks that are registered with it, in place of those before.
    fn put_with_checks(&mut self, given: &Object, shown: Object, index: u64) {
        let node = self.node_name.clone();
        let (id, name) = (text(&shown, "ID").to_owned(), text(&shown, "Service").to_owned());
        let checks: Vec<Object> =
            given.get("Check").cloned().into_iter().chain(list(given.get("Checks"))).map(object).collect();
        self.catalog.remove_checks_of(&node, &id);
        for (place, of) in checks.iter().enumerate() {
            let numbered =
                if checks.len() > 1 { format!("service:{id}:{}", place + 1) } else { format!("service:{id}") };
            let check_id = or(text(of, "CheckID"), &numbered);
            let stored = check(of, &node, check_id, &format!("Service '{name}' check"), Some(&shown));
            self.catalog.put_check(&node, stored, index);
        }
        self.catalog.put_instance(&node, shown, index);
    }

    fn deregister_from_agent(&mut self, flight: &InFlight, id: &str) -> Result<(), Refusal> {
        let Some(existing) = self.catalog.instance(&self.node_name, id) else {
            let hint = "Ensure that the service ID is passed, not the service name.";
            return Err(refuse(404, format!("Unknown service ID {}. {hint}", quote(id))));
        };
        self.require_write(flight, "service", text(existing, "Service"))?;
        let index = self.store.raise_index();
        for id in [id.to_owned(), format!("{id}-sidecar-proxy")] {
            self.catalog.remove_instance(&self.node_name, &id, index);
        }
        Ok(())
    }

    fn update_check(&mut self, flight: &InFlight, status: Option<&str>, id: &str) -> Result<(), Refusal> {
        let update = if status.is_none() { body(flight, None)? } else { Object::new() };
        let status = status.unwrap_or(or(text(&update, "Status"), "passing"));
        if !matches!(status, "passing" | "warning" | "critical") {
            return Err(refuse(400, format!("Invalid check status: '{status}'")));
        }
        let Some(existing) = self.catalog.check(&self.node_name, id).cloned() else {
            let hint = "Ensure that the check ID is passed, not the check name.";
            return Err(refuse(404, format!("Unknown check ID {}. {hint}", quote(id))));
        };
        self.require_write(flight, "service", text(&existing, "ServiceName"))?;
        if text(&existing, "Type") != "ttl" {
            return Err(refuse(500, format!("CheckID {} does not have associated TTL", quote(id))));
        }
        let output = flight.query.get("note").unwrap_or_else(|| text(&update, "Output"));
        let mut changed = existing.clone();
        changed.insert("Status".into(), status.into());
        changed.insert("Output".into(), output.into());
        if changed != existing {
            let index = self.store.raise_index();
            self.catalog.put_check(&self.node_name, changed, index);
        }
        Ok(())
    }

    fn register_with_servers(&mut self, flight: &InFlight) -> Result<(), Refusal> {
        let given = body(flight, None)?;
        let node = text(&given, "Node").to_owned();
        if node.is_empty() {
            return Err(refuse(500, "Must provide node"));
        }
        if text(&given, "Address").is_empty() {
            return Err(refuse(500, "Must provide address if SkipNodeUpdate is not set"));
        }
        let service = given.get("Service").and_then(Json::as_object);
        let named = service.map(|service| {
            let name = or(text(service, "Service"), text(service, "ID"));
            (name.to_owned(), or(text(service, "ID"), name).to_owned())
        });
        if named.as_ref().is_some_and(|(name, _)| name.is_empty()) {
            let what = "service name (Service.Service) is required";
            return Err(refuse(500, format!("{what}; both Service ID (Service.ID) and Service Name cannot be empty")));
        }
        if let Some((name, _)) = &named {
            self.require_write(flight, "service", name)?;
        }
        self.require_write(flight, "node", &node)?;
        let index = self.store.raise_index();
        if node != self.node_name {
            let shown = json!({
                "ID": text(&given, "ID"), "Node": node, "Address": text(&given, "Address"),
                "Datacenter": self.datacenter, "TaggedAddresses": given.get("TaggedAddresses"),
                "Meta": given.get("NodeMeta"),
            });
            self.catalog.put_node(&node, object(shown), index);
        }
        if let (Some(service), Some((name, id))) = (service, &named) {
            self.catalog.put_instance(&node, instance(service, id, name), index);
        }
        for given in given.get("Check").cloned().into_iter().chain(list(given.get("Checks"))).map(object) {
            let of = self.catalog.instance(&node, text(&given, "ServiceID")).cloned();
            let id = or(text(&given, "CheckID"), text(&given, "Name"));
            let stored = check(&given, &node, id, "", of.as_ref());
            self.catalog.put_check(&node, stored, index);
        }
        Ok(())
    }

    fn deregister_from_servers(&mut self, flight: &InFlight) -> Result<(), Refusal> {
        let given = body(flight, None)?;
        let (node, service, check) = (text(&given, "Node"), text(&given, "ServiceID"), text(&given, "CheckID"));
        if node.is_empty() {
            return Err(refuse(500, "Must provide node"));
        }
        let may_write_node = self.acl.allows_on(self.token_of(flight)?, "node", Access::Write, node);
        if !may_write_node {
            let of = |item: Option<&Object>, key: &str| item.map(|item| text(item, key).to_owned());
            let name = match (service, check) {
                ("", "") => return self.require_write(flight, "node", node),
                ("", id) => of(self.catalog.check(node, id), "ServiceName")
                    .ok_or_else(|| refuse(500, format!("Unknown check ID '{id}'")))?,
                (id, _) => of(self.catalog.instance(node, id), "Service")
                    .ok_or_else(|| refuse(500, format!("Unknown service ID '{id}'")))?,
            };
            self.require_write(flight, "service", &name)?;
        }
        let index = self.store.raise_index();
        match (service, check) {
            ("", "") => self.catalog.remove_node(node, index),
            ("", id) => self.catalog.remove_check(node, id, index),
            (id, _) => self.catalog.remove_instance(node, id, index),
        }
        Ok(())
    }
}
