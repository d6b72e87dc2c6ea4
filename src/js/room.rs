//! Making room for a write.

use super::call::Call;
use super::error::{Failure, Stop};
use super::read::{Seen, look};
use super::remove::delete;
use crate::consul::peering::Peering;
use crate::decide::before::Before;
use crate::decide::progress::StepCode;

/// Does what `decide` says of what stands under the name, until it says to send. Gives back what stands then.
pub async fn make_room(
    call: &Call,
    name: &str,
    mut standing: Option<Box<Seen>>,
    decide: &dyn Fn(Option<&Peering>) -> Before,
) -> Result<Option<Box<Seen>>, Stop> {
    loop {
        match (decide(standing.as_ref().map(|seen| &seen.peering)), &standing) {
            (Before::Refuse(refusal), _) => {
                let object = standing.map(|seen| seen.object);
                return Err(Failure::from(refusal).with_peering(object).into());
            }
            (Before::WaitGone, Some(seen)) => {
                call.step(StepCode::WaitingUntilGone, "waiting until the peering that is being deleted is gone");
                delete(call, seen, true, true).await?;
            }
            (Before::Replace(why), Some(seen)) => {
                call.step(StepCode::Replacing, &format!("{why}: deleting it first"));
                if delete(call, seen, true, false).await? {
                    call.has_replaced(&seen.peering.state);
                }
            }
            (Before::Send(Some(note)), _) => {
                call.step(StepCode::InvalidatesUnusedToken, note);
                break;
            }
            _ => break,
        }
        standing = look(call, name).await?;
    }
    call.saw(standing.as_ref().map(|seen| seen.object.clone()));
    Ok(standing)
}
