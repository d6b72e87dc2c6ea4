//! Looking around on one side of a pair: all peerings, and who the cluster is.

use futures_util::future::try_join;
use wasm_bindgen::prelude::*;

use super::agent::{check_datacenter, identify};
use super::call::Call;
use super::error::Stop;
use super::read::all;
use super::value::{set, to_js};
use crate::rules::value::{Value, object};

/// `survey`: `{ address, peerings, identity }`. Who the cluster is (`{ datacenter, trust_domain }`) does not change, and
/// is not asked where it is `known`; it is null then.
pub async fn survey(call: &Call, known: bool) -> Result<JsValue, Stop> {
    let (peerings, agent) = if known {
        (all(call).await?, None)
    } else {
        try_join(all(call), async { Ok(Some(identify(call).await)) }).await?
    };
    let mut identity = Value::Null;
    if let Some(agent) = agent {
        check_datacenter(call, agent.identity.datacenter.as_deref())?;
        if let Some(failure) = agent.connect_disabled {
            return Err(failure.into());
        }
        identity = object([
            ("datacenter", agent.identity.datacenter.as_deref().into()),
            ("trust_domain", agent.identity.trust_domain.as_deref().into()),
        ]);
    }
    let found = to_js(&object([("address", (&*call.cluster.address).into()), ("identity", identity)]));
    set(&found, "peerings", &peerings);
    Ok(found)
}
