//! Waiting for ACTIVE: whatever is seen, in whatever order, the verdict is one that was seen to be true.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, State};
use consul_peering::decide::wait::{Settling, Verdict, poll_delay};
use serde_json::Value as Json;

use super::peering;

/// ms that ACTIVE must stay once FAILING was seen, and ms of FAILING that are the end, as the README's "know when it is
/// really there" comes down to.
const STAYS_MS: f64 = 1_000.0;
const FAILING_MS: f64 = 15_000.0;

/// What was answered, and when in ms.
pub struct Look {
    pub at: f64,
    pub answer: Option<Json>,
}

/// Looks until there is a verdict, as a call does.
pub fn check(peer_id: &str, looks: &[Look]) {
    let mut settling = Settling::new(peer_id);
    for count in 1..=looks.len() {
        let look = &looks[count - 1];
        let seen = look.answer.as_ref().and_then(peering::check);
        let verdict = settling.observe(seen.as_ref(), look.at);
        check_verdict(verdict, peer_id, &looks[..count], seen.as_ref());
        if verdict != Verdict::Wait {
            return;
        }
    }
}

/// `looks` ends with the one that the verdict is of.
fn check_verdict(verdict: Verdict, peer_id: &str, looks: &[Look], seen: Option<&Peering>) {
    let now = looks.last().unwrap();
    let same = looks
        .iter()
        .all(|look| look.answer.as_ref().is_some_and(|answer| answer["ID"] == looks[0].answer.as_ref().unwrap()["ID"]));
    let failing: Vec<f64> = looks.iter().filter(|look| says(look, "FAILING")).map(|look| look.at).collect();
    let story = || looks.iter().map(|look| format!("{} ms: {:?}\n", look.at, look.answer)).collect::<String>();
    let Some(seen) = seen.filter(|_| same) else {
        return assert!(matches!(verdict, Verdict::Gone(_)), "{verdict:?}\n{}", story());
    };
    let linked = seen.peer_id.as_deref() == Some(peer_id);
    let expected = match &seen.state {
        // Whatever the overlaid state says.
        State::Deleting => matches!(verdict, Verdict::Failed(Code::NotActive, _)),
        _ if !linked => matches!(verdict, Verdict::Failed(Code::PeerMismatch, _)),
        State::Terminated => matches!(verdict, Verdict::Failed(Code::NotActive, _)),
        State::Failing if now.at - failing[0] >= FAILING_MS => matches!(verdict, Verdict::Failed(Code::NotActive, _)),
        State::Active if failing.is_empty() => verdict == Verdict::Active,
        State::Active => {
            let last_failing = looks.iter().rposition(|look| says(look, "FAILING")).unwrap();
            let since = looks[last_failing..].iter().find(|look| says(look, "ACTIVE")).unwrap().at;
            verdict == if now.at - since >= STAYS_MS { Verdict::Active } else { Verdict::Wait }
        }
        _ => verdict == Verdict::Wait,
    };
    assert!(expected, "{verdict:?}\n{}", story());
}

fn says(look: &Look, state: &str) -> bool {
    look.answer.as_ref().is_some_and(|answer| answer["State"] == state)
}

/// Looks never stop, never run hot, and never get more frequent.
pub fn check_pace(earlier: f64, later: f64) {
    let (first, second) = (poll_delay(earlier), poll_delay(later));
    assert!(earlier > later || first <= second, "{earlier}: {first}, {later}: {second}");
    assert!((20.0..=2_000.0).contains(&first), "{earlier}: {first}");
}
