//! Every endpoint of Consul's HTTP API that the simulator serves: its path, its methods, and what handles it.

use super::agent::AgentEndpoint;
use super::health::Services;
use super::registration::Registration;

/// What a request is for.
pub enum Route {
    Token,
    Establish,
    List,
    Peering(String),
    /// The kind and the name, if the path has them.
    Config(Option<(String, Option<String>)>),
    Services(Services),
    ExportedServices,
    Intentions,
    Register(Registration),
    Agent(AgentEndpoint),
}

type Methods = &'static [&'static str];

const GET: Methods = &["GET"];
const GET_OR_DELETE: Methods = &["GET", "DELETE"];
const POST: Methods = &["POST"];
const PUT: Methods = &["PUT"];

/// A path that ends in `/` continues with a name, which the function gets; for other paths that is empty.
type Endpoint = (&'static str, Methods, fn(&str) -> Route);

const ENDPOINTS: &[Endpoint] = &[
    // Peerings: generate_token.rs, establish.rs, delete.rs, peering.rs.
    ("/v1/peering/token", POST, |_| Route::Token),
    ("/v1/peering/establish", POST, |_| Route::Establish),
    ("/v1/peering/", GET_OR_DELETE, |name| Route::Peering(name.into())),
    ("/v1/peerings", GET, |_| Route::List),
    // Config entries: config_entries.rs.
    ("/v1/config", PUT, |_| Route::Config(None)),
    ("/v1/config/", GET_OR_DELETE, |entry| Route::Config(Some(kind_and_name(entry)))),
    ("/v1/exported-services", GET, |_| Route::ExportedServices),
    ("/v1/connect/intentions", GET, |_| Route::Intentions),
    // Services: health.rs.
    ("/v1/catalog/services", GET, |_| Route::Services(Services::Names)),
    ("/v1/catalog/service/", GET, |name| Route::Services(Services::Instances(name.into()))),
    ("/v1/health/service/", GET, |name| Route::Services(Services::Health(name.into()))),
    ("/v1/health/connect/", GET, |name| Route::Services(Services::Connect(name.into()))),
    // Registrations: agent_registration.rs, catalog_registration.rs.
    ("/v1/agent/service/register", PUT, |_| Route::Register(Registration::AgentRegister)),
    ("/v1/agent/service/deregister/", PUT, |id| Route::Register(Registration::AgentDeregister(id.into()))),
    ("/v1/agent/check/pass/", PUT, |id| check(Some("passing"), id)),
    ("/v1/agent/check/warn/", PUT, |id| check(Some("warning"), id)),
    ("/v1/agent/check/fail/", PUT, |id| check(Some("critical"), id)),
    ("/v1/agent/check/update/", PUT, |id| check(None, id)),
    ("/v1/catalog/register", PUT, |_| Route::Register(Registration::CatalogRegister)),
    ("/v1/catalog/deregister", PUT, |_| Route::Register(Registration::CatalogDeregister)),
    // The agent, its cluster, and ACLs: agent.rs, authorize.rs.
    ("/v1/agent/version", GET, |_| Route::Agent(AgentEndpoint::Version)),
    ("/v1/agent/self", GET, |_| Route::Agent(AgentEndpoint::AgentConfig)),
    ("/v1/status/leader", GET, |_| Route::Agent(AgentEndpoint::Leader)),
    ("/v1/status/peers", GET, |_| Route::Agent(AgentEndpoint::RaftPeers)),
    ("/v1/catalog/datacenters", GET, |_| Route::Agent(AgentEndpoint::Datacenters)),
    ("/v1/connect/ca/roots", GET, |_| Route::Agent(AgentEndpoint::Roots)),
    ("/v1/connect/intentions/check", GET, |_| Route::Agent(AgentEndpoint::IntentionCheck)),
    ("/v1/acl/token/self", GET, |_| Route::Agent(AgentEndpoint::AclTokenSelf)),
    ("/v1/internal/acl/authorize", POST, |_| Route::Agent(AgentEndpoint::Authorize)),
];

/// The route of a path, and its methods.
pub fn find(path: &str) -> Option<(Route, Methods)> {
    ENDPOINTS.iter().find_map(|(endpoint, methods, route)| {
        let name = path.strip_prefix(endpoint)?;
        (name.is_empty() || endpoint.ends_with('/')).then(|| (route(name), *methods))
    })
}

fn kind_and_name(entry: &str) -> (String, Option<String>) {
    match entry.split_once('/') {
        Some((kind, name)) => (kind.into(), Some(name.into())),
        None => (entry.into(), None),
    }
}

fn check(status: Option<&'static str>, id: &str) -> Route {
    Route::Register(Registration::AgentCheck(status, id.into()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_types_list_every_endpoint() {
        let types = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pkg/simulator.d.ts");
        let types = fs::read_to_string(types).unwrap();
        for (path, methods, _) in ENDPOINTS {
            // `/v1/agent/check/<status>/<id>` is listed once.
            let path = if path.starts_with("/v1/agent/check/") { "/v1/agent/check/" } else { path };
            for method in *methods {
                assert!(types.contains(&format!("{method} {path}")), "{method} {path} is not in pkg/simulator.d.ts");
            }
        }
    }

    #[test]
    fn the_first_endpoint_of_a_path_serves_it() {
        assert!(matches!(find("/v1/peering/token"), Some((Route::Token, POST))));
        assert!(matches!(find("/v1/peering/eu"), Some((Route::Peering(name), GET_OR_DELETE)) if name == "eu"));
        assert!(matches!(find("/v1/config/mesh/mesh"), Some((Route::Config(Some((_, Some(_)))), _))));
        assert!(find("/v1/peerings/").is_none() && find("/v1/agent/services").is_none());
    }
}
