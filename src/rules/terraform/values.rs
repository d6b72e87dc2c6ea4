//! What a resource is given, each value on its own, by the rules that calls go by.

use super::resource::{Kind, Resource};
use crate::rules::finding::{Finding, Severity};
use crate::rules::host::ReadJson;
use crate::rules::value::Value;
use crate::rules::{external_addresses, meta, peer_name, peering_token};

/// Adds what is wrong. Answers with the TLS name of the cluster that its token is of.
pub fn check(resource: &Resource, json: ReadJson, now: f64, findings: &mut Vec<Finding>) -> Option<String> {
    let values = resource.values;
    let name = values.get("peer_name");
    let mut found = if *name == Value::Null { Vec::new() } else { peer_name::check(name) };
    let mut token_of = None;
    if resource.kind != Kind::Data {
        found.extend(meta::check(values.get("meta")));
        external_addresses::check(values.get("server_external_addresses"), &mut found);
        if !resource.is_to("create") {
            // An address in use is reached, or the peering shows that it is not.
            found.retain(Finding::is_error);
        }
        let token = values.get("peering_token");
        if *token != Value::Null {
            let reading = peering_token::read(token, json, now);
            token_of = reading.token.as_ref().and_then(|token| Value::from(&*token.info.server_name).filled());
            // One that is not to be used has done its work.
            if resource.is_to("create") {
                found.extend(reading.findings);
            }
        }
    }
    for finding in found {
        judge(resource, finding, findings);
    }
    token_of
}

/// Adds a finding as it is of a resource.
fn judge(resource: &Resource, mut finding: Finding, findings: &mut Vec<Finding>) {
    match finding.rule {
        // Terraform checks types itself; null means that a value is not known yet.
        "type" if finding.field != "peering_token" => return,
        // Consul folds the case of a name that it looks up.
        "lower_case" if resource.kind == Kind::Data => return,
        "trimmed" => {
            // Nobody trims it on its way to Consul, which reads over line breaks and over nothing else.
            let token = resource.values.get("peering_token").text().unwrap_or_default();
            if !token.bytes().any(|byte| matches!(byte, b' ' | b'\t')) {
                return;
            }
            finding.severity = Severity::Error;
        }
        _ => {}
    }
    // Of a token nothing is shown anyway.
    for key in ["peer_name", "meta", "server_external_addresses"] {
        if finding.field.starts_with(key) && resource.hides(key) {
            finding.field = key.to_owned();
            finding.message = format!("{key} breaks the rule {}; it is sensitive and not shown.", finding.rule);
            finding.fix = format!("`consul-peering check --rules` lists what breaks {key}.{}.", finding.rule);
        }
    }
    findings.push(resource.located(finding));
}
