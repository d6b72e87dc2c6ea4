//! A caller that crashes at each step of a call. Whatever it leaves behind, repeating the call succeeds afterwards.

use std::collections::BTreeSet;

use consul_peering::simulator::{ClusterOptions, Options};

use crate::history::{History, Item, OUTSIDER, Op, Planned, What};
use crate::run::run;

/// The pause between two calls, after which each peering is ACTIVE, gone or TERMINATED.
const QUIET_MS: u64 = 16_000;
/// No call here has more steps.
const STEPS_MAX: u32 = 2_000;

type Call = (&'static str, &'static str, Op);

const LINK: Call = ("eu", "us", Op::Connect);
const TOKEN: Call = ("eu", "us", Op::Generate { replace: false });

/// The preceding calls, and the call that crashes.
pub const CASES: [(&[Call], Call); 13] = [
    (&[], TOKEN),
    (&[LINK], ("us", "eu", Op::Generate { replace: true })),
    (&[TOKEN], ("us", "eu", Op::Establish { token: 0, wait: true, replace: false })),
    (&[LINK, TOKEN], ("us", "eu", Op::Establish { token: 0, wait: true, replace: false })),
    (&[LINK], ("us", "eu", Op::Delete { wait: true })),
    (&[], LINK),
    (&[TOKEN], LINK),
    (&[LINK, ("us", "eu", Op::Delete { wait: true })], LINK),
    (&[LINK, ("eu", "us", Op::Delete { wait: true })], LINK),
    (&[LINK], ("eu", "us", Op::Rotate)),
    (&[LINK], ("eu", "us", Op::Disconnect { force: false })),
    (&[], ("eu", "us", Op::Mesh)),
    (&[LINK, ("eu", "us", Op::Delete { wait: true })], ("eu", "us", Op::Mesh)),
];

/// Crashes the call at each of its steps, and returns their number; an error if a rule is broken.
pub fn crash_at_each_step((before, last): (&[Call], Call)) -> Result<u32, String> {
    for step in 1..=STEPS_MAX {
        let report = run(&history(before, last, step), &BTreeSet::new(), None, false);
        if !report.violations.is_empty() {
            return Err(format!("{last:?} after {before:?}, crashed at step {step}: {:#?}", report.violations));
        }
        if report.crashes == 0 {
            return Ok(step - 1);
        }
    }
    Err(format!("{last:?} has more than {STEPS_MAX} steps"))
}

fn history(before: &[Call], last: Call, step: u32) -> History {
    let names = match last.2 {
        Op::Mesh => vec!["eu", "us", "ap"],
        _ => vec!["eu", "us"],
    };
    let clusters = names.iter().chain([&OUTSIDER]).map(|name| ClusterOptions::named(name)).collect();
    let item = |call: &Call, crash_after| {
        let planned = Planned { crash_after, ..Planned::new(call.0, call.1, call.2) };
        Item { party: 0, after: QUIET_MS, what: What::Call(planned) }
    };
    let items = before.iter().map(|call| item(call, None)).chain([item(&last, Some(step))]).collect();
    let options = Options { clusters, ..Options::named(&[]) };
    History { names, options, is_name_taken: false, items, watched: None }
}
