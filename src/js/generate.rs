//! Making a peering token: this side becomes the acceptor.

use futures_util::future::try_join;
use wasm_bindgen::prelude::*;

use super::agent::{ask, check_datacenter, datacenter_if_named};
use super::call::{Call, Options};
use super::error::{Failure, Stop};
use super::read::{Seen, look};
use super::remove::delete;
use super::value::snapshot;
use super::wait::until_gone;
use crate::consul::answer;
use crate::consul::request;
use crate::decide::generate::{Before, before};
use crate::rules::secret::Secret;
use crate::rules::spec::TokenSpec;

/// `generateToken`: the token.
pub async fn generate(call: &Call, spec: &TokenSpec, options: &Options) -> Result<JsValue, Stop> {
    let name = &spec.peer_name;
    let (mut standing, own) = try_join(look(call, name), datacenter_if_named(call)).await?;
    check_datacenter(call, own.as_deref())?;
    loop {
        match before(standing.as_ref().map(|seen| &seen.peering), spec.meta.as_ref(), options.replace) {
            Before::Send(note) => {
                if let Some(note) = note {
                    call.step(note);
                }
                break;
            }
            Before::Refuse(refusal) => {
                let object = standing.map(|seen| seen.object);
                return Err(Failure::from(refusal).with_peering(object).into());
            }
            Before::WaitGone | Before::Replace(_) if standing.is_none() => break,
            Before::WaitGone => {
                call.step("waiting until what is being deleted is gone");
                if let Some(seen) = &standing {
                    until_gone(call, name, &seen.peering.id).await?;
                }
            }
            Before::Replace(why) => {
                call.step(&format!("{why}: deleting it first"));
                if let Some(seen) = &standing {
                    delete(call, seen, true).await?;
                }
            }
        }
        standing = look(call, name).await?;
    }
    call.saw(standing.as_ref().map(|seen| seen.object.clone()));
    send(call, spec, standing.as_deref()).await
}

async fn send(call: &Call, spec: &TokenSpec, standing: Option<&Seen>) -> Result<JsValue, Stop> {
    let name = &spec.peer_name;
    call.leaves(
        format!("a token for \"{name}\" was asked for and no answer has come: an acceptor may stand that nobody has a token for"),
        "Call again for a new token, or delete it.",
    );
    let body = match ask(call, &request::token(spec)).await {
        Ok(answer) => answer.json().map(|body| snapshot(&body)),
        Err(failure) => Err(failure),
    };
    let failure = match body {
        Ok(body) => match answer::peering_token(&body) {
            Some(token) => {
                call.keep_secret(Secret::new(token.to_owned()));
                call.leaves_nothing();
                return Ok(token.into());
            }
            None => super::fetch::unexpected("an answer without a token"),
        },
        Err(failure) => failure,
    };
    // Some refusals come after the acceptor was written (a missing gRPC port, a missing gateway).
    match (look(call, name).await, standing) {
        (Ok(None), _) => call.leaves_nothing(),
        (Ok(Some(now)), None) => call.leaves(
            format!("an acceptor \"{name}\" stands here, {}, and nobody has a token for it", now.peering.state.name()),
            "Call again for a new token, or delete it.",
        ),
        (Ok(Some(_)), Some(_)) if !failure.lost => call.leaves_nothing(),
        (Ok(Some(_)), Some(_)) => call.leaves(
            format!("a new token for \"{name}\" may have been made, and then the one before it is dead"),
            "Call again for a new token.",
        ),
        (Err(_), _) => {}
    }
    Err(failure.into())
}
