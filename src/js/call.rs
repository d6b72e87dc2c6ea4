//! One call of the package: what steers it, what it tells on the way, and what it would leave behind if it stopped now.

use std::cell::{Cell, RefCell};

use js_sys::Function;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::clock;
use super::cluster::Cluster;
use super::error::Failure;
use super::value::{member, snapshot, to_js};
use crate::consul::code::Code;
use crate::consul::peering::State;
use crate::decide::leftover::{Changed, Leftover, LeftoverCode};
use crate::decide::progress::{Kind, Progress, ProgressCode, StepCode};
use crate::rules::finding::{Finding, wrong_type};
use crate::rules::secret::Secret;
use crate::rules::value::Value;

#[wasm_bindgen(module = "/src/js/secret.js")]
extern "C" {
    /// A text with every one of these secrets in it hidden.
    fn redact(text: &str, secrets: Vec<String>) -> String;
}

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    /// Tells a listener, whose own faults are its own.
    fn tell(listener: &Function, progress: &JsValue);
}

/// `timeout` where none is given.
const TIMEOUT_MS: f64 = 60_000.0;

/// A leftover as an error lists it.
#[derive(Serialize)]
pub struct LeftBehind<'a> {
    cluster: &'a str,
    peer_name: &'a str,
    code: LeftoverCode,
    what: &'a str,
    fix: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "<[Changed]>::is_empty")]
    changed: &'a [Changed],
}

/// What every call takes.
pub struct Options {
    pub signal: Option<JsValue>,
    pub timeout: f64,
    on_progress: Option<Function>,
    /// Waits until it is done; `wait: false` turns it off.
    pub wait: bool,
    /// Deletes what stands in the way.
    pub replace: bool,
}

impl Options {
    pub fn read(given: &JsValue, findings: &mut Vec<Finding>) -> Self {
        if is_absent(given) {
            return Self { signal: None, timeout: TIMEOUT_MS, on_progress: None, wait: true, replace: false };
        }
        if !given.is_object() {
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
    left_behind: RefCell<Option<Leftover>>,
    /// What was deleted to make room; said whatever else there is to say.
    replaced: RefCell<Vec<Leftover>>,
    last_seen: RefCell<Option<JsValue>>,
    /// Why a read is being tried again.
    trouble: RefCell<Option<Failure>>,
    /// Why the last request failed; empty where it did not.
    last_failure: RefCell<String>,
    /// A retry or a long silence was reported, and no response has come since.
    out_of_contact: Cell<bool>,
}

impl Call {
    pub fn new(operation: &'static str, peer_name: Option<String>, cluster: Cluster, options: &Options) -> Self {
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
            trouble: RefCell::default(),
            last_failure: RefCell::default(),
            out_of_contact: Cell::default(),
        }
    }

    /// Hides `secret` in everything this call says.
    pub fn keep_secret(&self, secret: Secret) {
        self.secrets.borrow_mut().push(secret);
    }

    /// `text` without the secrets that this call knows of.
    pub fn clean(&self, text: &str) -> String {
        redact(text, self.secrets())
    }

    /// What no message may repeat.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = self.secrets.borrow();
        let tokens = secrets.iter().chain(&self.cluster.place.token).map(Secret::expose);
        let headers = self.cluster.headers.iter().map(|(_, value)| &**value);
        tokens.chain(headers).map(str::to_owned).collect()
    }

    pub fn elapsed(&self) -> f64 {
        clock::now() - self.started
    }

    /// ms until the call times out.
    pub fn remaining(&self) -> f64 {
        self.timeout - self.elapsed()
    }

    /// Reports a step.
    pub fn step(&self, code: StepCode, text: &str) {
        self.tell(Kind::Step, ProgressCode::Step(code), text, None);
    }

    /// Reports what was found in the arguments and is no error.
    pub fn warn(&self, finding: &Finding) {
        self.tell(
            Kind::Warning,
            ProgressCode::Rule(finding.rule),
            &format!("{} {}", finding.message, finding.fix),
            None,
        );
    }

    /// Reports an attempt that failed and will be made again.
    pub fn retry(&self, text: &str, code: Code) {
        self.out_of_contact.set(true);
        self.tell(Kind::Retry, ProgressCode::Error(code), text, None);
    }

    /// Reports a request that has been without a response for `ms`.
    pub fn no_response(&self, ms: f64) {
        self.out_of_contact.set(true);
        let tenths = (ms / 100.0) as u32;
        let text = format!("no response after {}.{} s", tenths / 10, tenths % 10);
        self.tell(Kind::NoResponse, ProgressCode::Kind(Kind::NoResponse), &text, None);
    }

    /// Reports a response after a retry or a long silence; otherwise there is nothing to say.
    pub fn responded(&self) {
        if self.out_of_contact.replace(false) {
            self.tell(Kind::Recovered, ProgressCode::Kind(Kind::Recovered), "the cluster responds again", None);
        }
    }

    /// Whether anything that is reported reaches a listener.
    pub fn has_listener(&self) -> bool {
        self.on_progress.is_some()
    }

    /// What stands in the way of a read, until it is answered.
    pub fn meets(&self, trouble: Option<Failure>) {
        *self.trouble.borrow_mut() = trouble;
    }

    /// How the last request ended.
    pub fn ended(&self, failure: Option<&Failure>) {
        *self.last_failure.borrow_mut() = failure.map_or_else(String::new, |failure| failure.message.clone());
    }

    pub fn last_failure(&self) -> String {
        self.last_failure.borrow().clone()
    }

    pub fn take_trouble(&self) -> Option<Failure> {
        self.trouble.borrow_mut().take()
    }

    /// Tells of a state that was not seen before.
    pub fn state(&self, state: &str) {
        let subject = self.peer_name.as_deref().unwrap_or_default();
        let state = self.clean(state);
        let text = format!("{subject} is {state}");
        self.tell(Kind::State, ProgressCode::Kind(Kind::State), &text, Some(&state));
    }

    /// A listener that throws must not change what the call does, so what it throws is dropped.
    fn tell(&self, kind: Kind, code: ProgressCode, text: &str, state: Option<&str>) {
        let Some(listener) = &self.on_progress else { return };
        let progress = Progress {
            kind,
            code,
            cluster: &self.cluster.address,
            peer_name: self.peer_name.as_deref(),
            text: &self.clean(text),
            state,
            elapsed: self.elapsed() as u32,
        };
        tell(listener, &to_js(&progress));
    }

    /// What is left, or may be, if the call stops now. Replaces the one before.
    pub fn leaves(&self, leftover: Leftover) {
        *self.left_behind.borrow_mut() = Some(leftover);
    }

    /// A peering was deleted to make room for another.
    pub fn has_replaced(&self, state: &State) {
        self.replaced.borrow_mut().push(Leftover::replaced(state));
    }

    /// The leftover of now, to be restored later.
    pub fn leftover(&self) -> Option<Leftover> {
        self.left_behind.borrow().clone()
    }

    pub fn restore_leftover(&self, leftover: Option<Leftover>) {
        *self.left_behind.borrow_mut() = leftover;
    }

    pub fn leaves_nothing(&self) {
        *self.left_behind.borrow_mut() = None;
    }

    /// Everything that is left, and what was deleted to make room.
    pub fn leftovers(&self) -> Vec<Leftover> {
        let mut all = self.replaced.borrow().clone();
        all.extend(self.left_behind.borrow().clone());
        all
    }

    pub fn left_behind<'a>(&'a self, Leftover { code, what, fix, state, changed }: &'a Leftover) -> LeftBehind<'a> {
        let (cluster, peer_name) = (&*self.cluster.address, self.peer_name.as_deref().unwrap_or_default());
        LeftBehind { cluster, peer_name, code: *code, what, fix, state: state.as_ref().map(State::to_string), changed }
    }

    /// Reports what the call leaves behind where it ends without an error of its own.
    pub fn tell_left_behind(&self) {
        for Leftover { code, what, fix, state, .. } in self.leftovers() {
            let state = state.map(|state| state.to_string());
            let text = format!("{what}. {fix}");
            self.tell(Kind::LeftBehind, ProgressCode::Leftover(code), &text, state.as_deref());
        }
    }

    /// The peering as it was last seen.
    pub fn last_seen(&self) -> Option<JsValue> {
        self.last_seen.borrow().clone()
    }

    /// The peering as it was last seen, for an error that comes without one.
    pub fn saw(&self, peering: Option<JsValue>) {
        *self.last_seen.borrow_mut() = peering;
    }
}
