//! Every recorded response of real Consul servers (`tests/recordings/<version>/*.json`), and hand-written ones of
//! servers that could not be run (`tests/recordings/older/`), checked with the rules that read them.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../properties/invariants/host.rs"]
mod host;
mod names_and_meta;
mod peering_tokens;
mod peerings;
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};

use consul_peering::rules::finding::Finding;
use consul_peering::rules::time::Timestamp;
use serde_json::Value as Json;

/// The end of the last day on which recordings were made, in ms since 1970.
const RECORDED: Timestamp = Timestamp::at_ms(1_795_910_400_000.0);
const VERSIONS: [&str; 3] = ["1.19.2", "1.22.3", "1.22.7"];

/// One request to a real server, and its response.
struct Exchange {
    /// Its file and row, for messages.
    at: String,
    method: String,
    path: String,
    /// The request's body if it is JSON, otherwise null.
    sent: Json,
    status: u16,
    text: String,
}

impl Exchange {
    fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// It sets a scene: nothing registers a service here.
    fn registers(&self) -> bool {
        self.method == "PUT" && self.path != "/v1/config"
    }

    /// The answer's peerings, where it is one with peerings in it.
    fn peerings(&self) -> Vec<Json> {
        let path = self.path.split('?').next().unwrap_or_default();
        if self.method != "GET" || self.status != 200 {
            return Vec::new();
        }
        if path == "/v1/peerings" {
            serde_json::from_str(&self.text).unwrap()
        } else if path.starts_with("/v1/peering/") {
            vec![serde_json::from_str(&self.text).unwrap()]
        } else {
            Vec::new()
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

fn document(path: &Path) -> Json {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn exchanges() -> Vec<Exchange> {
    let mut all = Vec::new();
    for version in VERSIONS {
        let mut files: Vec<_> =
            fs::read_dir(folder().join(version)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let recording = document(&file);
            // Rows without a request are polls: states and times.
            let rows = recording["exchanges"].as_array().unwrap().iter().enumerate();
            for (index, row) in rows.filter(|(_, row)| row.get("request").is_some()) {
                let (request, response) = (&row["request"], &row["response"]);
                let text = |json: &Json| json.as_str().unwrap().to_owned();
                all.push(Exchange {
                    at: format!("{version}/{}, exchange {index}", file.file_name().unwrap().display()),
                    method: text(&request["method"]),
                    path: text(&request["path"]),
                    sent: request["body"].as_str().and_then(|b| serde_json::from_str(b).ok()).unwrap_or(Json::Null),
                    status: response["status"].as_u64().unwrap().try_into().unwrap(),
                    text: text(&response["body"]),
                });
            }
        }
    }
    assert!(all.len() > 900, "{} exchanges", all.len());
    all
}

fn rules_of(findings: &[Finding], errors: bool) -> Vec<&'static str> {
    findings.iter().filter(|finding| finding.is_error() == errors).map(|finding| finding.rule).collect()
}
