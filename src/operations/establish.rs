//! Establishing a peering with a token: this side becomes the dialer.

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::identify::{check_datacenter, read_agent};
use super::read::{FetchedPeering, fetch, fetch_for_write};
use super::remove::delete;
use super::replace::prepare;
use super::retry::wait_before_retry;
use super::send::{Received, send};
use super::wait::until_active;
use crate::consul::code::Code;
use crate::consul::peering::{Peering, State};
use crate::consul::request::{self, Effect};
use crate::decide::establish::{
    Refused, after_refusal, has_former_secret, is_as_requested, is_of_token, is_own_leftover, may_be_leftover,
    overwritten, preflight,
};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::decide::retry::Attempts;
use crate::decide::wait::{LOST_ABSENT, LOST_PENDING, LOST_POLL};
use crate::host::Host;
use crate::rules::meta;
use crate::rules::peer_name::PeerName;
use crate::rules::spec::PeeringSpec;

/// How to establish.
#[derive(Clone, Copy)]
pub struct EstablishOptions {
    /// Wait until the peering is ACTIVE.
    pub wait: bool,
    /// Delete a peering that cannot be linked with the token's cluster.
    pub replace: bool,
}

/// `establish`: the peering, ACTIVE unless the caller does not wait.
pub async fn establish<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    options: EstablishOptions,
) -> Outcome<H, H::Value> {
    let name = &spec.peer_name;
    client.keep_secret(spec.peering_token.text.clone());
    client.keep_secret(spec.peering_token.secret.clone());
    let (existing, agent) = fetch_for_write(client, name, async { Ok(read_agent(client).await) }).await?;
    check_datacenter(client, agent.identity.datacenter.as_deref())?;
    if let Some(error) = agent.connect_disabled {
        return Err(error);
    }
    let info = &spec.peering_token.info;
    let decide = |existing: Option<&_>| preflight(existing, info, &agent.identity, options.replace);
    let mut before = Before { last: prepare(client, name, existing, &decide).await?, first: None };
    let mut attempts = Attempts::default();
    loop {
        client.set_leftover(Leftover::establish_unanswered(name, before.last.is_some()));
        let response = send(client, &request::establish(spec)).await;
        let error = match response.and_then(Received::json) {
            Ok(_) => return finish_accepted(client, spec, options).await,
            Err(error) if error.is_lost() => {
                if before.is_sent_again() || !before.is_renewal(spec) {
                    return finish_lost(client, spec, options, &before, error).await;
                }
                // If the token was used, Consul refuses it.
                client.step(StepCode::ResponseLost, "the response was lost; sending the token again");
                let Ok(found) = fetch(client, name).await else { return Err(error) };
                before.first = before.last;
                before.last = prepare(client, name, found, &decide).await?;
                continue;
            }
            Err(error) => error,
        };
        client.clear_leftover();
        if !wait_before_retry(client, Effect::Write, &error, &mut attempts).await {
            return finish_refused(client, spec, options, &before, error).await;
        }
        // Another call may have linked the name in the meantime.
        before.last = prepare(client, name, fetch(client, name).await?, &decide).await?;
    }
}

/// The peering of the name before the token was sent.
struct Before<V> {
    /// Before the last request.
    last: Option<Box<FetchedPeering<V>>>,
    /// Before the first one, if its response was lost and it was sent again.
    first: Option<Box<FetchedPeering<V>>>,
}

impl<V> Before<V> {
    fn is_sent_again(&self) -> bool {
        self.first.is_some()
    }

    fn is_renewal(&self, spec: &PeeringSpec) -> bool {
        self.first().is_some_and(|before| has_former_secret(&before.peering, spec))
    }

    fn first(&self) -> Option<&FetchedPeering<V>> {
        self.first.as_deref().or(self.last.as_deref())
    }

    /// The same record as the one that exists now; None if that was created since.
    fn record_of<'a>(found: Option<&'a FetchedPeering<V>>, now: &Peering) -> Option<&'a FetchedPeering<V>> {
        found.filter(|before| now.is_record(&before.peering))
    }
}

/// After Consul has accepted the token.
async fn finish_accepted<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    options: EstablishOptions,
) -> Outcome<H, H::Value> {
    let name = &spec.peer_name;
    client.step(StepCode::TokenAccepted, &format!("\"{name}\" has accepted the token"));
    client.set_leftover(Leftover::dialer(name, None));
    if options.wait {
        return until_active(client, name, &spec.peering_token.info.peer_id).await;
    }
    match fetch(client, name).await? {
        Some(found) if is_of_token(&found.peering, spec) => {
            client.clear_leftover();
            Ok(found.object)
        }
        found => {
            client.clear_leftover();
            let (code, what) = match &found {
                // A DELETING record has lost its peer_id.
                Some(found) if found.peering.state != State::Deleting => {
                    client.set_leftover(Leftover::acceptor_without_dialer(name));
                    (Code::PeerMismatch, "linked with another peering")
                }
                _ => (Code::NotActive, "deleted"),
            };
            let message = format!("Consul accepted the token, but the peering was {what} by another call meanwhile");
            Err(Error::new(code, &message).with_peering(found.map(|found| found.object)))
        }
    }
}

/// After Consul has refused the token: deletes the call's own leftovers, and reports others.
async fn finish_refused<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    options: EstablishOptions,
    before: &Before<H::Value>,
    error: Error<H::Value>,
) -> Outcome<H, H::Value> {
    // Only with these codes may Consul have written something; after a mismatch, another call has used the name.
    let written = [Code::TokenSpent, Code::Unreachable, Code::TlsFailed, Code::ServerError, Code::PeerMismatch];
    if !written.contains(&error.code) {
        client.clear_leftover();
        return Err(error);
    }
    let name = &spec.peer_name;
    client.set_leftover(Leftover::establish_unread(name));
    let started = client.call.now();
    let (now, first) = loop {
        let Ok(now) = fetch(client, name).await else { return Err(error) };
        let Some(now) = now else {
            client.clear_leftover();
            return Err(error);
        };
        let last = Before::record_of(before.last.as_deref(), &now.peering);
        let first = Before::record_of(before.first(), &now.peering);
        match after_refusal(error.code, last.map(|last| &last.peering), &now.peering, spec) {
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
                set_leftover_of_refusal(client, spec, error.code, first, &now);
                client.host.sleep(LOST_POLL).await;
            }
            Refused::MayBecomeActive | Refused::Failed => break (now, first),
        }
    };
    set_leftover_of_refusal(client, spec, error.code, first, &now);
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
    before: Option<&FetchedPeering<H::Value>>,
    now: &FetchedPeering<H::Value>,
) {
    let name = &spec.peer_name;
    match before {
        // If the name existed, nothing was written.
        _ if code == Code::PeerMismatch => client.clear_leftover(),
        Some(before) => set_leftover_of_overwritten(client, name, before, now),
        None if may_be_leftover(&now.peering, spec) => client.set_leftover(Leftover::exists(name, &now.peering)),
        None => client.clear_leftover(),
    }
}

/// Sets the leftover of a call that has changed an existing record.
fn set_leftover_of_overwritten<H: Host>(
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

/// The response was lost: the existing peering shows what happened.
async fn finish_lost<H: Host>(
    client: &Client<H>,
    spec: &PeeringSpec,
    options: EstablishOptions,
    before: &Before<H::Value>,
    error: Error<H::Value>,
) -> Outcome<H, H::Value> {
    let name = &spec.peer_name;
    let (existing, is_renewal) = (before.first(), before.is_renewal(spec));
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
            && !is_renewal
            && is_of_token(&now.peering, spec)
            && meta::same(&now.peering.meta, &spec.meta)
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
