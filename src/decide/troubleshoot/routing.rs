//! Redirects and failover to peers.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Unread, fix, peers};
use crate::rules::value::Value;

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, there) in pair.sides() {
        checks.push(here.check_or_skip(CheckId::RoutingPeers, named_peers(pair, here)));
        if let Some(there) = there {
            checks.push(
                protocol(pair, here, there)
                    .unwrap_or_else(|(side, unread)| side.skip(CheckId::RoutingProtocol, unread)),
            );
        }
    }
}

/// The targets of a resolver: its redirect, and those of its failover.
fn targets(resolver: &Value) -> impl Iterator<Item = &Value> {
    let failover = resolver.get("Failover").members().iter().flat_map(|(_, failover)| failover.get("Targets").items());
    std::iter::once(resolver.get("Redirect")).chain(failover)
}

fn named_peers<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    let mut named = Vec::new();
    for resolver in here.resolvers.as_ref()? {
        for target in targets(resolver) {
            if pair.concerns(resolver.get("Name")) || pair.concerns(target.get("Service")) {
                peers::add(target.get("Peer"), resolver.get("Name"), &mut named);
            }
        }
    }
    peers::check(here, CheckId::RoutingPeers, "redirects or failover", named)
}

/// A discovery chain from a local service to an imported one needs the same protocol for both.
fn protocol<'a>(
    pair: &ClustersToCheck<'_>,
    here: &'a Snapshot,
    there: &'a Snapshot,
) -> Result<Check, (&'a Snapshot, &'a Unread)> {
    const ID: CheckId = CheckId::RoutingProtocol;
    let at = |side: &'a Snapshot| move |unread| (side, unread);
    let resolvers = here.resolvers.as_ref().map_err(at(here))?;
    let [mut different, mut entries] = [const { Vec::new() }; 2];
    let imported = pair.followed(here.imports().map_err(at(here))?);
    if imported.is_empty() {
        return Ok(here.not_applicable(ID, "no checked service is imported here"));
    }
    for name in imported {
        let (expected, _) = there.protocol(&name).map_err(at(there))?;
        let is_routed_to = |resolver: &Value, target: &Value| {
            target.get("Peer").is_text(&here.peer_name)
                && target.get("Service").non_empty_text().or_else(|| resolver.get("Name").non_empty_text()).as_ref()
                    == Some(&name)
        };
        let sources =
            resolvers.iter().filter(|resolver| targets(resolver).any(|target| is_routed_to(resolver, target)));
        let mut names: Vec<_> = sources.filter_map(|resolver| resolver.get("Name").non_empty_text()).collect();
        if here.protocol(&name).map_err(at(here))?.1 && !names.contains(&name) {
            names.push(name.clone());
        }
        for source in names {
            if here.protocol(&source).map_err(at(here))?.0 != expected {
                entries.push(with_protocol(&source, &expected));
                if !different.contains(&name) {
                    different.push(name.clone());
                }
            }
        }
    }
    if different.is_empty() {
        return Ok(here.pass(ID, "imported services have the same protocol on both sides"));
    }
    let message = "imported services have another protocol in the exporting cluster";
    Ok(here.fail(ID, message).fix(entries.join("\n")).evidence("services", different))
}

fn with_protocol(service: &str, protocol: &str) -> String {
    let file = format!("service-defaults-{service}");
    let protocol = format!("Protocol = \"{protocol}\"\n# keep the other fields of an existing entry\n");
    fix::entry("service-defaults", service, &file) + &protocol
}
