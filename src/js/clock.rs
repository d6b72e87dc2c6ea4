//! Time, and waiting for it to pass.

use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Math};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/clock.js")]
extern "C" {
    /// ms of the monotonic clock, for durations.
    pub fn now() -> f64;
}

const TIMER_MAX_MS: f64 = 2_147_483_647.0;

/// ms since 1970, for certificates and heartbeats alone.
pub fn date() -> f64 {
    Date::now()
}

/// A number from 0 to 1 that spreads callers.
pub fn jitter() -> f64 {
    Math::random()
}

/// Waits. What is longer than timers can count waits as long as they can.
pub async fn sleep(ms: f64) {
    TimeoutFuture::new(ms.min(TIMER_MAX_MS) as u32).await;
}
