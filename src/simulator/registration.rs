//! Registering services and checks: the endpoints of the agent (`agent_registration.rs`) and of the catalog
//! (`catalog_registration.rs`).

use serde_json::Value as Json;

use super::World;
use super::catalog::{Object, object};
use super::cluster::Cluster;
use super::go::quote;
use super::http::{Headers, Response};
use super::in_flight::InFlight;
use super::json::{Value, read_first};
use super::options::Access;
use super::response::{Refusal, empty, json as respond, refuse};

/// A request that registers or deregisters something.
#[derive(Clone, Debug)]
pub enum Registration {
    AgentRegister,
    AgentDeregister(String),
    /// The new status, if the path has it, and the id of the check.
    AgentCheck(Option<&'static str>, String),
    CatalogRegister,
    CatalogDeregister,
}

const TEXTS: [&str; 4] = ["Kind", "ID", "Name", "Address"];

/// Parses a body, with Go's errors. `known`: the allowed members; other ones are errors.
pub fn body(flight: &InFlight, known: Option<&[&str]>) -> Result<Object, Refusal> {
    let fault = |error: String| refuse(400, format!("Request decode failed: {error}"));
    let shape = read_first(&flight.request.body).map_err(fault)?;
    let mut values = serde_json::Deserializer::from_slice(&flight.request.body).into_iter::<Json>();
    let given = values.next().and_then(Result::ok).map(object).unwrap_or_default();
    let (Some(known), Value::Object(pairs)) = (known, shape) else { return Ok(given) };
    let known_name = |name: &str| known.iter().copied().find(|known| known.eq_ignore_ascii_case(name));
    for (name, value) in &pairs {
        let Some(field) = known_name(name) else { return Err(fault(format!("json: unknown field {}", quote(name)))) };
        if TEXTS.contains(&field) && !matches!(value, Value::Text(_) | Value::Null) {
            let kind = value.kind();
            let what = format!("json: cannot unmarshal {kind} into Go struct field .Alias.{field} of type string");
            return Err(fault(what));
        }
    }
    Ok(given.into_iter().filter_map(|(name, value)| Some((known_name(&name)?.to_owned(), value))).collect())
}

impl World {
    pub(super) fn register(&mut self, flight: &InFlight, call: Registration) -> Result<Response, Refusal> {
        let cluster_index = flight.cluster;
        let cluster = &mut self.clusters[cluster_index];
        let is_catalog = matches!(call, Registration::CatalogRegister | Registration::CatalogDeregister);
        match call {
            Registration::AgentRegister => cluster.register_with_agent(flight)?,
            Registration::AgentDeregister(id) => cluster.deregister_from_agent(flight, &id)?,
            Registration::AgentCheck(status, id) => cluster.update_check(flight, status, &id)?,
            Registration::CatalogRegister => cluster.register_with_servers(flight)?,
            Registration::CatalogDeregister => cluster.deregister_from_servers(flight)?,
        }
        self.services_changed(cluster_index);
        let version = &self.clusters[cluster_index].version;
        Ok(if is_catalog { respond(&true, Headers::new()) } else { empty(version, Headers::new()) })
    }
}

impl Cluster {
    pub(super) fn require_write(&self, flight: &InFlight, resource: &str, name: &str) -> Result<(), Refusal> {
        self.acl.require(self.acl.identify(flight)?, resource, Access::Write, Some(name))
    }
}
