//! Establishing a peering with a token: this side becomes the dialer.

mod lost;
mod refused;

use lost::{finish_lost, finish_lost_again};
use refused::finish_refused;

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::identify::{check_datacenter, read_agent};
use super::read::{FetchedPeering, fetch, fetch_for_write};
use super::replace::prepare;
use super::retry::wait_before_retry;
use super::send::{Received, send};
use super::wait::until_active;
use crate::consul::code::Code;
use crate::consul::peering::{Peering, State};
use crate::consul::request::{self, Effect};
use crate::decide::establish::{has_former_secret, is_of_token, preflight};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::decide::retry::Attempts;
use crate::host::Host;
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
                if before.is_sent_again() {
                    return finish_lost_again(client, spec, options, &before, error).await;
                }
                if !before.is_renewal(spec) {
                    return finish_lost(client, spec, options, before.first(), error).await;
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
        before.clear_leftover(client);
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

    /// After a definite response to the last request.
    fn clear_leftover<H: Host<Value = V>>(&self, client: &Client<H>) {
        if !self.is_sent_again() {
            client.clear_leftover();
        }
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
