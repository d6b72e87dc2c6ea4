//! Spans of time, and points in time of a monotonic clock.
//!
//! Numbers of milliseconds, as hosts have them: timeouts may be infinite, and clocks count fractions. The wall clock shows a
//! [`Timestamp`](super::time::Timestamp): it may be set, so the two cannot be mixed.

use std::ops::{Add, Mul, Sub};

/// A span of time, which may be infinite.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Duration(f64);

impl Duration {
    pub const ZERO: Self = Self(0.0);
    pub const INFINITE: Self = Self(f64::INFINITY);

    pub const fn ms(ms: f64) -> Self {
        Self(ms)
    }

    pub const fn as_ms(self) -> f64 {
        self.0
    }

    pub const fn is_finite(self) -> bool {
        self.0.is_finite()
    }

    /// The shorter of the two.
    pub fn min(self, other: Self) -> Self {
        if other.0 < self.0 { other } else { self }
    }
}

impl Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// Zero if the other is longer.
impl Sub for Duration {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        if other.0 < self.0 { Self(self.0 - other.0) } else { Self::ZERO }
    }
}

impl Mul<f64> for Duration {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self(self.0 * factor)
    }
}

/// A point in time of a host's monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Instant(f64);

impl Instant {
    /// So many ms after the clock's own beginning.
    pub const fn at_ms(ms: f64) -> Self {
        Self(ms)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration.0)
    }
}

/// The time since the other; zero if that is later.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, other: Self) -> Duration {
        Duration(self.0) - Duration(other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_never_negative() {
        let [short, long] = [1.0, 2.5].map(Duration::ms);
        assert_eq!((long - short, short - long), (Duration::ms(1.5), Duration::ZERO));
        assert_eq!((short.min(long), long.min(short)), (short, short));
        assert_eq!((short + long * 2.0).as_ms(), 6.0);
        let [early, late] = [10.0, 12.5].map(Instant::at_ms);
        assert_eq!((late - early, early - late), (long, Duration::ZERO));
        assert_eq!(early + long, late);
    }

    #[test]
    fn a_deadline_that_never_comes() {
        let now = Instant::at_ms(1_000.0);
        let deadline = now + Duration::INFINITE;
        assert_eq!(deadline - now, Duration::INFINITE);
        assert_eq!(Duration::INFINITE - Duration::ms(9.0), Duration::INFINITE);
        assert!(!Duration::INFINITE.is_finite() && Duration::ms(9.0).min(Duration::INFINITE).is_finite());
    }
}
