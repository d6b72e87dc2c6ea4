//! What has happened while a pair is being linked, and what follows from how long it lasts.

use super::{Member, Pair};
use crate::consul::code::Code;
use crate::consul::peering::{Role, State};
use crate::decide::leftover::Leftover;
use crate::decide::plan::{Action, Plan, Step, StepReason};
use crate::decide::progress::{Kind, ProgressCode, StepCode};
use crate::host::Host;
use crate::operations::call::Call;
use crate::operations::error::Error;
use crate::rules::duration::{Duration, Instant};

const FAILING_LIMIT: Duration = Duration::ms(15_000.0);
/// The limit for what Consul does within five seconds.
pub const STALLED: Duration = Duration::ms(15_000.0);
/// An existing dialer may continue to dial with its former secret: its leader reads the secret when it is written,
/// dials, and does not read it again meanwhile. Only another token stops that.
pub const RENEW_FAILING: Duration = Duration::ms(6_000.0);
/// After FAILING, since a connection may flap.
pub const STAYS_ACTIVE: Duration = Duration::ms(1_000.0);
pub const DELETED_WITHIN: Duration = Duration::ms(2_000.0);
/// The leader allows a burst of five reads. Each token takes two, and once only one is left they are too far apart for that.
pub const TOKENS_MAX: u32 = 5;

/// The events so far.
#[derive(Default)]
pub struct Link {
    pub changed: bool,
    /// The acceptor was deleted to be recreated.
    pub deleted: bool,
    pub tokens: u32,
    pub races: u32,
    /// Since when the new link is FAILING, and since when both sides have been ACTIVE again after that.
    pub failing_since: Option<Instant>,
    pub active_since: Option<Instant>,
    /// Since when the link is neither ACTIVE nor FAILING.
    pub starting_since: Option<Instant>,
    /// Since when another call may be connecting in the opposite direction.
    pub concurrent_call_since: Option<Instant>,
    /// The dialer that is ACTIVE without its acceptor, and since when.
    pub orphan: Option<(String, Instant)>,
    /// The acceptor that has been read without its dialer.
    pub without_dialer: Option<String>,
    /// The peering that is being deleted, and since when.
    pub deleting: Option<(String, Instant)>,
    pub reported_wait: Option<(StepReason, State)>,
    pub reported_notes: Vec<String>,
}

impl Link {
    pub fn report_notes<H: Host>(&mut self, call: &Call<H>, pair: &Pair<H>, plan: &Plan) {
        for note in &plan.notes {
            if !self.reported_notes.contains(&note.text) {
                pair.members[1].report(call, Kind::Step, ProgressCode::Note(note.code), &note.text, None);
            }
        }
        self.reported_notes = plan.notes.iter().map(|note| note.text.clone()).collect();
    }

    pub fn is_done<H: Host>(&mut self, pair: &Pair<H>, plan: &Plan, now: Instant) -> bool {
        let mut states = pair.members.iter().map(Member::state);
        if plan.linked && states.clone().any(|state| state == Some(&State::Failing)) {
            self.failing_since.get_or_insert(now);
        }
        self.active_since = match states.all(|state| state == Some(&State::Active)) {
            true => self.active_since.or(Some(now)),
            false => None,
        };
        self.starting_since = match plan.linked && self.active_since.is_none() && self.failing_since.is_none() {
            true => self.starting_since.or(Some(now)),
            false => None,
        };
        let stays_active = self.active_since.is_some_and(|since| now - since >= STAYS_ACTIVE);
        plan.steps.is_empty() && (self.failing_since.is_none() || stays_active)
    }

    pub fn next_step<H: Host>(
        &mut self,
        pair: &Pair<H>,
        plan: Plan,
        now: Instant,
    ) -> Result<Option<Step>, Error<H::Value>> {
        if let (true, None, Some(since)) = (plan.linked, self.active_since, self.failing_since) {
            if now - since >= FAILING_LIMIT {
                return Err(not_active(pair, "the connection has been FAILING for 15 s"));
            }
            if now - since >= RENEW_FAILING && self.tokens > 0 && self.tokens < TOKENS_MAX {
                return Ok(Some(Step {
                    on: if plan.reversed { Role::Dialer } else { Role::Acceptor },
                    action: Action::Generate,
                    code: StepReason::NotActive,
                    reason: "the new link is FAILING".to_owned(),
                }));
            }
        }
        if self.is_stalled(pair, &plan, now) {
            return Ok(Some(Step {
                on: if plan.reversed { Role::Dialer } else { Role::Acceptor },
                action: Action::Generate,
                code: StepReason::NotActive,
                reason: "the link has not become ACTIVE for 15 s".to_owned(),
            }));
        }
        let step = plan.steps.into_iter().next();
        self.check_orphan(pair, step.as_ref(), now)?;
        Ok(step)
    }

    /// Whether a link does not start, though Consul dials within seconds. A refused token may have changed the dialer's
    /// addresses; a new token corrects that.
    fn is_stalled<H: Host>(&self, pair: &Pair<H>, plan: &Plan, now: Instant) -> bool {
        let accepting = &pair.members[usize::from(plan.reversed)];
        let are_addresses_known = self.tokens > 0 || accepting.external_addresses.is_some();
        let has_waited = self.starting_since.is_some_and(|since| now - since >= STALLED);
        has_waited && are_addresses_known && self.tokens < TOKENS_MAX
    }

    /// Consul notifies a dialer within seconds that its acceptor is gone, but not if the acceptor had a second dialer.
    fn check_orphan<H: Host>(
        &mut self,
        pair: &Pair<H>,
        step: Option<&Step>,
        now: Instant,
    ) -> Result<(), Error<H::Value>> {
        let is_orphan = |step: &&Step| matches!(step.code, StepReason::AcceptorGone | StepReason::AcceptorRecreated);
        let waits = step.filter(|step| step.action == Action::Wait).filter(is_orphan);
        let id = waits.and_then(|step| Some(pair.member(step.on).existing.as_ref()?.peering.id.clone()));
        let before = self.orphan.take();
        self.orphan = id.map(|id| {
            let since = before.filter(|(known, _)| *known == id).map_or(now, |(_, since)| since);
            (id, since)
        });
        match &self.orphan {
            Some((_, since)) if now - *since >= STALLED => {
                Err(not_active(pair, "the dialer has been ACTIVE for 15 s without its acceptor"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the same acceptor has been read without its dialer before.
    pub fn is_certain<H: Host>(&mut self, pair: &Pair<H>, on: Role) -> bool {
        let id = pair.member(on).existing.as_ref().map(|existing| existing.peering.id.clone());
        let before = std::mem::replace(&mut self.without_dialer, id);
        before.is_some() && before == self.without_dialer
    }

    pub fn report_wait<H: Host>(&mut self, call: &Call<H>, pair: &Pair<H>, step: Option<&Step>) {
        let waits_for = step.and_then(|step| Some((step.code, pair.member(step.on).state()?.clone())));
        if let (Some(step), Some((code, state))) = (step, &waits_for)
            && waits_for != self.reported_wait
        {
            let member = pair.member(step.on);
            let goal = match code {
                StepReason::Deleting => "deleted",
                StepReason::NotActive => "ACTIVE",
                _ => "TERMINATED",
            };
            let text = format!("waiting until \"{}\" is {goal} (now {state})", member.peer_name);
            member.step(call, StepCode::Waiting, &text);
        }
        self.reported_wait = waits_for;
    }
}

/// The error of a pair that does not become ACTIVE.
pub fn not_active<H: Host>(pair: &Pair<H>, why: &str) -> Error<H::Value> {
    pair.leftovers.retain(|left| !left.code.is_existing_side());
    for member in &pair.members {
        if let Some(state) = member.state() {
            pair.leftovers.keep(member.left_behind(Leftover::pair_not_active(&member.peer_name, state)));
        }
    }
    let is_not_active = |member: &&Member<H>| member.state().is_some_and(|state| *state != State::Active);
    let member = pair.members.iter().find(is_not_active).unwrap_or(&pair.members[1]);
    member.failed(Error::new(Code::NotActive, why)).with_peering(member.object())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
