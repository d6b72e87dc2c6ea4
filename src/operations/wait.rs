//! Waiting for a peering to reach a state.

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::identify::refuse_other_datacenter;
use super::read::{FetchedPeering, fetch};
use crate::consul::code::Code;
use crate::consul::peering::State;
use crate::decide::leftover::Leftover;
use crate::decide::wait::{Activation, WaitResult, poll_delay};
use crate::host::{Host, HostValue};
use crate::rules::duration::Duration;
use crate::rules::peer_name::PeerName;

/// Whether a peering meets the condition.
type Done<'a, V> = dyn FnMut(Option<&FetchedPeering<V>>) -> Result<bool, Error<V>> + 'a;

/// Polls a peering until `done`. Reports each state once.
async fn poll<H: Host>(
    client: &Client<H>,
    name: &PeerName,
    done: &mut Done<'_, H::Value>,
) -> Outcome<H, Option<Box<FetchedPeering<H::Value>>>> {
    let started = client.call.now();
    let mut reported = String::new();
    loop {
        let found = fetch(client, name).await?;
        let state = found.as_ref().map_or_else(|| "gone".to_owned(), |found| found.peering.state.to_string());
        if state != reported {
            client.report_state(&state);
            reported = state;
        }
        client.set_last_snapshot(found.as_ref().map(|found| found.object.clone()));
        if done(found.as_deref())? {
            return Ok(found);
        }
        client.host.sleep(poll_delay(client.call.now() - started)).await;
    }
}

/// Waits until a peering that Consul has just accepted is ACTIVE and stays so.
pub async fn until_active<H: Host>(client: &Client<H>, name: &PeerName, peer_id: &str) -> Outcome<H, H::Value> {
    let mut activation = Activation::new(peer_id);
    let found = poll(client, name, &mut |found| {
        match activation.observe(found.map(|found| &found.peering), client.call.now()) {
            WaitResult::Wait => {
                if let Some(found) = found {
                    client.set_leftover(Leftover::dialer(name, Some(&found.peering.state)));
                }
                Ok(false)
            }
            WaitResult::Active => Ok(true),
            WaitResult::Failed(code, why) => {
                if code == Code::NotActive {
                    client.set_leftover(Leftover::failed_dialer(name, found.map(|found| &found.peering.state)));
                } else {
                    // The acceptor may have been dialed under another name too, which this call does not read.
                    client.set_leftover(Leftover::acceptor_without_dialer(name));
                }
                Err(lost(code, why, found))
            }
            WaitResult::Gone(why) => {
                client.clear_leftover();
                Err(lost(Code::NotActive, why, found))
            }
        }
    })
    .await?;
    client.clear_leftover();
    Ok(found.map_or_else(H::Value::null, |found| found.object))
}

fn lost<V: Clone>(code: Code, why: &str, found: Option<&FetchedPeering<V>>) -> Error<V> {
    let error = Error::new(code, &format!("Consul accepted the token, but {why}"));
    error.with_peering(found.map(|found| found.object.clone()))
}

/// Waits until this peering is gone: the name is free, or another record has it. No longer than `limit`; false if it still
/// exists.
pub async fn until_gone<H: Host>(
    client: &Client<H>,
    existing: &FetchedPeering<H::Value>,
    limit: Duration,
) -> Outcome<H, bool> {
    let end = client.call.now() + limit;
    let gone =
        |found: Option<&FetchedPeering<_>>| found.is_none_or(|found| !found.peering.is_record(&existing.peering));
    let found = poll(client, &existing.name, &mut |found| Ok(gone(found) || client.call.now() >= end)).await?;
    Ok(gone(found.as_deref()))
}

/// The condition that a caller waits for.
pub enum Until<V> {
    State(State),
    Gone,
    /// The caller's function, of the peering or null.
    Custom(Box<dyn FnMut(V) -> Result<bool, Error<V>>>),
}

/// `wait`: the peering once it is in the wanted state; `None` if it no longer exists then.
pub async fn wait<H: Host>(
    client: &Client<H>,
    name: &PeerName,
    mut until: Until<H::Value>,
) -> Outcome<H, Option<H::Value>> {
    refuse_other_datacenter(client).await?;
    let found = poll(client, name, &mut |found| match &mut until {
        Until::State(state) => Ok(found.is_some_and(|found| found.peering.state == *state)),
        Until::Gone => Ok(found.is_none()),
        Until::Custom(check) => check(found.map_or_else(H::Value::null, |found| found.object.clone())),
    })
    .await?;
    Ok(found.map(|found| found.object))
}
