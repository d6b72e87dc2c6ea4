//! A real Consul's responses about services between clusters, to tokens with each permission
//! (`tests/recordings/1.22.7/cross-cluster-services.json`), compared with what `troubleshoot` takes for readable.
#![cfg(not(target_arch = "wasm32"))]

#[path = "properties/invariants/host.rs"]
mod host;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use consul_peering::decide::troubleshoot::Unread;
use consul_peering::decide::troubleshoot::rights::{Right, Rights, permission_queries};

use host::read_json;

const MANAGEMENT: &str = "cccccccc-0000-0000-0000-000000000001";
const SERVICE: &str = "web";

fn exchanges() -> Vec<Json> {
    let file = "tests/recordings/1.22.7/cross-cluster-services.json";
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let recording: Json = serde_json::from_str(&text).unwrap();
    recording["exchanges"].as_array().unwrap().clone()
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

/// The permissions of each token, by resource and segment.
fn answers(exchanges: &[Json]) -> BTreeMap<(String, String, String), bool> {
    let mut answers = BTreeMap::new();
    for exchange in exchanges.iter().filter(|exchange| text(&exchange["request"]["path"]).ends_with("/authorize")) {
        let token = text(&exchange["request"]["headers"]["X-Consul-Token"]);
        let body: Json = serde_json::from_str(text(&exchange["response"]["body"])).unwrap();
        for answer in body.as_array().unwrap() {
            let key = (token.to_owned(), text(&answer["Resource"]).to_owned(), text(&answer["Segment"]).to_owned());
            answers.insert(key, answer["Allow"].as_bool().unwrap());
        }
    }
    answers
}

fn rights(answers: &BTreeMap<(String, String, String), bool>, token: &str) -> Rights {
    let allowed = permission_queries(Some(SERVICE)).map(|permission_queries| {
        let key = (token.to_owned(), permission_queries.resource.to_owned(), permission_queries.segment.to_owned());
        json!({ "Allow": answers[&key] })
    });
    Rights::read(&read_json(&json!(allowed).to_string()).unwrap()).unwrap()
}

/// The permissions with which the response of a path is complete.
fn right(path: &str) -> Right {
    match path {
        "/v1/config/mesh/mesh" | "/v1/config/proxy-defaults/global" | "/v1/catalog/datacenters" => Right::None,
        "/v1/config/exported-services/default" | "/v1/exported-services" => Right::Mesh,
        "/v1/config/service-resolver" | "/v1/config/service-defaults" => Right::Entries,
        "/v1/health/service/web" => Right::Service,
        path if path.starts_with("/v1/connect/intentions") => Right::Intentions,
        path if path.starts_with("/v1/catalog/") || path.starts_with("/v1/health/") => Right::Catalog,
        other => panic!("{other}"),
    }
}

#[test]
fn readable_responses_are_complete_and_others_refused_or_filtered() {
    let exchanges = exchanges();
    let answers = answers(&exchanges);
    let is_read = |exchange: &&Json| exchange["request"]["method"] == "GET" && exchange["cluster"] == "east";
    let complete: BTreeMap<_, _> = exchanges
        .iter()
        .filter(is_read)
        .filter(|exchange| exchange["request"]["headers"]["X-Consul-Token"] == MANAGEMENT)
        .map(|exchange| (text(&exchange["request"]["path"]), exchange["response"].clone()))
        .collect();
    let (mut read, mut hidden) = (0, 0);
    for exchange in exchanges.iter().filter(is_read) {
        let token = text(&exchange["request"]["headers"]["X-Consul-Token"]);
        let path = text(&exchange["request"]["path"]);
        if token == MANAGEMENT {
            continue;
        }
        let (status, body) = (&exchange["response"]["status"], text(&exchange["response"]["body"]).trim());
        let all = &complete[path];
        let is_empty = |body: &str| matches!(body.trim(), "[]" | "{}");
        match rights(&answers, token).check(right(path), Some(SERVICE)) {
            Ok(()) => {
                read += 1;
                assert_eq!(status, &all["status"], "{path}: {body}");
                assert_eq!(is_empty(body), is_empty(text(&all["body"])), "{path}: {body}");
            }
            Err(Unread::Denied(rules)) => {
                assert!(!rules.is_empty());
                // Part of a list may remain, as with permissions for one service.
                let is_left_out =
                    status == 403 || is_empty(body) || (rules.contains("_prefix \"\"") && body == "(200)");
                assert!(is_left_out, "{path}: {status} {body}");
                hidden += usize::from(status == 403 || is_empty(body));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(read > 40 && hidden > 50, "{read} read, {hidden} hidden");
}
