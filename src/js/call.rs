//! One call of the package: what steers it, what it tells on the way, and what it would leave behind if it stopped now.

use std::cell::RefCell;
use std::future::pending;
use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::clock;
use super::cluster::Cluster;
use super::error::{Failure, LeftBehind, Stop};
use super::operation::Operation;
use super::value::{member, snapshot, to_js};
use crate::consul::code::Code;
use crate::rules::finding::{Finding, wrong_type};
use crate::rules::secret::{Secret, redact};
use crate::rules::value::{Value, object};

/// `timeout` where none is given.
const TIMEOUT_MS: f64 = 60_000.0;

/// What every call takes.
pub struct Options {
    signal: Option<JsValue>,
    timeout: f64,
    on_progress: Option<Function>,
    /// Waits until it is done; `wait: false` turns it off.
    pub wait: bool,
    /// Deletes what stands in the way.
    pub replace: bool,
}

impl Options {
    pub fn read(given: &JsValue, findings: &mut Vec<Finding>) -> Self {
        if !given.is_undefined() && !given.is_null() && !given.is_object() {
            findings.push(wrong_type("options", "an object", snapshot(given).kind()));
        }
        let signal = member(given, "signal");
        let on_progress = member(given, "onProgress");
        let given_timeout = snapshot(&member(given, "timeout"));
        let timeout = match given_timeout {
            Value::Null => TIMEOUT_MS,
            Value::Number(ms) if ms > 0.0 => ms,
            _ => {
                let message = "options.timeout must be a number of ms above 0";
                findings.push(Finding::error("options.timeout", "type", message, "Give ms, or Infinity for none."));
                TIMEOUT_MS
            }
        };
        if !is_absent(&on_progress) && !on_progress.is_function() {
            findings.push(wrong_type("options.onProgress", "a function", "something else"));
        }
        if !is_absent(&signal) && !member(&signal, "addEventListener").is_function() {
            findings.push(wrong_type("options.signal", "an AbortSignal", "something else"));
        }
        Self {
            signal: (!is_absent(&signal)).then_some(signal),
            timeout,
            on_progress: on_progress.dyn_into().ok(),
            wait: flag(given, "wait", true, findings),
            replace: flag(given, "replace", false, findings),
        }
    }
}

fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

fn flag(given: &JsValue, key: &str, default: bool, findings: &mut Vec<Finding>) -> bool {
    let value = member(given, key);
    if is_absent(&value) {
        return default;
    }
    value.as_bool().unwrap_or_else(|| {
        findings.push(wrong_type(&format!("options.{key}"), "true or false", snapshot(&value).kind()));
        default
    })
}

/// One call under way.
pub struct Call {
    pub operation: &'static str,
    pub cluster: Cluster,
    pub peer_name: Option<String>,
    /// Peering tokens that this call handles, so that no message repeats them.
    secrets: RefCell<Vec<Secret>>,
    started: f64,
    timeout: f64,
    on_progress: Option<Function>,
    left_behind: RefCell<Vec<LeftBehind>>,
    /// What was deleted to make room; said whatever else there is to say.
    replaced: RefCell<Vec<LeftBehind>>,
    last_seen: RefCell<Option<JsValue>>,
}

impl Call {
    fn new(operation: &'static str, peer_name: Option<String>, cluster: Cluster, options: &Options) -> Self {
        Self {
            operation,
            cluster,
            peer_name,
            secrets: RefCell::default(),
            started: clock::now(),
            timeout: options.timeout,
            on_progress: options.on_progress.clone(),
            left_behind: RefCell::default(),
            replaced: RefCell::default(),
            last_seen: RefCell::default(),
        }
    }

    /// Hides `secret` in everything this call says.
    pub fn keep_secret(&self, secret: Secret) {
        self.secrets.borrow_mut().push(secret);
    }

    /// `text` without the secrets that this call knows of.
    pub fn clean(&self, text: &str) -> String {
        let secrets = self.secrets.borrow();
        let headers = self.cluster.headers.iter().map(|(_, value)| &**value);
        redact(text, secrets.iter().chain(&self.cluster.place.token).map(Secret::expose).chain(headers))
    }

    pub fn elapsed(&self) -> f64 {
        clock::now() - self.started
    }

    /// ms until the call times out.
    pub fn remaining(&self) -> f64 {
        self.timeout - self.elapsed()
    }

    /// Tells of a step.
    pub fn step(&self, text: &str) {
        self.tell("step", text, None);
    }

    /// Tells of a try that failed and will be made again.
    pub fn retry(&self, text: &str) {
        self.tell("retry", text, None);
    }

    /// Tells of a state that was not seen before.
    pub fn state(&self, state: &str) {
        let subject = self.peer_name.as_deref().unwrap_or_default();
        self.tell("state", &format!("{subject} is {state}"), Some(state));
    }

    /// A listener that throws must not change what the call does, so what it throws is dropped.
    fn tell(&self, kind: &str, text: &str, state: Option<&str>) {
        let Some(listener) = &self.on_progress else { return };
        let mut progress = vec![("kind", kind.into()), ("cluster", (&*self.cluster.address).into())];
        progress.extend(self.peer_name.as_deref().map(|name| ("peer_name", name.into())));
        progress.push(("text", (&*self.clean(text)).into()));
        progress.extend(state.map(|state| ("state", state.into())));
        progress.push(("elapsed", Value::Number(self.elapsed())));
        let _ = listener.call1(&JsValue::UNDEFINED, &to_js(&object(progress)));
    }

    /// What stands, or may stand, if the call stopped now. It replaces what was said before.
    pub fn leaves(&self, what: impl Into<String>, fix: impl Into<String>) {
        *self.left_behind.borrow_mut() = vec![self.left(what.into(), fix.into())];
    }

    /// A peering was deleted to make room for another.
    pub fn has_replaced(&self, state: &str) {
        let what =
            format!("the peering that stood under this name, {state}, was deleted to make room, as replace asks");
        let fix = "Call again to make the new one; the old one's other side is TERMINATED and can be deleted there.";
        self.replaced.borrow_mut().push(self.left(what, fix.to_owned()));
    }

    fn left(&self, what: String, fix: String) -> LeftBehind {
        let peer_name = self.peer_name.clone().unwrap_or_default();
        LeftBehind { cluster: self.cluster.address.clone(), peer_name, what, fix }
    }

    /// Nothing of this call stands any more.
    pub fn leaves_nothing(&self) {
        self.left_behind.borrow_mut().clear();
    }

    pub fn left_behind(&self) -> Vec<LeftBehind> {
        [&*self.replaced.borrow(), &*self.left_behind.borrow()].into_iter().flatten().cloned().collect()
    }

    /// The peering as it was last seen, for an error that comes without one.
    pub fn saw(&self, peering: Option<JsValue>) {
        *self.last_seen.borrow_mut() = peering;
    }
}

/// What a call was given, read at once: the caller may change its objects afterwards.
pub struct Given {
    pub cluster: Cluster,
    pub options: Options,
    pub findings: Vec<Finding>,
}

impl Given {
    pub fn read(cluster: &JsValue, options: &JsValue) -> Self {
        let mut findings = Vec::new();
        let cluster = Cluster::read(cluster, &mut findings);
        let options = Options::read(options, &mut findings);
        Self { cluster, options, findings }
    }
}

/// Performs an operation until it is done, the signal aborts it or its time is over. Whatever it waits for then is
/// dropped, and with it every request under way.
pub fn run(name: &'static str, peer_name: Option<String>, given: Given, operation: Operation) -> Promise {
    let Given { mut cluster, options, mut findings } = given;
    cluster.take_environment_token(&mut findings);
    let call = Call::new(name, peer_name, cluster, &options);
    future_to_promise(async move {
        if findings.iter().any(Finding::is_error) {
            return Err(Failure::invalid(findings).into_js(&call));
        }
        for finding in &findings {
            call.step(&format!("{}. {}", finding.message, finding.fix));
        }
        let work = pin!(operation.perform(&call, &options));
        match select(pin!(ended(&options)), work).await {
            Either::Right((Ok(value), _)) => Ok(value),
            Either::Right((Err(Stop::Failed(failure)), _)) => Err(failure.into_js(&call)),
            Either::Right((Err(Stop::Thrown(thrown)), _)) => Err(thrown),
            Either::Left((Ending::Timeout, _)) => {
                let message = format!("not done after {} ms", options.timeout as u64);
                let seen = call.last_seen.take();
                Err(Failure::new(Code::Timeout, &message).with_peering(seen).into_js(&call))
            }
            Either::Left((Ending::Abort(reason), _)) => {
                for left in call.left_behind() {
                    call.tell("left_behind", &format!("{}. {}", left.what, left.fix), None);
                }
                Err(reason)
            }
        }
    })
}

enum Ending {
    Abort(JsValue),
    Timeout,
}

async fn ended(options: &Options) -> Ending {
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

/// The error of a function that calls nobody.
pub fn offline(operation: &'static str, failure: Failure) -> JsValue {
    let options = Options::read(&JsValue::UNDEFINED, &mut Vec::new());
    failure.into_js(&Call::new(operation, None, Cluster::default(), &options))
}
