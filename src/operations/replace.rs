//! The preflight check of a write, and the step that it requires first.

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::read::{FetchedPeering, fetch};
use super::remove::delete;
use crate::consul::peering::Peering;
use crate::decide::preflight::Preflight;
use crate::decide::progress::StepCode;
use crate::host::Host;
use crate::rules::peer_name::PeerName;

/// Waits for, or replaces, the existing peering of a name until `decide` allows the write. Returns what exists then.
pub async fn prepare<H: Host>(
    client: &Client<H>,
    name: &PeerName,
    mut existing: Option<Box<FetchedPeering<H::Value>>>,
    decide: &dyn Fn(Option<&Peering>) -> Preflight,
) -> Outcome<H, Option<Box<FetchedPeering<H::Value>>>> {
    loop {
        match (decide(existing.as_ref().map(|found| &found.peering)), &existing) {
            (Preflight::Refuse(refusal), _) => {
                let object = existing.map(|found| found.object);
                return Err(Error::from(refusal).with_peering(object));
            }
            (Preflight::WaitGone, Some(found)) => {
                client.step(StepCode::WaitingUntilGone, "waiting until the peering that is being deleted is gone");
                delete(client, found, true, true).await?;
            }
            (Preflight::Replace(why), Some(found)) => {
                client.step(StepCode::Replacing, &format!("{why}: deleting it first"));
                if delete(client, found, true, false).await? {
                    client.keep_replaced_leftover(&found.peering.state);
                }
            }
            (Preflight::Send(Some(note)), _) => {
                client.step(StepCode::InvalidatesUnusedToken, note);
                break;
            }
            _ => break,
        }
        existing = fetch(client, name).await?;
    }
    client.set_last_snapshot(existing.as_ref().map(|found| found.object.clone()));
    Ok(existing)
}
