//! Linking a pair. What to do is planned from what exists, and planned again each time that something has changed, so a
//! call that was stopped anywhere continues when it is made again.

use std::rc::Rc;

use futures_util::future::try_join;

use super::call::{Call, Outcome};
use super::error::Error;
use super::mesh::Mesh;
use super::pair::{Existing, Member, Pair};
use super::read::fetch;
use super::remove::{Deletable, Removed, remove_if};
use super::renew::{renew, was_raced};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::decide::leftover::Leftover;
use crate::decide::plan::{Action, Plan, Step, StepReason};
use crate::decide::progress::{Kind, ProgressCode, StepCode};
use crate::decide::wait::look_after;
use crate::host::{Host, HostValue};

const FAILING_LIMIT_MS: f64 = 15_000.0;
/// Consul takes five seconds at most.
const ORPHAN_LIMIT_MS: f64 = 15_000.0;
/// A dialer that existed before may go on dialling with its former secret: its leader reads it when it is written, dials,
/// and does not read it a second time while that is under way. Only another token ends that.
const RENEW_FAILING_MS: f64 = 6_000.0;
/// After FAILING was seen, since a connection may flap.
const STAYS_ACTIVE_MS: f64 = 1_000.0;
const DELETED_WITHIN_MS: f64 = 2_000.0;
/// The leader has five reads in hand. Each token takes two, and once only one is left they are too far apart for that.
const TOKENS_MAX: u32 = 5;
const RACES_MAX: u32 = 5;
const RACE_PAUSE_MS: f64 = 500.0;
/// Of two calls that connect a pair in opposite directions at once, one lets the other go first, twice as long each time.
const LET_PASS_MS: f64 = 2_000.0;
/// How long an unused half of the other direction may be another call's that is about to use it.
const PASSING_MS: f64 = 8_000.0;
const PASSING_READ_MS: f64 = 250.0;

/// Both peerings of a pair, ACTIVE.
pub struct Linked<V> {
    pub acceptor: V,
    pub dialer: V,
    /// Whether this call has changed anything.
    pub changed: bool,
    /// The pair is linked in the other direction than asked for.
    pub reversed: bool,
}

/// What has happened on the way.
#[derive(Default)]
struct Link {
    changed: bool,
    tokens: u32,
    races: u32,
    /// Since when the new link is FAILING, and since when both sides have been ACTIVE again after that.
    failing_since: Option<f64>,
    active_since: Option<f64>,
    /// Since when another call may be connecting in the opposite direction.
    passing_since: Option<f64>,
    /// The dialer that is ACTIVE without its acceptor, and since when.
    orphan: Option<(String, f64)>,
    /// The acceptor that has been read without its dialer.
    without_dialer: Option<String>,
    /// What is being deleted, and since when.
    deleting: Option<(String, f64)>,
    reported_wait: Option<(StepReason, String)>,
    reported_notes: Vec<String>,
}

/// Continues until both sides are ACTIVE and linked with each other. In a mesh, its reads are shared and its writes limited.
pub async fn link<H: Host>(
    call: &Rc<Call<H>>,
    pair: &mut Pair<H>,
    mesh: Option<&Mesh<H>>,
) -> Outcome<H, Linked<H::Value>> {
    let mut link = Link::default();
    loop {
        pair.survey(call, mesh).await?;
        let now = call.now();
        let plan = match pair.plan() {
            Ok(plan) => plan,
            Err(conflict) => {
                let since = link.passing_since.unwrap_or(now);
                if !conflict.passing || now - since >= PASSING_MS {
                    return Err(pair.conflict(conflict));
                }
                if link.passing_since.is_none() {
                    let text = "another call may be connecting the other way round; waiting for it";
                    let code = ProgressCode::Error(conflict.refusal.code);
                    pair.member(conflict.on).report(call, Kind::Retry, code, text, None);
                }
                link.passing_since = Some(since);
                call.pause(PASSING_READ_MS).await?;
                continue;
            }
        };
        link.passing_since = None;
        link.report_notes(call, pair, &plan);
        if link.is_done(pair, &plan, now) {
            let [acceptor, dialer] = &pair.members;
            let object = |member: &Member<H>| member.object().unwrap_or_else(H::Value::null);
            let (acceptor, dialer) = (object(acceptor), object(dialer));
            return Ok(Linked { acceptor, dialer, changed: link.changed, reversed: plan.reversed });
        }
        let step = link.next_step(pair, plan, now)?;
        match step {
            // Both sides are not read at one moment: another call may have linked them in between.
            Some(Step { on, code: StepReason::DialerGone, action: Action::Delete, .. })
                if !link.is_certain(pair, on) =>
            {
                call.pause(0.0).await?;
            }
            Some(Step { on, action: Action::Delete, reason, .. }) => {
                let _permit = permit(mesh).await;
                if delete_acceptor(call, pair, on, &reason).await? {
                    link.changed = true;
                } else {
                    call.pause(PASSING_READ_MS).await?;
                }
            }
            Some(Step { on, action: Action::Generate, reason, .. }) => {
                if link.tokens == TOKENS_MAX {
                    let why = format!("{TOKENS_MAX} tokens were accepted, and none led to ACTIVE");
                    return Err(not_active(pair, &why));
                }
                link.changed = true;
                let renewed = {
                    let _permit = permit(mesh).await;
                    renew(call, pair, on, Some(&reason)).await
                };
                match renewed {
                    Ok(()) => {
                        link.tokens += 1;
                        link.failing_since = None;
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

async fn permit<H: Host>(mesh: Option<&Mesh<H>>) -> Option<super::semaphore::Permit<'_>> {
    match mesh {
        Some(mesh) => Some(mesh.writes.acquire().await),
        None => None,
    }
}

impl Link {
    fn report_notes<H: Host>(&mut self, call: &Call<H>, pair: &Pair<H>, plan: &Plan) {
        for note in &plan.notes {
            if !self.reported_notes.contains(&note.text) {
                pair.members[1].report(call, Kind::Step, ProgressCode::Note(note.code), &note.text, None);
            }
        }
        self.reported_notes = plan.notes.iter().map(|note| note.text.clone()).collect();
    }

    fn is_done<H: Host>(&mut self, pair: &Pair<H>, plan: &Plan, now: f64) -> bool {
        let mut states = pair.members.iter().map(Member::state);
        if plan.linked && states.clone().any(|state| state == Some(&State::Failing)) {
            self.failing_since.get_or_insert(now);
        }
        self.active_since = match states.all(|state| state == Some(&State::Active)) {
            true => self.active_since.or(Some(now)),
            false => None,
        };
        let stays_active = self.active_since.is_some_and(|since| now - since >= STAYS_ACTIVE_MS);
        plan.steps.is_empty() && (self.failing_since.is_none() || stays_active)
    }

    fn next_step<H: Host>(&mut self, pair: &Pair<H>, plan: Plan, now: f64) -> Result<Option<Step>, Error<H::Value>> {
        if let (true, None, Some(since)) = (plan.linked, self.active_since, self.failing_since) {
            if now - since >= FAILING_LIMIT_MS {
                return Err(not_active(pair, "the connection has been FAILING for 15 s"));
            }
            if now - since >= RENEW_FAILING_MS && self.tokens > 0 && self.tokens < TOKENS_MAX {
                return Ok(Some(Step {
                    on: if plan.reversed { Role::Dialer } else { Role::Acceptor },
                    action: Action::Generate,
                    code: StepReason::NotActive,
                    reason: "the new link is FAILING".to_owned(),
                }));
            }
        }
        let step = plan.steps.into_iter().next();
        self.check_orphan(pair, step.as_ref(), now)?;
        Ok(step)
    }

    /// Consul tells a dialer within seconds that its acceptor is gone. One whose acceptor had a second dialer is never told.
    fn check_orphan<H: Host>(&mut self, pair: &Pair<H>, step: Option<&Step>, now: f64) -> Result<(), Error<H::Value>> {
        let is_orphan = |step: &&Step| matches!(step.code, StepReason::AcceptorGone | StepReason::AcceptorRecreated);
        let waits = step.filter(|step| step.action == Action::Wait).filter(is_orphan);
        let id = waits.and_then(|step| Some(pair.member(step.on).existing.as_ref()?.peering.id.clone()));
        let before = self.orphan.take();
        self.orphan = id.map(|id| {
            let since = before.filter(|(known, _)| *known == id).map_or(now, |(_, since)| since);
            (id, since)
        });
        match &self.orphan {
            Some((_, since)) if now - since >= ORPHAN_LIMIT_MS => {
                Err(not_active(pair, "the dialer has been ACTIVE for 15 s without its acceptor"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the same acceptor has been read without its dialer before.
    fn is_certain<H: Host>(&mut self, pair: &Pair<H>, on: Role) -> bool {
        let id = pair.member(on).existing.as_ref().map(|existing| existing.peering.id.clone());
        let before = std::mem::replace(&mut self.without_dialer, id);
        before.is_some() && before == self.without_dialer
    }

    /// Where another call wrote in between, waits and goes on; otherwise, the error.
    async fn after_race<H: Host>(
        &mut self,
        call: &Call<H>,
        pair: &Pair<H>,
        other: Role,
        error: Error<H::Value>,
    ) -> Outcome<H, ()> {
        if !was_raced(&error, pair) || self.races == RACES_MAX {
            return Err(error);
        }
        self.races += 1;
        let text = format!("another call came in between ({}); reading both sides again", error.code.name());
        pair.member(other).report(call, Kind::Retry, ProgressCode::Error(error.code), &text, None);
        let lets_pass = error.code == Code::RoleConflict && !goes_first(pair);
        let let_pass = if lets_pass { LET_PASS_MS * f64::from(1 << (self.races - 1)) } else { 0.0 };
        call.pause(let_pass + call.random() * RACE_PAUSE_MS).await // or both meet again
    }

    fn report_wait<H: Host>(&mut self, call: &Call<H>, pair: &Pair<H>, step: Option<&Step>) {
        let waits_for = step.map(|step| (step.code, step.reason.clone()));
        if let Some(step) = step
            && waits_for != self.reported_wait
        {
            let member = pair.member(step.on);
            let text = format!("waiting for \"{}\": {}", member.peer_name, step.reason);
            member.step(call, StepCode::Waiting, &text);
        }
        self.reported_wait = waits_for;
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
            // A goodbye that comes in between makes Consul forget that it is to be removed: remove sends the deletion again.
            if now - since >= DELETED_WITHIN_MS {
                let client = member.client(call)?;
                client.within(remove_if(&client, &member.peer_name, Deletable::Record(&existing.peering))).await?;
                return Ok(());
            }
        }
        // In a mesh, the next survey has its own pace.
        if mesh.is_none() { changed(call, pair).await } else { Ok(()) }
    }
}

/// Waits until the peering of either side is another, or has another state.
async fn changed<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>) -> Outcome<H, ()> {
    let began = call.now();
    let of = |peering: Option<&Peering>| peering.map(|peering| (peering.id.clone(), peering.state.clone()));
    let before = pair.members.each_ref().map(|member| of(member.existing.as_ref().map(|existing| &existing.peering)));
    let was = |state: State| before.iter().flatten().any(|(_, before)| *before == state);
    loop {
        call.pause(look_after(call.now() - began)).await?;
        let [a, b] = &pair.members;
        let (a, b) = try_join(read(call, a), read(call, b)).await?;
        let now = [of(a.as_ref()), of(b.as_ref())];
        let waited = call.now() - began;
        // ACTIVE on both sides, and it is to stay so for a while.
        let both_active = now.iter().all(|now| now.as_ref().is_some_and(|(_, state)| *state == State::Active));
        if now != before
            || (both_active && waited >= STAYS_ACTIVE_MS)
            || (was(State::Deleting) && waited >= DELETED_WITHIN_MS)
            || (was(State::Failing) && waited >= RENEW_FAILING_MS)
            || waited >= ORPHAN_LIMIT_MS
        {
            return Ok(());
        }
    }
}

async fn read<H: Host>(call: &Rc<Call<H>>, member: &Member<H>) -> Outcome<H, Option<Peering>> {
    let client = member.client(call)?;
    let found = client.within(async { fetch(&client, &member.peer_name).await }).await?;
    Ok(found.map(|found| found.peering))
}

/// Which of two opposite calls goes first: both come to the same result.
fn goes_first<H: Host>(pair: &Pair<H>) -> bool {
    let [acceptor, dialer] = pair.members.each_ref().map(|member| member.known_identity().server_name());
    acceptor < dialer
}

/// Deletes an acceptor that will never serve again, and waits until it is gone. False where another call has written to it
/// since it was read.
async fn delete_acceptor<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>, on: Role, reason: &str) -> Outcome<H, bool> {
    let member = pair.member(on);
    let Some(Existing { peering, .. }) = &member.existing else { return Ok(false) };
    let Removed::Gone(_) = delete(call, member, Deletable::Unchanged(peering), Some(reason)).await? else {
        return Ok(false);
    };
    pair.leftovers.retain(|left| !(left.code.is_existing_half() && member.is_at(left)));
    pair.leftovers.keep(member.left_behind(Leftover::acceptor_deleted(&member.peer_name, &peering.state)));
    Ok(true)
}

/// Deletes the peering of one side where it is `deletable`, and waits until it is gone.
pub async fn delete<H: Host>(
    call: &Rc<Call<H>>,
    member: &Member<H>,
    deletable: Deletable<'_>,
    reason: Option<&str>,
) -> Outcome<H, Removed<H::Value>> {
    let name = &member.peer_name;
    if member.existing.is_some() {
        let because = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        member.step(call, StepCode::Deleting, &format!("deleting \"{name}\"{because}"));
    }
    let client = member.client(call)?;
    let removed = client.within(remove_if(&client, name, deletable)).await?;
    if let (Removed::Gone(_), Some(_)) = (&removed, &member.existing) {
        member.step(call, StepCode::Deleted, &format!("\"{name}\" is gone"));
    }
    Ok(removed)
}

/// The error of a pair that does not become ACTIVE.
fn not_active<H: Host>(pair: &Pair<H>, why: &str) -> Error<H::Value> {
    pair.leftovers.retain(|left| !left.code.is_existing_half());
    for member in &pair.members {
        if let Some(state) = member.state() {
            pair.leftovers.keep(member.left_behind(Leftover::pair_not_active(&member.peer_name, state)));
        }
    }
    let is_not_active = |member: &&Member<H>| member.state().is_some_and(|state| *state != State::Active);
    let member = pair.members.iter().find(is_not_active).unwrap_or(&pair.members[1]);
    member.failed(Error::new(Code::NotActive, why)).with_peering(member.object())
}
