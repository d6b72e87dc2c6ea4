//! Running a call's future, and waiting in it for what JavaScript brings.
//!
//! Not wasm-bindgen-futures: its queue, its wakers and the closures of each promise are several times what is needed
//! where one task is one promise, and is polled anew whenever anything that it waits for has come.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/task.js")]
extern "C" {
    fn run(step: &JsValue) -> Promise;
    fn come(one: &JsValue) -> Option<JsValue>;
    fn end(one: &JsValue);
}

type Step = Closure<dyn FnMut() -> Result<JsValue, JsValue>>;

/// The promise of what `work` comes to, which is never undefined.
pub fn start(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let mut work = Some(Box::pin(work));
    // The step holds itself, and lets go with its last: left to the host's garbage collection, its memory would be free
    // only at leisure.
    let held: Rc<Cell<Option<Step>>> = Rc::default();
    let holder = held.clone();
    let step = Step::new(move || {
        let Some(task) = &mut work else { return Ok(JsValue::UNDEFINED) };
        match task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Ok(JsValue::UNDEFINED),
            Poll::Ready(result) => {
                work = None;
                holder.take();
                result
            }
        }
    });
    let promise = run(step.as_ref());
    held.set(Some(step));
    promise
}

/// Something that JavaScript brings, made by `awaited` of task.js. It is ended when it is dropped.
pub struct Awaited(pub JsValue);

impl Future for Awaited {
    type Output = JsValue;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<JsValue> {
        come(&self.0).map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        end(&self.0);
    }
}
