//! The rate limit of Consul's leader, a token bucket: a burst, then one per interval.

use std::time::Duration;

#[derive(Debug)]
pub struct Limiter {
    full_at: Duration,
    interval: Duration,
    burst: u32,
}

impl Limiter {
    pub fn new(interval: Duration, burst: u32) -> Self {
        Self { full_at: Duration::ZERO, interval, burst }
    }

    /// Reserves one action, and returns when it may be executed.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        self.full_at = self.full_at.max(now) + self.interval;
        now.max(self.full_at.saturating_sub(self.interval * self.burst))
    }

    /// Uses up the burst, for actions that are not simulated.
    pub fn drain(&mut self, now: Duration) {
        self.full_at = self.full_at.max(now + self.interval * self.burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_and_then_one_after_each_interval() {
        let mut limiter = Limiter::new(SECOND * 5, 2);
        let at = SECOND * 100;
        assert_eq!([(); 4].map(|()| limiter.reserve(at)), [at, at, at + SECOND * 5, at + SECOND * 10]);
        assert_eq!(limiter.reserve(SECOND * 1_000), SECOND * 1_000, "the burst is available again");
    }

    #[test]
    fn a_drained_limiter_has_no_burst() {
        let mut limiter = Limiter::new(SECOND, 10);
        limiter.drain(SECOND);
        assert_eq!(limiter.reserve(SECOND), SECOND * 2);
    }
}
