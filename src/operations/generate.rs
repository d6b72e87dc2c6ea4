//! Generating a peering token: this side becomes the acceptor.

use futures_util::future::try_join;

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::gateway_mode::check_gateway;
use super::identify::require_datacenter;
use super::read::{FetchedPeering, fetch, fetch_for_write};
use super::replace::prepare;
use super::retry::wait_before_retry;
use super::send::{Received, send};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role};
use crate::consul::request::{self, Effect};
use crate::consul::response;
use crate::decide::generate::preflight;
use crate::decide::leftover::Leftover;
use crate::decide::preflight::Preflight;
use crate::decide::retry::Attempts;
use crate::decide::wait::{LOST_ABSENT, LOST_POLL};
use crate::host::{Host, HostValue};
use crate::rules::peer_name::PeerName;
use crate::rules::secret::Secret;
use crate::rules::spec::TokenSpec;

pub struct Generated {
    pub token: Secret,
    /// The id of the acceptor that existed before, if any. The token is of another if it was deleted meanwhile.
    pub existing_id: Option<String>,
}

/// `generateToken`. `replace` deletes a peering that cannot generate a token.
pub async fn generate<H: Host>(client: &Client<H>, spec: &TokenSpec, replace: bool) -> Outcome<H, Generated> {
    generate_if(client, spec, &|existing| preflight(existing, spec.meta.as_ref(), replace)).await
}

/// The same, with another preflight check.
pub async fn generate_if<H: Host>(
    client: &Client<H>,
    spec: &TokenSpec,
    decide: &dyn Fn(Option<&Peering>) -> Preflight,
) -> Outcome<H, Generated> {
    let name = &spec.peer_name;
    let checks = try_join(require_datacenter(client), check_gateway(client));
    let (existing, _) = fetch_for_write(client, name, checks).await?;
    let mut existing = prepare(client, name, existing, decide).await?;
    let mut attempts = Attempts::default();
    loop {
        let error = match request_token(client, spec, existing.as_deref()).await {
            Ok(token) => return Ok(Generated { token, existing_id: existing.map(|found| found.peering.id) }),
            Err(error) => error,
        };
        if error.code == Code::Deleting {
            // Another call is deleting it: wait for that as well.
            client.host.sleep(LOST_POLL).await;
        } else if error.is_lost() || !wait_before_retry(client, Effect::Write, &error, &mut attempts).await {
            return Err(error);
        }
        existing = prepare(client, name, fetch(client, name).await?, decide).await?;
    }
}

async fn request_token<H: Host>(
    client: &Client<H>,
    spec: &TokenSpec,
    existing: Option<&FetchedPeering<H::Value>>,
) -> Result<Secret, Error<H::Value>> {
    let name = &spec.peer_name;
    client.set_leftover(Leftover::token_unanswered(name, existing.is_some()));
    let response = send(client, &request::token(spec)).await.and_then(Received::json);
    let token =
        response.map(|body| response::peering_token(&body.to_data()).map(|token| Secret::new(token.to_owned())));
    let error = match token {
        Ok(Some(token)) => {
            client.keep_secret(token.clone());
            client.clear_leftover();
            return Ok(token);
        }
        Ok(None) => Error::unexpected("no peering token in it"),
        Err(error) => error,
    };
    // Only with these codes may Consul have created or changed the acceptor.
    let misconfigured = error.code == Code::ServerMisconfigured;
    if !error.is_lost() && error.code != Code::ServerError && !misconfigured {
        client.clear_leftover();
    } else if existing.is_none() {
        if !error.is_lost() {
            client.set_leftover(Leftover::token_unread(name));
        }
        read_leftover(client, name, error.is_lost()).await;
    } else if misconfigured {
        client.set_leftover(Leftover::secret_replaced(name));
    } else if !error.is_lost() {
        client.clear_leftover();
    }
    Err(error)
}

/// Nothing existed before: reads what exists now. If that fails, the previous leftover remains.
async fn read_leftover<H: Host>(client: &Client<H>, name: &PeerName, lost: bool) {
    let started = client.call.now();
    while let Ok(now) = fetch(client, name).await {
        match now {
            Some(now) if now.peering.role == Role::Acceptor => {
                return client.set_leftover(Leftover::token_lost(name, &now.peering.state));
            }
            // A running call may need a moment to have an effect.
            None if lost && client.call.now() - started < LOST_ABSENT => client.host.sleep(LOST_POLL).await,
            _ => return client.clear_leftover(),
        }
    }
}
