//! Reads what the next step after a link depends on.

use std::rc::Rc;

use futures_util::future::join;

use super::call::Call;
use super::gateway_mode::read_optional;
use super::identify::read_briefly;
use super::pair::{Member, Pair};
use crate::consul::service_request::exported_services;
use crate::decide::next::{Next, next};
use crate::host::Host;
use crate::rules::value::Value;

/// The next step of a linked pair. None if a service is exported, or if that cannot be read.
pub async fn next_step<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>) -> Option<Next> {
    let [a, b] = &pair.members;
    let (exports_a, exports_b) = join(exports(call, a), exports(call, b)).await;
    next([(&exports_a?, &a.peer_name), (&exports_b?, &b.peer_name)])
}

/// A side's `exported-services` entry; null if it is not set. Consul refuses it to a token without `mesh = "read"`.
async fn exports<H: Host>(call: &Rc<Call<H>>, member: &Member<H>) -> Option<Value> {
    let client = member.client(call).ok()?;
    let request = exported_services(client.cluster.options.partition.as_deref());
    read_briefly(&client, read_optional(&client, request)).await?
}
