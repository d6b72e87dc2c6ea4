//! Waiting: how often to look, and when a peering has become ACTIVE for good.

use crate::consul::code::Code;
use crate::consul::peering::{Peering, State};

/// After FAILING was seen, ACTIVE counts only when it stays: a goodbye of the old stream makes it flap.
const STAYS_ACTIVE_MS: f64 = 1_000.0;
/// FAILING for this long will not mend by itself.
const FAILING_LIMIT_MS: f64 = 15_000.0;

/// After a lost answer: how long a call that was under way may still take to show. An exchange is tried for 3 s.
pub const LOST_PENDING_MS: f64 = 5_000.0;
/// After a lost answer: how long nothing may stand until nothing will.
pub const LOST_ABSENT_MS: f64 = 500.0;
/// After a lost answer: how long to wait between two looks.
pub const LOST_LOOK_MS: f64 = 100.0;

/// How many ms to wait before the next look, `waited` ms into the wait. Consul's leader takes up to 5 s, and what it
/// computes raises no index: a look is all that tells.
pub fn look_after(waited: f64) -> f64 {
    match waited {
        w if w < 200.0 => 20.0,
        w if w < 10_000.0 => 80.0,
        w if w < 60_000.0 => 500.0,
        _ => 2_000.0,
    }
}

/// What a look at a peering that was just established says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wait,
    Active,
    /// It will not become the ACTIVE peering that was asked for. Says why.
    Lost(Code, &'static str),
    /// Nothing of it stands any more. Says why.
    Gone(&'static str),
}

/// The looks at one peering since Consul accepted its token.
pub struct Settling<'a> {
    /// The acceptor's record that the token is for.
    peer_id: &'a str,
    id: Option<String>,
    failing_since: Option<f64>,
    active_since: Option<f64>,
}

impl<'a> Settling<'a> {
    pub fn new(peer_id: &'a str) -> Self {
        Self { peer_id, id: None, failing_since: None, active_since: None }
    }

    /// Takes one look, at `now` in ms of any clock that only goes forward.
    pub fn look(&mut self, seen: Option<&Peering>, now: f64) -> Verdict {
        let Some(peering) = seen else { return Verdict::Gone("it was deleted meanwhile") };
        if *self.id.get_or_insert_with(|| peering.id.clone()) != peering.id {
            return Verdict::Gone("it was deleted and made anew by somebody else meanwhile");
        }
        match peering.state {
            State::Deleting => Verdict::Lost(Code::NotActive, "it is being deleted"),
            // Two calls under one name that both found nothing there: the later one wrote over the earlier one.
            _ if peering.peer_id.as_deref() != Some(self.peer_id) => {
                Verdict::Lost(Code::PeerMismatch, "another call has linked this name with another record meanwhile")
            }
            State::Terminated => Verdict::Lost(Code::NotActive, "the other side has deleted its peering (TERMINATED)"),
            State::Failing => {
                self.active_since = None;
                if now - *self.failing_since.get_or_insert(now) >= FAILING_LIMIT_MS {
                    Verdict::Lost(Code::NotActive, "it has been FAILING for 15 s")
                } else {
                    Verdict::Wait
                }
            }
            State::Active if self.failing_since.is_none() => Verdict::Active,
            State::Active => {
                let since = *self.active_since.get_or_insert(now);
                if now - since >= STAYS_ACTIVE_MS { Verdict::Active } else { Verdict::Wait }
            }
            _ => Verdict::Wait,
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

    fn looks(states: &[(f64, State)]) -> Vec<Verdict> {
        let mut settling = Settling::new("p1");
        states.iter().map(|(now, state)| settling.look(Some(&peering(state.clone())), *now)).collect()
    }

    #[test]
    fn looks_get_rarer() {
        let waited = [0.0, 199.0, 200.0, 9_999.0, 10_000.0, 59_999.0, 60_000.0];
        assert_eq!(waited.map(look_after), [20.0, 20.0, 80.0, 80.0, 500.0, 500.0, 2_000.0]);
    }

    #[test]
    fn active_counts_at_once_where_nothing_failed() {
        assert_eq!(
            looks(&[(0.0, State::Pending), (1.0, State::Establishing), (2.0, State::Active)]),
            [Verdict::Wait, Verdict::Wait, Verdict::Active]
        );
    }

    #[test]
    fn after_failing_active_must_stay_for_a_second() {
        use State::{Active, Failing};
        assert_eq!(
            looks(&[(0.0, Failing), (100.0, Active), (1_099.0, Active), (1_100.0, Active)]),
            [Verdict::Wait, Verdict::Wait, Verdict::Wait, Verdict::Active]
        );
        assert_eq!(
            looks(&[(0.0, Failing), (100.0, Active), (900.0, Failing), (1_200.0, Active), (2_100.0, Active)]),
            [Verdict::Wait; 5],
            "a flap starts the second anew"
        );
    }

    #[test]
    fn failing_for_15_s_is_the_end_even_with_flaps_between() {
        use State::{Active, Failing};
        assert_eq!(looks(&[(5.0, Failing), (15_004.0, Failing)])[1], Verdict::Wait);
        assert!(matches!(looks(&[(5.0, Failing), (15_005.0, Failing)])[1], Verdict::Lost(Code::NotActive, _)));
        assert!(matches!(
            looks(&[(0.0, Failing), (9_000.0, Active), (15_000.0, Failing)])[2],
            Verdict::Lost(Code::NotActive, _)
        ));
    }

    #[test]
    fn a_record_that_another_call_took_over_is_not_this_calls() {
        let mut settling = Settling::new("p1");
        assert_eq!(settling.look(Some(&peering(State::Establishing)), 0.0), Verdict::Wait);
        let taken = Peering { peer_id: Some("p2".into()), ..peering(State::Active) };
        assert!(matches!(settling.look(Some(&taken), 1.0), Verdict::Lost(Code::PeerMismatch, _)));
    }

    #[test]
    fn what_is_gone_does_not_come_back() {
        assert!(matches!(looks(&[(0.0, State::Terminated)])[0], Verdict::Lost(Code::NotActive, _)));
        assert!(matches!(looks(&[(0.0, State::Deleting)])[0], Verdict::Lost(Code::NotActive, _)));
        let mut settling = Settling::new("p1");
        assert_eq!(settling.look(Some(&peering(State::Establishing)), 0.0), Verdict::Wait);
        assert!(matches!(settling.look(None, 1.0), Verdict::Gone(_)));
        let other = Peering { id: "2".into(), ..peering(State::Active) };
        assert!(matches!(settling.look(Some(&other), 2.0), Verdict::Gone(_)));
    }
}
