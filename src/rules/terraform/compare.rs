//! Conflicts between two resources, each of which may be valid on its own.

use std::cell::Cell;

use super::cluster::Sameness;
use super::configuration::Configured;
use super::index::Index;
use super::resource::{Kind, Resource};
use super::texts;
use crate::rules::finding::{Finding, Severity, excerpt};

/// A resource, and what is known of it apart from its values.
pub struct Compared<'a> {
    pub resource: Resource<'a>,
    pub configured: Configured<'a>,
    /// The server name in its token.
    pub token_of: Option<String>,
}

/// The possible conflicts.
#[derive(Clone, Copy)]
enum ConflictKind {
    SameName,
    SameCluster,
    TokenReused,
    /// One is created where the other, of the same name, is deleted.
    Recreated,
}

const CONFLICTS: [ConflictKind; 4] =
    [ConflictKind::SameName, ConflictKind::SameCluster, ConflictKind::TokenReused, ConflictKind::Recreated];

/// Adds the conflicts; each finding names one other resource.
pub fn check(all: &[Compared], findings: &mut Vec<Finding>) {
    let indexes = CONFLICTS.map(|conflict| {
        let of =
            |which: usize| Index::of(&all.iter().map(|other| conflict.keys_of_other(other)[which]).collect::<Vec<_>>());
        (conflict, [of(0), of(1)])
    });
    for (place, one) in all.iter().enumerate() {
        for (conflict, [index, other_index]) in &indexes {
            let [key, other_key] = conflict.keys(one);
            let best = Cell::new(None);
            let is_last = |other: usize| {
                let found = if other == place { None } else { conflict.is(one, &all[other], other < place) };
                let is_certain = found == Some(Sameness::Certain);
                if is_certain || best.get().is_none() {
                    best.set(found.map(|sameness| (other, sameness)));
                }
                // Without a known cluster, nothing is more certain.
                is_certain || found.is_some() && one.configured.cluster.is_none()
            };
            if index.find(key, &is_last).is_none() {
                other_index.find(other_key, &is_last);
            }
            let found = best.get();
            findings
                .extend(found.map(|(other, sameness)| one.resource.located(conflict.finding(&all[other], sameness))));
        }
    }
}

impl ConflictKind {
    /// The property by which two resources conflict: of the first, or of the second. Empty if it has no such conflict.
    fn keys<'a>(self, one: &'a Compared) -> [&'a str; 2] {
        match self {
            ConflictKind::SameName | ConflictKind::SameCluster if one.configured.cluster.is_none() => [""; 2],
            ConflictKind::SameCluster | ConflictKind::TokenReused if !is_to_dial(one) => [""; 2],
            ConflictKind::SameCluster => [source_name(one), token_of(one)],
            ConflictKind::Recreated if is_created(one) => [one.resource.peer_name(), ""],
            ConflictKind::Recreated => [""; 2],
            _ => self.keys_of_other(one),
        }
    }

    fn keys_of_other<'a>(self, other: &'a Compared) -> [&'a str; 2] {
        match self {
            ConflictKind::SameName => [other.resource.peer_name(), ""],
            ConflictKind::SameCluster => [other.resource.name, token_of(other)],
            ConflictKind::TokenReused => [token(other), source_token(other)],
            ConflictKind::Recreated => [other.resource.deleted_name(), ""],
        }
    }

    /// Whether two conflict, and how certain that is.
    fn is(self, one: &Compared, other: &Compared, is_earlier: bool) -> Option<Sameness> {
        match self {
            ConflictKind::SameName if is_earlier && has_name_of(one, other) => sameness(one, other),
            ConflictKind::SameCluster if has_token_made_by(one, other) => sameness(one, other),
            // Of two peerings that are created, the later one is reported.
            ConflictKind::TokenReused if (is_earlier || !is_to_dial(other)) && has_token_of(one, other) => {
                Some(Sameness::Certain)
            }
            ConflictKind::Recreated if has_name_of_deleted(one, other) => sameness_to_deleted(one, other),
            _ => None,
        }
    }

    fn finding(self, other: &Compared, sameness: Sameness) -> Finding {
        let text = match self {
            ConflictKind::SameName => &texts::SAME_NAME,
            ConflictKind::SameCluster => &texts::SAME_CLUSTER,
            ConflictKind::TokenReused => &texts::TOKEN_REUSED,
            ConflictKind::Recreated if sameness == Sameness::Likely => &texts::MAY_BE_RECREATED,
            ConflictKind::Recreated => &texts::RECREATED,
        };
        let (severity, uncertainty) = match (sameness, self) {
            (Sameness::Certain, _) => (Severity::Error, ""),
            (Sameness::Likely, ConflictKind::Recreated) => (Severity::Warning, ""),
            (Sameness::Likely, _) => (Severity::Warning, texts::LIKELY),
        };
        let [field, rule, message, fix] = text;
        let message = format!("{message}{}{uncertainty}.", excerpt(other.resource.address, 120));
        Finding { severity, ..Finding::error(field, rule, &message, fix) }
    }
}

fn source_name<'a>(one: &'a Compared) -> &'a str {
    one.configured.source.as_ref().map(|source| source.name).unwrap_or_default()
}

fn source_token<'a>(one: &'a Compared) -> &'a str {
    one.configured.source.as_ref().and_then(|source| source.token).unwrap_or_default()
}

fn token<'a>(one: &'a Compared) -> &'a str {
    one.resource.token().unwrap_or_default()
}

fn token_of<'a>(one: &'a Compared) -> &'a str {
    one.token_of.as_deref().unwrap_or_default()
}

/// Both kinds share the peer names of a cluster.
fn has_name_of(one: &Compared, other: &Compared) -> bool {
    let (resource, earlier) = (&one.resource, &other.resource);
    resource.kind != Kind::Data
        && earlier.kind != Kind::Data
        && resource.peer_name().eq_ignore_ascii_case(earlier.peer_name())
}

fn has_name_of_deleted(one: &Compared, other: &Compared) -> bool {
    let (created, deleted) = (&one.resource, &other.resource);
    deleted.kind != Kind::Data && created.peer_name().eq_ignore_ascii_case(deleted.deleted_name())
}

fn is_created(one: &Compared) -> bool {
    one.resource.kind != Kind::Data && one.resource.is_to("create") && !one.resource.is_replaced()
}

/// Whether a peering dials with a token of the other's cluster. A token generated there contains the cluster itself.
fn has_token_made_by(one: &Compared, other: &Compared) -> bool {
    let is_from = same(source_name(one), other.resource.name) && one.configured.path == other.configured.path;
    is_to_dial(one) && other.resource.kind == Kind::Token && (is_from || same(token_of(one), token_of(other)))
}

fn has_token_of(one: &Compared, other: &Compared) -> bool {
    is_to_dial(one)
        && other.resource.kind == Kind::Peering
        && (same(token(one), token(other))
            || one.resource.module == other.resource.module && same(source_token(one), source_token(other)))
}

fn is_to_dial(one: &Compared) -> bool {
    one.resource.kind == Kind::Peering && one.resource.is_to("create")
}

/// Whether two are in the same cluster and partition, if both are known.
fn sameness(one: &Compared, other: &Compared) -> Option<Sameness> {
    let partition = one.resource.partition();
    if partition.is_none() || partition != other.resource.partition() {
        return None;
    }
    one.configured.cluster.as_ref()?.sameness(other.configured.cluster.as_ref()?)
}

/// Like [`sameness`]. A plan does not contain the cluster of a resource whose block was removed.
fn sameness_to_deleted(one: &Compared, other: &Compared) -> Option<Sameness> {
    if one.resource.partition()? != other.resource.partition_before() {
        return None;
    }
    match (&one.configured.cluster, &other.configured.cluster) {
        (Some(cluster), Some(of_deleted)) => cluster.sameness(of_deleted),
        _ if other.configured.has_block => None,
        _ => Some(Sameness::Likely),
    }
}

/// Whether both exist and are equal.
fn same(one: &str, other: &str) -> bool {
    !one.is_empty() && one == other
}
