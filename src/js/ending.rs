//! How a call is ended from outside: by its signal, or because its time is over.

use std::future::pending;
use std::pin::pin;

use futures_util::future::{Either, select};
use wasm_bindgen::prelude::*;

use super::call::Options;
use super::clock;
use super::task::{Awaited, Coming};
use super::value::member;

#[wasm_bindgen(module = "/src/js/signal.js")]
extern "C" {
    #[wasm_bindgen(js_name = aborted)]
    fn listen(signal: &JsValue) -> Awaited;
}

/// Why a call ends before its work does.
pub enum Ending {
    /// The signal's reason, which the caller gets as it is.
    Abort(JsValue),
    Timeout,
}

/// Comes back once the signal aborts or the time is over.
pub async fn ended(options: &Options) -> Ending {
    let timeout = pin!(async {
        if options.timeout > f64::from(i32::MAX) { pending().await } else { clock::sleep(options.timeout).await }
    });
    let abort = pin!(async {
        match &options.signal {
            Some(signal) => aborted(signal).await,
            None => pending().await,
        }
    });
    match select(abort, timeout).await {
        Either::Left((reason, _)) => Ending::Abort(reason),
        Either::Right(_) => Ending::Timeout,
    }
}

/// The signal's reason, once it aborts.
async fn aborted(signal: &JsValue) -> JsValue {
    // A promise tells only in the next microtask, and by then a request would be on its way.
    if !member(signal, "aborted").is_truthy() {
        Coming::from(listen(signal)).await;
    }
    member(signal, "reason")
}
