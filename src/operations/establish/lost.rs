//! After the response to a token was lost.

use super::refused::set_leftover_of_overwritten;
use super::{Before, EstablishOptions, finish_accepted};
use crate::consul::peering::State;
use crate::decide::establish::{is_as_requested, is_wanted, may_be_leftover};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::decide::wait::{LOST_ABSENT, LOST_PENDING, LOST_POLL};
use crate::host::Host;
use crate::operations::call::Outcome;
use crate::operations::client::Client;
use crate::operations::error::Error;
use crate::operations::read::{FetchedPeering, fetch};
use crate::rules::spec::PeeringSpec;

/// The response was lost: the existing peering shows what happened.
pub(super) async fn finish_lost<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    options: EstablishOptions,
    existing: Option<&FetchedPeering<H::Value>>,
    error: Error<H::Value>,
) -> Outcome<H, H::Value> {
    let name = &spec.peer_name;
    client.step(StepCode::ResponseLost, "the response was lost; reading the peering");
    let started = client.call.now();
    loop {
        let Ok(now) = fetch(client, name).await else { return Err(error) };
        let waited = client.call.now() - started;
        let is_untouched = match (&now, existing) {
            (None, None) => true,
            (Some(now), Some(before)) => now.peering.modify_index == before.peering.modify_index,
            _ => false,
        };
        if let Some(now) = &now
            && is_wanted(&now.peering, spec)
        {
            if is_as_requested(&now.peering, spec) {
                client.clear_leftover();
                return Ok(now.object.clone());
            }
            if now.peering.state == State::Establishing {
                return finish_accepted(client, spec, options).await;
            }
        }
        if waited >= if is_untouched { LOST_ABSENT } else { LOST_PENDING } {
            match (&now, existing) {
                (Some(now), Some(before)) if now.peering.is_record(&before.peering) => {
                    set_leftover_of_overwritten(client, name, before, now);
                }
                (Some(now), _) if may_be_leftover(&now.peering, spec) => {
                    client.set_leftover(Leftover::exists(name, &now.peering));
                }
                _ => client.clear_leftover(),
            }
            return Err(error.with_peering(now.map(|now| now.object)));
        }
        client.host.sleep(LOST_POLL).await;
    }
}

/// The response was lost a second time: only a peering that has just accepted a token shows what happened.
pub(super) async fn finish_lost_again<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    options: EstablishOptions,
    before: &Before<H::Value>,
    error: Error<H::Value>,
) -> Outcome<H, H::Value> {
    let Ok(now) = fetch(client, &spec.peer_name).await else { return Err(error) };
    let is_establishing = |found: &FetchedPeering<H::Value>| found.peering.state == State::Establishing;
    match now {
        Some(now)
            if is_establishing(&now)
                && !before.first().is_some_and(is_establishing)
                && is_wanted(&now.peering, spec) =>
        {
            finish_accepted(client, spec, options).await
        }
        now => Err(error.with_peering(now.map(|now| now.object))),
    }
}
