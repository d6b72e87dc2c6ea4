//! Waiting until either side of a pair changes.

use std::rc::Rc;

use futures_util::future::try_join;

use super::call::{Call, Outcome};
use super::link_state::{DELETED_WITHIN, RENEW_FAILING, STALLED, STAYS_ACTIVE};
use super::pair::{Member, Pair};
use super::read::fetch;
use crate::consul::peering::{Peering, State};
use crate::decide::wait::poll_delay;
use crate::host::Host;

/// Waits until the peering of either side is replaced, or changes its state.
pub async fn changed<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>) -> Outcome<H, ()> {
    let began = call.now();
    let of = |peering: Option<&Peering>| peering.map(|peering| (peering.id.clone(), peering.state.clone()));
    let before = pair.members.each_ref().map(|member| of(member.existing.as_ref().map(|existing| &existing.peering)));
    let was = |state: State| before.iter().flatten().any(|(_, before)| *before == state);
    loop {
        call.pause(poll_delay(call.now() - began)).await?;
        let [a, b] = &pair.members;
        let (a, b) = try_join(read(call, pair, a), read(call, pair, b)).await?;
        let now = [of(a.as_ref()), of(b.as_ref())];
        let waited = call.now() - began;
        // Both are ACTIVE, and have to stay so for a while.
        let both_active = now.iter().all(|now| now.as_ref().is_some_and(|(_, state)| *state == State::Active));
        if now != before
            || (both_active && waited >= STAYS_ACTIVE)
            || (was(State::Deleting) && waited >= DELETED_WITHIN)
            || (was(State::Failing) && waited >= RENEW_FAILING)
            || waited >= STALLED
        {
            return Ok(());
        }
    }
}

async fn read<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>, member: &Member<H>) -> Outcome<H, Option<Peering>> {
    let client = member.client(call)?;
    let found = client.within(async { fetch(&client, &member.peer_name).await }).await?;
    pair.settle(member, found.as_ref().map(|found| &found.peering));
    Ok(found.map(|found| found.peering))
}
