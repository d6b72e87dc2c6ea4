//! Deleting this side of a peering.

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::identify::require_datacenter;
use super::read::{FetchedPeering, fetch, fetch_for_write};
use super::retry::wait_before_retry;
use super::send::send;
use super::wait::until_gone;
use crate::consul::peering::{Peering, State};
use crate::consul::request::{self, Effect};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::decide::retry::Attempts;
use crate::host::Host;
use crate::rules::duration::Duration;
use crate::rules::peer_name::PeerName;

/// Consul removes a peering within a second after it was marked.
const REMOVED_WITHIN: Duration = Duration::ms(3_000.0);

/// `delete`: the deleted peering; None if it did not exist.
pub async fn remove<H: Host>(client: &Client<H>, name: &PeerName, wait: bool) -> Outcome<H, Option<H::Value>> {
    let (existing, ()) = fetch_for_write(client, name, require_datacenter(client)).await?;
    let Some(existing) = existing else { return Ok(None) };
    delete(client, &existing, wait, true).await?;
    Ok(Some(existing.object))
}

/// Which record of a name may be deleted.
#[derive(Clone, Copy)]
pub enum Deletable<'a> {
    /// Any record with the name.
    Any,
    /// Only this one, even if it was changed since it was read.
    Record(&'a Peering),
    /// Only this one, unchanged since it was read.
    Unchanged(&'a Peering),
    /// None: only if the name is free.
    Nothing,
}

impl Deletable<'_> {
    fn allows(self, existing: &Peering) -> bool {
        match self {
            Self::Any => true,
            Self::Record(read) => existing.is_record(read),
            Self::Unchanged(read) => {
                let is_unchanged = existing.modify_index == read.modify_index && existing.state == read.state;
                existing.is_record(read) && (is_unchanged || existing.state == State::Deleting)
            }
            Self::Nothing => false,
        }
    }
}

/// The outcome of a deletion.
pub enum Removed<V> {
    /// The deleted peering; None if it did not exist.
    Gone(Option<V>),
    /// It was kept, because another call has written to it.
    Kept,
}

impl<V> Removed<V> {
    /// The deleted peering, or `before`.
    pub fn deleted_or(self, before: Option<V>) -> Option<V> {
        match self {
            Self::Gone(Some(object)) => Some(object),
            _ => before,
        }
    }
}

/// As [`remove`], and waits until it is gone, if the existing peering may be deleted.
pub async fn remove_if<H: Host>(
    client: &Client<H>,
    name: &PeerName,
    deletable: Deletable<'_>,
) -> Outcome<H, Removed<H::Value>> {
    let (existing, ()) = fetch_for_write(client, name, require_datacenter(client)).await?;
    let Some(existing) = existing else { return Ok(Removed::Gone(None)) };
    if !deletable.allows(&existing.peering) {
        return Ok(Removed::Kept);
    }
    let even_if_changed = !matches!(deletable, Deletable::Unchanged(_));
    let is_deleted = delete(client, &existing, true, even_if_changed).await?;
    Ok(if is_deleted { Removed::Gone(Some(existing.object)) } else { Removed::Kept })
}

/// Deletes an existing peering, and waits until it is gone if `wait` is set. False if another call has written to it
/// meanwhile and it was kept; `even_if_changed` deletes it all the same.
pub async fn delete<H: Host>(
    client: &Client<H>,
    existing: &FetchedPeering<H::Value>,
    wait: bool,
    even_if_changed: bool,
) -> Outcome<H, bool> {
    let FetchedPeering { name, peering, .. } = existing;
    client.set_last_snapshot(Some(existing.object.clone()));
    let leftover = client.leftover();
    let mut attempts = Attempts::default();
    let mut deleting = peering.state == State::Deleting;
    while !deleting {
        client.set_leftover(Leftover::deletion_unanswered(name));
        let Err(error) = send_deletion(client, name).await else { break };
        if error.is_lost() {
            client.step(StepCode::ResponseLost, "the response to the deletion was lost; reading the peering");
        } else {
            client.restore_leftover(leftover.clone());
            if !wait_before_retry(client, Effect::Write, &error, &mut attempts).await {
                return Err(error);
            }
        }
        let now = fetch(client, name).await?.map(|now| now.peering);
        let now = now.filter(|now| now.is_record(peering));
        deleting = now.as_ref().is_none_or(|now| now.state == State::Deleting);
        if !deleting && error.is_lost() {
            client.set_leftover(Leftover::not_deleted(name));
            return Err(error);
        }
        if !deleting && !even_if_changed && now.is_some_and(|now: Peering| now.modify_index != peering.modify_index) {
            return Ok(false);
        }
    }
    client.set_leftover(Leftover::deleting(name));
    // If the other cluster ends the stream meanwhile, the record exists until it is deleted again.
    while wait && !until_gone(client, existing, REMOVED_WITHIN).await? {
        match send_deletion(client, name).await {
            Err(error) if !error.is_lost() => client.step(StepCode::DeletingAgain, &error.reason),
            _ => {}
        }
    }
    client.clear_leftover();
    Ok(true)
}

async fn send_deletion<H: Host>(client: &Client<H>, name: &PeerName) -> Result<(), Error<H::Value>> {
    let request = request::delete(name, client.cluster.options.partition.as_deref());
    send(client, &request).await?.empty()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::fixtures;
    use super::*;
    use crate::consul::peering::Role;

    fn peering() -> Peering {
        fixtures::peering("us", Role::Acceptor, State::Active)
    }

    #[test]
    fn which_record_may_be_deleted() {
        let read = peering();
        let with = |change: fn(&mut Peering)| {
            let mut now = peering();
            change(&mut now);
            now
        };
        // Each with whether it is the record still, and whether it is as it was read.
        for (now, is_record, is_unchanged) in [
            (peering(), true, true),
            (with(|now| now.modify_index += 1), true, false),
            (with(|now| now.state = State::Failing), true, false),
            (with(|now| (now.modify_index, now.state) = (21, State::Failing)), true, false),
            (with(|now| (now.modify_index, now.state) = (21, State::Deleting)), true, true),
            (with(|now| now.id = "2".into()), false, false),
            (with(|now| now.create_index += 1), false, false),
            (with(|now| (now.create_index, now.state) = (11, State::Deleting)), false, false),
        ] {
            assert!(Deletable::Any.allows(&now));
            assert_eq!(Deletable::Record(&read).allows(&now), is_record, "{now:?}");
            assert_eq!(Deletable::Unchanged(&read).allows(&now), is_unchanged, "{now:?}");
            assert!(!Deletable::Nothing.allows(&now));
        }
    }
}
