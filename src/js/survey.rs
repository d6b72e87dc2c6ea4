//! Looking around on one side of a pair: all peerings, and who the cluster is.

use futures_util::future::try_join;
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;

use super::agent::{Agent, ask, check_datacenter, identify, identify_within};
use super::call::Call;
use super::error::Stop;
use super::read::all;
use super::value::to_js;
use crate::consul::request;
use crate::rules::identity::Identity;

#[derive(Serialize)]
struct Found<'a> {
    address: &'a str,
    identity: Option<Identity>,
    #[serde(with = "preserve")]
    peerings: JsValue,
}

/// `survey`: `{ address, peerings, identity }`. Who the cluster is (`{ datacenter, trust_domain }`) does not change, and
/// is not asked where it is `known`; it is null then.
pub async fn survey(call: &Call, known: bool) -> Result<JsValue, Stop> {
    let (peerings, agent) =
        if known { (all(call).await?, None) } else { try_join(all(call), async { Ok(Some(who(call).await)) }).await? };
    let mut identity = None;
    if let Some(agent) = agent {
        check_datacenter(call, agent.identity.datacenter.as_deref())?;
        if let Some(failure) = agent.connect_disabled {
            return Err(failure.into());
        }
        identity = Some(agent.identity);
    }
    Ok(to_js(&Found { address: &call.cluster.address, identity, peerings }))
}

/// `identify`: `{ datacenter, trust_domain }`.
pub async fn identity(call: &Call) -> Result<JsValue, Stop> {
    let agent = who(call).await;
    if let Some(failure) = agent.connect_disabled {
        return Err(failure.into());
    }
    if agent.identity == Identity::default() {
        ask(call, &request::datacenters()).await?; // for the reason
    }
    Ok(to_js(&agent.identity))
}

/// What a pair may hang on is worth more time than a check that Consul makes too.
const PATIENT_MS: f64 = 15_000.0;

/// Asked a second time where it was not told: one answer may have been lost, or the server be slow.
async fn who(call: &Call) -> Agent {
    let agent = identify(call).await;
    let Identity { datacenter, trust_domain } = &agent.identity;
    if agent.connect_disabled.is_some() || (datacenter.is_some() && trust_domain.is_some()) {
        return agent;
    }
    identify_within(call, PATIENT_MS).await
}
