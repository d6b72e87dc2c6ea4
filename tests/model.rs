//! Random histories of concurrent calls and failures on simulated clusters, in virtual time, checked against the rules in
//! `log.rs`. Also tests the model itself: a seed reproduces a history, and each rule detects a seeded flaw.
//!
//! `MODEL_RUNS`: the number of histories. `MODEL_SEED`: the first seed. `MODEL_GENERATION`: the generator, 1 is the oldest.
//! `MODEL_SKIP`: items of the history to omit.

#![cfg(not(target_arch = "wasm32"))]

#[path = "model/aim.rs"]
mod aim;
#[path = "model/caller.rs"]
mod caller;
#[path = "model/chance.rs"]
mod chance;
#[path = "model/claims.rs"]
mod claims;
#[path = "model/coverage.rs"]
mod coverage;
#[path = "model/crashes.rs"]
mod crashes;
#[path = "model/draw.rs"]
mod draw;
#[path = "model/evidence.rs"]
mod evidence;
#[path = "model/flaws.rs"]
mod flaws;
#[path = "model/history.rs"]
mod history;
#[path = "model/log.rs"]
mod log;
#[path = "model/operation.rs"]
mod operation;
#[path = "model/perform.rs"]
mod perform;
#[path = "model/recovery.rs"]
mod recovery;
#[path = "model/result.rs"]
mod result;
#[path = "model/run.rs"]
mod run;
#[path = "model/sending.rs"]
mod sending;
#[path = "model/shrink.rs"]
mod shrink;
#[path = "model/verify.rs"]
mod verify;
#[path = "model/watching.rs"]
mod watching;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use coverage::Triple;
use draw::{Generation, NEWEST};
use flaws::Flaw;
use history::History;
use log::{Rule, Violation};
use run::run;
use shrink::{command, shrink};

const RUNS: u64 = 300;
/// Each flaw has to be detected within this number of histories.
const FLAW_RUNS: u64 = 2_000;
/// The number of failures of each rule that are shrunk and printed.
const SHOWN: usize = 2;
const STACK_BYTES: usize = 64 * 1024 * 1024;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")))
}

/// Runs `work` on a thread with a larger stack, which futures need in the debug profile.
fn with_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().stack_size(STACK_BYTES).spawn(work).expect("a thread")
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn generation() -> Generation {
    match number("MODEL_GENERATION") {
        Some(1) => Generation::First,
        Some(2) => Generation::Second,
        _ => NEWEST,
    }
}

/// The result of one thread.
#[derive(Default)]
struct Found {
    calls: usize,
    requests: usize,
    slowest: (Duration, u64),
    failed: Vec<(u64, Violation)>,
    covered: BTreeSet<Triple>,
}

fn find(generation: Generation, seeds: impl Iterator<Item = u64>) -> Found {
    let mut found = Found::default();
    for seed in seeds {
        let started = Instant::now();
        let report = run(&History::draw(generation, seed), &BTreeSet::new(), None, false);
        found.slowest = found.slowest.max((started.elapsed(), seed));
        found.calls += report.calls;
        found.covered.extend(report.covered);
        found.requests += report.requests;
        if let Some(violation) = report.violations.into_iter().next() {
            println!("seed {seed} fails");
            found.failed.push((seed, violation));
        }
    }
    found
}

fn show_coverage(covered: &BTreeSet<Triple>) {
    let (count, possible) = (covered.len(), coverage::possible());
    println!("{count} of {possible} combinations of operation, initial state and failure were covered; missing:");
    for line in coverage::missing(covered) {
        println!("  {line}");
    }
}

#[test]
fn random_histories_break_no_rule() {
    let (first, runs) = (number("MODEL_SEED").unwrap_or(1), number("MODEL_RUNS").unwrap_or(RUNS));
    let (generation, began) = (generation(), Instant::now());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let start = |thread| with_stack(move || find(generation, (first + thread as u64..first + runs).step_by(threads)));
    let threads: Vec<_> = (0..threads).map(start).collect();
    let found: Vec<_> = threads.into_iter().map(join).collect();
    let an_hour = runs as f64 / began.elapsed().as_secs_f64() * 3_600.0;
    let calls: usize = found.iter().map(|found| found.calls).sum();
    let requests: usize = found.iter().map(|found| found.requests).sum();
    println!("{runs} histories from seed {first}, {calls} calls, {requests} requests: {an_hour:.0} an hour");
    let (took, seed) = found.iter().map(|found| found.slowest).max().unwrap_or_default();
    println!("slowest: seed {seed} took {took:?}");
    show_coverage(&found.iter().flat_map(|found| found.covered.iter().copied()).collect());
    assert!(calls > 0 && requests > 0);
    let failed: Vec<_> = found.into_iter().flat_map(|found| found.failed).collect();
    let count = failed.len();
    let mut shown: BTreeMap<_, usize> = BTreeMap::new();
    for (seed, violation) in failed {
        let of_rule = shown.entry(format!("{:?}", violation.rule)).or_default();
        *of_rule += 1;
        if *of_rule > SHOWN {
            continue;
        }
        let skip = join(with_stack(move || shrink(&History::draw(generation, seed), violation.rule, None)));
        println!("seed {seed} breaks {violation}\n  {}", command(generation, seed, &skip));
    }
    assert_eq!(count, 0, "histories break rules: {shown:?}");
}

/// Histories that have found bugs in connect, disconnect and mesh.
#[test]
fn histories_that_failed_once() {
    join(with_stack(|| {
        for (generation, seed, skip) in [
            (Generation::First, 113, vec![1, 3, 4, 9, 11, 12, 13]),
            (Generation::First, 129, vec![1, 2, 5, 7, 8, 9, 10, 11, 12, 13, 14]),
            (Generation::First, 340, vec![4, 5, 6, 7, 8, 9, 10, 11]),
            (Generation::First, 14660, vec![3, 7, 10]),
            (Generation::First, 10306, vec![3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15]),
            (Generation::First, 16411, vec![2, 3, 5, 8, 9, 11, 12, 13]),
            (Generation::First, 10973, vec![1, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15]),
            (Generation::First, 11236, vec![1, 2, 5, 6, 7, 8, 9, 10, 11, 12]),
            (Generation::First, 1_010_494, vec![4, 5, 8]),
            (Generation::First, 1_036_336, vec![8, 9, 11, 13, 14]),
            (Generation::First, 1_071_118, vec![2, 5, 6, 7, 8, 9, 10, 13]),
            (Generation::First, 1_076_226, vec![]),
            (Generation::First, 1_004_551, vec![10, 11, 13]),
            (Generation::First, 1_042_179, vec![0, 3, 4, 6, 8, 9, 10, 11, 12, 13, 14]),
            (Generation::First, 1_064_219, vec![6, 7, 8, 9, 10, 11, 12, 13, 14]),
            (Generation::Second, 357, vec![12, 14]),
            (Generation::Second, 757, vec![1, 2, 3, 4, 5, 7, 8]),
            (Generation::Second, 1_452, vec![0, 3, 5, 6, 7]),
            (Generation::Second, 3_007_590, vec![3, 4]),
            (Generation::Second, 3_035_775, vec![4, 7, 8, 10]),
            (Generation::Second, 3_020_980, vec![2, 10, 15]),
            (Generation::Third, 30_005_348, vec![3, 5, 6, 7, 8, 9, 10]),
            (Generation::Third, 90_034_508, vec![4, 5, 7, 8, 9, 10, 11, 15, 16, 17, 18]),
            (Generation::Third, 91_060_807, vec![0, 1, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14]),
            (Generation::Third, 91_062_352, vec![0, 1, 3, 5, 6, 8, 10, 12]),
            (Generation::Third, 91_099_302, vec![0, 5, 6, 8, 9, 10, 11, 12]),
            (Generation::Third, 91_170_641, vec![]),
            (Generation::Third, 91_253_026, vec![4, 5, 6, 7, 10, 11, 12, 13, 14, 15]),
            (Generation::Third, 92_047_671, vec![3, 4, 5, 6, 8, 9]),
            (Generation::Third, 92_069_395, vec![10]),
            (Generation::Third, 93_114_316, vec![3, 6, 7, 8, 9, 10, 12]),
            (Generation::Third, 94_218_420, vec![10, 11, 12]),
            (Generation::Third, 94_588_567, vec![4, 7, 8, 9, 12]),
            (Generation::Third, 94_614_292, vec![7, 9, 10, 11]),
            (Generation::Third, 98_442_467, vec![0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22]),
            (Generation::Third, 98_751_030, vec![3, 5, 8, 9, 10, 12, 14, 15]),
            (Generation::Third, 98_856_871, vec![]),
            (Generation::Third, 101_157_543, vec![]),
            (Generation::Third, 101_413_585, vec![]),
            (Generation::Third, 106_597_361, vec![1, 8, 9, 10, 11, 12, 15]),
            (Generation::Third, 106_624_094, vec![5, 7, 9, 10, 14]),
        ] {
            let report = run(&History::draw(generation, seed), &skip.into_iter().collect(), None, false);
            assert!(report.violations.is_empty(), "seed {seed}: {:#?}", report.violations);
        }
    }));
}

/// Runs the history of `MODEL_SEED` without the items of `MODEL_SKIP`.
#[test]
fn one_history_is_the_same_each_time() {
    let skip: BTreeSet<usize> = env::var("MODEL_SKIP").unwrap_or_default().split(',').flat_map(str::parse).collect();
    let seed = number("MODEL_SEED").unwrap_or(1);
    let generation = generation();
    let is_shown = env::var("MODEL_SKIP").is_ok();
    let [report, repeated] = join(with_stack(move || {
        [is_shown, false].map(|is_shown| run(&History::draw(generation, seed), &skip, None, is_shown))
    }));
    assert_eq!(repeated, report);
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
}

#[test]
fn seeded_flaws_are_found() {
    let find = |(flaw, rule, known): (Flaw, Rule, u64)| {
        let breaks = |seed: &u64| {
            let report = run(&History::draw(NEWEST, *seed), &BTreeSet::new(), Some(flaw), false);
            report.violations.iter().any(|each| each.rule == rule)
        };
        [known].into_iter().chain(1..=FLAW_RUNS).find(breaks)
    };
    for each in Flaw::ALL.iter().copied() {
        let (flaw, rule, known) = each;
        let seed = join(with_stack(move || find(each)));
        let seed = seed.unwrap_or_else(|| panic!("{flaw:?} does not break {rule:?}"));
        let is_known = if seed == known { "" } else { ", which is not the one in flaws.rs" };
        println!("{flaw:?} breaks {rule:?}: seed {seed}{is_known}");
    }
}

#[test]
fn a_caller_may_crash_at_each_step() {
    for case in crashes::CASES {
        let steps = join(with_stack(move || crashes::crash_at_each_step(case)));
        let steps = steps.unwrap_or_else(|why| panic!("{why}"));
        assert!(steps > 0);
        println!("{:?} after {:?}: {steps} steps", case.1, case.0);
    }
}

#[test]
fn a_failing_history_is_shrunk() {
    let (flaw, rule, seed) = Flaw::ALL[0];
    let history = History::draw(NEWEST, seed);
    let count = history.items.len();
    let (skip, report) = join(with_stack(move || {
        let skip = shrink(&history, rule, Some(flaw));
        let report = run(&history, &skip, Some(flaw), false);
        (skip, report)
    }));
    assert!(!skip.is_empty() && skip.len() < count);
    assert!(report.violations.iter().any(|violation| violation.rule == rule));
}
