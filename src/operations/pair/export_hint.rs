//! What to do after a link: export a service, unless one is exported.

use std::rc::Rc;

use futures_util::future::join;

use super::{Member, Pair};
use crate::consul::service_request::exported_services;
use crate::decide::export_hint::{Next, export_hint};
use crate::host::Host;
use crate::operations::call::Call;
use crate::operations::gateway_mode::read_optional;
use crate::operations::identify::read_briefly;
use crate::rules::value::Value;

/// The hint to export a service to the other side. None if a service is exported, or if that cannot be read.
pub async fn fetch_export_hint<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>) -> Option<Next> {
    let [a, b] = &pair.members;
    let (exports_a, exports_b) = join(exports(call, a), exports(call, b)).await;
    export_hint([(&exports_a?, &a.peer_name), (&exports_b?, &b.peer_name)])
}

/// A side's `exported-services` entry; null if it is not set. Consul refuses it to a token without `mesh = "read"`.
async fn exports<H: Host>(call: &Rc<Call<H>>, member: &Member<H>) -> Option<Value> {
    let client = member.client(call).ok()?;
    let request = exported_services(client.cluster.options.partition.as_deref());
    read_briefly(&client, read_optional(&client, request)).await?
}
