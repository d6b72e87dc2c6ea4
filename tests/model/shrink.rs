//! Shrinks a failing history: removes items one by one while the same rule is broken.

use std::collections::BTreeSet;

use crate::draw::{Generation, NEWEST};
use crate::flaws::Flaw;
use crate::history::History;
use crate::log::Rule;
use crate::run::run;

/// The items that can be removed.
pub fn shrink(history: &History, rule: Rule, flaw: Option<Flaw>) -> BTreeSet<usize> {
    let count = history.items.len();
    let mut skip = BTreeSet::new();
    loop {
        let before = skip.len();
        for place in (0..count).rev() {
            if skip.insert(place) {
                let report = run(history, &skip, flaw, false);
                if !report.violations.iter().any(|violation| violation.rule == rule) {
                    skip.remove(&place);
                }
            }
        }
        if skip.len() == before {
            return skip;
        }
    }
}

/// The command that runs a history without these items, with a log.
pub fn command(generation: Generation, seed: u64, skip: &BTreeSet<usize>) -> String {
    let skip: Vec<_> = skip.iter().map(ToString::to_string).collect();
    let generation_variable = match generation {
        NEWEST => "",
        Generation::First => "MODEL_GENERATION=1 ",
        Generation::Second => "MODEL_GENERATION=2 ",
    };
    let skip = skip.join(",");
    format!(
        "{generation_variable}MODEL_SEED={seed} MODEL_SKIP={skip} cargo test --test model one_history -- --nocapture"
    )
}
