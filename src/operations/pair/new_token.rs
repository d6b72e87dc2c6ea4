//! A new token for a pair, and its use. The token exists only here.

use std::rc::Rc;

use super::{Member, Pair};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::decide::generate::preflight;
use crate::decide::leftover::Leftover;
use crate::decide::preflight::{Preflight, Refusal};
use crate::decide::progress::StepCode;
use crate::host::{Host, HostValue};
use crate::operations::call::{Call, Outcome};
use crate::operations::error::Error;
use crate::operations::establish::{EstablishOptions, establish};
use crate::operations::generate::{Generated, generate_if};
use crate::operations::left_behind::LeftBehind;
use crate::operations::read::fetch;
use crate::operations::remove::delete;
use crate::rules::peering_token;
use crate::rules::secret::Secret;
use crate::rules::spec::{PeeringSpec, QueryOptions, TokenSpec};
use crate::rules::value::Value;

/// Generates a token on the side `on`, and establishes with it on the other. `reason`: of a plan, which is made again if another
/// call has linked the pair in the meantime; None: of a rotation.
pub async fn exchange_new_token<H: Host>(
    call: &Rc<Call<H>>,
    pair: &Pair<H>,
    on: Role,
    reason: Option<&str>,
) -> Outcome<H, ()> {
    let (acceptor, dialer) = (pair.member(on), pair.member(on.other()));
    let because = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let text = format!("generating a token for \"{}\"{because}", acceptor.peer_name);
    acceptor.step(call, StepCode::Generating, &text);
    let wanted = TokenSpec {
        options: query_options(acceptor),
        peer_name: acceptor.peer_name.clone(),
        meta: acceptor.meta.clone(),
        server_external_addresses: acceptor.external_addresses.clone(),
    };
    let client = acceptor.client(call)?;
    let planned = acceptor.existing.as_ref().map(|existing| &existing.peering);
    let decide = |existing: Option<&Peering>| match existing {
        Some(existing) if reason.is_some() && was_linked_since(existing, planned) => {
            Preflight::Refuse(Refusal::new(Code::PeerMismatch, "another call has linked it in the meantime"))
        }
        // Consul ignores the meta where an acceptor exists, but another call may delete that one first.
        existing => preflight(existing, None, false),
    };
    let generated = client.within(generate_if(&client, &wanted, &decide)).await;
    pair.resolve_missing(acceptor, client);
    let Generated { token, existing_id } = generated?;
    dialer.step(call, StepCode::Establishing, &format!("establishing \"{}\" with the token", dialer.peer_name));
    let read = read_token(call, dialer, token);
    let acceptor_id = read.as_ref().ok().map(|token| token.info.peer_id.clone());
    let is_new = existing_id.is_none_or(|existing| acceptor_id.as_ref().is_some_and(|id| *id != existing));
    if is_new {
        pair.leftovers.keep(acceptor.left_behind(Leftover::token_unused(&acceptor.peer_name)));
    }
    let established = match read {
        Ok(token) => use_token(call, pair, dialer, token).await,
        Err(error) => Err(error),
    };
    if let Err(error) = established {
        if is_new && let Some(left) = delete_unused_acceptor(call, acceptor, acceptor_id.as_deref(), &error).await {
            pair.leftovers.pop();
            left.into_iter().for_each(|left| pair.leftovers.keep(left));
        }
        return Err(error);
    }
    pair.leftovers.clear();
    for member in [acceptor, dialer] {
        pair.leftovers.keep(member.left_behind(Leftover::not_active(&member.peer_name)));
    }
    Ok(())
}

/// Whether another call has linked an acceptor, or ended its link, since it was read for the plan. A token would cost a new
/// link its metadata and external addresses.
fn was_linked_since(existing: &Peering, planned: Option<&Peering>) -> bool {
    let planned = planned.filter(|planned| existing.is_record(planned)).map(|planned| &planned.state);
    existing.role == Role::Acceptor
        && match existing.state {
            State::Pending | State::Deleting => false,
            State::Terminated => planned != Some(&State::Terminated),
            _ => matches!(planned, None | Some(State::Pending)),
        }
}

fn query_options<H: Host>(member: &Member<H>) -> QueryOptions {
    QueryOptions { partition: member.cluster.options.partition.clone(), ..QueryOptions::default() }
}

fn read_token<H: Host>(
    call: &Rc<Call<H>>,
    dialer: &Member<H>,
    token: Secret,
) -> Result<peering_token::PeeringToken, Error<H::Value>> {
    let text = Value::from(token.expose());
    let reading = peering_token::read(&text, H::Value::read_json, dialer.host.wall_clock());
    let Some(token) = reading.token else { return Err(dialer.failed(Error::invalid(reading.findings))) };
    for finding in &reading.findings {
        call.warn(&dialer.location(), finding, dialer.cluster.secrets());
    }
    Ok(token)
}

async fn use_token<H: Host>(
    call: &Rc<Call<H>>,
    pair: &Pair<H>,
    dialer: &Member<H>,
    peering_token: peering_token::PeeringToken,
) -> Outcome<H, ()> {
    let existing = dialer.existing.as_ref().map(|existing| existing.peering.meta.clone());
    let meta = dialer.meta.clone().or(existing).unwrap_or_default();
    let spec = PeeringSpec { options: query_options(dialer), peer_name: dialer.peer_name.clone(), peering_token, meta };
    let client = dialer.client(call)?;
    let established = client.within(establish(&client, &spec, EstablishOptions { wait: false, replace: false })).await;
    pair.resolve_missing(dialer, client);
    established.map(drop)
}

/// Deletes an acceptor that this call created, if no call has used or changed it since and none can use it later.
/// Returns its leftover, if known, or nothing if it is gone; None if it was kept.
async fn delete_unused_acceptor<H: Host>(
    call: &Rc<Call<H>>,
    acceptor: &Member<H>,
    id: Option<&str>,
    error: &Error<H::Value>,
) -> Option<Vec<LeftBehind>> {
    // It may be needed if the dialer exists, or may, or another call has a newer token.
    if !error.left_behind.is_empty()
        || error.code == Code::Timeout
        || error.timeout.is_some()
        || means_concurrent_change(error.code)
    {
        return None;
    }
    let client = acceptor.client(call).ok()?;
    let taken_back = client.within(async {
        let Some(existing) = fetch(&client, &acceptor.peer_name).await? else { return Ok(true) };
        let peering = &existing.peering;
        let Some(id) = id else { return Ok(false) };
        if peering.id != id {
            return Ok(true); // another call has deleted it, and created this one
        }
        let is_unused = peering.state == State::Pending && peering.create_index == peering.modify_index;
        if !is_unused {
            return Ok(false);
        }
        delete(&client, &existing, true, false).await
    });
    match taken_back.await {
        Ok(is_gone) => is_gone.then(Vec::new),
        Err(mut error) => Some(std::mem::take(&mut error.left_behind)).filter(|left| !left.is_empty()),
    }
}

/// How establishing with a new token ends when another call for the same pair has written in between.
fn means_concurrent_change(code: Code) -> bool {
    matches!(code, Code::TokenSpent | Code::PeerMismatch | Code::NotActive | Code::Deleting)
}

/// Whether another call wrote in between. A role conflict means so if the name was free a moment ago.
pub fn was_changed_concurrently<H: Host>(error: &Error<H::Value>, pair: &Pair<H>) -> bool {
    if error.code != Code::RoleConflict {
        return means_concurrent_change(error.code);
    }
    let Some(location) = &error.location else { return false };
    pair.members.iter().any(|member| {
        location.peer_name.as_ref() == Some(&member.peer_name)
            && location.cluster == member.cluster.address
            && member.existing.is_none()
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
