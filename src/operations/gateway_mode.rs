//! Peering through mesh gateways, before a token is generated. Without a registered gateway Consul refuses the token, but
//! keeps the acceptor that it has created for it.

use std::rc::Rc;

use super::call::Call;
use super::client::Client;
use super::error::Error;
use super::identify::read_briefly;
use super::pair::Pair;
use super::send::{Received, send};
use super::service_rights::rights_of;
use crate::consul::code::Code;
use crate::consul::refusals::HINT_REGISTER_GATEWAY;
use crate::consul::request::Request;
use crate::consul::response::peers_through_gateways;
use crate::consul::service_request as services;
use crate::decide::plan::{Action, NoteCode, Plan};
use crate::decide::troubleshoot::rights::{Right, permission_queries};
use crate::host::{Host, HostValue};
use crate::rules::value::Value;

const NO_GATEWAY: &str = "servers peer through mesh gateways, and none is registered";

/// Fails if Consul would refuse a token for lack of a mesh gateway. If that cannot be read, Consul decides. Read once in a
/// call.
pub async fn check_gateway<H: Host>(client: &Client<H>) -> Result<(), Error<H::Value>> {
    if client.has_gateway.get() {
        return Ok(());
    }
    let lacks_gateway = read_briefly(client, lacks_gateway(client)).await.flatten();
    if lacks_gateway == Some(true) {
        return Err(Error::new(Code::ServerMisconfigured, NO_GATEWAY).with_hint(HINT_REGISTER_GATEWAY));
    }
    client.has_gateway.set(lacks_gateway.is_some());
    Ok(())
}

/// Whether a mesh gateway is needed and missing. None if that is unknown: a list may be empty because of the ACL token.
async fn lacks_gateway<H: Host>(client: &Client<H>) -> Option<bool> {
    let partition = client.cluster.options.partition.as_deref();
    if !peers_through_gateways(&read_optional(client, services::config_entry("mesh", "mesh", partition)).await?) {
        return Some(false);
    }
    rights_of(client, permission_queries(None)).await.ok()?.ok()?.check(Right::Catalog, None).ok()?;
    Some(read_optional(client, services::services_of_kind(services::GATEWAY, partition)).await?.members().is_empty())
}

/// A response read during the call; None if it fails, or lacks what the ACL token may not read. A config entry that is not set
/// is null.
pub async fn read_optional<H: Host>(client: &Client<H>, request: Request) -> Option<Value> {
    match send(client, &Request { is_probe: true, ..request }).await {
        Ok(Received::Absent) => Some(Value::Null),
        Ok(response) if response.is_filtered() => None,
        response => Some(response.ok()?.json().ok()?.to_data()),
    }
}

/// Notes in a plan that its token will be refused.
pub async fn note_gateway<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>, plan: &mut Plan) {
    let Some(step) = plan.steps.iter().find(|step| step.action == Action::Generate) else { return };
    let member = pair.member(step.on);
    if let Ok(client) = member.client(call)
        && check_gateway(&client).await.is_err()
    {
        let text = format!("no token for \"{}\": {NO_GATEWAY}", member.peer_name);
        plan.note(NoteCode::NoGateway, text);
    }
}
