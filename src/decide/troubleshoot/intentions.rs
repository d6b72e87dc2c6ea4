//! Intentions: whether services of the other cluster are allowed to call the exported ones.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Unread, exports, fix, peers};
use crate::rules::value::Value;

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, _) in pair.sides() {
        checks.push(here.check_or_skip(CheckId::IntentionsAllowed, allowed(pair, here)));
        checks.push(here.check_or_skip(CheckId::IntentionsPeers, named_peers(pair, here)));
    }
}

/// The intentions for calls from this peer to a service.
fn of_service<'a>(here: &Snapshot, intentions: &'a [Value], service: &str) -> Vec<&'a Value> {
    let is_for = |intention: &&Value| {
        let destination = intention.get("DestinationName");
        fix::of_peer(intention, &here.peer_name) && (destination.is_text(service) || destination.is_text("*"))
    };
    intentions.iter().filter(is_for).collect()
}

/// Whether at least one service of the peer may call this one. For each, Consul takes the most exact intention.
fn may_be_called<'a>(here: &'a Snapshot, found: &[&Value], service: &str) -> Result<bool, &'a Unread> {
    let sources = found.iter().filter_map(|intention| intention.get("SourceName").text()).chain(["*"]);
    for source in sources {
        let decides = |(destination, source): (&str, &str)| {
            let is = |key, name| move |intention: &&&Value| intention.get(key).is_text(name);
            let found = found.iter().filter(is("DestinationName", destination)).find(is("SourceName", source));
            // One with permissions decides for each request.
            found.map(|intention| !intention.get("Action").is_text("deny"))
        };
        let allows = [(service, source), (service, "*"), ("*", source), ("*", "*")].into_iter().find_map(decides);
        if allows.map_or_else(|| here.default_allow.as_ref().copied(), Ok)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn allowed<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::IntentionsAllowed;
    let mut exported = pair.followed(here.exported()?);
    exported.retain(|name| !exports::is_plain(here, name));
    if exported.is_empty() {
        return Ok(here.not_applicable(ID, "no checked service of the mesh is exported here"));
    }
    let intentions = here.intentions.as_ref()?;
    let (mut denied, mut missing) = (Vec::new(), Vec::new());
    for name in exported {
        let found = of_service(here, intentions, &name);
        if may_be_called(here, &found, &name)? {
            continue;
        }
        if found.is_empty() { missing.push(name) } else { denied.push(name) }
    }
    let (which, message) = match (denied.is_empty(), missing.is_empty()) {
        (true, true) => return Ok(here.pass(ID, "the other cluster may call what is exported")),
        (false, _) => (denied, "intentions deny the other cluster calls to exported services"),
        (true, false) => {
            (missing, "no intention allows the other cluster to call exported services, and the default is deny")
        }
    };
    let entries: Vec<_> = which.iter().map(|name| fix::intentions(intentions, name, &here.peer_name)).collect();
    Ok(here.fail(ID, message).fix(entries.join("\n")).evidence("services", which))
}

fn named_peers<'a>(pair: &ClustersToCheck<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    let mut named = Vec::new();
    let is_checked = |intention: &&Value| pair.concerns(intention.get("DestinationName"));
    for intention in here.intentions.as_ref()?.iter().filter(is_checked) {
        peers::add(intention.get("SourcePeer"), intention.get("DestinationName"), &mut named);
    }
    peers::check(here, CheckId::IntentionsPeers, "intentions", named)
}
