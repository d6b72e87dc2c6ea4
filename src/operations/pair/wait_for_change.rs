//! Waiting until either side of a pair changes.

use std::rc::Rc;

use futures_util::future::try_join;

use super::link_timing::{DELETED_WITHIN, RENEW_FAILING, STALLED, STAYS_ACTIVE};
use super::{Member, Pair};
use crate::consul::peering::{Peering, State};
use crate::decide::wait::poll_delay;
use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::read::fetch;

/// Waits until the peering of either side is replaced, or changes its state.
pub async fn wait_for_change<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>) -> Outcome<H, ()> {
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
    pair.resolve_leftovers(member, found.as_ref().map(|found| &found.peering));
    Ok(found.map(|found| found.peering))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::new_token::exchange_new_token;
    use super::*;
    use crate::consul::peering::Role;
    use crate::decide::leftover::{Leftover, LeftoverCode};
    use crate::operations::fixtures::{self, call, host};
    use crate::rules::duration::Duration;
    use crate::simulator::host::SimulatedHost;

    /// More than the time between two reads.
    const POLL: std::time::Duration = std::time::Duration::from_millis(600);

    /// How long it takes until a change of this pair is noticed.
    fn time_of_change(host: &SimulatedHost, pair: &mut Pair<SimulatedHost>) -> std::time::Duration {
        let call = call(host);
        host.run(pair.fetch(&call, None)).unwrap();
        let began = host.now();
        host.run(wait_for_change(&call, pair)).unwrap();
        host.now() - began
    }

    /// A new pair, some time after the clock began.
    fn pair(host: &SimulatedHost) -> Pair<SimulatedHost> {
        host.run(host.sleep(Duration::ms(9_000.0)));
        fixtures::pair(&call(host), host, [None, None])
    }

    fn is_about(took: std::time::Duration, limit: Duration) -> bool {
        let limit = std::time::Duration::from_secs_f64(limit.as_ms() / 1_000.0);
        took >= limit && took < limit + POLL
    }

    #[test]
    fn without_a_change_both_sides_are_planned_again_when_consul_would_have_acted() {
        let host = host();
        let mut pair = pair(&host);
        let took = time_of_change(&host, &mut pair);
        assert!(is_about(took, STALLED), "neither exists: {took:?}");
        host.run(exchange_new_token(&call(&host), &pair, Role::Acceptor, None)).unwrap();
        host.run(host.sleep(Duration::ms(12_000.0)));
        let took = time_of_change(&host, &mut pair);
        assert!(is_about(took, STAYS_ACTIVE), "both are ACTIVE: {took:?}");
    }

    #[test]
    fn a_change_of_state_is_noticed_at_once() {
        let host = host();
        let mut pair = pair(&host);
        host.run(exchange_new_token(&call(&host), &pair, Role::Acceptor, None)).unwrap();
        let took = time_of_change(&host, &mut pair);
        assert!(took < std::time::Duration::from_millis(5_600), "a leader's cycle: {took:?}");
        let states = ["us", "eu"].map(|at| host.peerings(at).remove(0).state);
        assert!(states.contains(&State::Active), "{states:?}");
    }

    #[test]
    fn a_read_resolves_a_leftover() {
        let host = host();
        let mut pair = pair(&host);
        let acceptor = pair.member(Role::Acceptor);
        for leftover in [Leftover::not_active("eu"), Leftover::acceptor_deleted("eu", &State::Terminated)] {
            pair.leftovers.keep(acceptor.left_behind(leftover));
        }
        host.run(wait_for_change(&call(&host), &pair)).unwrap();
        let codes: Vec<_> = pair.leftovers.all().iter().map(|left| left.code).collect();
        assert_eq!(codes, [LeftoverCode::AcceptorDeleted], "the acceptor does not exist");
        assert!(is_about(time_of_change(&host, &mut pair), STALLED));
    }
}
