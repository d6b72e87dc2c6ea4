//! Registering services with the agent, with their sidecar proxies, and updating their checks.

use serde_json::{Value as Json, json};

use super::catalog::{Object, object, text};
use super::cluster::Cluster;
use super::go::quote;
use super::in_flight::InFlight;
use super::registration::body;
use super::response::{Refusal, refuse};
use super::service_records::{check, instance, list, or};

/// The members of a service that the agent accepts, in any letter case, with their spelling in Go.
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

impl Cluster {
    pub(super) fn register_with_agent(&mut self, flight: &InFlight) -> Result<(), Refusal> {
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

    /// Stores a service in the form of `PUT /v1/agent/service/register`, with its sidecar proxy.
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

    /// Stores an instance, and replaces its checks by those that are registered with it.
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

    pub(super) fn deregister_from_agent(&mut self, flight: &InFlight, id: &str) -> Result<(), Refusal> {
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

    pub(super) fn update_check(&mut self, flight: &InFlight, status: Option<&str>, id: &str) -> Result<(), Refusal> {
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
}
