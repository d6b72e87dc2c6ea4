//! Every code that a value carries is declared and described in the types, and in no other place under another name.

use std::fs;
use std::path::Path;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::Role;
use consul_peering::decide::export_hint::NextCode;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::plan::{Action, NoteCode, StepReason};
use consul_peering::decide::progress::{Kind, StepCode};
use consul_peering::decide::troubleshoot::{CheckId, Status as CheckStatus};
use consul_peering::operations::mesh::Status as PairStatus;
use consul_peering::rules::health::HealthCode;
use serde_json::{Value, json};

fn types() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg/index.d.ts")).unwrap()
}

/// A union type: its comment, and its members, each with whether it has a comment of its own.
fn union(name: &str) -> (String, Vec<(String, bool)>) {
    let types = types();
    let (before, union) = types.split_once(&format!("export type {name} =\n")).unwrap();
    let (_, comment) = before.rsplit_once("/**").unwrap();
    let (union, _) = union.split_once(";\n").unwrap();
    let mut members = Vec::new();
    let mut described = false;
    for line in union.lines().map(str::trim) {
        match line.strip_prefix("| ") {
            Some(member) => members.push((member.trim_matches('"').to_owned(), std::mem::take(&mut described))),
            None => described = line.ends_with("*/"),
        }
    }
    (comment.to_owned(), members)
}

/// The codes of a member of an interface: `kind: "step" | "state";`, without an open `(string & {})`.
fn member(interface: &str, name: &str) -> Value {
    let types = types();
    let (_, members) = types.split_once(&format!("export interface {interface} {{\n")).unwrap();
    let (members, _) = members.split_once("\n}\n").unwrap();
    let codes = members.lines().find_map(|line| line.strip_prefix(&format!("  {name}: "))).unwrap();
    json!(codes.split('"').skip(1).step_by(2).collect::<Vec<_>>())
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
        let (_, members) = union(name);
        for (member, described) in &members {
            assert!(described, "{name}: {member} has no description");
        }
        assert_eq!(json!(members.into_iter().map(|(member, _)| member).collect::<Vec<_>>()), codes, "{name}");
    }
}

#[test]
fn codes_of_errors_have_a_hint_and_are_declared_and_described() {
    for code in Code::ALL {
        let (name, hint) = (code.name(), code.hint());
        assert!(hint.ends_with(['.', ')']), "{name}: {hint}");
        assert!(hint.split_whitespace().count() >= 5, "{name}: {hint}");
    }
    let (comment, members) = union("Code");
    let described: Vec<_> = comment
        .lines()
        .filter_map(|line| line.strip_prefix(" * - `")?.split_once("`: "))
        .map(|(code, _)| code)
        .collect();
    assert_eq!(json!(described), json!(Code::ALL));
    assert_eq!(json!(members.into_iter().map(|(member, _)| member).collect::<Vec<_>>()), json!(Code::ALL));
}

/// The comment describes checks by group: `exports.*`.
#[test]
fn checks_are_declared_and_their_groups_described() {
    let (comment, members) = union("CheckId");
    assert_eq!(json!(members.iter().map(|(member, _)| member).collect::<Vec<_>>()), json!(CheckId::ALL));
    for (member, _) in members {
        let group = format!("{}.*", member.split('.').next().unwrap());
        let is_described = [&member, &group].iter().any(|name| comment.contains(&format!(" * - `{name}`:")));
        assert!(is_described, "{member} has no description");
    }
}

#[test]
fn codes_of_members_are_declared() {
    for (interface, name, codes) in [
        ("Check", "status", json!(CheckStatus::ALL)),
        ("MeshPair", "status", json!(PairStatus::ALL)),
        ("Progress", "kind", json!(Kind::ALL)),
        ("NextStep", "code", json!(NextCode::ALL)),
        ("PlanStep", "action", json!(Action::ALL)),
        ("Peering", "role", json!(Role::ALL)),
    ] {
        assert_eq!(member(interface, name), codes, "{interface}.{name}");
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
