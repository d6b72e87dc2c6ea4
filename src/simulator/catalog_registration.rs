//! Registering services, checks and nodes with the catalog.

use serde_json::{Value as Json, json};

use super::catalog::{Object, object, text};
use super::cluster::Cluster;
use super::in_flight::InFlight;
use super::options::Access;
use super::registration::body;
use super::response::{Refusal, refuse};
use super::service_records::{check, instance, list, or};

impl Cluster {
    pub(super) fn register_with_servers(&mut self, flight: &InFlight) -> Result<(), Refusal> {
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

    pub(super) fn deregister_from_servers(&mut self, flight: &InFlight) -> Result<(), Refusal> {
        let given = body(flight, None)?;
        let (node, service, check) = (text(&given, "Node"), text(&given, "ServiceID"), text(&given, "CheckID"));
        if node.is_empty() {
            return Err(refuse(500, "Must provide node"));
        }
        let may_write_node = self.acl.allows_on(self.acl.identify(flight)?, "node", Access::Write, node);
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
