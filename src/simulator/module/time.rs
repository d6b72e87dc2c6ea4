//! Converts times of JavaScript, in milliseconds.

use std::time::Duration;

/// Converts milliseconds; infinity becomes `Duration::MAX`.
pub fn span(ms: f64) -> Duration {
    if ms >= u64::MAX as f64 {
        return Duration::MAX;
    }
    // Separately from the whole milliseconds, because an f64 cannot represent their nanoseconds.
    Duration::from_millis(ms as u64) + Duration::from_nanos((ms.fract().max(0.0) * 1e6) as u64)
}

/// Whole milliseconds, rounded up.
pub fn whole_ms(duration: Duration) -> f64 {
    duration.as_nanos().div_ceil(1_000_000) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_milliseconds() {
        let cases = [(0.5, Duration::from_micros(500)), (f64::INFINITY, Duration::MAX), (-0.5, Duration::ZERO)];
        for (ms, duration) in cases.into_iter().chain([(f64::NAN, Duration::ZERO), (-3.0, Duration::ZERO)]) {
            assert_eq!(span(ms), duration, "{ms}");
        }
        // Ten years, to the millisecond.
        for ms in [315_360_000_007.0, 6_001.0] {
            assert_eq!(whole_ms(span(ms)), ms);
            assert_eq!(whole_ms(span(ms) + Duration::from_nanos(1)), ms + 1.0);
        }
    }
}
