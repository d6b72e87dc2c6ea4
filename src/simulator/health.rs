//! Reads of the catalog and of health. They support blocking queries, and omit items that the ACL token may not read.

use serde_json::Value as Json;

use super::acl::Token;
use super::catalog::{Instance, Object, status_of, text};
use super::cluster::Cluster;
use super::http::{Headers, Response};
use super::in_flight::InFlight;
use super::options::Access;
use super::query::Query;
use super::response::{Refusal, json as respond, query_headers, refuse};

/// A read of services.
#[derive(Clone, Debug)]
pub enum Services {
    /// The names of services.
    Names,
    /// The instances of a service.
    Instances(String),
    /// The instances of a service with their checks.
    Health(String),
    /// The proxies and the Connect-native instances of a service, with their checks.
    Connect(String),
}

/// The service kind of a filter. Other filters are not simulated.
fn kind_of(query: &Query) -> Result<Option<String>, Refusal> {
    let filter = match query.get("filter") {
        None | Some("") => return Ok(None),
        Some(filter) => filter,
    };
    let parts = filter.split_once("==").map(|(selector, value)| (selector.trim(), value.trim()));
    match parts.and_then(|(selector, value)| Some((selector, value.strip_prefix('"')?.strip_suffix('"')?))) {
        Some(("ServiceKind", kind)) if !kind.contains('"') => Ok(Some(kind.to_owned())),
        Some((selector, value)) if !value.contains('"') && selector.chars().all(char::is_alphanumeric) => {
            let sentence =
                format!("Failed to create boolean expression evaluator: Selector \"{selector}\" is not valid");
            Err(refuse(500, sentence).with_headers(query_headers(1, false)))
        }
        _ => Err(refuse(501, "The simulator supports only filters such as ServiceKind == \"mesh-gateway\".")),
    }
}

impl Cluster {
    /// The current index of a read.
    pub(super) fn index_of_services(&self, query: &Query, what: &Services) -> u64 {
        match (what, query.get("peer").filter(|peer| !peer.is_empty())) {
            (Services::Names | Services::Connect(_), _) => self.catalog.index(),
            (Services::Instances(name) | Services::Health(name), None) => self.catalog.index_of(name),
            (Services::Instances(name) | Services::Health(name), Some(peer)) => {
                self.imports_of(peer).map_or(1, |imports| imports.index_of(name))
            }
        }
    }

    pub(super) fn read_services(&self, flight: &InFlight, what: &Services) -> Result<Response, Refusal> {
        let token = self.acl.identify(flight)?;
        let mut headers = query_headers(self.index_of_services(&flight.query, what), true);
        let consistency = if flight.query.has("stale") { "stale" } else { "leader" };
        headers.insert("x-consul-effective-consistency".into(), consistency.into());
        let waits = flight.query.get("index").is_some_and(|index| !matches!(index, "" | "0"));
        if waits && matches!(what, Services::Health(_)) {
            // The agent serves these from a subscription.
            headers.insert("x-consul-query-backend".into(), "streaming".into());
            headers.insert("x-consul-knownleader".into(), "false".into());
        }
        let kind = match what {
            Services::Names => kind_of(&flight.query)?,
            _ => None,
        };
        let (Services::Instances(name) | Services::Health(name) | Services::Connect(name)) = what else {
            let (services, is_filtered) = self.services(kind.as_deref(), |name, node| self.may_read(token, name, node));
            return Ok(respond(&services, filtered(headers, token, is_filtered)));
        };
        if name.is_empty() {
            return Err(refuse(400, "Missing service name"));
        }
        let peer = flight.query.get("peer").filter(|peer| !peer.is_empty());
        let is_connect = matches!(what, Services::Connect(_));
        let reads_imports = self.acl.reads_imports(token);
        let may_read_service = || match peer {
            Some(_) => self.acl.reads_imported_services(token),
            None => self.acl.allows_on(token, "service", Access::Read, name),
        };
        if is_connect && !may_read_service() {
            return Err(refuse(403, "Permission denied"));
        }
        let mut shown = match peer {
            Some(peer) if is_connect => self.imports_of(peer).map(|imports| imports.proxies(name)).unwrap_or_default(),
            None if is_connect => {
                self.instances(None).into_iter().filter(|found| is_reached_through(&found.service, name)).collect()
            }
            Some(peer) => self.imports_of(peer).map(|imports| imports.instances(name)).unwrap_or_default(),
            None => self.instances(Some(name)),
        };
        let before = shown.len();
        shown.retain(|found| match peer {
            Some(_) => reads_imports,
            None => self.may_read(token, text(&found.service, "Service"), text(&found.node, "Node")),
        });
        let headers = filtered(headers, token, shown.len() < before);
        if matches!(what, Services::Instances(_)) {
            return Ok(respond(&shown.iter().map(flat).collect::<Vec<_>>(), headers));
        }
        if flight.query.has("passing") {
            shown.retain(|found| status_of(found.checks.iter()) == "passing");
        }
        Ok(respond(&shown, headers))
    }

    fn may_read(&self, token: Option<&Token>, service: &str, node: &str) -> bool {
        let allows = |resource, name| self.acl.allows_on(token, resource, Access::Read, name);
        allows("service", service) && allows("node", node)
    }
}

/// Whether an instance is a proxy of the service, or a Connect-native instance of it.
pub fn is_reached_through(instance: &Object, service: &str) -> bool {
    let member = |object: &str, key: &str| instance.get(object).and_then(|object| object.get(key)).cloned();
    let proxied = member("Proxy", "DestinationServiceName");
    let is_native = member("Connect", "Native") == Some(Json::Bool(true));
    proxied.as_ref().and_then(Json::as_str) == Some(service) || is_native && text(instance, "Service") == service
}

/// Adds the header for filtered results, which Consul sends only to callers with an ACL token.
pub fn filtered(mut headers: Headers, token: Option<&Token>, is_filtered: bool) -> Headers {
    if is_filtered && token.is_some() {
        headers.insert("x-consul-results-filtered-by-acls".into(), "true".into());
    }
    headers
}

/// The members of a node and of an instance, by their names in the catalog.
const OF_NODE: [(&str, &str); 6] = [
    ("ID", "ID"),
    ("Node", "Node"),
    ("Address", "Address"),
    ("Datacenter", "Datacenter"),
    ("TaggedAddresses", "TaggedAddresses"),
    ("NodeMeta", "Meta"),
];
const OF_INSTANCE: [(&str, &str); 18] = [
    ("ServiceKind", "Kind"),
    ("ServiceID", "ID"),
    ("ServiceName", "Service"),
    ("ServiceTags", "Tags"),
    ("ServiceAddress", "Address"),
    ("ServiceTaggedAddresses", "TaggedAddresses"),
    ("ServiceWeights", "Weights"),
    ("ServiceMeta", "Meta"),
    ("ServicePort", "Port"),
    ("ServicePorts", ""),
    ("ServiceSocketPath", "SocketPath"),
    ("ServiceEnableTagOverride", "EnableTagOverride"),
    ("ServiceProxy", "Proxy"),
    ("ServiceConnect", "Connect"),
    ("ServiceLocality", ""),
    ("PeerName", "PeerName"),
    ("CreateIndex", "CreateIndex"),
    ("ModifyIndex", "ModifyIndex"),
];

/// An instance in the form of the catalog.
fn flat(found: &Instance) -> Object {
    let Instance { node, service, .. } = found;
    let mut shown = Object::new();
    for (to, from) in OF_NODE {
        shown.insert(to.into(), node.get(from).cloned().unwrap_or_default());
    }
    for (to, from) in OF_INSTANCE {
        let value = match (to, service.get(from).cloned().unwrap_or_default()) {
            ("ServiceTaggedAddresses", Json::Null) => continue,
            ("PeerName", Json::String(peer)) if peer.is_empty() => continue,
            ("ServiceKind" | "ServiceSocketPath", Json::Null) => "".into(),
            ("ServiceMeta", Json::Null) => Object::new().into(),
            ("ServicePort", Json::Null) => 0.into(),
            (_, value) => value,
        };
        shown.insert(to.into(), value);
    }
    shown
}
