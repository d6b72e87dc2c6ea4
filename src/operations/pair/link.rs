//! Linking a pair. The next step is planned from what exists, and planned again after each change, so an interrupted
//! call can be resumed by repeating it.

use std::rc::Rc;

use super::delete_side::delete_acceptor;
use super::link_timing::{DELETED_WITHIN, Link, TOKENS_MAX, not_active};
use super::new_token::{exchange_new_token, was_changed_concurrently};
use super::wait_for_change::wait_for_change;
use super::{Member, Pair};
use crate::consul::code::Code;
use crate::consul::peering::{Role, State};
use crate::decide::export_hint::Next;
use crate::decide::plan::{ACCEPTOR_DELETED, Action, Step, StepReason};
use crate::decide::progress::{Kind, ProgressCode};
use crate::host::{Host, HostValue};
use crate::operations::call::{Call, Outcome};
use crate::operations::error::Error;
use crate::operations::mesh::Mesh;
use crate::operations::remove::{Deletable, remove_if};
use crate::rules::duration::Duration;

const RACES_MAX: u32 = 5;
const RACE_PAUSE: Duration = Duration::ms(500.0);
/// If two calls connect a pair in opposite directions at once, one lets the other go first, doubling the delay each
/// time.
const YIELD: Duration = Duration::ms(2_000.0);
/// How long an unused peering of the opposite direction may belong to another call that is about to use it.
const CONCURRENT_CALL_WITHIN: Duration = Duration::ms(8_000.0);
const CONCURRENT_CALL_POLL: Duration = Duration::ms(250.0);

/// Both peerings of a pair, ACTIVE.
pub struct Linked<V> {
    pub acceptor: V,
    pub dialer: V,
    /// Whether this call has changed anything.
    pub changed: bool,
    /// The pair is linked in the opposite direction.
    pub reversed: bool,
    /// What is to be done until a service can be called.
    pub next: Option<Next>,
}

/// Continues until both sides are ACTIVE and linked with each other. In a mesh, its reads are shared and its writes limited.
pub async fn link<H: Host>(
    call: &Rc<Call<H>>,
    pair: &mut Pair<H>,
    mesh: Option<&Mesh<H>>,
) -> Outcome<H, Linked<H::Value>> {
    let mut link = Link::default();
    loop {
        pair.fetch(call, mesh).await?;
        let now = call.now();
        let plan = match pair.plan() {
            Ok(plan) => plan,
            Err(conflict) => {
                let since = link.concurrent_call_since.unwrap_or(now);
                if !conflict.may_be_concurrent_call || now - since >= CONCURRENT_CALL_WITHIN {
                    return Err(pair.conflict(conflict));
                }
                if link.concurrent_call_since.is_none() {
                    let text = "another call may be connecting in the opposite direction; waiting for it";
                    let code = ProgressCode::Error(conflict.refusal.code);
                    pair.member(conflict.on).report(call, Kind::Retry, code, text, None);
                }
                link.concurrent_call_since = Some(since);
                call.pause(CONCURRENT_CALL_POLL).await?;
                continue;
            }
        };
        link.concurrent_call_since = None;
        link.report_notes(call, pair, &plan);
        if link.is_done(pair, &plan, now) {
            let [acceptor, dialer] = &pair.members;
            let object = |member: &Member<H>| member.object().unwrap_or_else(H::Value::null);
            let (acceptor, dialer) = (object(acceptor), object(dialer));
            return Ok(Linked { acceptor, dialer, changed: link.changed, reversed: plan.reversed, next: None });
        }
        let step = link.next_step(pair, plan, now)?;
        match step {
            // The two sides are read one after the other: another call may have linked them in between.
            Some(Step { on, code: StepReason::DialerGone, action: Action::Delete, .. })
                if !link.is_certain(pair, on) =>
            {
                call.pause(Duration::ZERO).await?;
            }
            Some(Step { on, action: Action::Delete, reason, .. }) => {
                let _permit = permit(mesh).await;
                if delete_acceptor(call, pair, on, &reason).await? {
                    link.changed = true;
                    link.deleted = true;
                } else {
                    call.pause(CONCURRENT_CALL_POLL).await?;
                }
            }
            Some(Step { on, action: Action::Generate, reason, .. }) => {
                if link.tokens == TOKENS_MAX {
                    let why = format!("{TOKENS_MAX} tokens were accepted, and none led to ACTIVE");
                    return Err(not_active(pair, &why));
                }
                link.changed = true;
                // After the deletion, the plan's reason is what exists now, not why.
                let reason = if link.deleted && link.tokens == 0 { ACCEPTOR_DELETED } else { &*reason };
                let result = {
                    let _permit = permit(mesh).await;
                    exchange_new_token(call, pair, on, Some(reason)).await
                };
                match result {
                    Ok(()) => {
                        link.tokens += 1;
                        link.failing_since = None;
                        link.starting_since = None;
                    }
                    Err(error) => link.after_race(call, pair, on.other(), error).await?,
                }
            }
            step => {
                link.report_wait(call, pair, step.as_ref());
                link.wait(call, pair, mesh, step.map(|step| step.on)).await?;
            }
        }
    }
}

async fn permit<H: Host>(mesh: Option<&Mesh<H>>) -> Option<crate::operations::semaphore::Permit<'_>> {
    match mesh {
        Some(mesh) => Some(mesh.writes.acquire().await),
        None => None,
    }
}

impl Link {
    /// If another call wrote in between, waits and continues; otherwise returns the error.
    async fn after_race<H: Host>(
        &mut self,
        call: &Call<H>,
        pair: &Pair<H>,
        other: Role,
        error: Error<H::Value>,
    ) -> Outcome<H, ()> {
        if !was_changed_concurrently(&error, pair) || self.races == RACES_MAX {
            return Err(error);
        }
        self.races += 1;
        error.left_behind.iter().for_each(|left| pair.leftovers.keep(left.clone()));
        let text = format!("another call came in between ({}); reading both sides again", error.code.name());
        pair.member(other).report(call, Kind::Retry, ProgressCode::Error(error.code), &text, None);
        let yields = error.code == Code::RoleConflict && !has_priority(pair);
        let yield_for = if yields { YIELD * f64::from(1 << (self.races - 1)) } else { Duration::ZERO };
        call.pause(yield_for + RACE_PAUSE * call.random()).await // or both collide again
    }

    /// Waits until something has changed on either side.
    async fn wait<H: Host>(
        &mut self,
        call: &Rc<Call<H>>,
        pair: &Pair<H>,
        mesh: Option<&Mesh<H>>,
        on: Option<Role>,
    ) -> Outcome<H, ()> {
        if let Some(member) = on.map(|on| pair.member(on))
            && let Some(existing) = &member.existing
            && existing.peering.state == State::Deleting
        {
            let now = call.now();
            let id = &existing.peering.id;
            let since = self.deleting.take().filter(|(deleting, _)| deleting == id).map_or(now, |(_, since)| since);
            self.deleting = Some((id.clone(), since));
            // If the other cluster ends the stream meanwhile, Consul drops the deletion mark: remove sends the deletion
            // again.
            if now - since >= DELETED_WITHIN {
                let client = member.client(call)?;
                client.within(remove_if(&client, &member.peer_name, Deletable::Record(&existing.peering))).await?;
                return Ok(());
            }
        }
        // In a mesh, the shared reads set the pace.
        if mesh.is_none() { wait_for_change(call, pair).await } else { Ok(()) }
    }
}

/// Which of two opposite calls goes first: both decide the same.
fn has_priority<H: Host>(pair: &Pair<H>) -> bool {
    let [acceptor, dialer] = pair.members.each_ref().map(|member| member.known_identity().server_name());
    acceptor < dialer
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::operations::fixtures::{host, pair};
    use crate::simulator::host::SimulatedHost;

    /// How long a call waits after each of its races, in ms.
    fn waits(pair: &Pair<SimulatedHost>, host: &SimulatedHost, call: &Call<SimulatedHost>) -> Vec<f64> {
        let mut link = Link::default();
        let mut lose = || {
            let began = call.now();
            let error = pair.members[0].failed(Error::new(Code::RoleConflict, "established by another call"));
            host.run(link.after_race(call, pair, Role::Dialer, error)).map(|()| (call.now() - began).as_ms())
        };
        let waits = (0..RACES_MAX).map(|_| lose().ok().unwrap()).collect();
        assert_eq!(lose().unwrap_err().code, Code::RoleConflict);
        waits
    }

    #[test]
    fn of_two_opposite_calls_one_lets_the_other_go_first_for_twice_as_long_each_time() {
        let host = host();
        let call = Call::new(host.clone(), Duration::ms(600_000.0), None);
        let mut pair = pair(&call, &host, [None, None]);
        host.run(pair.fetch(&call, None)).unwrap();
        let yielded = waits(&pair, &host, &call);
        let least = [2_000.0, 4_000.0, 8_000.0, 16_000.0, 32_000.0];
        assert!(yielded.iter().zip(least).all(|(wait, least)| (least..=least + 500.0).contains(wait)), "{yielded:?}");
        pair.members.swap(0, 1);
        let prior = waits(&pair, &host, &call);
        assert!(prior.iter().all(|wait| *wait <= 500.0), "{prior:?}");
        assert!(prior.windows(2).all(|waits| waits[0] != waits[1]), "two calls must not collide again: {prior:?}");
    }
}
