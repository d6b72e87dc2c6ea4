//! After Consul has refused a token.

use super::{Before, EstablishOptions, finish_accepted};
use crate::consul::code::Code;
use crate::decide::establish::{
    Refused, after_refusal, after_spent_again, is_own_leftover, may_be_leftover, overwritten,
};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::decide::wait::{LOST_PENDING, LOST_POLL};
use crate::host::Host;
use crate::operations::call::Outcome;
use crate::operations::client::Client;
use crate::operations::error::Error;
use crate::operations::read::{FetchedPeering, fetch};
use crate::operations::remove::delete;
use crate::rules::peer_name::PeerName;
use crate::rules::spec::PeeringSpec;

/// After Consul has refused the token: deletes the call's own leftovers, and reports others.
pub(super) async fn finish_refused<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    options: EstablishOptions,
    before: &Before<H::Value>,
    error: Error<H::Value>,
) -> Outcome<H, H::Value> {
    // Only with these codes may Consul have written something; after a mismatch, another call has used the name.
    let written = [Code::TokenSpent, Code::Unreachable, Code::TlsFailed, Code::ServerError, Code::PeerMismatch];
    if !written.contains(&error.code) {
        return Err(error);
    }
    let name = &spec.peer_name;
    if !before.is_sent_again() {
        client.set_leftover(Leftover::establish_unread(name));
    }
    let started = client.call.now();
    let (now, first) = loop {
        let Ok(now) = fetch(client, name).await else { return Err(error) };
        let Some(now) = now else {
            client.clear_leftover();
            return Err(error);
        };
        let last = Before::record_of(before.last.as_deref(), &now.peering);
        let first = Before::record_of(before.first(), &now.peering);
        let refused = if before.is_sent_again() && error.code == Code::TokenSpent {
            after_spent_again(&now.peering, spec)
        } else {
            after_refusal(error.code, last.map(|last| &last.peering), &now.peering, spec)
        };
        match refused {
            Refused::Done => {
                client.clear_leftover();
                client.step(StepCode::TokenUsedBefore, "the token was used before, for this peering");
                return Ok(now.object);
            }
            Refused::Establishing => {
                client.step(
                    StepCode::TokenUsedBefore,
                    "the token was used before, for this peering, which is not ACTIVE yet",
                );
                return finish_accepted(client, spec, options).await;
            }
            Refused::MayBecomeActive if client.call.now() - started < LOST_PENDING => {
                // The call may time out, or a read fail, during the wait: this is the last peering read.
                set_leftover_of_refusal(client, spec, error.code, before, &now);
                client.host.sleep(LOST_POLL).await;
            }
            Refused::MayBecomeActive | Refused::Failed => break (now, first),
        }
    };
    set_leftover_of_refusal(client, spec, error.code, before, &now);
    if first.is_none() && error.code != Code::PeerMismatch && is_own_leftover(&now.peering, spec) {
        // For one round trip, between this read and the deletion, another call could still use the record.
        match delete(client, &now, true, false).await {
            Ok(true) => {
                client.step(StepCode::LeftoverRemoved, &format!("rolled back: deleted the PENDING peering \"{name}\""));
                return Err(error);
            }
            // Another call has overwritten it, and reports it.
            Ok(false) => {
                client.clear_leftover();
                return Err(error);
            }
            Err(_) => {}
        }
    }
    Err(error.with_peering(Some(now.object)))
}

/// Reports what a refused call has left of the record that was read after it.
fn set_leftover_of_refusal<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    code: Code,
    before: &Before<H::Value>,
    now: &FetchedPeering<H::Value>,
) {
    let name = &spec.peer_name;
    match Before::record_of(before.first(), &now.peering) {
        // If the name existed, nothing was written.
        _ if code == Code::PeerMismatch => before.clear_leftover(client),
        // The first request may have been accepted.
        Some(_) if before.is_sent_again() => client.set_leftover(Leftover::establish_unanswered(name, true)),
        Some(before) => set_leftover_of_overwritten(client, name, before, now),
        None if may_be_leftover(&now.peering, spec) => client.set_leftover(Leftover::exists(name, &now.peering)),
        None => client.clear_leftover(),
    }
}

/// Sets the leftover of a call that has changed an existing record.
pub(super) fn set_leftover_of_overwritten<H: Host>(
    client: &Client<H>,
    name: &PeerName,
    before: &FetchedPeering<H::Value>,
    now: &FetchedPeering<H::Value>,
) {
    client.clear_leftover();
    let changed = overwritten(&before.peering, &now.peering);
    if !changed.is_empty() {
        client.set_leftover(Leftover::overwritten(name, &now.peering, changed));
    }
}
