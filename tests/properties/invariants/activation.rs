//! Waiting for ACTIVE: for any reads in any order, the verdict was true when it was read.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, State};
use consul_peering::decide::wait::{Activation, WaitResult, poll_delay};
use consul_peering::rules::duration::{Duration, Instant};
use serde_json::Value as Json;

use super::peering;

/// How long ACTIVE must last after FAILING, and the time of FAILING that fails the call.
const STAYS: Duration = Duration::ms(1_000.0);
const FAILING: Duration = Duration::ms(15_000.0);

/// A response, and when.
pub struct Read {
    pub at: Instant,
    pub answer: Option<Json>,
}

/// Reads until there is a verdict, as a call does.
pub fn check(peer_id: &str, reads: &[Read]) {
    let mut activation = Activation::new(peer_id);
    for count in 1..=reads.len() {
        let read = &reads[count - 1];
        let observed = read.answer.as_ref().and_then(peering::check);
        let verdict = activation.observe(observed.as_ref(), read.at);
        check_verdict(verdict, peer_id, &reads[..count], observed.as_ref());
        if verdict != WaitResult::Wait {
            return;
        }
    }
}

/// `reads` ends with the one of the verdict.
fn check_verdict(verdict: WaitResult, peer_id: &str, reads: &[Read], observed: Option<&Peering>) {
    let now = reads.last().unwrap();
    let same = reads
        .iter()
        .all(|read| read.answer.as_ref().is_some_and(|answer| answer["ID"] == reads[0].answer.as_ref().unwrap()["ID"]));
    let failing: Vec<Instant> = reads.iter().filter(|read| has_state(read, "FAILING")).map(|read| read.at).collect();
    let story = || reads.iter().map(|read| format!("{:?}: {:?}\n", read.at, read.answer)).collect::<String>();
    let Some(observed) = observed.filter(|_| same) else {
        return assert!(matches!(verdict, WaitResult::Gone(_)), "{verdict:?}\n{}", story());
    };
    let linked = observed.peer_id.as_deref() == Some(peer_id);
    let expected = match &observed.state {
        // Independent of the overlaid state.
        State::Deleting => matches!(verdict, WaitResult::Failed(Code::NotActive, _)),
        _ if !linked => matches!(verdict, WaitResult::Failed(Code::PeerMismatch, _)),
        State::Terminated => matches!(verdict, WaitResult::Failed(Code::NotActive, _)),
        State::Failing if now.at - failing[0] >= FAILING => matches!(verdict, WaitResult::Failed(Code::NotActive, _)),
        State::Active if failing.is_empty() => verdict == WaitResult::Active,
        State::Active => {
            let last_failing = reads.iter().rposition(|read| has_state(read, "FAILING")).unwrap();
            let since = reads[last_failing..].iter().find(|read| has_state(read, "ACTIVE")).unwrap().at;
            verdict == if now.at - since >= STAYS { WaitResult::Active } else { WaitResult::Wait }
        }
        _ => verdict == WaitResult::Wait,
    };
    assert!(expected, "{verdict:?}\n{}", story());
}

fn has_state(read: &Read, state: &str) -> bool {
    read.answer.as_ref().is_some_and(|answer| answer["State"] == state)
}

/// Polls never stop, never become too frequent, and never get more frequent.
pub fn check_pace(earlier: Duration, later: Duration) {
    let (first, second) = (poll_delay(earlier), poll_delay(later));
    assert!(earlier > later || first <= second, "{earlier:?}: {first:?}, {later:?}: {second:?}");
    assert!((20.0..=2_000.0).contains(&first.as_ms()), "{earlier:?}: {first:?}");
}
