//! Whether services of the other cluster may call what is exported.

use super::{Check, CheckId, Pair, Snapshot, Unread, fix, peers};
use crate::rules::value::Value;

pub fn check(pair: &Pair<'_>, checks: &mut Vec<Check>) {
    for (here, _) in pair.sides() {
        checks.push(here.judge(CheckId::IntentionsAllowed, allowed(pair, here)));
        checks.push(here.judge(CheckId::IntentionsPeers, named_peers(here)));
        checks.push(here.judge(CheckId::IntentionsProtocol, protocol(pair, here)));
    }
}

/// The intentions for calls from this peer to a service, the most exact destination first: only those count.
fn of_service<'a>(here: &Snapshot, intentions: &'a [Value], service: &str) -> Vec<&'a Value> {
    for destination in [service, "*"] {
        let fits = |intention: &&Value| {
            fix::of_peer(intention, &here.peer_name) && intention.get("DestinationName").is(destination)
        };
        let found: Vec<_> = intentions.iter().filter(fits).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn allowed<'a>(pair: &Pair<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::IntentionsAllowed;
    let exported = pair.followed(here.exported()?);
    if exported.is_empty() {
        return Ok(here.pass(ID, "no service is exported"));
    }
    let intentions = here.intentions.as_ref()?;
    let (mut denied, mut missing) = (Vec::new(), Vec::new());
    for name in exported {
        let found = of_service(here, intentions, &name);
        // With permissions, it depends on the request.
        if found.iter().any(|intention| !intention.get("Action").is("deny")) {
            continue;
        }
        // A deny of one source leaves the others to the default.
        let all = found.iter().any(|intention| intention.get("SourceName").is("*"));
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

fn named_peers(here: &Snapshot) -> Result<Check, &Unread> {
    let mut named = here.intentions.as_ref()?.iter().filter_map(|intention| {
        Some((intention.get("SourcePeer").filled()?, intention.get("DestinationName").filled().unwrap_or_default()))
    });
    peers::judge(here, CheckId::IntentionsPeers, "intentions", &mut named)
}

/// Permissions are about requests, which only some protocols have.
fn protocol<'a>(pair: &Pair<'_>, here: &'a Snapshot) -> Result<Check, &'a Unread> {
    const ID: CheckId = CheckId::IntentionsProtocol;
    let intentions = here.intentions.as_ref()?;
    let mut wrong = Vec::new();
    for name in pair.followed(here.exported()?) {
        let found = of_service(here, intentions, &name);
        let has_permissions = found.iter().any(|intention| !intention.get("Permissions").items().is_empty());
        if has_permissions && !matches!(&*here.protocol(&name)?.0, "http" | "http2" | "grpc") {
            wrong.push(name);
        }
    }
    if wrong.is_empty() {
        return Ok(here.pass(ID, "no intention has permissions that the protocol does not know"));
    }
    let entry = |name: &String| format!("Kind = \"service-defaults\"\nName = \"{name}\"\nProtocol = \"http\"\n");
    let entries: Vec<_> = wrong.iter().map(entry).collect();
    let message = "intentions have permissions for HTTP requests, but the protocol of these services is not HTTP";
    Ok(here.fail(ID, message).fix(entries.join("\n")).evidence("services", wrong))
}
