//! A document of `terraform show -json`, a plan or a state, and OpenTofu's the same: what in it Consul would refuse,
//! and what would end a peering that lives. Nothing is said of what the plan does not know yet.

use alloc::{borrow::ToOwned, vec::Vec};

mod cluster;
mod compare;
mod configuration;
mod index;
mod reference;
mod resource;
mod texts;
mod values;

use super::finding::{Finding, excerpt};
use super::host::ReadJson;
use super::value::Value;
use compare::Compared;
use configuration::{Blocks, Configured};
use resource::{Kind, Resource};

/// Each document has at least one of them; but a state without resources is its version alone.
const PARTS: [&str; 5] = ["resource_changes", "planned_values", "values", "prior_state", "configuration"];

/// Everything that is wrong with a document. `now` in ms since 1970 judges the CAs of its tokens.
pub fn check(document: &Value, json: ReadJson, now: f64) -> Vec<Finding> {
    if let Some(finding) = unusable(document) {
        return vec![finding];
    }
    let Some(resources) = resource::all(document) else { return vec![texts::error(&texts::NO_DOCUMENT)] };
    let mut findings = Vec::new();
    if matches!(document.get("complete"), Value::Bool(false)) {
        findings.push(texts::warning(&texts::INCOMPLETE));
    }
    let configuration = document.get("configuration");
    let blocks = Blocks::of(configuration);
    let mut compared = Vec::new();
    for resource in resources {
        let token_of = values::check(&resource, json, now, &mut findings);
        change(&resource, &mut findings);
        let configured = Configured::of(&resource, configuration, document.get("variables"), &blocks);
        compared.push(Compared { resource, configured, token_of });
    }
    compare::check(&compared, &mut findings);
    findings
}

/// Why nothing can be said of a document.
fn unusable(document: &Value) -> Option<Finding> {
    let version = document.get("format_version").text().unwrap_or_default().as_bytes();
    let has_part = PARTS.iter().any(|part| *document.get(part) != Value::Null);
    let text = if version.is_empty() || !has_part && document.members().len() > 2 {
        &texts::NO_DOCUMENT
    } else if !matches!(version, [b'0' | b'1'] | [b'0' | b'1', b'.', ..]) {
        &texts::FORMAT_VERSION
    } else if matches!(document.get("errored"), Value::Bool(true)) {
        &texts::ERRORED
    } else {
        return None;
    };
    Some(texts::error(text))
}

/// What a plan does to a resource, where that ends a peering.
fn change(resource: &Resource, findings: &mut Vec<Finding>) {
    let text = match resource.kind {
        Kind::Peering => &texts::PEERING_REPLACED,
        Kind::Token => &texts::TOKEN_REPLACED,
        Kind::Data => return,
    };
    let finding = if resource.is_replaced() {
        let mut finding = texts::error(text);
        let path = resource.change.get("replace_paths").items().first();
        if let Some(cause) = path.and_then(|path| path.items().first()?.filled()) {
            finding.field = excerpt(&cause, 40);
        }
        if *resource.change.get("importing") != Value::Null {
            finding.fix = texts::IMPORT_REPLACES.to_owned();
        }
        finding
    } else if resource.is_to("delete") {
        texts::warning(&texts::DESTROYED)
    } else {
        return;
    };
    findings.push(resource.told(finding));
}
