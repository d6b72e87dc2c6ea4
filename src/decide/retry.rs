//! Whether to send a call again, and when.

use crate::consul::code::Code;
use crate::consul::delivery::Delivery;
use crate::consul::request::Effect;

/// Why a call failed, as far as retrying goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trouble {
    pub code: Code,
    pub status: Option<u16>,
    pub delivery: Delivery,
    /// What the server asked for, in ms.
    pub retry_after: Option<f64>,
}

/// The failures of one request so far. Each reason has its own count: an agent that has lost its leader says so in
/// several ways until a new one is elected.
#[derive(Default)]
pub struct Attempts {
    code: Option<Code>,
    failed: u32,
}

impl Attempts {
    /// How many attempts in a row failed for this reason before the one that just did.
    pub fn before(&self, code: Code) -> u32 {
        if self.code == Some(code) { self.failed } else { 0 }
    }

    /// One more attempt failed for this reason.
    pub fn fail(&mut self, code: Code) {
        self.failed = self.before(code) + 1;
        self.code = Some(code);
    }

    pub fn have_failed(&self) -> bool {
        self.code.is_some()
    }
}

/// How often a broken connection is tried again, all within a second.
const NETWORK_RETRIES: u32 = 2;
const NETWORK_STEP_MS: f64 = 200.0;
/// How often an agent that cannot route to its leader is asked again, for some 8 to 16 s. After an election that
/// passes by itself; where the servers' addresses are wrong it never does.
const LEADER_RETRIES: u32 = 5;
const BUSY_FIRST_MS: f64 = 500.0;
const BUSY_MAX_MS: f64 = 8_000.0;

/// How many ms to wait before trying again; nothing to give up.
///
/// `tried` counts the tries that failed so far, this one not among them; `jitter`, from 0 to 1, spreads callers that
/// failed together.
pub fn delay(effect: Effect, trouble: Trouble, tried: u32, jitter: f64) -> Option<f64> {
    let busy = matches!(trouble.code, Code::RateLimited | Code::NotReady)
        || (trouble.code == Code::LeaderUnreachable && tried < LEADER_RETRIES)
        || (effect == Effect::None && trouble.code == Code::ServerError && trouble.status == Some(503));
    if busy {
        let backoff = (BUSY_FIRST_MS * f64::from(2_u32.pow(tried.min(6)))).min(BUSY_MAX_MS);
        // "0", or a date that has passed, is no wish; nobody asks again without a pause.
        let asked = trouble.retry_after.filter(|ms| *ms >= BUSY_FIRST_MS);
        return Some(asked.unwrap_or(backoff * (0.5 + jitter / 2.0)));
    }
    let harmless = effect == Effect::None || trouble.delivery == Delivery::NotSent;
    (trouble.code == Code::Network && harmless && tried < NETWORK_RETRIES)
        .then(|| NETWORK_STEP_MS * f64::from(tried + 1) * (0.5 + jitter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(code: Code) -> Trouble {
        Trouble { code, status: None, delivery: Delivery::Unknown, retry_after: None }
    }

    #[test]
    fn a_read_is_tried_twice_more_within_a_second() {
        for jitter in [0.0, 1.0] {
            let first = delay(Effect::None, trouble(Code::Network), 0, jitter).unwrap();
            let second = delay(Effect::None, trouble(Code::Network), 1, jitter).unwrap();
            assert!(first > 0.0 && first < second && first + second < 1_000.0, "{first} {second}");
        }
        assert_eq!(delay(Effect::None, trouble(Code::Network), 0, 0.5), Some(200.0));
        assert_eq!(delay(Effect::None, trouble(Code::Network), 1, 0.5), Some(400.0));
        assert_eq!(delay(Effect::None, trouble(Code::Network), 2, 0.5), None);
    }

    #[test]
    fn a_write_is_sent_again_only_where_nothing_can_have_happened() {
        assert_eq!(delay(Effect::Change, trouble(Code::Network), 0, 0.5), None);
        let refused = Trouble { delivery: Delivery::NotSent, ..trouble(Code::Network) };
        assert_eq!(delay(Effect::Change, refused, 0, 0.5), Some(200.0));
        assert_eq!(delay(Effect::Change, refused, 2, 0.5), None);
        for code in [Code::RateLimited, Code::NotReady] {
            assert!(delay(Effect::Change, trouble(code), 0, 0.5).is_some());
        }
        let unavailable = Trouble { status: Some(503), ..trouble(Code::ServerError) };
        assert_eq!(delay(Effect::Change, unavailable, 0, 0.5), None);
        assert!(delay(Effect::None, unavailable, 0, 0.5).is_some());
        let broken = Trouble { status: Some(500), ..trouble(Code::ServerError) };
        assert_eq!(delay(Effect::None, broken, 0, 0.5), None);
    }

    #[test]
    fn an_agent_without_a_route_to_its_leader_is_given_the_time_of_an_election() {
        for effect in [Effect::None, Effect::Change] {
            let waits =
                |jitter| (0..9).map_while(move |tried| delay(effect, trouble(Code::LeaderUnreachable), tried, jitter));
            let (least, most) = (waits(0.0).sum::<f64>(), waits(1.0).sum::<f64>());
            assert!(least > 7_000.0 && most < 16_000.0, "{least} to {most} ms");
            assert_eq!(waits(0.5).count(), 5);
        }
    }

    #[test]
    fn each_reason_has_its_own_count() {
        let mut attempts = Attempts::default();
        assert!(!attempts.have_failed());
        for code in [Code::NotReady, Code::NotReady, Code::LeaderUnreachable] {
            attempts.fail(code);
        }
        assert_eq!((attempts.before(Code::LeaderUnreachable), attempts.before(Code::NotReady)), (1, 0));
        assert!(attempts.have_failed());
    }

    #[test]
    fn a_busy_server_is_given_time() {
        let at = |tried, jitter| delay(Effect::None, trouble(Code::NotReady), tried, jitter).unwrap();
        assert_eq!((at(0, 0.0), at(0, 1.0)), (250.0, 500.0));
        assert_eq!(at(3, 1.0), 4_000.0);
        assert_eq!(at(99, 1.0), BUSY_MAX_MS);
        let asked = Trouble { retry_after: Some(3_000.0), ..trouble(Code::RateLimited) };
        assert_eq!(delay(Effect::Change, asked, 5, 0.0), Some(3_000.0));
        let after = |ms| delay(Effect::None, Trouble { retry_after: Some(ms), ..trouble(Code::RateLimited) }, 2, 1.0);
        assert_eq!((after(0.0), after(499.0), after(500.0)), (Some(2_000.0), Some(2_000.0), Some(500.0)));
    }

    #[test]
    fn a_refusal_is_final() {
        for code in [Code::Invalid, Code::PermissionDenied, Code::TokenSpent, Code::Unreachable, Code::Timeout] {
            assert_eq!(delay(Effect::None, trouble(code), 0, 0.5), None);
        }
    }
}
