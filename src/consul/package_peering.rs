//! Consul's peering in the package's form, for hosts without JavaScript.
//!
//! `src/js/peering.js` has the same rules, for lists that never enter the module; both pass `tests/peerings.json`.

use crate::rules::time::Time;
use crate::rules::value::{Value, object};

/// None if it is not a peering.
pub fn package_peering(raw: &Value) -> Option<Value> {
    let [id, name, state] =
        [raw.get("ID").non_empty_text()?, raw.get("Name").non_empty_text()?, raw.get("State").non_empty_text()?];
    let deleted_at = time(raw.get("DeletedAt"));
    let addresses = raw.get("PeerServerAddresses").texts();
    let peer_id = text(raw.get("PeerID"));
    // A record that is being deleted loses its PeerID, but a dialer's keeps its addresses.
    let dials = peer_id != Value::Null || !addresses.is_empty();
    let (remote, stream) = (raw.get("Remote"), raw.get("StreamStatus"));
    Some(object([
        ("id", Value::Text(id)),
        ("peer_name", Value::Text(name)),
        // ACTIVE and FAILING are computed over the stored state, DELETING too.
        ("state", if deleted_at == Value::Null { Value::Text(state) } else { "DELETING".into() }),
        ("role", if dials { "dialer" } else { "acceptor" }.into()),
        ("deleted_at", deleted_at),
        ("meta", pairs(raw.get("Meta"))),
        ("peer_id", peer_id),
        ("peer_ca_pems", texts(raw.get("PeerCAPems"))),
        ("peer_server_name", text(raw.get("PeerServerName"))),
        ("peer_server_addresses", Value::from(&addresses[..])),
        ("partition", text(raw.get("Partition"))),
        (
            "remote",
            object([
                ("datacenter", text(remote.get("Datacenter"))),
                ("partition", text(remote.get("Partition"))),
                ("locality", locality(remote.get("Locality"))),
            ]),
        ),
        (
            "stream",
            object([
                ("imported_services", texts(stream.get("ImportedServices"))),
                ("exported_services", texts(stream.get("ExportedServices"))),
                ("last_heartbeat", time(stream.get("LastHeartbeat"))),
                ("last_receive", time(stream.get("LastReceive"))),
                ("last_send", time(stream.get("LastSend"))),
            ]),
        ),
        ("create_index", Value::Number(raw.get("CreateIndex").index() as f64)),
        ("modify_index", Value::Number(raw.get("ModifyIndex").index() as f64)),
    ]))
}

/// Consul's list as the package's. Err names the first item that is not a peering.
pub fn package_peerings(raw: &Value) -> Result<Value, String> {
    let Value::List(items) = raw else { return Err("not a list of peerings".into()) };
    let peering = |(index, item)| {
        package_peering(item).ok_or_else(|| {
            let fault = fault(item, index + 1);
            format!("not a list of peerings: {fault}")
        })
    };
    items.iter().enumerate().map(peering).collect::<Result<_, _>>().map(Value::List)
}

fn fault(item: &Value, number: usize) -> String {
    let missing: Vec<&str> =
        ["ID", "Name", "State"].into_iter().filter(|key| item.get(key).non_empty_text().is_none()).collect();
    let known = ["Name", "ID"].into_iter().find_map(|key| item.get(key).non_empty_text().map(|text| (key, text)));
    let name = known.map(|(key, text)| format!(" (its {key} is {text:?})")).unwrap_or_default();
    format!("item {number} has no {}{name}", missing.join(", no "))
}

fn text(value: &Value) -> Value {
    value.non_empty_text().as_deref().into()
}

fn texts(value: &Value) -> Value {
    Value::from(&value.texts()[..])
}

/// Null for "never" and for an invalid time.
fn time(value: &Value) -> Value {
    let is_set = |text: &&str| Time::from_rfc3339(text).is_some_and(|time| !time.is_never());
    value.text().filter(is_set).into()
}

fn pairs(meta: &Value) -> Value {
    let texts = meta.members().iter().filter(|(_, value)| value.text().is_some());
    Value::Object(texts.cloned().collect())
}

fn locality(value: &Value) -> Value {
    let [region, zone] = ["Region", "Zone"].map(|key| value.get(key).non_empty_text());
    if region.is_none() && zone.is_none() {
        return Value::Null;
    }
    let non_empty_text = |text: Option<String>| Value::Text(text.unwrap_or_default());
    object([("region", non_empty_text(region)), ("zone", non_empty_text(zone))])
}
