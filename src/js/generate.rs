//! Making a peering token: this side becomes the acceptor.

use futures_util::future::try_join;
use wasm_bindgen::prelude::*;

use super::agent::{again, check_datacenter, datacenter_if_named};
use super::call::{Call, Options};
use super::clock;
use super::error::{Failure, Stop};
use super::fetch::{self, unexpected};
use super::read::{Seen, look};
use super::room::make_room;
use super::value::snapshot;
use crate::consul::answer;
use crate::consul::code::Code;
use crate::consul::delivery::Delivery;
use crate::consul::peering::Role;
use crate::consul::request::{self, Effect};
use crate::decide::generate::before;
use crate::decide::leftover::Leftover;
use crate::decide::retry::Attempts;
use crate::decide::wait::{LOST_ABSENT_MS, LOST_LOOK_MS};
use crate::rules::secret::Secret;
use crate::rules::spec::TokenSpec;

/// `generateToken`: the token.
pub async fn generate(call: &Call, spec: &TokenSpec, options: &Options) -> Result<JsValue, Stop> {
    let name = &spec.peer_name;
    let (standing, own) = try_join(look(call, name), datacenter_if_named(call)).await?;
    check_datacenter(call, own.as_deref())?;
    let decide = |standing: Option<&_>| before(standing, spec.meta.as_ref(), options.replace);
    let mut standing = make_room(call, name, standing, &decide).await?;
    let mut attempts = Attempts::default();
    loop {
        let failure = match send(call, spec, standing.as_deref()).await {
            Ok(token) => return Ok(token),
            Err(failure) => failure,
        };
        if failure.code == Code::Deleting {
            // Another call has deleted it meanwhile: that is waited for as well.
            clock::sleep(LOST_LOOK_MS).await;
        } else if failure.is_lost() || !again(call, Effect::Change, &failure, &mut attempts).await {
            return Err(failure.into());
        }
        standing = make_room(call, name, look(call, name).await?, &decide).await?;
    }
}

async fn send(call: &Call, spec: &TokenSpec, standing: Option<&Seen>) -> Result<JsValue, Failure> {
    let name = &spec.peer_name;
    call.leaves(Leftover::token_unanswered(name, standing.is_some()));
    let failure = match fetch::send(call, &request::token(spec)).await {
        Ok(answer) => match answer.json().map(|body| snapshot(&body)) {
            Ok(body) => match answer::peering_token(&body) {
                Some(token) => {
                    call.keep_secret(Secret::new(token.to_owned()));
                    call.leaves_nothing();
                    return Ok(token.into());
                }
                None => unexpected("an answer without a token").with_delivery(Delivery::Unknown),
            },
            Err(failure) => failure.with_delivery(Delivery::Unknown),
        },
        Err(failure) => failure,
    };
    // These come after the acceptor was written, or may; no other refusal does.
    let misconfigured = failure.code == Code::ServerMisconfigured;
    if !failure.is_lost() && failure.code != Code::ServerError && !misconfigured {
        call.leaves_nothing();
    } else if standing.is_none() {
        if !failure.is_lost() {
            call.leaves(Leftover::token_unread(name));
        }
        judge(call, name, failure.is_lost()).await;
    } else if misconfigured {
        call.leaves(Leftover::secret_replaced(name));
    } else if !failure.is_lost() {
        call.leaves_nothing();
    }
    Err(failure)
}

/// Nothing stood before: says what stands now. Where that cannot be learnt, what was said before holds.
async fn judge(call: &Call, name: &str, lost: bool) {
    let started = clock::now();
    while let Ok(now) = look(call, name).await {
        match now {
            Some(now) if now.peering.role == Role::Acceptor => {
                return call.leaves(Leftover::token_lost(name, &now.peering.state));
            }
            // A call under way may still take a moment to show.
            None if lost && clock::now() - started < LOST_ABSENT_MS => clock::sleep(LOST_LOOK_MS).await,
            _ => return call.leaves_nothing(),
        }
    }
}
