//! Requests for config entries and intentions, and the permissions that they require.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::World;
use super::cluster::Cluster;
use super::config_entries::{ConfigCall, name_of};
use super::health::filtered;
use super::http::{Headers, Response};
use super::in_flight::InFlight;
use super::options::Access;
use super::response::{Refusal, empty_object, json as respond, query_headers, refuse};

/// The permission for an entry: the resource, and its name.
fn permission<'a>(kind: &str, name: &'a str) -> Option<(&'static str, Option<&'a str>)> {
    match kind {
        "mesh" | "proxy-defaults" => None,
        "exported-services" => Some(("mesh", None)),
        "service-intentions" => Some(("intention", Some(name))),
        _ => Some(("service", Some(name))),
    }
}

impl World {
    pub(super) fn config(&mut self, flight: &InFlight, call: ConfigCall) -> Result<Response, Refusal> {
        let cluster_index = flight.cluster;
        let cluster = &mut self.clusters[cluster_index];
        let token = cluster.acl.identify(flight)?;
        match call {
            ConfigCall::Write(entry) => {
                let kind = entry.get("Kind").and_then(Json::as_str).unwrap_or_default();
                let name = name_of(&entry);
                let (resource, on) = permission(kind, &name).unwrap_or(("mesh", None));
                cluster.acl.require(token, resource, Access::Write, on)?;
                let index = cluster.store.raise_index();
                cluster.entries.write(&entry, index)?;
                self.services_changed(cluster_index);
                Ok(respond(&true, Headers::new()))
            }
            ConfigCall::Delete { kind, name } => {
                let (resource, on) = permission(&kind, &name).unwrap_or(("mesh", None));
                cluster.acl.require(token, resource, Access::Write, on)?;
                let index = cluster.store.raise_index();
                cluster.entries.remove(&kind, &name, index);
                self.services_changed(cluster_index);
                Ok(empty_object())
            }
        }
    }
}

impl Cluster {
    pub(super) fn config_entry(&self, flight: &InFlight, kind: &str, name: &str) -> Result<Response, Refusal> {
        let token = self.acl.identify(flight)?;
        if let Some((resource, on)) = permission(kind, name) {
            self.acl.require(token, resource, Access::Read, on)?;
        }
        let headers = query_headers(self.entries.index(), true);
        match self.entries.get(kind, name) {
            Some(entry) => Ok(respond(entry, headers)),
            None => {
                let sentence = format!("Config entry not found for \"{kind}\" / \"{name}\"");
                Err(refuse(404, sentence).with_headers(headers))
            }
        }
    }

    pub(super) fn config_entries(&self, flight: &InFlight, kind: &str) -> Result<Response, Refusal> {
        let all: Vec<_> = self.entries.of_kind(kind).collect();
        self.list(flight, all, |entry, allows| {
            let name = name_of(entry);
            permission(kind, &name).is_none_or(|(resource, on)| allows(resource, on.unwrap_or_default()))
        })
    }

    /// All intentions that the request's ACL token may read.
    pub(super) fn intentions(&self, flight: &InFlight) -> Result<Response, Refusal> {
        self.list(flight, self.entries.intentions(), |intention, allows| {
            allows("intention", intention["DestinationName"].as_str().unwrap_or_default())
        })
    }

    /// A list of the items that the ACL token may read. `is_shown` gets a function that checks access to a resource.
    fn list<T: Serialize>(
        &self,
        flight: &InFlight,
        mut items: Vec<T>,
        is_shown: impl Fn(&T, &dyn Fn(&str, &str) -> bool) -> bool,
    ) -> Result<Response, Refusal> {
        let token = self.acl.identify(flight)?;
        let before = items.len();
        let allows = |resource: &str, name: &str| self.acl.allows_on(token, resource, Access::Read, name);
        items.retain(|item| is_shown(item, &allows));
        let headers = query_headers(self.entries.index(), true);
        let headers = filtered(headers, token, items.len() < before);
        Ok(respond(&items, headers))
    }

    /// Whether a call is allowed between two services of this cluster.
    pub(super) fn check_intention(&self, flight: &InFlight) -> Result<Response, Refusal> {
        let token = self.acl.identify(flight)?;
        let [from, to] = ["source", "destination"].map(|key| flight.query.get(key).unwrap_or_default());
        self.acl.require(token, "service", Access::Read, Some(to))?;
        let intentions = self.entries.intentions();
        let matches = |intention: &&Json| {
            let is = |key: &str, name: &str| intention[key] == "*" || intention[key] == *name;
            intention.get("SourcePeer").is_none() && is("SourceName", from) && is("DestinationName", to)
        };
        let allowed = intentions.iter().find(matches).map_or(self.acl.default_policy() == "allow", |intention| {
            intention.get("Action").is_some_and(|action| action == "allow")
        });
        Ok(respond(&json!({ "Allowed": allowed }), Headers::new()))
    }
}
