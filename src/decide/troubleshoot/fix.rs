//! Fixes to paste: config entries and commands. Consul replaces the existing entry, so a fix repeats its content.
//!
//! Never inlined: each has several callers, and the module would contain a copy for each.

use super::{Snapshot, peers};
use crate::rules::value::Value;

/// A command on both clusters, in this order.
#[inline(never)]
pub fn pair_command(command: &str, a: &Snapshot, b: &Snapshot) -> String {
    format!(
        "consul-peering {command} {} {} --a-name {} --b-name {} --no-external-addresses",
        a.cluster, b.cluster, a.peer_name, b.peer_name
    )
}

#[inline(never)]
pub fn register_gateway() -> String {
    "consul connect envoy -gateway mesh -register -service mesh-gateway -address \"$LAN_ADDRESS:8443\" -wan-address \"$WAN_ADDRESS:443\"".into()
}

/// The `exported-services` entry with the spelling of its peers corrected, and one more service.
#[inline(never)]
pub fn exported_services(here: &Snapshot, add: Option<(&str, &str)>) -> String {
    let entry = here.exports.as_ref().unwrap_or(&Value::Null);
    let mut services: Vec<(String, Vec<String>)> = Vec::new();
    for service in entry.get("Services").items() {
        let consumers = service.get("Consumers").items().iter();
        let consumers = consumers.filter_map(|consumer| match consumer.get("Peer").filled() {
            Some(peer) => Some(format!("Peer = \"{}\"", peers::corrected(here, &peer)?)),
            None => ["Partition", "SamenessGroup"]
                .iter()
                .find_map(|kind| Some(format!("{kind} = \"{}\"", consumer.get(kind).filled()?))),
        });
        let mut unique: Vec<String> = Vec::new();
        for consumer in consumers {
            if !unique.contains(&consumer) {
                unique.push(consumer);
            }
        }
        services.push((service.get("Name").filled().unwrap_or_default(), unique));
    }
    if let Some((name, peer)) = add {
        let consumer = format!("Peer = \"{peer}\"");
        match services.iter_mut().find(|(known, _)| known == name) {
            Some((_, consumers)) if consumers.contains(&consumer) => {}
            Some((_, consumers)) => consumers.push(consumer),
            None => services.push((name.to_owned(), vec![consumer])),
        }
    }
    let name = entry.get("Name").filled().unwrap_or_else(|| "default".into());
    let mut text = format!("Kind = \"exported-services\"\nName = \"{name}\"\nServices = [\n");
    for (name, consumers) in services.iter().filter(|(_, consumers)| !consumers.is_empty()) {
        let consumers: Vec<_> = consumers.iter().map(|consumer| format!("{{ {consumer} }}")).collect();
        text.push_str(&format!("  {{\n    Name = \"{name}\"\n    Consumers = [{}]\n  }},\n", consumers.join(", ")));
    }
    text.push_str("]\n");
    text
}

/// The intentions of one service, with one that allows the calls of a peer.
#[inline(never)]
pub fn intentions(existing: &[Value], service: &str, peer: &str) -> String {
    let mut text = format!("Kind = \"service-intentions\"\nName = \"{service}\"\nSources = [\n");
    let kept = existing.iter().filter(|intention| intention.get("DestinationName").is(service));
    for intention in kept.filter(|intention| !(of_peer(intention, peer) && intention.get("Action").is("deny"))) {
        let source = intention.get("SourceName").text().unwrap_or_default();
        let from = intention.get("SourcePeer").filled();
        let from = from.map(|peer| format!("Peer = \"{peer}\", ")).unwrap_or_default();
        match intention.get("Action").filled() {
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
    intention.get("SourcePeer").is(peer)
}

/// Proxy defaults that send calls through mesh gateways.
#[inline(never)]
pub fn proxy_defaults(existing: &Value) -> String {
    let others = existing.get("Config").members().is_empty();
    let note = if others { "" } else { "# keep the Config that the entry has\n" };
    format!("{note}Kind = \"proxy-defaults\"\nName = \"global\"\nMeshGateway {{\n  Mode = \"local\"\n}}\n")
}
