//! Peers that config entries and intentions name. Consul accepts names that no peering has, and compares letter case.

use super::{Check, CheckId, Snapshot, Status, Unread};
use crate::rules::value::Value;

/// Adds a peer that an entry names, where it names one.
#[inline(never)]
pub fn add(peer: &Value, entry: &Value, named: &mut Vec<(String, String)>) {
    if let Some(peer) = peer.filled() {
        named.push((peer, entry.filled().unwrap_or_default()));
    }
}

/// Judges the `named` peers, each with where it is named.
#[inline(never)]
pub fn judge<'a>(
    here: &'a Snapshot,
    id: CheckId,
    what: &str,
    named: Vec<(String, String)>,
) -> Result<Check, &'a Unread> {
    let known = here.peers.as_ref()?;
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
    // A redirect leads nowhere; an export or an intention may be of use later.
    let is_ours = unknown.iter().any(|peer| is_other_case(peer, &here.peer_name));
    let (status, why) = if is_ours {
        (Status::Fail, "name this peering in another letter case, which is another name to Consul")
    } else if id == CheckId::RoutingPeers {
        (Status::Fail, "lead to peers that this cluster has no peering with")
    } else {
        (Status::Warning, "name peers that this cluster has no peering with")
    };
    Ok(here.check(id, status, &format!("{what} {why}")).evidence("peers", unknown).evidence("entries", entries))
}

/// What a name is corrected to: the same, or a peering's in another letter case. Nothing where no peering has it, except
/// for this one, which may not exist yet.
pub fn corrected(here: &Snapshot, peer: &str) -> Option<String> {
    let Ok(known) = &here.peers else { return Some(peer.to_owned()) };
    let is_same = |name: &&String| *name == peer;
    let all = || known.iter().chain([&here.peer_name]);
    all().find(is_same).or_else(|| all().find(|name| is_other_case(name, peer))).cloned()
}

fn is_other_case(name: &str, of: &str) -> bool {
    name.eq_ignore_ascii_case(of) && name != of
}
