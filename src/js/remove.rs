//! Deleting this side of a peering.

use futures_util::future::try_join;
use wasm_bindgen::prelude::*;

use super::agent::{ask, check_datacenter, datacenter_if_named};
use super::call::{Call, Options};
use super::error::{Failure, Stop};
use super::read::{Seen, look};
use super::wait::until_gone;
use crate::consul::peering::State;
use crate::consul::request;

/// `delete`: what was deleted, or null where nothing stood.
pub async fn remove(call: &Call, name: &str, options: &Options) -> Result<JsValue, Stop> {
    let (standing, own) = try_join(look(call, name), datacenter_if_named(call)).await?;
    check_datacenter(call, own.as_deref())?;
    let Some(standing) = standing else { return Ok(JsValue::NULL) };
    delete(call, &standing, options.wait).await?;
    Ok(standing.object)
}

/// Deletes what stands, and waits until it is gone where asked to. A lost answer is judged by a look.
pub async fn delete(call: &Call, standing: &Seen, wait: bool) -> Result<(), Stop> {
    let Seen { peering, .. } = standing;
    call.saw(Some(standing.object.clone()));
    if peering.state != State::Deleting {
        call.leaves(
            format!("\"{}\" was asked to be deleted, and no answer has come: it may still stand", peering.name),
            "Read it, and delete it again where it stands.",
        );
        let request = request::delete(&peering.name, call.cluster.place.partition.as_deref());
        let answer = ask(call, &request).await;
        if let Err(failure) = answer.and_then(|answer| answer.empty().map_err(Failure::after_acting)) {
            if !failure.lost {
                call.leaves_nothing();
                return Err(failure.into());
            }
            call.step("the answer to the deletion was lost; looking at what stands");
            let now = look(call, &peering.name).await?;
            let gone = now.is_none_or(|now| now.peering.id != peering.id || now.peering.state == State::Deleting);
            if !gone {
                call.leaves(format!("\"{}\" still stands", peering.name), "Delete it again.");
                return Err(failure.into());
            }
        }
    }
    call.leaves(
        format!("\"{}\" is being deleted, and may still be seen for a moment", peering.name),
        "Nothing to do; read it to see that it is gone.",
    );
    if wait {
        until_gone(call, &peering.name, &peering.id).await?;
    }
    call.leaves_nothing();
    Ok(())
}
