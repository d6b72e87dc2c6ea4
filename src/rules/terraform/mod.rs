//! Checks a document of `terraform show -json`, a plan or a state, or OpenTofu's: what Consul would refuse, and what
//! would end a live peering. Unknown values of a plan are not checked.

mod cluster;
mod compare;
mod configuration;
mod index;
mod reference;
mod resource;
mod texts;
mod values;

use serde::Serialize;

use super::finding::{Finding, excerpt};
use super::host::ReadJson;
use super::time::Timestamp;
use super::value::Value;
use compare::Compared;
use configuration::{Blocks, Configured};
use resource::{Kind, Resource};

/// Each document has at least one of them; a state without resources has only its version.
const PARTS: [&str; 5] = ["resource_changes", "planned_values", "values", "prior_state", "configuration"];

/// All findings of a document. The CAs of its tokens are checked at `now`.
pub fn check(document: &Value, json: ReadJson, now: Timestamp) -> Vec<Finding> {
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

/// The number of checked resources of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub peerings: usize,
    pub tokens: usize,
    pub data_sources: usize,
}

/// Counts the resources in a document; zero if it cannot be checked.
pub fn count(document: &Value) -> Count {
    let resources = if unusable(document).is_some() { None } else { resource::all(document) }.unwrap_or_default();
    let of = |kind: Kind| resources.iter().filter(|resource| resource.kind == kind && !resource.is_deposed).count();
    Count { peerings: of(Kind::Peering), tokens: of(Kind::Token), data_sources: of(Kind::Data) }
}

/// Why a document cannot be checked.
fn unusable(document: &Value) -> Option<Finding> {
    let version = document.get("format_version").text().unwrap_or_default().as_bytes();
    let has_part = PARTS.iter().any(|part| *document.get(part) != Value::Null);
    let has = |key: &str| *document.get(key) != Value::Null;
    let text = if version.is_empty() && has("@level") {
        &texts::LOG
    } else if version.is_empty() && has("version") && (has("lineage") || has("resources") || has("modules")) {
        &texts::RAW_STATE
    } else if version.is_empty() || !has_part && document.members().len() > 2 {
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

/// Changes in a plan that end a peering, or keep one that is dead.
fn change(resource: &Resource, findings: &mut Vec<Finding>) {
    let is_token = match resource.kind {
        Kind::Peering => false,
        Kind::Token => true,
        Kind::Data => return,
    };
    let finding = if resource.is_replaced() {
        replaced(resource, is_token)
    } else if !is_token && resource.sends_its_token_again() {
        texts::error(&texts::TOKEN_SPENT)
    } else if !is_token && resource.sends_token_of_lost() {
        texts::error(&texts::TOKEN_SPENT_BY_LOST)
    } else if resource.is_to("delete") {
        texts::warning(&texts::DESTROYED)
    } else if resource.is_kept() && resource.values.get("state").is_text("TERMINATED") {
        texts::warning(&texts::TERMINATED)
    } else {
        return;
    };
    findings.push(resource.located(finding));
}

fn replaced(resource: &Resource, is_token: bool) -> Finding {
    let mut finding = texts::error(if is_token { &texts::TOKEN_REPLACED } else { &texts::PEERING_REPLACED });
    let path = resource.change.get("replace_paths").items().first();
    if let Some(cause) = path.and_then(|path| path.items().first()?.non_empty_text()) {
        finding.field = excerpt(&cause, 40);
    }
    if *resource.change.get("importing") != Value::Null {
        finding.fix = texts::IMPORT_REPLACES.to_owned();
    }
    finding
}
