//! Random histories against simulated clusters in virtual time: whatever callers do at once and whatever fails, no promise
//! is broken. And the model itself: a seed gives one history, and each rule finds a seeded flaw.
//!
//! `MODEL_RUNS`: how many histories. `MODEL_SEED`: the first seed. `MODEL_SKIP`: items of that one history to leave out.

#![cfg(not(target_arch = "wasm32"))]

#[path = "model/caller.rs"]
mod caller;
#[path = "model/claims.rs"]
mod claims;
#[path = "model/history.rs"]
mod history;
#[path = "model/judge.rs"]
mod judge;
#[path = "model/log.rs"]
mod log;
#[path = "model/perform.rs"]
mod perform;
#[path = "model/run.rs"]
mod run;
#[path = "model/sending.rs"]
mod sending;
#[path = "model/shrink.rs"]
mod shrink;

use std::collections::BTreeSet;
use std::env;
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use caller::Flaw;
use history::History;
use log::{Rule, Violation};
use run::{Report, run};
use shrink::{command, shrink};

const RUNS: u64 = 300;
/// Within so many histories each flaw is found.
const FLAW_RUNS: u64 = 300;
/// So many failures are shrunk and shown.
const SHOWN: usize = 5;
const STACK_BYTES: usize = 64 * 1024 * 1024;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")))
}

/// Runs histories on a thread of its own: in the debug profile, futures take more than a test's stack.
fn with_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().stack_size(STACK_BYTES).spawn(work).expect("a thread")
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn run_whole(seed: u64, flaw: Option<Flaw>) -> Report {
    run(seed, &BTreeSet::new(), flaw, false)
}

/// What a thread has found.
#[derive(Default)]
struct Found {
    calls: usize,
    requests: u64,
    slowest: (Duration, u64),
    failed: Vec<(u64, Violation)>,
}

fn find(seeds: impl Iterator<Item = u64>) -> Found {
    let mut found = Found::default();
    for seed in seeds {
        let started = Instant::now();
        let report = run_whole(seed, None);
        found.slowest = found.slowest.max((started.elapsed(), seed));
        found.calls += report.calls;
        found.requests += u64::from(report.requests);
        found.failed.extend(report.violations.into_iter().next().map(|violation| (seed, violation)));
    }
    found
}

#[test]
fn random_histories_break_no_promise() {
    let (first, runs) = (number("MODEL_SEED").unwrap_or(1), number("MODEL_RUNS").unwrap_or(RUNS));
    let began = Instant::now();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let start = |thread| with_stack(move || find((first + thread as u64..first + runs).step_by(threads)));
    let threads: Vec<_> = (0..threads).map(start).collect();
    let found: Vec<_> = threads.into_iter().map(join).collect();
    let an_hour = runs as f64 / began.elapsed().as_secs_f64() * 3_600.0;
    let calls: usize = found.iter().map(|found| found.calls).sum();
    let requests: u64 = found.iter().map(|found| found.requests).sum();
    println!("{runs} histories from seed {first}, {calls} calls, {requests} requests: {an_hour:.0} an hour");
    let (took, seed) = found.iter().map(|found| found.slowest).max().unwrap_or_default();
    println!("slowest: seed {seed} took {took:?}");
    assert!(calls > 0 && requests > 0);
    let failed: Vec<_> = found.into_iter().flat_map(|found| found.failed).collect();
    let count = failed.len();
    for (seed, violation) in failed.into_iter().take(SHOWN) {
        let skip = join(with_stack(move || shrink(seed, violation.rule, None)));
        println!("seed {seed} breaks {violation}\n  {}", command(seed, &skip));
    }
    assert_eq!(count, 0, "histories break promises");
}

/// Histories that have found faults in connect, disconnect and mesh.
#[test]
fn histories_that_failed_once() {
    join(with_stack(|| {
        for (seed, skip) in [
            (113, vec![1, 3, 4, 9, 11, 12, 13]),
            (129, vec![1, 2, 5, 7, 8, 9, 10, 11, 12, 13, 14]),
            (340, vec![4, 5, 6, 7, 8, 9, 10, 11]),
            (14660, vec![3, 7, 10]),
            (10306, vec![3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15]),
            (16411, vec![2, 3, 5, 8, 9, 11, 12, 13]),
            (10973, vec![1, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15]),
            (11236, vec![1, 2, 5, 6, 7, 8, 9, 10, 11, 12]),
        ] {
            let report = run(seed, &skip.into_iter().collect(), None, false);
            assert!(report.violations.is_empty(), "seed {seed}: {:#?}", report.violations);
        }
    }));
}

/// What `MODEL_SEED` and `MODEL_SKIP` name.
#[test]
fn one_history_is_the_same_each_time() {
    let skip: BTreeSet<usize> = env::var("MODEL_SKIP").unwrap_or_default().split(',').flat_map(str::parse).collect();
    let seed = number("MODEL_SEED").unwrap_or(1);
    let is_shown = env::var("MODEL_SKIP").is_ok();
    let [report, again] = join(with_stack(move || [is_shown, false].map(|is_shown| run(seed, &skip, None, is_shown))));
    assert_eq!(again, report);
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
}

#[test]
fn seeded_flaws_are_found() {
    for (flaw, rule) in [
        (Flaw::SilentLeftovers, Rule::NothingUnsaid),
        (Flaw::MadeUpLeftover, Rule::ClaimsAreTrue),
        (Flaw::DeletesAfterLoss, Rule::NeverDestroyed),
        (Flaw::SleepsLonger, Rule::InTime),
        (Flaw::RepeatsSecrets, Rule::NoSecrets),
    ] {
        let breaks = move |seed: u64, skip: &BTreeSet<usize>| {
            run(seed, skip, Some(flaw), false).violations.iter().any(|each| each.rule == rule)
        };
        let found = with_stack(move || {
            let seed = (1..=FLAW_RUNS).find(|seed| breaks(*seed, &BTreeSet::new()))?;
            let skip = shrink(seed, rule, Some(flaw));
            assert!(breaks(seed, &skip));
            Some((seed, History::draw(seed).items.len() - skip.len()))
        });
        let found = join(found).unwrap_or_else(|| panic!("{flaw:?} does not break {rule:?}"));
        println!("{flaw:?} is found by seed {}, which needs {} items", found.0, found.1);
    }
}
