//! Looking around on one side of a pair: all peerings, and who the cluster is.

use futures_util::future::try_join;
use wasm_bindgen::prelude::*;

use super::agent::{ask, check_datacenter, identify};
use super::call::Call;
use super::error::Stop;
use super::read::to_list;
use super::value::{set, to_js};
use crate::consul::request;
use crate::rules::value::object;

/// `survey`: `{ address, identity: { datacenter, trust_domain }, peerings }`.
pub async fn survey(call: &Call) -> Result<JsValue, Stop> {
    let request = request::list(call.cluster.place.partition.as_deref());
    let asked = async { ask(call, &request).await?.json() };
    let (raw, agent) = try_join(asked, async { Ok(identify(call).await) }).await?;
    check_datacenter(call, agent.identity.datacenter.as_deref())?;
    if let Some(failure) = agent.connect_disabled {
        return Err(failure.into());
    }
    let identity = object([
        ("datacenter", agent.identity.datacenter.as_deref().into()),
        ("trust_domain", agent.identity.trust_domain.as_deref().into()),
    ]);
    let found = to_js(&object([("address", (&*call.cluster.address).into()), ("identity", identity)]));
    set(&found, "peerings", &to_list(&raw)?);
    Ok(found)
}
