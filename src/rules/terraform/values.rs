//! Checks a resource's values, each on its own, by the rules of calls.

use super::resource::{Kind, Resource};
use crate::rules::finding::{Finding, Severity};
use crate::rules::host::ReadJson;
use crate::rules::time::Timestamp;
use crate::rules::value::Value;
use crate::rules::{external_addresses, meta, peer_name, peering_token};

/// Adds the findings. Returns the server name in its token.
pub fn check(resource: &Resource, json: ReadJson, now: Timestamp, findings: &mut Vec<Finding>) -> Option<String> {
    let values = resource.values;
    let name = values.get("peer_name");
    let mut found = if *name == Value::Null { Vec::new() } else { peer_name::check(name) };
    let mut token_of = None;
    if resource.kind != Kind::Data {
        found.extend(meta::check(values.get("meta")));
        external_addresses::check(values.get("server_external_addresses"), &mut found);
        if !resource.is_to("create") {
            // An address in use works, or the peering shows that it does not.
            found.retain(Finding::is_error);
        }
        let token = values.get("peering_token");
        if *token != Value::Null {
            let reading = peering_token::read(token, json, now);
            token_of = reading.token.as_ref().and_then(|token| Value::from(&*token.info.server_name).non_empty_text());
            // The token of a linked peering has been used.
            if resource.is_to("create") {
                found.extend(reading.findings);
            }
        }
    }
    for finding in found {
        add(resource, finding, findings);
    }
    token_of
}

/// Adds a finding with the resource's address.
fn add(resource: &Resource, mut finding: Finding, findings: &mut Vec<Finding>) {
    match finding.rule {
        // Terraform checks types itself; null means that a value is not known yet.
        "type" if finding.field != "peering_token" => return,
        // Consul ignores the case of names.
        "lower_case" if resource.kind == Kind::Data => return,
        "trimmed" => {
            // Terraform does not trim it, and Consul skips nothing but line breaks.
            let token = resource.values.get("peering_token").text().unwrap_or_default();
            if !token.bytes().any(|byte| matches!(byte, b' ' | b'\t')) {
                return;
            }
            finding.severity = Severity::Error;
        }
        _ => {}
    }
    // Nothing of a token is shown anyway.
    for key in ["peer_name", "meta", "server_external_addresses"] {
        if finding.field.starts_with(key) && resource.hides(key) {
            finding.field = key.to_owned();
            finding.message = format!("{key} breaks the rule {}; it is sensitive and not shown.", finding.rule);
            finding.fix = format!("`consul-peering check --rules` lists what breaks {key}.{}.", finding.rule);
        }
    }
    findings.push(resource.located(finding));
}
