//! Whether to retry a request, and when.

use crate::consul::code::Code;
use crate::consul::delivery::Delivery;
use crate::consul::request::Effect;
use crate::rules::duration::Duration;

/// A failed attempt, as far as retries depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FailedAttempt {
    pub code: Code,
    pub status: Option<u16>,
    pub delivery: Delivery,
    /// The server's Retry-After.
    pub retry_after: Option<Duration>,
}

/// The failures of one request so far. Each reason has its own count, since an agent without a leader fails in several
/// ways until a new one is elected.
#[derive(Default)]
pub struct Attempts {
    code: Option<Code>,
    failed: u32,
}

impl Attempts {
    /// How many attempts in a row failed for this reason before the one that just did.
    pub fn failures_so_far(&self, code: Code) -> u32 {
        if self.code == Some(code) { self.failed } else { 0 }
    }

    /// One more attempt failed for this reason.
    pub fn fail(&mut self, code: Code) {
        self.failed = self.failures_so_far(code) + 1;
        self.code = Some(code);
    }

    pub fn have_failed(&self) -> bool {
        self.code.is_some()
    }
}

/// Retries of a broken connection, all within a second.
const NETWORK_RETRIES: u32 = 2;
const NETWORK_STEP: Duration = Duration::ms(200.0);
/// Retries while an agent has no route to its leader, for 8 to 16 s: an election ends within that, a wrong server
/// address never does.
const LEADER_RETRIES: u32 = 5;
const BUSY_FIRST: Duration = Duration::ms(500.0);
const BUSY_MAX: Duration = Duration::ms(8_000.0);

/// The delay before the next attempt; None to give up.
///
/// `previous_failures` is the number of attempts in a row that failed before this one; `jitter`, from 0 to 1, spreads callers that failed
/// together.
pub fn delay(effect: Effect, attempt: FailedAttempt, previous_failures: u32, jitter: f64) -> Option<Duration> {
    let busy = matches!(attempt.code, Code::RateLimited | Code::NotReady)
        || (attempt.code == Code::LeaderUnreachable && previous_failures < LEADER_RETRIES)
        || (effect == Effect::Read && attempt.code == Code::ServerError && attempt.status == Some(503));
    if busy {
        let backoff = (BUSY_FIRST * f64::from(2_u32.pow(previous_failures.min(6)))).min(BUSY_MAX);
        // A Retry-After of zero or in the past is ignored: always back off.
        let retry_after = attempt.retry_after.filter(|wait| *wait >= BUSY_FIRST);
        return Some(retry_after.unwrap_or(backoff * (0.5 + jitter / 2.0)));
    }
    let is_safe = effect == Effect::Read || attempt.delivery == Delivery::NotSent;
    (attempt.code == Code::Network && is_safe && previous_failures < NETWORK_RETRIES)
        .then(|| NETWORK_STEP * f64::from(previous_failures + 1) * (0.5 + jitter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(code: Code) -> FailedAttempt {
        FailedAttempt { code, status: None, delivery: Delivery::Unknown, retry_after: None }
    }

    #[test]
    fn a_read_is_retried_twice_within_a_second() {
        for jitter in [0.0, 1.0] {
            let first = delay(Effect::Read, attempt(Code::Network), 0, jitter).unwrap().as_ms();
            let second = delay(Effect::Read, attempt(Code::Network), 1, jitter).unwrap().as_ms();
            assert!(first > 0.0 && first < second && first + second < 1_000.0, "{first} {second}");
        }
        assert_eq!(delay(Effect::Read, attempt(Code::Network), 0, 0.5), Some(Duration::ms(200.0)));
        assert_eq!(delay(Effect::Read, attempt(Code::Network), 1, 0.5), Some(Duration::ms(400.0)));
        assert_eq!(delay(Effect::Read, attempt(Code::Network), 2, 0.5), None);
    }

    #[test]
    fn a_write_is_retried_only_if_it_had_no_effect() {
        assert_eq!(delay(Effect::Write, attempt(Code::Network), 0, 0.5), None);
        let refused = FailedAttempt { delivery: Delivery::NotSent, ..attempt(Code::Network) };
        assert_eq!(delay(Effect::Write, refused, 0, 0.5), Some(Duration::ms(200.0)));
        assert_eq!(delay(Effect::Write, refused, 2, 0.5), None);
        for code in [Code::RateLimited, Code::NotReady] {
            assert!(delay(Effect::Write, attempt(code), 0, 0.5).is_some());
        }
        let unavailable = FailedAttempt { status: Some(503), ..attempt(Code::ServerError) };
        assert_eq!(delay(Effect::Write, unavailable, 0, 0.5), None);
        assert!(delay(Effect::Read, unavailable, 0, 0.5).is_some());
        let broken = FailedAttempt { status: Some(500), ..attempt(Code::ServerError) };
        assert_eq!(delay(Effect::Read, broken, 0, 0.5), None);
    }

    #[test]
    fn retries_without_a_route_to_the_leader_last_as_long_as_an_election() {
        for effect in [Effect::Read, Effect::Write] {
            let waits = |jitter| {
                (0..9).map_while(move |previous_failures| {
                    delay(effect, attempt(Code::LeaderUnreachable), previous_failures, jitter).map(Duration::as_ms)
                })
            };
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
        assert_eq!(
            (attempts.failures_so_far(Code::LeaderUnreachable), attempts.failures_so_far(Code::NotReady)),
            (1, 0)
        );
        assert!(attempts.have_failed());
    }

    #[test]
    fn backs_off_from_a_busy_server() {
        let at = |previous_failures, jitter| {
            delay(Effect::Read, attempt(Code::NotReady), previous_failures, jitter).unwrap().as_ms()
        };
        assert_eq!((at(0, 0.0), at(0, 1.0)), (250.0, 500.0));
        assert_eq!(at(3, 1.0), 4_000.0);
        assert_eq!(at(99, 1.0), BUSY_MAX.as_ms());
        let retry_after = FailedAttempt { retry_after: Some(Duration::ms(3_000.0)), ..attempt(Code::RateLimited) };
        assert_eq!(delay(Effect::Write, retry_after, 5, 0.0), Some(Duration::ms(3_000.0)));
        let after = |ms| {
            let attempt = FailedAttempt { retry_after: Some(Duration::ms(ms)), ..attempt(Code::RateLimited) };
            delay(Effect::Read, attempt, 2, 1.0).map(Duration::as_ms)
        };
        assert_eq!((after(0.0), after(499.0), after(500.0)), (Some(2_000.0), Some(2_000.0), Some(500.0)));
    }

    #[test]
    fn a_refusal_is_final() {
        for code in [Code::Invalid, Code::PermissionDenied, Code::TokenSpent, Code::Unreachable, Code::Timeout] {
            assert_eq!(delay(Effect::Read, attempt(code), 0, 0.5), None);
        }
    }
}
