//! What comes after a link, by what both clusters say. Never fails: the clusters are linked.

use std::rc::Rc;

use futures_util::future::join;

use super::call::Call;
use super::client::Client;
use super::gateway_mode::tell;
use super::identify::in_time;
use super::pair::{Member, Pair};
use super::service_rights::rights_of;
use crate::consul::service_request as services;
use crate::decide::next::{Exporting, Next, crosses, next};
use crate::decide::troubleshoot::rights::{Right, asked};
use crate::host::{Host, HostValue};
use crate::rules::value::Value;

/// A link that was made in seconds is not held up for longer.
const PATIENCE_MS: f64 = 1_000.0;

pub async fn after_link<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>) -> Option<Next> {
    let streams = pair
        .members
        .each_ref()
        .map(|member| member.object().map_or(Value::Null, |object| object.pick(&["stream"])).get("stream").clone());
    if streams.iter().any(crosses) {
        return None;
    }
    let [a, b] = &pair.members;
    let entries: [_; 2] = join(exported_services(call, a), exported_services(call, b)).await.into();
    let mut sides = Vec::new();
    for ((member, stream), entry) in pair.members.iter().zip(&streams).zip(entries) {
        sides.push(Exporting { stream, peer_name: &member.peer_name, entry });
    }
    next(&sides)
}

/// Read only with the right to; a link may carry services that its lists do not have yet.
async fn exported_services<H: Host>(call: &Rc<Call<H>>, member: &Member<H>) -> Option<Value> {
    let client = member.client(call).ok()?;
    in_time(&client, read_entry(&client), PATIENCE_MS.min(client.remaining() / 2.0)).await?
}

async fn read_entry<H: Host>(client: &Client<H>) -> Option<Value> {
    rights_of(client, asked(None)).await.ok()?.ok()?.check(Right::Mesh, None).ok()?;
    tell(client, services::exported_services(client.cluster.place.partition.as_deref())).await
}
