//! Establishing a peering with a token: this side becomes the dialer.

use futures_util::future::try_join;
use wasm_bindgen::prelude::*;

use super::agent::{again, check_datacenter, identify};
use super::call::{Call, Options};
use super::clock;
use super::error::{Failure, Stop};
use super::fetch::send;
use super::read::{Seen, look};
use super::remove::delete;
use super::room::make_room;
use super::wait::{leaves_to_another, until_settled};
use crate::consul::code::Code;
use crate::consul::delivery::Delivery;
use crate::consul::peering::State;
use crate::consul::request::{self, Effect};
use crate::decide::establish::{
    Refused, after_refusal, before, is_as_asked, is_of_token, is_own_leftover, overwritten,
};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::decide::retry::Attempts;
use crate::decide::wait::{LOST_ABSENT_MS, LOST_LOOK_MS, LOST_PENDING_MS};
use crate::rules::meta;
use crate::rules::spec::PeeringSpec;

/// `establish`: the peering, ACTIVE unless the caller does not wait.
pub async fn establish(call: &Call, spec: &PeeringSpec, options: &Options) -> Result<JsValue, Stop> {
    let name = &spec.peer_name;
    let (standing, agent) = try_join(look(call, name), async { Ok(identify(call).await) }).await?;
    check_datacenter(call, agent.identity.datacenter.as_deref())?;
    if let Some(failure) = agent.connect_disabled {
        return Err(failure.into());
    }
    let info = &spec.peering_token.info;
    let decide = |standing: Option<&_>| before(standing, info, &agent.identity, options.replace);
    let mut standing = make_room(call, name, standing, &decide).await?;
    let mut attempts = Attempts::default();
    loop {
        call.leaves(Leftover::establish_unanswered(name, standing.is_some()));
        let answer = send(call, &request::establish(spec)).await;
        // A page of a proxy comes with 200 as well, and is no word of Consul's.
        let failure = match answer
            .and_then(|answer| answer.json().map_err(|failure| failure.with_delivery(Delivery::Unknown)))
        {
            Ok(_) => return accepted(call, spec, options).await,
            Err(failure) if failure.is_lost() => return lost(call, spec, options, standing.as_deref(), failure).await,
            Err(failure) => failure,
        };
        call.leaves_nothing();
        if !again(call, Effect::Change, &failure, &mut attempts).await {
            return refused(call, spec, options, standing.as_deref(), failure).await;
        }
        // Another call may have linked the name meanwhile.
        standing = make_room(call, name, look(call, name).await?, &decide).await?;
    }
}

/// Consul has taken the token.
async fn accepted(call: &Call, spec: &PeeringSpec, options: &Options) -> Result<JsValue, Stop> {
    let name = &spec.peer_name;
    call.step(StepCode::TokenAccepted, "the other cluster has accepted the token");
    call.leaves(Leftover::dialer(name, None));
    if options.wait {
        return until_settled(call, name, &spec.peering_token.info.peer_id).await;
    }
    match look(call, name).await? {
        Some(seen) if is_of_token(&seen.peering, spec) => {
            call.leaves_nothing();
            Ok(seen.object)
        }
        seen => {
            call.leaves_nothing();
            let (code, what) = match seen {
                Some(_) => {
                    leaves_to_another(call, name);
                    (Code::PeerMismatch, "linked with another record")
                }
                None => (Code::NotActive, "deleted"),
            };
            let message = format!("Consul accepted the token, but the peering was {what} by another call meanwhile");
            Err(Failure::new(code, &message).with_peering(seen.map(|seen| seen.object)).into())
        }
    }
}

/// Consul has refused: the call's own leftovers are taken back, others named.
async fn refused(
    call: &Call,
    spec: &PeeringSpec,
    options: &Options,
    standing: Option<&Seen>,
    failure: Failure,
) -> Result<JsValue, Stop> {
    // Only these come after something was written; another call won the name where it is a mismatch.
    let written = [Code::TokenSpent, Code::Unreachable, Code::TlsFailed, Code::ServerError, Code::PeerMismatch];
    if !written.contains(&failure.code) {
        call.leaves_nothing();
        return Err(failure.into());
    }
    let name = &spec.peer_name;
    call.leaves(Leftover::establish_unread(name));
    let before = standing.map(|seen| &seen.peering);
    let started = clock::now();
    let now = loop {
        let Ok(now) = look(call, name).await else { return Err(failure.into()) };
        let Some(now) = now else {
            call.leaves_nothing();
            return Err(failure.into());
        };
        match after_refusal(failure.code, before, &now.peering, spec) {
            Refused::Done => {
                call.leaves_nothing();
                call.step(StepCode::TokenUsedBefore, "the token was used before, for this peering");
                return Ok(now.object);
            }
            Refused::Establishing => {
                call.step(
                    StepCode::TokenUsedBefore,
                    "the token was used before, for this peering, which is not ACTIVE yet",
                );
                return accepted(call, spec, options).await;
            }
            Refused::MaySettle if clock::now() - started < LOST_PENDING_MS => {
                // The call may time out, or a read fail, while it waits: then this is what it read last.
                leaves_refused(call, spec, failure.code, standing, &now);
                clock::sleep(LOST_LOOK_MS).await;
            }
            Refused::MaySettle | Refused::Failed => break now,
        }
    };
    leaves_refused(call, spec, failure.code, standing, &now);
    if standing.is_none() && failure.code != Code::PeerMismatch && is_own_leftover(&now.peering, spec) {
        // Between this look and the deletion is one round trip, in which another call could revive the record.
        match delete(call, &now, true, false).await {
            Ok(true) => {
                call.step(StepCode::LeftoverRemoved, "the PENDING record that this call created was deleted");
                return Err(failure.into());
            }
            // Another call has taken it over, and reports it.
            Ok(false) => {
                call.leaves_nothing();
                return Err(failure.into());
            }
            Err(_) => {}
        }
    }
    Err(failure.with_peering(Some(now.object)).into())
}

/// Names what a refused call has left of the record that was read after it.
fn leaves_refused(call: &Call, spec: &PeeringSpec, code: Code, standing: Option<&Seen>, now: &Seen) {
    let name = &spec.peer_name;
    match standing {
        // A name that is taken was not written to.
        _ if code == Code::PeerMismatch => call.leaves_nothing(),
        Some(before) => leaves_overwritten(call, name, before, now),
        // What carries another token and is not PENDING is left to the call that made it.
        None if now.peering.state == State::Pending || is_of_token(&now.peering, spec) => {
            call.leaves(Leftover::exists(name, &now.peering))
        }
        None => call.leaves_nothing(),
    }
}

/// What the call has changed of what existed before.
fn leaves_overwritten(call: &Call, name: &str, before: &Seen, now: &Seen) {
    call.leaves_nothing();
    let changed = overwritten(&before.peering, &now.peering);
    if !changed.is_empty() {
        call.leaves(Leftover::overwritten(name, &now.peering, changed));
    }
}

/// No answer came back: what stands tells what happened.
async fn lost(
    call: &Call,
    spec: &PeeringSpec,
    options: &Options,
    standing: Option<&Seen>,
    failure: Failure,
) -> Result<JsValue, Stop> {
    let name = &spec.peer_name;
    call.step(StepCode::ResponseLost, "the response was lost; reading the peering");
    let started = clock::now();
    loop {
        let Ok(now) = look(call, name).await else { return Err(failure.into()) };
        let waited = clock::now() - started;
        let untouched = match (&now, standing) {
            (None, None) => true,
            (Some(now), Some(before)) => now.peering.modify_index == before.peering.modify_index,
            _ => false,
        };
        if let Some(now) = &now
            && is_of_token(&now.peering, spec)
            && meta::same(&now.peering.meta, &spec.meta)
        {
            if is_as_asked(&now.peering, spec) {
                call.leaves_nothing();
                return Ok(now.object.clone());
            }
            if now.peering.state == State::Establishing {
                return accepted(call, spec, options).await;
            }
        }
        if waited >= if untouched { LOST_ABSENT_MS } else { LOST_PENDING_MS } {
            match (&now, standing) {
                (Some(now), Some(before)) => leaves_overwritten(call, name, before, now),
                (Some(now), None) => call.leaves(Leftover::exists(name, &now.peering)),
                (None, _) => call.leaves_nothing(),
            }
            return Err(failure.with_peering(now.map(|now| now.object)).into());
        }
        clock::sleep(LOST_LOOK_MS).await;
    }
}
