//! Runs a history, and collects the violations of rules.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::peering::{Peering, State};
use consul_peering::host::Host;
use consul_peering::rules::duration;
use consul_peering::simulator::host::{Conditions, SimulatedHost};
use consul_peering::simulator::{Match, Request};
use futures_util::future::{join, join_all, select};

use crate::caller::CALL_HEADER;
use crate::coverage::{FailureMode, Triple};
use crate::draw::reading_secret;
use crate::flaws::Flaw;
use crate::history::{CALLERS, ENVIRONMENT, History, Item, LEGACY, OUTSIDER, Op, Planned, What};
use crate::log::{Log, Rule, Violation, describe};
use crate::perform::Running;
use crate::recovery::{acceptors_have_dialers, everything_is_reported, pairs_of, reach};
use crate::watching::{check_shown, follow};

/// After this time, no call is pending.
const QUIET_AFTER: duration::Duration = duration::Duration::ms(75_000.0);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub violations: Vec<Violation>,
    pub calls: usize,
    pub requests: usize,
    pub virtual_time: Duration,
    pub covered: BTreeSet<Triple>,
    /// The number of calls that crashed.
    pub crashes: usize,
}

/// Runs a history without the items with these indexes.
pub fn run(history: &History, skip: &BTreeSet<usize>, flaw: Option<Flaw>, is_shown: bool) -> Report {
    let host = SimulatedHost::new(&history.options).expect("the options are valid");
    let log = Rc::new(Log { is_shown, ..Log::default() });
    let running = Running::new(&host, &log, &history.names, flaw);
    log.names.borrow_mut().clone_from(&history.names);
    let acl = history.names.iter().filter_map(|name| host.cluster(name).options.token);
    log.secrets.borrow_mut().extend(acl.map(|token| token.expose().to_owned()));
    log.secrets.borrow_mut().extend(history.names.iter().map(|name| reading_secret(name)));
    let ended = catch_unwind(AssertUnwindSafe(|| host.run(run_history(&running, history, skip))));
    if let Err(panic) = ended {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        log.violate(Rule::NoPanic, text.unwrap_or_default());
    }
    Report {
        violations: log.violations.borrow().clone(),
        calls: log.made.borrow().len(),
        requests: host.requests().len(),
        virtual_time: host.now(),
        covered: log.covered.take(),
        crashes: log.made.borrow().iter().filter(|made| made.has_crashed).count(),
    }
}

async fn run_history(running: &Running, history: &History, skip: &BTreeSet<usize>) {
    let first = history.names[0];
    let setup = Running::new(&running.host, &running.log, &[], None);
    setup.make(&Planned::new(OUTSIDER, first, Op::Generate { replace: false })).await;
    establish_as(&setup, first, LEGACY).await;
    if history.is_name_taken {
        setup.make(&Planned::new(OUTSIDER, LEGACY, Op::Generate { replace: false })).await;
        establish_as(&setup, first, history.names[1]).await;
    }
    running.log.tokens.borrow_mut().clear();
    let legacy = running.find(first, LEGACY);

    let items = history.items.iter().enumerate().filter(|(place, _)| !skip.contains(place)).map(|(_, item)| item);
    let items: Vec<_> = items.cloned().collect();
    let shown = RefCell::default();
    let events = pin!(async {
        join_all((0..=CALLERS).map(|party| act(running, &items, party))).await;
        running.host.set_conditions(Conditions::default());
        let faults = running.faults.take();
        running.host.world(|world| faults.into_iter().for_each(|fault| world.remove_fault(fault)));
        running.log.show(|| "all failures have ended".into());
        running.host.sleep(QUIET_AFTER).await;
    });
    match history.watched {
        None => events.await,
        Some(watched) => {
            select(events, pin!(follow(running, watched, &shown))).await;
            check_shown(running, watched, &shown);
        }
    }
    everything_is_reported(running);
    let pairs = pairs_of(&items);
    for pair in &pairs {
        reach(running, *pair).await;
    }
    acceptors_have_dialers(running);
    let now = running.find(first, LEGACY);
    let is_live = |peering: &Peering| peering.state == State::Active;
    let is_rebuilt = running.log.rebuilt.borrow().iter().any(|(cluster, _)| *cluster == first);
    if !is_rebuilt && !matches!((&legacy, &now), (Some(before), Some(now)) if before.is_record(now) && is_live(now)) {
        let text = format!("{first}/{LEGACY} was {} and is {}", describe(legacy.as_ref()), describe(now.as_ref()));
        running.log.violate(Rule::NeverDestroyed, text);
    }
}

async fn establish_as(running: &Running, at: &'static str, name: &'static str) {
    let op = Op::Establish { token: 0, wait: true, replace: false };
    let made = running.make(&Planned::new(at, name, op)).await;
    assert!(made.is_some_and(|finished| finished.errors.is_empty()), "the outsider's peering");
}

async fn act(running: &Running, items: &[Item], party: usize) {
    for Item { after, what, .. } in items.iter().filter(|item| item.party == party) {
        running.host.sleep(duration::Duration::ms(*after as f64)).await;
        if party == ENVIRONMENT {
            running.log.show(|| format!("{:?} {what:?}", running.host.now()));
        }
        execute(running, what).await;
    }
}

async fn execute(running: &Running, what: &What) {
    let host = &running.host;
    match what {
        What::Call(planned) => {
            running.make(planned).await;
        }
        What::Interrupted(planned, after, what) => {
            let meanwhile = async {
                host.sleep(duration::Duration::ms(*after as f64)).await;
                Box::pin(execute(running, what)).await;
            };
            join(running.make(planned), meanwhile).await;
        }
        What::Restart(cluster, ms) => {
            host.world(|world| world.restart(cluster, Duration::from_millis(*ms))).expect("it exists");
        }
        What::LoseLeader(cluster, ms) => {
            host.world(|world| world.lose_leader(cluster, Duration::from_millis(*ms))).expect("it exists");
        }
        What::Rebuild(cluster, ms) => {
            let duration = Duration::from_millis(*ms);
            host.world(|world| world.rebuild(cluster, duration)).expect("it exists");
            running.log.rebuilt.borrow_mut().push((cluster, host.now() + duration));
            running.log.record_all(Some(cluster), FailureMode::Rebuild);
        }
        What::RotateAuthority(cluster) => {
            host.world(|world| world.rotate_authority(cluster)).expect("it exists");
            running.log.record_all(Some(cluster), FailureMode::NewAuthority);
        }
        What::StepClock(ms) => {
            host.step_wall_clock(*ms);
            running.log.record_all(None, FailureMode::ClockStep);
        }
        What::Network(conditions) => {
            running.log.delay.set(running.log.delay.get().max(conditions.delay));
            host.set_conditions(*conditions);
        }
        What::Fault(cluster, fault, times) => {
            let affected = Rc::new(RefCell::new(Vec::new()));
            let calls = affected.clone();
            let note = move |_: &str, request: &Request| {
                let call = request.headers.get(CALL_HEADER).and_then(|text| text.parse::<usize>().ok());
                calls.borrow_mut().extend(call);
                true
            };
            let matching = Match { cluster: Some((*cluster).into()), when: Some(Box::new(note)), ..Match::default() };
            let id = host.world(|world| world.add_fault(fault.clone(), matching, *times));
            running.faults.borrow_mut().push(id);
            running.log.faults.borrow_mut().push((FailureMode::of(fault), affected));
        }
    }
}
