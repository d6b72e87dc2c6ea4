//! Fixes to paste: config entries and commands. Consul replaces the existing entry, so a fix repeats its content.
//!
//! Never inlined: each has several callers, and the module would contain a copy for each.

use super::check::{NamedPeering, Repair};
use super::{ClustersToCheck, Snapshot, exports, peers};
use crate::consul::peering::Peering;
use crate::rules::value::Value;

/// A command on both clusters, the acceptor first. Consul does not show the acceptor's external addresses, and drops them
/// when it generates a token.
#[inline(never)]
pub fn pair_command(command: &'static str, here: &Snapshot, there: &Snapshot) -> (String, Repair) {
    let is = |side: &Snapshot, role| side.peering.as_ref().is_ok_and(|peering| peering.get("role").is_text(role));
    let [a, b] = if is(here, "dialer") || is(there, "acceptor") { [there, here] } else { [here, there] };
    let fix = format!(
        "# Add --external-address HOST:PORT for each address of the acceptor's load balancer, or --no-external-addresses.\n\
         consul-peering {command} {} {} --a-name {} --b-name {}",
        a.cluster, b.cluster, a.peer_name, b.peer_name
    );
    (fix, Repair { command, acceptor: named(a), dialer: named(b), delete_first: false })
}

/// The command for a new token: `rotate` is only for a pair that is linked.
pub fn new_token(here: &Snapshot, there: &Snapshot) -> (String, Repair) {
    let [a, b] = [here, there].map(|side| side.peering.as_ref().ok().and_then(Peering::from_package));
    let are_linked = a.zip(b).is_some_and(|(a, b)| a.has_dialed(&b) || b.has_dialed(&a));
    pair_command(if are_linked { "rotate" } else { "connect" }, here, there)
}

fn named(side: &Snapshot) -> NamedPeering {
    NamedPeering { cluster: side.cluster.clone(), peer_name: side.peer_name.clone() }
}

/// The beginning of a config entry: how to apply it, and what it is.
#[inline(never)]
pub fn entry(kind: &str, name: &str, file: &str) -> String {
    format!("# Save as {file}.hcl and run: consul config write {file}.hcl\nKind = \"{kind}\"\nName = \"{name}\"\n")
}

#[inline(never)]
pub fn register_gateway() -> String {
    "consul connect envoy -gateway mesh -register -service mesh-gateway -address \"$LAN_ADDRESS:8443\" -wan-address \"$WAN_ADDRESS:443\"".into()
}

/// The `exported-services` entry that fixes all checks of it: with the spelling of peers corrected, without the reserved
/// name, and with one more service for this peer. What other services than the checked one have is kept.
#[inline(never)]
pub fn exported_services(pair: &ClustersToCheck<'_>, here: &Snapshot, add: Option<&str>) -> String {
    let entry = here.exports.as_ref().unwrap_or(&Value::Null);
    let mut services: Vec<(String, Vec<String>)> = Vec::new();
    for service in entry.get("Services").items() {
        let consumers = service.get("Consumers").items().iter();
        let is_checked = pair.concerns(service.get("Name"));
        let is_reserved = is_checked && service.get("Name").is_text(exports::RESERVED);
        let consumers = consumers.filter_map(|consumer| match consumer.get("Peer").non_empty_text() {
            Some(_) if is_reserved => None,
            Some(peer) if !is_checked => Some(format!("Peer = \"{peer}\"")),
            Some(peer) => Some(format!("Peer = \"{}\"", peers::corrected(here, &peer)?)),
            None => ["Partition", "SamenessGroup"]
                .iter()
                .find_map(|kind| Some(format!("{kind} = \"{}\"", consumer.get(kind).non_empty_text()?))),
        });
        let mut unique: Vec<String> = Vec::new();
        for consumer in consumers {
            if !unique.contains(&consumer) {
                unique.push(consumer);
            }
        }
        services.push((service.get("Name").non_empty_text().unwrap_or_default(), unique));
    }
    if let Some(name) = add {
        let consumer = format!("Peer = \"{}\"", here.peer_name);
        match services.iter_mut().find(|(known, _)| known == name) {
            Some((_, consumers)) if consumers.contains(&consumer) => {}
            Some((_, consumers)) => consumers.push(consumer),
            None => services.push((name.to_owned(), vec![consumer])),
        }
    }
    let name = entry.get("Name").non_empty_text().unwrap_or_else(|| "default".into());
    let mut text = self::entry("exported-services", &name, "exported-services") + "Services = [\n";
    for (name, consumers) in services.iter().filter(|(_, consumers)| !consumers.is_empty()) {
        let consumers: Vec<_> = consumers.iter().map(|consumer| format!("{{ {consumer} }}")).collect();
        text.push_str(&format!("  {{\n    Name = \"{name}\"\n    Consumers = [{}]\n  }},\n", consumers.join(", ")));
    }
    text.push_str("]\n");
    text
}

/// The intentions of one service, with one that allows the calls of a peer. Denials of single services are kept.
#[inline(never)]
pub fn intentions(existing: &[Value], service: &str, peer: &str) -> String {
    let file = format!("service-intentions-{service}");
    let has_jwt = existing.iter().any(|it| it.get("DestinationName").is_text(service) && *it.get("JWT") != Value::Null);
    let note = if has_jwt { "# keep the JWT of the existing entry\n" } else { "" };
    let mut text = note.to_owned() + &entry("service-intentions", service, &file) + "Sources = [\n";
    let kept = existing.iter().filter(|intention| intention.get("DestinationName").is_text(service));
    let is_replaced = |intention: &Value| of_peer(intention, peer) && intention.get("SourceName").is_text("*");
    for intention in kept.filter(|intention| !is_replaced(intention)) {
        let source = intention.get("SourceName").text().unwrap_or_default();
        let from = intention.get("SourcePeer").non_empty_text();
        let from = from.map(|peer| format!("Peer = \"{peer}\", ")).unwrap_or_default();
        match intention.get("Action").non_empty_text() {
            Some(action) => {
                text.push_str(&format!("  {{ Name = \"{source}\", {from}Action = \"{action}\" }},\n"));
            }
            None => text.push_str(&format!("  # add the source \"{source}\" as it is, with its Permissions\n")),
        }
    }
    text.push_str(&format!("  {{ Name = \"*\", Peer = \"{peer}\", Action = \"allow\" }},\n]\n"));
    text
}

pub fn of_peer(intention: &Value, peer: &str) -> bool {
    intention.get("SourcePeer").is_text(peer)
}

/// Proxy defaults that send calls through mesh gateways.
#[inline(never)]
pub fn proxy_defaults(existing: &Value) -> String {
    const OWN: [&str; 6] = ["Kind", "Name", "MeshGateway", "Hash", "CreateIndex", "ModifyIndex"];
    let is_set = |(key, value): &(String, Value)| {
        let is_empty = *value == Value::Null
            || value.is_text("")
            || (value.members().is_empty()
                && value.items().is_empty()
                && matches!(value, Value::Object(_) | Value::List(_)));
        !OWN.contains(&&**key) && !is_empty
    };
    let has_others = existing.members().iter().any(is_set);
    let note = if has_others { "# keep the other fields of the existing entry\n" } else { "" };
    note.to_owned() + &entry("proxy-defaults", "global", "proxy-defaults") + "MeshGateway {\n  Mode = \"local\"\n}\n"
}
