//! Peers in config entries and intentions. Consul accepts names of peerings that do not exist, and compares letter case.

use super::{Check, CheckId, Snapshot, Status, Unread};
use crate::rules::value::Value;

/// Adds the peer of an entry, if it has one.
#[inline(never)]
pub fn add(peer: &Value, entry: &Value, named: &mut Vec<(String, String)>) {
    if let Some(peer) = peer.non_empty_text() {
        named.push((peer, entry.non_empty_text().unwrap_or_default()));
    }
}

/// Checks that the peers exist, each given with the entry that names it.
#[inline(never)]
pub fn check<'a>(
    here: &'a Snapshot,
    id: CheckId,
    what: &str,
    named: Vec<(String, String)>,
) -> Result<Check, &'a Unread> {
    let known = here.peers.as_ref()?;
    if named.is_empty() {
        return Ok(here.not_applicable(id, &format!("no {what} name a peer")));
    }
    let [mut unknown, mut entries] = [const { Vec::new() }; 2];
    for (peer, entry) in named {
        if !known.contains(&peer) {
            for (list, item) in [(&mut unknown, peer), (&mut entries, entry)] {
                if !list.contains(&item) {
                    list.push(item);
                }
            }
        }
    }
    if unknown.is_empty() {
        return Ok(here.pass(id, &format!("every peer that {what} name is a peering of this cluster")));
    }
    // A redirect to a missing peer fails now; an export or an intention may be meant for a later peering.
    let (status, why) = if let Some(peer) = unknown.iter().find(|peer| is_other_case(peer, &here.peer_name)) {
        let name = &here.peer_name;
        let why = format!("name the peer \"{peer}\", but the peering is \"{name}\": peer names are case-sensitive");
        (Status::Fail, why)
    } else if id == CheckId::RoutingPeers {
        (Status::Fail, "lead to peers that this cluster has no peering with".into())
    } else {
        (Status::Warning, "name peers that this cluster has no peering with".into())
    };
    Ok(here.check(id, status, &format!("{what} {why}")).evidence("peers", unknown).evidence("entries", entries))
}

/// The corrected name: the same, or that of a peering in another letter case. None if there is no such peering, except for
/// this one, which may not exist yet.
pub fn corrected(here: &Snapshot, peer: &str) -> Option<String> {
    let Ok(known) = &here.peers else { return Some(peer.to_owned()) };
    let is_same = |name: &&String| *name == peer;
    let all = || known.iter().chain([&here.peer_name]);
    all().find(is_same).or_else(|| all().find(|name| is_other_case(name, peer))).cloned()
}

fn is_other_case(name: &str, of: &str) -> bool {
    name.eq_ignore_ascii_case(of) && name != of
}
