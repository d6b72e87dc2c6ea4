//! Intentions: whether services of the other cluster are allowed to call the exported ones.

use super::{Check, CheckId, ClustersToCheck, Snapshot, Unread, exports, fix, peers};
use crate::rules::value::Value;

pub fn check(pair: &ClustersToCheck<'_>, checks: &mut Vec<Check>) {
    for (here, _) in pair.sides() {
        checks.push(here.check_or_skip(CheckId::IntentionsAllowed, allowed(pair, here)));
        checks.push(here.check_or_skip(CheckId::IntentionsPeers, named_peers(pair, here)));
    }
}

/// The intentions for calls from this peer to a service. Those for the service take precedence over those for `*`.
fn of_service<'a>(here: &Snapshot, intentions: &'a [Value], service: &str) -> Vec<&'a Value> {
    for destination in [service, "*"] {
        let fits = |intention: &&Value| {
            fix::of_peer(intention, &here.peer_name) && intention.get("DestinationName").is_text(destination)
        };
        let found: Vec<_> = intentions.iter().filter(fits).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
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
        // An intention with permissions decides for each request.
        if found.iter().any(|intention| !intention.get("Action").is_text("deny")) {
            continue;
        }
        // Denying one source leaves the others to the default policy.
        let all = found.iter().any(|intention| intention.get("SourceName").is_text("*"));
        if all || (!found.is_empty() && !*here.default_allow.as_ref()?) {
            denied.push(name);
        } else if found.is_empty() && !*here.default_allow.as_ref()? {
            missing.push(name);
        }
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
