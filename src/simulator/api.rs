//! Consul's HTTP API: from a request's method, path, headers and body to an operation.

use super::World;
use super::agent;
use super::blocking::Subject;
use super::config_entries::ConfigCall;
use super::establish::Establish;
use super::generate_token::GenerateToken;
use super::go::is_printable;
use super::http::{Headers, Request};
use super::in_flight::{InFlight, Step};
use super::json::read_first;
use super::operation::Operation;
use super::options::Access;
use super::query::{Query, decode_percent, is_percent_encoded};
use super::response::{Refusal, bare, empty, redirect, refuse, text};
use super::routes::{self, Route};
use super::unmarshal::{Unmarshal, unmarshal};

const PARTITIONS: &str = "Partitions are a Consul Enterprise feature";
impl World {
    pub(super) fn route(&mut self, flight: &mut InFlight) -> Step {
        let Request { method, target, .. } = &flight.request;
        let (raw_path, raw_query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target.as_str(), None),
        };
        let decoded = is_percent_encoded(raw_path).then(|| String::from_utf8(decode_percent(raw_path.as_bytes())).ok());
        let Some(path) = decoded.flatten() else {
            return Step::Router(text(400, "400 Bad Request", Headers::new()));
        };
        if !is_printable(&path) {
            return Step::Router(bare(400, Headers::new()));
        }
        let cleaned = clean(raw_path);
        if cleaned != raw_path {
            let location = raw_query.map_or(cleaned.clone(), |query| format!("{cleaned}?{query}"));
            return Step::Router(redirect(method, 307, "Temporary Redirect", &location));
        }
        let cluster = &self.clusters[flight.cluster];
        let Some((route, methods)) = routes::find(&path) else {
            return Step::Router(agent::not_found(method, &path, &cluster.given.response_headers));
        };
        let raw_query = raw_query.unwrap_or_default();
        let allow = || Headers::from([("allow".into(), format!("OPTIONS,{}", methods.join(",")))]);
        if raw_query.contains(';') || !is_percent_encoded(raw_query) {
            let typed = cluster.version.types_empty_responses();
            return Step::Agent(if typed { text(500, "", Headers::new()) } else { bare(500, Headers::new()) });
        }
        if cluster.given.block_endpoints.iter().any(|prefix| path.starts_with(prefix)) {
            return Step::Agent(text(403, "Endpoint is blocked by agent configuration", Headers::new()));
        }
        if method == "OPTIONS" {
            return Step::Agent(empty(&cluster.version, allow()));
        }
        if !methods.contains(&method.as_str()) {
            return Step::Agent(text(405, format!("method {method} not allowed"), allow()));
        }
        if method != "GET" && cluster.given.restrict_writes {
            return Step::Agent(text(403, "Access is restricted", Headers::new()));
        }
        flight.query = Query::read(raw_query);
        self.begin(flight, route).unwrap_or_else(Step::refused)
    }

    /// Errors that do not require a leader are returned immediately.
    fn begin(&mut self, flight: &InFlight, route: Route) -> Result<Step, Refusal> {
        let operation = match route {
            Route::Token => {
                let call: GenerateToken = decode(flight)?;
                call.check(&self.clusters[flight.cluster])?;
                Operation::GenerateToken(call)
            }
            Route::Establish => {
                let mut call: Establish = decode(flight)?;
                call.check(&self.clusters[flight.cluster])?;
                Operation::Establish(Box::new(call))
            }
            Route::List => {
                no_partition(flight)?;
                return self.begin_read(flight, Subject::Peerings);
            }
            Route::Peering(name) => {
                if name.is_empty() {
                    return Err(refuse(400, "Must specify a name to fetch."));
                }
                no_partition(flight)?;
                if flight.request.method == "GET" {
                    return self.begin_read(flight, Subject::Peering(name));
                }
                self.clusters[flight.cluster].require_peering()?;
                Operation::Delete(name)
            }
            Route::Config(entry) => {
                no_partition(flight)?;
                match entry {
                    None => Operation::Config(ConfigCall::Write(config_entry(flight)?)),
                    Some((kind, Some(name))) if flight.request.method == "DELETE" => {
                        Operation::Config(ConfigCall::Delete { kind, name })
                    }
                    Some((kind, Some(name))) => return self.begin_read(flight, Subject::Entry(kind, name)),
                    Some((kind, None)) => return self.begin_read(flight, Subject::Entries(kind)),
                }
            }
            Route::Services(what) => {
                no_partition(flight)?;
                return self.begin_read(flight, Subject::Services(what));
            }
            Route::ExportedServices => return self.begin_read(flight, Subject::ExportedServices),
            Route::Intentions => {
                no_partition(flight)?;
                return self.begin_read(flight, Subject::Intentions);
            }
            Route::Register(call) => Operation::Register(call),
            Route::Agent(endpoint) => return self.agent_endpoint(flight, endpoint),
        };
        Ok(self.require_leader(flight, operation, 1.0))
    }

    /// Refuses a request whose ACL token has no access to peerings.
    pub(super) fn authorize(&self, flight: &InFlight, access: Access) -> Result<(), Refusal> {
        let acl = &self.clusters[flight.cluster].acl;
        let token = acl.identify(flight)?;
        acl.require(token, "peering", access, None)
    }
}

impl super::cluster::Cluster {
    pub(super) fn require_peering(&self) -> Result<(), Refusal> {
        if self.given.peering { Ok(()) } else { Err(refuse(500, "peering must be enabled to use this endpoint")) }
    }
}

/// A request's body as JSON.
pub(super) trait Body: Unmarshal + Default {
    /// The Go type that Consul decodes it to.
    const TYPE: &'static str;

    /// Consul's error text if a required field is missing.
    fn missing(&self) -> Option<&'static str>;

    fn check_size(&self) -> Result<(), Refusal>;
}

fn decode<T: Body>(flight: &InFlight) -> Result<T, Refusal> {
    let mut body = T::default();
    read_first(&flight.request.body)
        .and_then(|value| unmarshal(value, T::TYPE, true, &mut body))
        .map_err(|error| refuse(400, format!("Body decoding failed: {error}")))?;
    if let Some(missing) = body.missing() {
        return Err(refuse(400, missing));
    }
    no_partition(flight)?;
    body.check_size()?;
    Ok(body)
}

/// A config entry as it was sent.
fn config_entry(flight: &InFlight) -> Result<serde_json::Map<String, serde_json::Value>, Refusal> {
    serde_json::from_slice(&flight.request.body).map_err(|_| refuse(400, "Request decoding failed: invalid JSON"))
}

fn no_partition(flight: &InFlight) -> Result<(), Refusal> {
    if flight.query.get("partition").is_some_and(|partition| !partition.is_empty()) {
        return Err(refuse(400, format!("Invalid query parameter: \"partition\" - {PARTITIONS}")));
    }
    if flight.request.header("x-consul-partition").is_some_and(|partition| !partition.is_empty()) {
        return Err(refuse(400, format!("Invalid header: \"X-Consul-Partition\" - {PARTITIONS}")));
    }
    Ok(())
}

/// Cleans a path like Go's router: no double slashes and no dots, and a trailing slash if only longer paths exist.
fn clean(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let cleaned = format!("/{}", segments.join("/"));
    let has_trailing_slash = path.len() > 1 && path.ends_with('/') && !segments.is_empty();
    if has_trailing_slash || cleaned == "/v1/peering" { cleaned + "/" } else { cleaned }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        let cases = [
            ("/v1/peering//x", "/v1/peering/x"),
            ("/v1/peering", "/v1/peering/"),
            ("/v1/./a/../peerings", "/v1/peerings"),
            ("/v1/peering/x/", "/v1/peering/x/"),
            ("/../..", "/"),
            ("//", "/"),
            ("/", "/"),
            ("/v1/peering/a%2Fb", "/v1/peering/a%2Fb"),
        ];
        for (path, cleaned) in cases {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }
}
