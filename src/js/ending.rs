//! How a call is ended from outside: by its signal, or because its time is over.

use std::future::pending;
use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::call::Options;
use super::clock;
use super::value::member;

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
    struct Listening<'a>(&'a JsValue, JsValue);
    impl Drop for Listening<'_> {
        fn drop(&mut self) {
            invoke(self.0, "removeEventListener", &self.1);
        }
    }
    if member(signal, "aborted").is_falsy() {
        let mut listener = JsValue::UNDEFINED;
        let heard = Promise::new(&mut |resolve, _| {
            invoke(signal, "addEventListener", &resolve);
            listener = resolve.into();
        });
        let _listening = Listening(signal, listener);
        let _ = JsFuture::from(heard).await;
    }
    member(signal, "reason")
}

fn invoke(signal: &JsValue, method: &str, listener: &JsValue) {
    if let Ok(method) = member(signal, method).dyn_into::<Function>() {
        let _ = method.call2(signal, &"abort".into(), listener);
    }
}
