//! Histories that aim at one combination of the coverage: the peering that exists when a call starts, and its failure.

use std::time::Duration;

use consul_peering::simulator::Fault;
use consul_peering::simulator::host::Conditions;

use crate::chance::Chance;
use crate::coverage::{Condition, FailureMode};
use crate::history::{Addresses, Item, Op, Planned, What};

/// The party of all aimed items.
const PARTY: usize = 0;
/// The other parties start after this time.
pub const AIMED_MS: u64 = 40_000;
/// The time until the other side of a deleted peering is TERMINATED.
const TWO_ROUNDS_MS: u64 = 11_000;
/// Longer than the calls of a race.
const SHORT_OUTAGE_MS: u64 = 200;
const SLOW: Duration = Duration::from_millis(30);
const SLOWER: Duration = Duration::from_millis(200);
/// At this time, every call over a slow network is still pending.
const MEANWHILE_MS: u64 = 5;
/// At this time, a call over a slow network has read and not yet written.
const BEFORE_WRITES_MS: u64 = 40;

type Step = (u64, What);

/// The items that prepare the combination, and the call.
pub fn aim(chance: &mut Chance, names: &[&'static str], [at, other]: [&'static str; 2]) -> Vec<Item> {
    let (condition, _) = chance.pick(Condition::ALL);
    let (failure_mode, _) = chance.pick(FailureMode::ALL);
    let op = op(chance);
    let third = names.iter().find(|name| ![at, other].contains(name)).copied();
    let mut steps = Vec::new();
    if let (Condition::AcceptorDeleting | Condition::DialerDeleting, Some(third)) = (condition, third) {
        steps.extend(slow_removals(at, third));
    }
    // Afterwards: `connect` would replace the token of the third cluster.
    if let Op::Establish { .. } = op {
        steps.push((0, token_for(condition, third, [at, other])));
    }
    steps.extend(prepare(condition, [at, other]));
    // These conditions exist only briefly.
    let is_brief = matches!(
        condition,
        Condition::AcceptorFailing
            | Condition::DialerFailing
            | Condition::DialerEstablishing
            | Condition::AcceptorDeleting
            | Condition::DialerDeleting
    );
    let after = if is_brief { 0 } else { chance.below(TWO_ROUNDS_MS) };
    steps.extend(failing(chance, failure_mode, condition, after, Planned::new(at, other, op)));
    steps.into_iter().map(|(after, what)| Item { party: PARTY, after, what }).collect()
}

fn op(chance: &mut Chance) -> Op {
    let [wait, replace] = [70, 30].map(|percent| chance.in_hundred(percent));
    chance.pick(&[
        Op::Establish { token: 0, wait, replace },
        Op::Generate { replace },
        Op::Read,
        Op::List,
        Op::Delete { wait },
        Op::Wait { gone: replace },
        Op::Connect,
        Op::Rotate,
        Op::Disconnect { force: false },
        Op::Disconnect { force: true },
        Op::Mesh,
        Op::Permissions,
        Op::Identify,
        Op::Watch { all: wait },
        Op::Plan,
        Op::PlanRotation,
        Op::PlanDisconnect,
        Op::PlanMesh,
    ])
}

fn call(at: &'static str, other: &'static str, op: Op) -> What {
    What::Call(Planned::new(at, other, op))
}

const GENERATE: Op = Op::Generate { replace: false };
const ESTABLISH: Op = Op::Establish { token: 0, wait: false, replace: false };

/// Generates a peering token to establish with. If the other cluster has to dial, of a third cluster.
fn token_for(condition: Condition, third: Option<&'static str>, [at, other]: [&'static str; 2]) -> What {
    call(if condition.is_acceptor() { third.unwrap_or(other) } else { other }, at, GENERATE)
}

/// A TERMINATED peering delays the removal of others on its cluster.
fn slow_removals(at: &'static str, third: &'static str) -> [Step; 2] {
    [(0, call(at, third, Op::Connect)), (0, call(third, at, Op::Delete { wait: true }))]
}

/// The steps that bring the peering named `other` on `at` into the condition.
fn prepare(condition: Condition, [at, other]: [&'static str; 2]) -> Vec<Step> {
    let accepts = (0, call(at, other, Op::Connect));
    let dials = (0, call(other, at, Op::Connect));
    let delete = |at, other, wait| (0, call(at, other, Op::Delete { wait }));
    let later = |(_, what)| (TWO_ROUNDS_MS, what);
    match condition {
        Condition::Nothing => vec![],
        Condition::AcceptorPending => vec![(0, call(at, other, GENERATE))],
        Condition::AcceptorActive => vec![accepts],
        Condition::AcceptorFailing => vec![accepts, (0, What::Restart(other, SHORT_OUTAGE_MS))],
        Condition::AcceptorTerminated => vec![accepts, delete(other, at, true)],
        Condition::AcceptorDeleting => vec![later((0, call(at, other, GENERATE))), delete(at, other, false)],
        Condition::DialerPending => {
            let nowhere = Planned { addresses: Addresses::Wrong, ..Planned::new(other, at, GENERATE) };
            let aborted = Planned { abort_after: Some(MEANWHILE_MS * 40), ..Planned::new(at, other, ESTABLISH) };
            vec![(0, What::Call(nowhere)), (0, What::Call(aborted))]
        }
        Condition::DialerEstablishing => vec![(0, call(other, at, GENERATE)), (0, call(at, other, ESTABLISH))],
        Condition::DialerActive => vec![dials],
        Condition::DialerFailing => vec![dials, (0, What::Restart(other, TWO_ROUNDS_MS))],
        Condition::DialerTerminated => vec![dials, delete(other, at, true)],
        Condition::DialerDeleting => vec![dials, later(delete(at, other, false))],
    }
}

/// The call with its failure.
fn failing(
    chance: &mut Chance,
    failure_mode: FailureMode,
    condition: Condition,
    after: u64,
    planned: Planned,
) -> Vec<Step> {
    let at = planned.at;
    let quiet = (0, What::Network(Conditions::default()));
    let network = |delay, share| {
        let conditions = Conditions { delay, lost_before: share, lost_after: share, cut: share };
        (after, What::Network(conditions))
    };
    let with_fault = |fault| vec![(after, What::Fault(at, fault, 1)), (0, What::Call(planned.clone()))];
    let meanwhile = |event| {
        let interrupted = What::Interrupted(planned.clone(), MEANWHILE_MS, Box::new(event));
        vec![network(SLOW, 0.0), (0, interrupted), quiet.clone()]
    };
    let over = |network, planned| vec![network, (0, What::Call(planned)), quiet.clone()];
    let duration = Duration::from_millis(chance.pick(&[100, 3_000]));
    match failure_mode {
        FailureMode::Nothing => vec![(after, What::Call(planned))],
        FailureMode::Delay => with_fault(Fault::Delay(duration)),
        FailureMode::DropBefore => with_fault(Fault::DropBefore),
        FailureMode::DropAfter => with_fault(Fault::DropAfter),
        FailureMode::Cut => with_fault(Fault::Cut),
        FailureMode::RateLimited => with_fault(Fault::RateLimited(Some(1))),
        FailureMode::Unavailable => with_fault(Fault::Unavailable(None)),
        FailureMode::LeaderLost => with_fault(Fault::LeaderLost(duration)),
        FailureMode::ProxyPage => with_fault(Fault::ProxyPage(chance.pick(&[200, 404, 502]))),
        FailureMode::GatewayTimeout => with_fault(Fault::GatewayTimeout),
        FailureMode::Redirect => {
            with_fault(Fault::Redirect { location: "http://elsewhere.example/".into(), status: 301 })
        }
        FailureMode::ServerDown => with_fault(Fault::Restart { duration, acted: chance.in_hundred(50) }),
        FailureMode::SlowNetwork => over(network(SLOW, 0.0), planned),
        FailureMode::LossyNetwork => over(network(SLOW, 0.3), planned),
        FailureMode::ClockStep => meanwhile(What::StepClock(chance.pick(&[-3_600_000.0, 86_400_000.0]))),
        FailureMode::Rebuild => meanwhile(What::Rebuild(at, 100)),
        FailureMode::NewAuthority => meanwhile(What::RotateAuthority(at)),
        FailureMode::Race => {
            let racing = match condition {
                Condition::Nothing => Planned::new(at, planned.other, GENERATE),
                // Nothing writes to a peering that is being deleted.
                Condition::AcceptorDeleting | Condition::DialerDeleting => Planned::new(planned.other, at, GENERATE),
                _ => Planned::new(at, planned.other, Op::Delete { wait: false }),
            };
            let interrupted = What::Interrupted(racing, BEFORE_WRITES_MS, Box::new(What::Call(planned)));
            vec![network(SLOW, 0.0), (0, interrupted), quiet]
        }
        FailureMode::Abort => {
            let abort_after = Some(chance.below(BEFORE_WRITES_MS));
            over(network(SLOW, 0.0), Planned { abort_after, ..planned })
        }
        FailureMode::Crash => {
            let crash_after = Some(1 + chance.below(10) as u32);
            over(network(SLOW, 0.0), Planned { crash_after, ..planned })
        }
        FailureMode::TimeOut => {
            over(network(SLOWER, 0.0), Planned { timeout: 1 + chance.below(BEFORE_WRITES_MS), ..planned })
        }
    }
}
