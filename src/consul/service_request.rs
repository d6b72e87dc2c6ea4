//! Requests about services between clusters: config entries, the catalog, health, intentions. All of them only read.

use super::request::{Effect, Request, get, post};
use serde::Serialize;

/// The kind of service that mesh gateways are.
pub const GATEWAY: &str = "mesh-gateway";

/// A config entry (1.5). `mesh` and `proxy-defaults` need no permission.
pub fn config_entry(kind: &str, name: &str, partition: Option<&str>) -> Request {
    get(format!("/v1/config/{kind}/{name}"), partition)
}

/// What is exported (1.11).
pub fn exported_services(partition: Option<&str>) -> Request {
    config_entry("exported-services", partition.unwrap_or("default"), partition)
}

/// All config entries of a kind that the token may read (1.5).
pub fn config_entries(kind: &str, partition: Option<&str>) -> Request {
    get(format!("/v1/config/{kind}"), partition)
}

/// All intentions that the token may read (1.2).
pub fn intentions(partition: Option<&str>) -> Request {
    get("/v1/connect/intentions", partition)
}

/// Whether calls between services without intentions are allowed: the default (1.2).
pub fn default_intention(partition: Option<&str>) -> Request {
    get("/v1/connect/intentions/check?source=unheard-of&destination=unheard-of", partition)
}

/// The names of services of a kind (1.14).
pub fn services_of_kind(kind: &str, partition: Option<&str>) -> Request {
    get(format!("/v1/catalog/services?filter=ServiceKind%20%3D%3D%20%22{kind}%22"), partition)
}

/// This cluster's servers (0.1).
pub fn servers() -> Request {
    get("/v1/catalog/service/consul", None)
}

/// The instances of a service, of its own or imported from a peer (1.13), with their checks.
pub fn health(service: &str, peer: Option<&str>, partition: Option<&str>) -> Request {
    let service = escaped(service);
    let peer = peer.map(|peer| format!("?peer={peer}")).unwrap_or_default();
    get(format!("/v1/health/service/{service}{peer}"), partition)
}

/// The sidecar proxies of a service of its own, and its Connect-native instances (1.2).
pub fn proxies(service: &str, partition: Option<&str>) -> Request {
    get(format!("/v1/health/connect/{}", escaped(service)), partition)
}

/// Whether the bearer may read these parts of these resources (1.8).
pub fn authorize_reads<'a>(queries: impl Iterator<Item = (&'static str, &'a str)>) -> Request {
    let queries: Vec<_> = queries.map(|(resource, segment)| Query { resource, segment, access: "read" }).collect();
    post("/v1/internal/acl/authorize", &queries, Effect::Read)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Query<'a> {
    resource: &'static str,
    segment: &'a str,
    access: &'static str,
}

/// As a path segment: a service name may contain any character.
fn escaped(name: &str) -> String {
    let mut path = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => path.push(char::from(byte)),
            // A segment of dots alone would be a step in the path.
            b'.' if name.bytes().any(|byte| byte != b'.') => path.push('.'),
            _ => {
                const HEX: &[u8] = b"0123456789ABCDEF";
                path.push('%');
                for digit in [byte >> 4, byte & 15] {
                    path.push(char::from(HEX[usize::from(digit)]));
                }
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consul::request::Method;

    #[test]
    fn all_of_them_read() {
        let partition = Some("p");
        for (request, target) in [
            (config_entry("mesh", "mesh", None), "/v1/config/mesh/mesh"),
            (config_entry("exported-services", "p", partition), "/v1/config/exported-services/p?partition=p"),
            (config_entries("service-resolver", None), "/v1/config/service-resolver"),
            (intentions(None), "/v1/connect/intentions"),
            (
                default_intention(partition),
                "/v1/connect/intentions/check?source=unheard-of&destination=unheard-of&partition=p",
            ),
            (
                services_of_kind("mesh-gateway", None),
                "/v1/catalog/services?filter=ServiceKind%20%3D%3D%20%22mesh-gateway%22",
            ),
            (servers(), "/v1/catalog/service/consul"),
            (proxies("web", partition), "/v1/health/connect/web?partition=p"),
            (health("web", None, partition), "/v1/health/service/web?partition=p"),
            (health("web", Some("east"), partition), "/v1/health/service/web?peer=east&partition=p"),
        ] {
            assert_eq!((request.method, request.effect), (Method::Get, Effect::Read), "{target}");
            assert_eq!(request.target(), target);
            assert!(request.body.is_none() && !request.denial_is_slow);
        }
        let queries = authorize_reads([("mesh", ""), ("service", "web")].into_iter());
        assert_eq!((queries.method, queries.effect), (Method::Post, Effect::Read));
        let body = r#"[{"Resource":"mesh","Segment":"","Access":"read"},{"Resource":"service","Segment":"web","Access":"read"}]"#;
        assert_eq!(queries.body.as_deref(), Some(body));
    }

    #[test]
    fn names_are_one_part_of_the_path() {
        for (name, path) in
            [("a.b-c_1~", "a.b-c_1~"), ("..", "%2E%2E"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("ü %", "%C3%BC%20%25")]
        {
            assert_eq!(escaped(name), path);
        }
    }
}
