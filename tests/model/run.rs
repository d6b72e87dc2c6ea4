//! One history: a seed makes clusters, callers and mishaps; what must not be is a violation.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, State};
use consul_peering::host::Host;
use consul_peering::simulator::Match;
use consul_peering::simulator::host::{Conditions, SimulatedHost};
use futures_util::future::join_all;

use crate::caller::Flaw;
use crate::history::{CALLERS, History, Item, LEGACY, NATURE, OUTSIDER, Op, Planned, What};
use crate::log::{Kind, Log, Rule, Violation, brief};
use crate::perform::{Finished, Running};

/// By then everything that is under way has ended.
const QUIET_MS: f64 = 75_000.0;
const STAYS_MS: f64 = 16_000.0;
const TRIES: usize = 5;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub violations: Vec<Violation>,
    pub calls: usize,
    pub requests: u32,
    pub virtual_time: Duration,
}

/// Runs a history without the items at these places.
pub fn run(seed: u64, skip: &BTreeSet<usize>, flaw: Option<Flaw>, is_shown: bool) -> Report {
    let history = History::draw(seed);
    let host = SimulatedHost::new(&history.options).expect("the options are valid");
    let log = Rc::new(Log { is_shown, ..Log::default() });
    let running = Running::new(&host, &log, &history.names, flaw);
    let acl = history.names.iter().filter_map(|name| host.cluster(name).place.token);
    log.secrets.borrow_mut().extend(acl.map(|token| token.expose().to_owned()));
    let ended = catch_unwind(AssertUnwindSafe(|| host.run(live(&running, &history, skip))));
    if let Err(panic) = ended {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        log.violate(Rule::NoPanic, text.unwrap_or_default());
    }
    Report {
        violations: log.violations.borrow().clone(),
        calls: log.made.borrow().len(),
        requests: log.requests.get(),
        virtual_time: host.now(),
    }
}

async fn live(running: &Running, history: &History, skip: &BTreeSet<usize>) {
    let first = history.names[0];
    let careful = Running::new(&running.host, &running.log, &[], None);
    careful.make(&planned(OUTSIDER, first, Op::Generate { replace: false })).await;
    establish_as(&careful, first, LEGACY).await;
    if history.is_name_taken {
        careful.make(&planned(OUTSIDER, LEGACY, Op::Generate { replace: false })).await;
        establish_as(&careful, first, history.names[1]).await;
    }
    running.log.tokens.borrow_mut().clear();
    let legacy = running.find(first, LEGACY);

    let items = history.items.iter().enumerate().filter(|(place, _)| !skip.contains(place)).map(|(_, item)| item);
    let items: Vec<_> = items.cloned().collect();
    join_all((0..=CALLERS).map(|party| act(running, &items, party))).await;
    running.host.set_conditions(Conditions::default());
    let faults = running.faults.take();
    running.host.world(|world| faults.into_iter().for_each(|fault| world.remove_fault(fault)));
    running.log.show(|| "nothing goes wrong any more".into());
    running.host.sleep(QUIET_MS).await;
    everything_is_reported(running);
    for pair in pairs_of(&items) {
        reach(running, pair).await;
    }
    let now = running.find(first, LEGACY);
    let is_live = |peering: &Peering| peering.state == State::Active;
    if !matches!((&legacy, &now), (Some(before), Some(now)) if before.is_record(now) && is_live(now)) {
        let text = format!("{first}/{LEGACY} was {} and is {}", brief(legacy.as_ref()), brief(now.as_ref()));
        running.log.violate(Rule::NeverDestroyed, text);
    }
}

/// A call in quiet times.
fn planned(at: &'static str, other: &'static str, op: Op) -> Planned {
    Planned { at, other, op, timeout: 60_000, abort_after: None, crash_after: None }
}

async fn establish_as(running: &Running, at: &'static str, name: &'static str) {
    let op = Op::Establish { token: 0, wait: true, replace: false };
    let made = running.make(&planned(at, name, op)).await;
    assert!(made.is_some_and(|finished| finished.errors.is_empty()), "the outsider's peering");
}

async fn act(running: &Running, items: &[Item], party: usize) {
    for Item { after, what, .. } in items.iter().filter(|item| item.party == party) {
        running.host.sleep(*after as f64).await;
        if party == NATURE {
            running.log.show(|| format!("{:?} {what:?}", running.host.now()));
        }
        befall(running, what).await;
    }
}

async fn befall(running: &Running, what: &What) {
    let host = &running.host;
    match what {
        What::Call(planned) => {
            running.make(planned).await;
        }
        What::Restart(cluster, ms) => {
            host.world(|world| world.restart(cluster, Duration::from_millis(*ms))).expect("it exists");
        }
        What::LoseLeader(cluster, ms) => {
            host.world(|world| world.lose_leader(cluster, Duration::from_millis(*ms))).expect("it exists");
        }
        What::StepClock(ms) => host.step_wall_clock(*ms),
        What::Network(conditions) => {
            running.log.delay.set(running.log.delay.get().max(conditions.delay));
            host.set_conditions(*conditions);
        }
        What::Fault(cluster, fault) => {
            let matching = Match { cluster: Some((*cluster).into()), ..Match::default() };
            let ordered = host.world(|world| world.order(fault.clone(), matching, 1));
            running.faults.borrow_mut().push(ordered);
        }
    }
}

/// Each peering that exists was reported by a call: it succeeded, or has it among what it left behind. Nothing is asked of
/// one that crashed.
fn everything_is_reported(running: &Running) {
    let (writes, made) = (running.log.writes.borrow(), running.log.made.borrow());
    for cluster in &running.names {
        for peering in running.host.peerings(cluster) {
            let place = ((*cluster).to_owned(), peering.name.clone());
            let is_reported = writes.iter().any(|write| {
                let made = &made[write.call];
                let is_here = write.cluster == *cluster && write.name == peering.name;
                let is_known = made.has_crashed || made.has_succeeded || made.reported.contains(&place);
                is_here && write.kind != Kind::Delete && (is_known || made.op == Op::Mesh)
            });
            if !is_reported {
                let text = format!("no call has reported {cluster}/{}: {}", place.1, brief(Some(&peering)));
                running.log.violate(Rule::NothingUnsaid, text);
            }
        }
    }
}

/// The pairs that calls were made on.
fn pairs_of(items: &[Item]) -> Vec<[&'static str; 2]> {
    let mut pairs = Vec::new();
    for item in items {
        if let What::Call(Planned { at, other, .. }) = &item.what
            && !pairs.contains(&[*at, *other])
            && !pairs.contains(&[*other, *at])
        {
            pairs.push([*at, *other]);
        }
    }
    pairs
}

/// The same intent again, when nothing goes wrong any more: it is reached, in the way that the codes say.
async fn reach(running: &Running, [at, other]: [&'static str; 2]) {
    let mut last = String::new();
    for _ in 0..TRIES {
        let Some(Finished { errors, .. }) = running.make(&planned(at, other, Op::Connect)).await else { return };
        match errors.first() {
            None => {
                running.host.sleep(STAYS_MS).await;
                let [a, b] = [running.find(at, other), running.find(other, at)];
                let is_active = |peering: &Option<Peering>| peering.as_ref().is_some_and(|p| p.state == State::Active);
                if is_active(&a) && is_active(&b) {
                    return;
                }
                last = format!("later there is {}, and {}", brief(a.as_ref()), brief(b.as_ref()));
                break;
            }
            Some(error) => {
                last = error.message("connect");
                let is_final = !matches!(
                    error.code,
                    Code::PeerMismatch | Code::RoleConflict | Code::NotActive | Code::Terminated | Code::Deleting
                );
                if is_final {
                    break;
                }
            }
        }
        running.make(&planned(at, other, Op::Disconnect { force: true })).await;
        running.host.sleep(STAYS_MS).await;
    }
    running.log.violate(Rule::IntentIsReached, format!("connect {at} and {other}: {last}"));
}
