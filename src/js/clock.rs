//! Time, and waiting for it to pass.

use js_sys::{Date, Math};
use wasm_bindgen::prelude::*;

use super::task::Awaited;

#[wasm_bindgen(module = "/src/js/clock.js")]
extern "C" {
    /// ms of the monotonic clock, for durations.
    pub fn now() -> f64;
    #[wasm_bindgen(js_name = sleep)]
    fn timer(ms: f64) -> JsValue;
}

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
    Awaited(timer(ms)).await;
}
