//! `watch`, as `src/js/watch.js` drives it.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::{AbortHandle, FutureExt, abortable};
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::arguments::{Arguments, ValidatedArguments};
use super::call::{check, to_error};
use super::host::JsHost;
use super::options::Options;
use super::task;
use crate::operations::call::Call;
use crate::operations::error::Error;
use crate::operations::watch;
use crate::rules::duration::Duration;

const INTERVAL_MS: f64 = 2_000.0;
const INTERVAL_MAX_MS: f64 = 600_000.0;

/// A watch, whose values are fetched one after the other.
#[wasm_bindgen]
pub struct Watch {
    watch: Rc<RefCell<Option<watch::Watch<JsHost>>>>,
    /// The error that the first value rejects with.
    invalid: RefCell<Option<Error<JsValue>>>,
    /// Ends the wait for a value.
    waiting: RefCell<Option<AbortHandle>>,
    options: Options,
}

#[wasm_bindgen]
impl Watch {
    /// All peerings if the reference is undefined.
    #[wasm_bindgen(constructor)]
    pub fn new(cluster: &JsValue, reference: &JsValue, options: &JsValue) -> Self {
        let mut given = Arguments::read(cluster, options);
        let peer_name = if reference.is_undefined() { None } else { given.take_reference(reference) };
        let fits = |ms: f64| ms > 0.0 && ms <= INTERVAL_MAX_MS;
        let wanted = "a number of ms above 0, at most 600000";
        let interval = given.options.number("interval", INTERVAL_MS, fits, wanted, &mut given.findings);
        let ValidatedArguments { cluster, host, location, options, findings } = given.finish(peer_name.clone());
        let call = Call::new(host.clone(), Duration::INFINITE, options.listener());
        let invalid = check(&call, location, &cluster.secrets(), findings).err();
        let watch = watch::Watch::new(call, host, cluster, peer_name, Duration::ms(interval));
        Self {
            watch: Rc::new(RefCell::new(Some(watch))),
            invalid: RefCell::new(invalid),
            waiting: RefCell::default(),
            options,
        }
    }

    /// The next value; undefined once the watch was stopped. Called again only after it has settled.
    pub fn next(&self) -> Promise {
        let shared = self.watch.clone();
        let invalid = self.invalid.take();
        let aborted = self.options.aborted();
        let (next, handle) = abortable(async move {
            if let Some(error) = invalid {
                return Err(to_error("watch", error));
            }
            let Some(mut watch) = shared.take() else { return Ok(JsValue::UNDEFINED) };
            let call = watch.call().clone();
            match call.run(aborted, watch.next().boxed_local()).await {
                Ok(value) => {
                    shared.replace(Some(watch));
                    Ok(value)
                }
                Err(error) => Err(to_error("watch", error)),
            }
        });
        self.waiting.replace(Some(handle));
        task::start(next.map(|value| value.unwrap_or(Ok(JsValue::UNDEFINED))).boxed_local())
    }

    /// Ends the watch and its pending read.
    pub fn stop(&self) {
        if let Some(handle) = self.waiting.take() {
            handle.abort();
        }
        self.watch.take();
    }
}
