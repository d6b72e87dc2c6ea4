//! The JSON of a peering: empty fields are omitted, and the status of its stream overrides the stored state.

use std::time::Duration;

use serde::Serialize;

use super::peering_token::Remote;
use super::store::{Record, State};
use super::stream::Status;
use super::time::timestamp;
use super::validate::Meta;
use super::version::Version;

const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Peering<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Meta::is_empty")]
    meta: &'a Meta,
    state: &'static str,
    #[serde(rename = "PeerID", skip_serializing_if = "str::is_empty")]
    peer_id: &'a str,
    #[serde(rename = "PeerCAPems", skip_serializing_if = "<[String]>::is_empty")]
    authorities: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    peer_server_name: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    peer_server_addresses: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_status: Option<StreamStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_service_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exported_service_count: Option<usize>,
    create_index: u64,
    modify_index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<&'a Remote>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamStatus {
    imported_services: Option<Vec<String>>,
    exported_services: Option<Vec<String>>,
    last_heartbeat: Option<String>,
    last_receive: Option<String>,
    last_send: Option<String>,
}

/// `stream`: None if a stream was never opened. `began`: the start of the world, since 1970.
pub fn show<'a>(record: &'a Record, stream: Option<Status>, version: &Version, began: Duration) -> Peering<'a> {
    let state = match &stream {
        Some(Status { connected: true, .. }) => "ACTIVE",
        Some(Status { broken: true, .. }) => "FAILING",
        _ => match record.state {
            State::Pending => "PENDING",
            State::Establishing => "ESTABLISHING",
            State::Terminated => "TERMINATED",
            State::Deleting => "DELETING",
        },
    };
    let count = |services: fn(&Status) -> usize| (!version.has_remote()).then(|| stream.as_ref().map_or(0, services));
    Peering {
        id: &record.id,
        name: &record.name,
        deleted_at: record.deleted_at.as_deref(),
        meta: &record.meta,
        state,
        peer_id: &record.peer_id,
        authorities: &record.authorities,
        peer_server_name: &record.server_name,
        peer_server_addresses: &record.addresses,
        imported_service_count: count(|status| status.imported.len()),
        exported_service_count: count(|status| status.exported.len()),
        create_index: record.create_index,
        modify_index: record.modify_index,
        remote: version.has_remote().then_some(&record.remote),
        stream_status: version.has_remote().then(|| stream_status(stream, version, began)),
    }
}

fn stream_status(stream: Option<Status>, version: &Version, began: Duration) -> StreamStatus {
    let never = || (!version.never_is_null()).then(|| ZERO_TIME.to_owned());
    let Some(stream) = stream else {
        let [last_heartbeat, last_receive, last_send] = [never(), never(), never()];
        return StreamStatus {
            imported_services: None,
            exported_services: None,
            last_heartbeat,
            last_receive,
            last_send,
        };
    };
    let services = |names: Vec<String>| Some(names).filter(|names| !names.is_empty());
    let time = |at: Option<Duration>| at.map(|at| timestamp(began + at, stream.micros));
    // If there is a stream, these two are never null, even before the first message.
    let known = || Some(ZERO_TIME.to_owned());
    StreamStatus {
        last_heartbeat: time(stream.heartbeat).or_else(never),
        last_receive: time(stream.received).or_else(known),
        last_send: time(stream.sent).or_else(known),
        imported_services: services(stream.imported),
        exported_services: services(stream.exported),
    }
}
