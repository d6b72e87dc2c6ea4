//! Every code that a value carries is declared and described in the types, and in no other place under another name.

use std::fs;
use std::path::Path;

use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::plan::{NoteCode, StepReason};
use consul_peering::decide::progress::StepCode;
use consul_peering::rules::health::HealthCode;
use serde_json::json;

/// The members of a union type of pkg/index.d.ts, each with a description in front of it.
fn declared(name: &str) -> Vec<String> {
    let types = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg/index.d.ts")).unwrap();
    let (_, union) = types.split_once(&format!("export type {name} =\n")).unwrap();
    let (union, _) = union.split_once(";\n").unwrap();
    let mut members = Vec::new();
    let mut described = false;
    for line in union.lines().map(str::trim) {
        match line.strip_prefix("| ") {
            Some(member) => {
                assert!(std::mem::take(&mut described), "{name}: {member} has no description");
                members.push(member.trim_matches('"').to_owned());
            }
            None => described = line.ends_with("*/"),
        }
    }
    members
}

#[test]
fn each_is_declared_and_described() {
    for (name, codes) in [
        ("LeftBehindCode", json!(LeftoverCode::ALL)),
        ("PlanStepCode", json!(StepReason::ALL)),
        ("NoteCode", json!(NoteCode::ALL)),
        ("StepCode", json!(StepCode::ALL)),
        ("HealthCode", json!(HealthCode::ALL)),
    ] {
        assert_eq!(json!(declared(name)), codes, "{name}");
    }
}

#[test]
fn documents_name_only_codes_that_exist() {
    let errors = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")).unwrap();
    let (_, table) = errors.split_once("## Leftovers of failed calls\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let named = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(json!(named.collect::<Vec<_>>()), json!(LeftoverCode::ALL));
}
