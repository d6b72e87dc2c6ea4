//! What is wrong between two resources, each of which may be good on its own.

use alloc::{string::String, vec::Vec};

use super::configuration::Configured;
use super::index::Index;
use super::resource::{Kind, Resource};
use super::texts::{self, Text};
use crate::rules::finding::{Finding, excerpt};

/// A resource, and what is known of it beside its values.
pub struct Compared<'a> {
    pub resource: Resource<'a>,
    pub configured: Configured<'a>,
    /// The TLS name of the cluster that its token is of.
    pub token_of: Option<String>,
}

/// What can be wrong with one beside another.
#[derive(Clone, Copy)]
enum Fault {
    SameName,
    SameCluster,
    TokenReused,
}

/// Adds what is wrong; each fault tells a resource of one other.
pub fn check(all: &[Compared], findings: &mut Vec<Finding>) {
    let indexes = [Fault::SameName, Fault::SameCluster, Fault::TokenReused].map(|fault| {
        let of =
            |which: usize| Index::of(&all.iter().map(|other| fault.keys_of_other(other)[which]).collect::<Vec<_>>());
        (fault, [of(0), of(1)])
    });
    for (place, one) in all.iter().enumerate() {
        for (fault, [index, other_index]) in &indexes {
            let is_it = |other: usize| other != place && fault.is(one, &all[other], other < place);
            let [key, other_key] = fault.keys(one);
            if let Some(other) = index.find(key, &is_it).or_else(|| other_index.find(other_key, &is_it)) {
                let mut finding = texts::error(fault.text());
                finding.message.push_str(&excerpt(all[other].resource.address, 120));
                finding.message.push('.');
                findings.push(one.resource.told(finding));
            }
        }
    }
}

impl Fault {
    /// What one has in common with whichever it is at fault beside: the first, or the second.
    fn keys<'a>(self, one: &'a Compared) -> [&'a str; 2] {
        match self {
            Fault::SameCluster => [source_name(one), token_of(one)],
            _ => self.keys_of_other(one),
        }
    }

    fn keys_of_other<'a>(self, other: &'a Compared) -> [&'a str; 2] {
        match self {
            Fault::SameName => [other.resource.peer_name(), ""],
            Fault::SameCluster => [other.resource.name, token_of(other)],
            Fault::TokenReused => [token(other), source_token(other)],
        }
    }

    fn is(self, one: &Compared, other: &Compared, is_earlier: bool) -> bool {
        match self {
            Fault::SameName => is_earlier && has_name_of(one, other),
            Fault::SameCluster => is_on_cluster_of(one, other),
            // Of two peerings that are to dial the later one is told.
            Fault::TokenReused => (is_earlier || !is_to_dial(other)) && has_token_of(one, other),
        }
    }

    fn text(self) -> &'static Text {
        match self {
            Fault::SameName => &texts::SAME_NAME,
            Fault::SameCluster => &texts::SAME_CLUSTER,
            Fault::TokenReused => &texts::TOKEN_REUSED,
        }
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

/// Both kinds share the names of a cluster.
fn has_name_of(one: &Compared, other: &Compared) -> bool {
    let (resource, earlier) = (&one.resource, &other.resource);
    are_in_one_place(one, other)
        && resource.kind != Kind::Data
        && earlier.kind != Kind::Data
        && resource.peer_name().eq_ignore_ascii_case(earlier.peer_name())
}

/// A peering that dials the cluster it is on. A token that was made there tells the cluster's own name.
fn is_on_cluster_of(one: &Compared, other: &Compared) -> bool {
    let is_from = same(source_name(one), other.resource.name) && one.configured.path == other.configured.path;
    is_to_dial(one)
        && other.resource.kind == Kind::Token
        && are_in_one_place(one, other)
        && (is_from || same(token_of(one), token_of(other)))
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

fn are_in_one_place(one: &Compared, other: &Compared) -> bool {
    both(&one.configured.cluster, &other.configured.cluster)
        && both(&one.resource.partition(), &other.resource.partition())
}

/// Whether there are both, and the same.
fn same(one: &str, other: &str) -> bool {
    !one.is_empty() && one == other
}

/// Whether both are known, and the same.
fn both<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    one.is_some() && one == other
}
