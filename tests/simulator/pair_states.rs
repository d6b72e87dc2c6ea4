//! Every combination of states of both sides, created on simulated clusters: what `plan` reads of it, and that `connect`
//! repairs it permanently, or refuses it without a write. `tests/plan.rs` has the table of decisions.

use consul_peering::consul::peering::Role;
use consul_peering::decide::plan::{Action, Plan, StepReason};
use consul_peering::operations::call::Outcome;
use consul_peering::simulator::host::SimulatedHost;

use crate::calls::failed;
use crate::pair_setup::{Make, Setup, TWO_ROUNDS, linked};
use crate::pair_states_table::{REFUSED, REPAIRED};

/// A plan's steps as the letters of the table of decisions.
fn letters(plan: &Plan) -> String {
    let mut text = String::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let follows_delete = index > 0 && plan.steps[index - 1].action == Action::Delete;
        match (step.action, step.code) {
            (Action::Wait, _) if follows_delete => {}
            (Action::Wait, StepReason::Deleting) => text.push('d'),
            (Action::Wait, StepReason::NotActive) if text.ends_with('…') => {}
            (Action::Wait, StepReason::NotActive) => text.push('…'),
            (Action::Wait, _) => text.push('w'),
            (Action::Delete, _) => {
                assert_eq!(step.on, Role::Acceptor);
                text.push('x');
            }
            (Action::Generate, _) => text.push('G'),
            (Action::Establish, _) => {}
        }
    }
    if text.is_empty() { "=".into() } else { text }
}

/// Creates the states of a title, and checks that they are those.
fn made(title: &str, make: Make) -> Setup {
    let pair = Setup::new();
    make(&pair);
    for (said, state) in title.split(" × ").zip(pair.states()) {
        let said = said.split([',', ':', ' ']).next().unwrap_or_default();
        if !matches!(said, "dialer" | "acceptor") {
            assert_eq!(said, state, "{title}");
        }
    }
    pair
}

#[test]
fn every_repairable_combination_is_planned_and_repaired_permanently() {
    for (title, expected, make) in REPAIRED {
        let pair = made(title, *make);
        let before = pair.writes();
        let planned = pair.plan().unwrap_or_else(|error| panic!("{title}: {}", error.message("plan")));
        assert_eq!((letters(&planned).as_str(), planned.linked), (*expected, "=…".contains(expected)), "{title}");
        assert_eq!(pair.writes(), before, "{title}: a plan changes nothing");

        let first = linked(pair.connect());
        assert_eq!(first.changed, pair.writes() != before, "{title}");
        pair.release();
        pair.sleep(TWO_ROUNDS);
        let again = linked(pair.connect());
        assert!(!again.changed, "{title}");
        for (now, then) in [(&again.acceptor, &first.acceptor), (&again.dialer, &first.dialer)] {
            assert_eq!(now.get("id").text(), then.get("id").text(), "{title}: it stays so");
        }
    }
}

#[test]
fn every_other_combination_is_refused_without_a_write() {
    for (title, code, name, make) in REFUSED {
        let pair = made(title, *make);
        let before = pair.writes();
        let cluster = pair.host.cluster(if *name == "us" { "eu" } else { "us" }).address;
        let assert_refused = |outcome: Outcome<SimulatedHost, ()>| {
            let error = failed(outcome, *code);
            let location = error.location.as_ref().expect(title);
            assert_eq!((location.peer_name.as_deref(), &location.cluster), (Some(*name), &cluster), "{title}");
            assert!(error.left_behind.is_empty(), "{title}");
            assert!(error.peering.as_ref().is_some_and(|peering| peering.get("peer_name").is_text(name)), "{title}");
        };
        assert_refused(pair.plan().map(drop));
        assert_refused(pair.connect().map(drop));
        assert_eq!(pair.writes(), before, "{title}");
    }
}
