//! Deleting this side of a peering.

use futures_util::future::try_join;
use wasm_bindgen::prelude::*;

use super::agent::{again, check_datacenter, datacenter_if_named};
use super::call::{Call, Options};
use super::error::{Failure, Stop};
use super::fetch::send;
use super::read::{Seen, look};
use super::wait::until_gone;
use crate::consul::delivery::Delivery;
use crate::consul::peering::{Peering, State};
use crate::consul::request::{self, Effect};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::decide::retry::Attempts;

/// Consul removes what is marked for deletion within a second.
const REMOVAL_MS: f64 = 3_000.0;

/// `delete`: what was deleted, or null where nothing stood.
pub async fn remove(call: &Call, name: &str, options: &Options) -> Result<JsValue, Stop> {
    let (standing, own) = try_join(look(call, name), datacenter_if_named(call)).await?;
    check_datacenter(call, own.as_deref())?;
    let Some(standing) = standing else { return Ok(JsValue::NULL) };
    delete(call, &standing, options.wait, true).await?;
    Ok(standing.object)
}

/// Deletes what stands, and waits until it is gone where asked to. False where somebody has written to it meanwhile, and
/// it was left alone, unless it is to go all the same.
pub async fn delete(call: &Call, standing: &Seen, wait: bool, whoever_wrote: bool) -> Result<bool, Stop> {
    let Seen { peering, .. } = standing;
    call.saw(Some(standing.object.clone()));
    let leftover = call.leftover();
    let mut attempts = Attempts::default();
    let mut going = peering.state == State::Deleting;
    while !going {
        call.leaves(Leftover::deletion_unanswered(&peering.name));
        let Err(failure) = send_deletion(call, &peering.name).await else { break };
        if failure.is_lost() {
            call.step(StepCode::ResponseLost, "the response to the deletion was lost; reading the peering");
        } else {
            call.restore_leftover(leftover.clone());
            if !again(call, Effect::Change, &failure, &mut attempts).await {
                return Err(failure.into());
            }
        }
        let now = look(call, &peering.name).await?.map(|now| now.peering);
        let now = now.filter(|now| now.is_record(peering));
        going = now.as_ref().is_none_or(|now| now.state == State::Deleting);
        if !going && failure.is_lost() {
            call.leaves(Leftover::not_deleted(&peering.name));
            return Err(failure.into());
        }
        if !going && !whoever_wrote && now.is_some_and(|now: Peering| now.modify_index != peering.modify_index) {
            return Ok(false);
        }
    }
    call.leaves(Leftover::deleting(&peering.name));
    // Where the other side's goodbye comes meanwhile it stays, until it is deleted once more.
    while wait && !until_gone(call, peering, REMOVAL_MS).await? {
        match send_deletion(call, &peering.name).await {
            Err(failure) if !failure.is_lost() => call.step(StepCode::DeletingAgain, &failure.message),
            _ => {}
        }
    }
    call.leaves_nothing();
    Ok(true)
}

async fn send_deletion(call: &Call, name: &str) -> Result<(), Failure> {
    let request = request::delete(name, call.cluster.place.partition.as_deref());
    send(call, &request).await?.empty().map_err(|failure| failure.with_delivery(Delivery::Unknown))
}
