//! Time, and waiting for it to pass.

use js_sys::{Date, Math};

/// ms since 1970, for dates.
pub fn date() -> f64 {
    Date::now()
}

/// ms of a clock that only goes forward, for durations.
pub fn now() -> f64 {
    thread_local! {
        static LAST: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) };
    }
    // `performance` is not everywhere; a date that went back must not make a wait longer than it is.
    LAST.with(|last| {
        last.set(last.get().max(Date::now()));
        last.get()
    })
}

/// A number from 0 to 1 that spreads callers.
pub fn jitter() -> f64 {
    Math::random()
}

/// Waits. What is longer than timers can count waits as long as they can.
pub async fn sleep(ms: f64) {
    gloo_timers::future::TimeoutFuture::new(ms.clamp(0.0, f64::from(i32::MAX)) as u32).await;
}
