use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::decide::leftover::LeftoverCode;
use crate::operations::fixtures::{call, host, pair};
use crate::simulator::host::SimulatedHost;

const ACTIVE: Option<State> = Some(State::Active);
const FAILING: Option<State> = Some(State::Failing);
const ESTABLISHING: Option<State> = Some(State::Establishing);
const SINCE: Instant = Instant::at_ms(100.0);
const MOMENT: Duration = Duration::ms(1.0);

fn in_states(states: [Option<State>; 2]) -> Pair<SimulatedHost> {
    let host = host();
    pair(&call(&host), &host, states)
}

fn linked() -> Plan {
    Plan { linked: true, ..Plan::default() }
}

fn step(on: Role, action: Action, code: StepReason) -> Step {
    Step { on, action, code, reason: "why".into() }
}

fn with_step(plan: Plan, step: Step) -> Plan {
    Plan { steps: vec![step], ..plan }
}

#[test]
fn a_link_that_was_never_failing_is_done_once_both_sides_are_active() {
    let mut link = Link::default();
    for states in [[ACTIVE, ESTABLISHING], [ESTABLISHING, ACTIVE], [ACTIVE, None]] {
        assert!(link.is_done(&in_states(states), &linked(), SINCE), "the plan decides");
        assert_eq!((link.active_since, link.failing_since), (None, None));
    }
    let both = in_states([ACTIVE, ACTIVE]);
    let wait = step(Role::Dialer, Action::Wait, StepReason::NotActive);
    assert!(!link.is_done(&both, &with_step(linked(), wait), SINCE));
    assert!(link.is_done(&both, &linked(), SINCE));
}

#[test]
fn a_link_that_was_failing_is_done_after_a_second_of_active() {
    for states in [[FAILING, ACTIVE], [ACTIVE, FAILING]] {
        let (failing, both) = (in_states(states), in_states([ACTIVE, ACTIVE]));
        let mut link = Link::default();
        assert!(!link.is_done(&failing, &linked(), SINCE));
        assert_eq!(link.failing_since, Some(SINCE));
        assert!(!link.is_done(&both, &linked(), Instant::at_ms(200.0)));
        assert!(!link.is_done(&both, &linked(), Instant::at_ms(1_199.0)));
        assert!(!link.is_done(&failing, &linked(), Instant::at_ms(1_199.5)), "it flaps");
        assert_eq!((link.failing_since, link.active_since), (Some(SINCE), None));
        assert!(!link.is_done(&both, &linked(), Instant::at_ms(1_300.0)));
        assert!(!link.is_done(&both, &linked(), Instant::at_ms(2_299.0)));
        assert!(link.is_done(&both, &linked(), Instant::at_ms(2_300.0)));
        let wait = step(Role::Dialer, Action::Wait, StepReason::NotActive);
        assert!(!link.is_done(&both, &with_step(linked(), wait), Instant::at_ms(9_999.0)));
    }
}

#[test]
fn failing_counts_only_once_the_two_are_linked() {
    let mut link = Link::default();
    link.is_done(&in_states([FAILING, ACTIVE]), &Plan::default(), SINCE);
    assert_eq!((link.failing_since, link.starting_since), (None, None));
}

#[test]
fn a_link_is_starting_until_it_is_active_or_failing() {
    let mut link = Link::default();
    let mut look = |states, plan: Plan, now| {
        link.is_done(&in_states(states), &plan, now);
        link.starting_since
    };
    assert_eq!(look([ESTABLISHING, ESTABLISHING], Plan::default(), SINCE), None);
    assert_eq!(look([ESTABLISHING, ESTABLISHING], linked(), SINCE), Some(SINCE));
    assert_eq!(look([ACTIVE, ESTABLISHING], linked(), Instant::at_ms(300.0)), Some(SINCE));
    assert_eq!(look([ACTIVE, ACTIVE], linked(), Instant::at_ms(400.0)), None);
    assert_eq!(look([ACTIVE, ESTABLISHING], linked(), Instant::at_ms(500.0)), Some(Instant::at_ms(500.0)));
    assert_eq!(look([ACTIVE, ESTABLISHING], Plan::default(), Instant::at_ms(600.0)), None);
    assert_eq!(look([ACTIVE, FAILING], linked(), Instant::at_ms(700.0)), None);
    assert_eq!(look([ACTIVE, ESTABLISHING], linked(), Instant::at_ms(800.0)), None);
}

/// What follows for a link of these tokens that has been FAILING for so long.
fn after_failing(tokens: u32, plan: Plan, lasted: Duration) -> Result<Option<Step>, Code> {
    let mut link = Link { failing_since: Some(SINCE), tokens, ..Link::default() };
    link.next_step(&in_states([FAILING, FAILING]), plan, SINCE + lasted).map_err(|error| error.code)
}

#[test]
fn a_new_link_that_is_failing_gets_another_token_and_then_fails() {
    let generate = |on| {
        Some(Step { reason: "the new link is FAILING".into(), ..step(on, Action::Generate, StepReason::NotActive) })
    };
    let reversed = || Plan { reversed: true, ..linked() };
    for (tokens, plan, ms, expected) in [
        (1, linked(), RENEW_FAILING - MOMENT, Ok(None)),
        (1, linked(), RENEW_FAILING, Ok(generate(Role::Acceptor))),
        (1, reversed(), RENEW_FAILING, Ok(generate(Role::Dialer))),
        (TOKENS_MAX - 1, linked(), RENEW_FAILING, Ok(generate(Role::Acceptor))),
        (TOKENS_MAX, linked(), RENEW_FAILING, Ok(None)),
        // It existed before this call.
        (0, linked(), RENEW_FAILING, Ok(None)),
        (0, linked(), FAILING_LIMIT - MOMENT, Ok(None)),
        (0, linked(), FAILING_LIMIT, Err(Code::NotActive)),
        (1, linked(), FAILING_LIMIT, Err(Code::NotActive)),
        (1, Plan::default(), FAILING_LIMIT, Ok(None)),
    ] {
        assert_eq!(after_failing(tokens, plan, ms), expected, "{tokens} tokens, {ms:?}");
    }
    let mut active = Link { failing_since: Some(SINCE), active_since: Some(SINCE), tokens: 1, ..Link::default() };
    let next = active.next_step(&in_states([ACTIVE, ACTIVE]), linked(), SINCE + FAILING_LIMIT);
    assert_eq!(next.map_err(|error| error.code), Ok(None));
}

#[test]
fn a_link_that_does_not_start_gets_a_token_where_its_addresses_are_known() {
    let next = |tokens, since, named: [bool; 2], reversed, ms| {
        let mut link = Link { starting_since: since, tokens, ..Link::default() };
        let mut pair = in_states([ACTIVE, ESTABLISHING]);
        for (member, named) in pair.members.iter_mut().zip(named) {
            member.external_addresses = named.then(Vec::new);
        }
        let step = link.next_step(&pair, Plan { reversed, ..linked() }, SINCE + ms).ok().flatten();
        step.map(|step| (step.on, step.action, step.reason))
    };
    let since = Some(SINCE);
    let generate = |on| Some((on, Action::Generate, "the link has not become ACTIVE for 15 s".to_owned()));
    assert_eq!(next(1, since, [false, false], false, STALLED - MOMENT), None);
    assert_eq!(next(1, since, [false, false], false, STALLED), generate(Role::Acceptor));
    assert_eq!(next(0, since, [false, true], false, STALLED), None);
    assert_eq!(next(0, since, [true, false], false, STALLED), generate(Role::Acceptor));
    assert_eq!(next(0, since, [true, false], true, STALLED), None);
    assert_eq!(next(0, since, [false, true], true, STALLED), generate(Role::Dialer));
    assert_eq!(next(TOKENS_MAX, since, [true, true], false, STALLED), None);
    assert_eq!(next(TOKENS_MAX - 1, since, [true, true], false, STALLED), generate(Role::Acceptor));
    assert_eq!(next(1, None, [true, true], false, STALLED), None);
}

#[test]
fn a_dialer_that_stays_active_without_its_acceptor_fails() {
    let next = |link: &mut Link, pair: &Pair<SimulatedHost>, step: &Step, now| {
        let next = link.next_step(pair, with_step(Plan::default(), step.clone()), now);
        next.map_err(|error| error.code)
    };
    let pair = in_states([None, ACTIVE]);
    for code in [StepReason::AcceptorGone, StepReason::AcceptorRecreated] {
        let waits = step(Role::Dialer, Action::Wait, code);
        let mut link = Link::default();
        assert_eq!(next(&mut link, &pair, &waits, SINCE), Ok(Some(waits.clone())));
        assert_eq!(link.orphan, Some(("us-1".to_owned(), SINCE)));
        assert_eq!(next(&mut link, &pair, &waits, SINCE + (STALLED - MOMENT)), Ok(Some(waits.clone())));
        assert_eq!(next(&mut link, &pair, &waits, SINCE + STALLED), Err(Code::NotActive));
        // Another record begins again.
        link.orphan = Some(("us-0".to_owned(), SINCE));
        assert_eq!(next(&mut link, &pair, &waits, SINCE + STALLED), Ok(Some(waits)));
    }
    for other in [
        step(Role::Dialer, Action::Wait, StepReason::Deleting),
        step(Role::Dialer, Action::Generate, StepReason::AcceptorGone),
        step(Role::Acceptor, Action::Wait, StepReason::AcceptorGone),
    ] {
        let mut link = Link { orphan: Some(("us-1".to_owned(), SINCE)), ..Link::default() };
        assert_eq!(next(&mut link, &pair, &other, SINCE + STALLED), Ok(Some(other)));
        assert_eq!(link.orphan, None);
    }
}

#[test]
fn an_acceptor_is_without_its_dialer_once_that_was_read_twice() {
    let mut link = Link::default();
    let existing = in_states([ACTIVE, None]);
    assert!(!link.is_certain(&existing, Role::Acceptor));
    assert!(link.is_certain(&existing, Role::Acceptor));
    link.without_dialer = Some("eu-0".into());
    assert!(!link.is_certain(&existing, Role::Acceptor), "another record");
    let missing = in_states([None, None]);
    assert!(!link.is_certain(&missing, Role::Acceptor));
    assert!(!link.is_certain(&missing, Role::Acceptor));
}

#[test]
fn each_wait_is_reported_once() {
    let host = host();
    let reported = Rc::new(RefCell::new(Vec::new()));
    let listener = reported.clone();
    let listener = move |progress: &crate::decide::progress::Progress<'_>| {
        listener.borrow_mut().push((progress.peer_name.map(str::to_owned), progress.text.to_owned()));
    };
    let call = Call::new(host.clone(), Duration::INFINITE, Some(Box::new(listener)));
    let active = pair(&call, &host, [None, ACTIVE]);
    let failing = pair(&call, &host, [None, FAILING]);
    let mut link = Link::default();
    let waits = step(Role::Dialer, Action::Wait, StepReason::AcceptorGone);
    let deleting = Step { code: StepReason::Deleting, ..waits.clone() };
    let missing = Step { on: Role::Acceptor, ..waits.clone() };
    for (pair, step) in [
        (&active, Some(&waits)),
        (&active, Some(&waits)),
        (&failing, Some(&waits)),
        (&failing, Some(&deleting)),
        (&failing, None),
        (&failing, Some(&deleting)),
        (&failing, Some(&missing)),
    ] {
        link.report_wait(&call, pair, step);
    }
    let text = |text: &str| (Some("us".to_owned()), format!("waiting until \"us\" is {text}"));
    let [first, second, third] =
        ["TERMINATED (now ACTIVE)", "TERMINATED (now FAILING)", "deleted (now FAILING)"].map(text);
    assert_eq!(*reported.borrow(), [first, second, third.clone(), third]);
}

#[test]
fn the_error_of_a_pair_that_is_not_active_names_both_sides_and_the_failing_one() {
    let host = host();
    let call = call(&host);
    for (states, at, left) in [
        ([FAILING, ACTIVE], "eu", 2),
        ([ACTIVE, FAILING], "us", 2),
        ([ACTIVE, ACTIVE], "us", 2),
        ([None, ACTIVE], "us", 1),
    ] {
        let pair = pair(&call, &host, states);
        let [acceptor, _] = &pair.members;
        let deleted = Leftover::acceptor_deleted("eu", &State::Terminated);
        for leftover in [Leftover::not_active("eu"), Leftover::token_unused("eu"), deleted] {
            pair.leftovers.keep(acceptor.left_behind(leftover));
        }
        let error = not_active(&pair, "why");
        assert_eq!(error.location.as_ref().and_then(|location| location.peer_name.as_deref()), Some(at));
        let codes: Vec<_> = pair.leftovers.all().iter().map(|left| left.code).collect();
        assert_eq!(codes[0], LeftoverCode::AcceptorDeleted);
        assert_eq!(codes[1..], vec![LeftoverCode::NotActive; left]);
    }
}
