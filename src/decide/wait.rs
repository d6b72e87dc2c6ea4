//! Waiting: how often to poll, and when a peering is ACTIVE and stays so.

use crate::consul::code::Code;
use crate::consul::peering::{Peering, State};
use crate::rules::duration::{Duration, Instant};

/// After FAILING, ACTIVE counts only when it stays: closing the old stream makes the state flap.
const STAYS_ACTIVE: Duration = Duration::ms(1_000.0);
/// FAILING for this long does not recover by itself.
const FAILING_LIMIT: Duration = Duration::ms(15_000.0);

/// After a lost response: how long a running call may take to have an effect. Consul tries an exchange for 3 s.
pub const LOST_PENDING: Duration = Duration::ms(5_000.0);
/// After a lost response: how long the peering must be missing to count as not created.
pub const LOST_ABSENT: Duration = Duration::ms(500.0);
/// After a lost response: the delay between two reads.
pub const LOST_POLL: Duration = Duration::ms(100.0);

/// The delay before the next poll, once the wait has lasted so long. Consul's leader takes up to 5 s, and computed
/// states raise no index, so polling is the only way.
pub fn poll_delay(waited: Duration) -> Duration {
    Duration::ms(match waited.as_ms() {
        ms if ms < 200.0 => 20.0,
        ms if ms < 10_000.0 => 80.0,
        ms if ms < 60_000.0 => 500.0,
        _ => 2_000.0,
    })
}

/// What one read of a newly established peering means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitResult {
    Wait,
    Active,
    /// It will not become the requested ACTIVE peering. Contains the reason.
    Failed(Code, &'static str),
    /// It no longer exists. Contains the reason.
    Gone(&'static str),
}

/// The reads of one peering since Consul accepted its token.
pub struct Activation<'a> {
    /// The acceptor's record that the token is for.
    peer_id: &'a str,
    id: Option<String>,
    failing_since: Option<Instant>,
    active_since: Option<Instant>,
}

impl<'a> Activation<'a> {
    pub fn new(peer_id: &'a str) -> Self {
        Self { peer_id, id: None, failing_since: None, active_since: None }
    }

    /// Evaluates one read.
    pub fn observe(&mut self, found: Option<&Peering>, now: Instant) -> WaitResult {
        let Some(peering) = found else { return WaitResult::Gone("it was deleted meanwhile") };
        if *self.id.get_or_insert_with(|| peering.id.clone()) != peering.id {
            return WaitResult::Gone("it was deleted and recreated by another client");
        }
        match peering.state {
            State::Deleting => WaitResult::Failed(Code::NotActive, "it is being deleted"),
            // Two concurrent calls for one missing name: the later one has overwritten the earlier one.
            _ if peering.peer_id.as_deref() != Some(self.peer_id) => WaitResult::Failed(
                Code::PeerMismatch,
                "another call has linked this name with another record meanwhile",
            ),
            State::Terminated => {
                WaitResult::Failed(Code::NotActive, "the other side has deleted its peering (TERMINATED)")
            }
            State::Failing => {
                self.active_since = None;
                if now - *self.failing_since.get_or_insert(now) >= FAILING_LIMIT {
                    WaitResult::Failed(Code::NotActive, "it has been FAILING for 15 s")
                } else {
                    WaitResult::Wait
                }
            }
            State::Active if self.failing_since.is_none() => WaitResult::Active,
            State::Active => {
                let since = *self.active_since.get_or_insert(now);
                if now - since >= STAYS_ACTIVE { WaitResult::Active } else { WaitResult::Wait }
            }
            _ => WaitResult::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::establish::tests::dialer;

    fn peering(state: State) -> Peering {
        Peering { server_name: None, create_index: 1, modify_index: 1, ..dialer(state) }
    }

    fn observe_all(states: &[(f64, State)]) -> Vec<WaitResult> {
        let mut activation = Activation::new("p1");
        states
            .iter()
            .map(|(now, state)| activation.observe(Some(&peering(state.clone())), Instant::at_ms(*now)))
            .collect()
    }

    #[test]
    fn polls_get_less_frequent() {
        let waited = [0.0, 199.0, 200.0, 9_999.0, 10_000.0, 59_999.0, 60_000.0];
        let delays = waited.map(|ms| poll_delay(Duration::ms(ms)).as_ms());
        assert_eq!(delays, [20.0, 20.0, 80.0, 80.0, 500.0, 500.0, 2_000.0]);
    }

    #[test]
    fn active_counts_at_once_unless_it_was_failing() {
        assert_eq!(
            observe_all(&[(0.0, State::Pending), (1.0, State::Establishing), (2.0, State::Active)]),
            [WaitResult::Wait, WaitResult::Wait, WaitResult::Active]
        );
    }

    #[test]
    fn after_failing_active_must_stay_for_a_second() {
        use State::{Active, Failing};
        assert_eq!(
            observe_all(&[(0.0, Failing), (100.0, Active), (1_099.0, Active), (1_100.0, Active)]),
            [WaitResult::Wait, WaitResult::Wait, WaitResult::Wait, WaitResult::Active]
        );
        assert_eq!(
            observe_all(&[(0.0, Failing), (100.0, Active), (900.0, Failing), (1_200.0, Active), (2_100.0, Active)]),
            [WaitResult::Wait; 5],
            "a flap restarts the second"
        );
    }

    #[test]
    fn failing_for_15_s_fails_even_if_it_flaps() {
        use State::{Active, Failing};
        assert_eq!(observe_all(&[(5.0, Failing), (15_004.0, Failing)])[1], WaitResult::Wait);
        assert!(matches!(
            observe_all(&[(5.0, Failing), (15_005.0, Failing)])[1],
            WaitResult::Failed(Code::NotActive, _)
        ));
        assert!(matches!(
            observe_all(&[(0.0, Failing), (9_000.0, Active), (15_000.0, Failing)])[2],
            WaitResult::Failed(Code::NotActive, _)
        ));
    }

    #[test]
    fn a_record_that_another_call_has_overwritten_fails() {
        let mut activation = Activation::new("p1");
        assert_eq!(activation.observe(Some(&peering(State::Establishing)), Instant::at_ms(0.0)), WaitResult::Wait);
        let taken = Peering { peer_id: Some("p2".into()), ..peering(State::Active) };
        assert!(matches!(
            activation.observe(Some(&taken), Instant::at_ms(1.0)),
            WaitResult::Failed(Code::PeerMismatch, _)
        ));
    }

    #[test]
    fn a_deleted_peering_does_not_return() {
        assert!(matches!(observe_all(&[(0.0, State::Terminated)])[0], WaitResult::Failed(Code::NotActive, _)));
        assert!(matches!(observe_all(&[(0.0, State::Deleting)])[0], WaitResult::Failed(Code::NotActive, _)));
        let mut activation = Activation::new("p1");
        assert_eq!(activation.observe(Some(&peering(State::Establishing)), Instant::at_ms(0.0)), WaitResult::Wait);
        assert!(matches!(activation.observe(None, Instant::at_ms(1.0)), WaitResult::Gone(_)));
        let other = Peering { id: "2".into(), ..peering(State::Active) };
        assert!(matches!(activation.observe(Some(&other), Instant::at_ms(2.0)), WaitResult::Gone(_)));
    }
}
