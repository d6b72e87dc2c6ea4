//! A call as a promise, and waiting for JavaScript in it.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::LocalBoxFuture;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

#[wasm_bindgen(module = "/src/js/task.js")]
extern "C" {
    /// Runs a step; returns the trap that it ended in, or undefined.
    #[wasm_bindgen(js_name = trapOf)]
    fn trap_of(step: &mut dyn FnMut()) -> JsValue;

    /// What `cancellable` of task.js returns.
    pub type JsCancellable;

    #[wasm_bindgen(method, getter)]
    fn promise(this: &JsCancellable) -> Promise;
    #[wasm_bindgen(method)]
    fn cancel(this: &JsCancellable);
}

/// The promise of what `work` comes to. A trap rejects it: behind one in a microtask, no promise would ever settle.
pub fn start(work: LocalBoxFuture<'static, Result<JsValue, JsValue>>) -> Promise {
    let mut work = Some(work);
    future_to_promise(poll_fn(move |context| {
        let Some(task) = &mut work else { return Poll::Pending };
        let mut polled = Poll::Pending;
        let trap = trap_of(&mut || polled = task.as_mut().poll(context));
        if trap.is_undefined() {
            return polled;
        }
        // Never dropped: a trap leaves its values in an unknown state.
        mem::forget(work.take());
        Poll::Ready(Err(trap))
    }))
}

/// A value that JavaScript provides later. Dropping this cancels the wait.
pub struct Cancellable {
    inner: JsCancellable,
    future: JsFuture,
}

impl From<JsCancellable> for Cancellable {
    fn from(inner: JsCancellable) -> Self {
        let future = inner.promise().into();
        Self { inner, future }
    }
}

impl Future for Cancellable {
    type Output = JsValue;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<JsValue> {
        Pin::new(&mut self.future).poll(context).map(Result::unwrap_or_default)
    }
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        self.inner.cancel();
    }
}
