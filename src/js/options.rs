//! The options of a call: signal, timeout, progress listener, and those of a single function.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::task::{Cancellable, JsCancellable};
use super::value::{keys, member, snapshot, to_js};
use crate::operations::call::Listener;
use crate::rules::duration::Duration;
use crate::rules::finding::{Finding, unknown_key, wrong_type};
use crate::rules::value::Value;

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    /// Calls a listener and ignores its errors.
    fn notify(listener: &Function, progress: &JsValue);
}

#[wasm_bindgen(module = "/src/js/signal.js")]
extern "C" {
    #[wasm_bindgen(js_name = aborted)]
    fn listen(signal: &JsValue) -> JsCancellable;
}

/// Those of all calls, which can share their options. A mistyped `dryRun` must not change anything.
const KNOWN: [&str; 10] =
    ["signal", "timeout", "onProgress", "wait", "replace", "dryRun", "force", "concurrency", "interval", "service"];
/// The most unknown options that are reported.
const UNKNOWN_MAX: usize = 10;

/// The default `timeout`.
const TIMEOUT: Duration = Duration::ms(60_000.0);

pub struct Options {
    given: JsValue,
    signal: Option<JsValue>,
    /// Infinite for no limit.
    pub timeout: Duration,
    on_progress: Option<Function>,
}

/// A finding for each option that is not in `known`.
pub fn unknown_options(given: &JsValue, known: &[&str]) -> Vec<Finding> {
    let own = if given.is_object() { keys(given) } else { None };
    let own = own.map(|own| own.to_vec()).unwrap_or_default();
    let unknown = own.iter().filter_map(JsValue::as_string).filter(|key| !known.contains(&&**key));
    unknown.take(UNKNOWN_MAX).map(|key| unknown_key("options", &key, known)).collect()
}

impl Options {
    pub fn read(given: &JsValue, findings: &mut Vec<Finding>) -> Self {
        let given = given.clone();
        if is_absent(&given) {
            return Self { given, signal: None, timeout: TIMEOUT, on_progress: None };
        }
        if !given.is_object() {
            findings.push(wrong_type("options", "an object", snapshot(&given).kind()));
        }
        findings.extend(unknown_options(&given, &KNOWN));
        let signal = member(&given, "signal");
        let on_progress = member(&given, "onProgress");
        let timeout = match snapshot(&member(&given, "timeout")) {
            Value::Null => TIMEOUT,
            Value::Number(ms) if ms > 0.0 => Duration::ms(ms),
            _ => {
                let message = "options.timeout must be a number of ms above 0";
                findings.push(Finding::error("options.timeout", "type", message, "Use ms, or Infinity for none."));
                TIMEOUT
            }
        };
        if !is_absent(&on_progress) && !on_progress.is_function() {
            findings.push(wrong_type("options.onProgress", "a function", "something else"));
        }
        if !is_absent(&signal) && !member(&signal, "addEventListener").is_function() {
            findings.push(wrong_type("options.signal", "an AbortSignal", "something else"));
        }
        Self {
            given,
            signal: (!is_absent(&signal)).then_some(signal),
            timeout,
            on_progress: on_progress.dyn_into().ok(),
        }
    }

    /// A boolean option of one function.
    pub fn flag(&self, key: &str, default: bool, findings: &mut Vec<Finding>) -> bool {
        let value = member(&self.given, key);
        if is_absent(&value) {
            return default;
        }
        value.as_bool().unwrap_or_else(|| {
            findings.push(wrong_type(&format!("options.{key}"), "true or false", snapshot(&value).kind()));
            default
        })
    }

    /// A non-empty text option of one function.
    pub fn text(&self, key: &str, findings: &mut Vec<Finding>) -> Option<String> {
        match snapshot(&member(&self.given, key)) {
            Value::Null => None,
            Value::Text(text) if !text.is_empty() => Some(text),
            other => {
                let kind = if other.text().is_some() { "empty" } else { other.kind() };
                findings.push(wrong_type(&format!("options.{key}"), "a name", kind));
                None
            }
        }
    }

    /// A number option of one function; `fits` validates it.
    pub fn number(
        &self,
        key: &str,
        default: f64,
        fits: fn(f64) -> bool,
        wanted: &str,
        findings: &mut Vec<Finding>,
    ) -> f64 {
        match snapshot(&member(&self.given, key)) {
            Value::Null => default,
            Value::Number(number) if fits(number) => number,
            _ => {
                let message = format!("options.{key} must be {wanted}");
                let fix = format!("Omit it for {}.", default as u32);
                findings.push(Finding::error(&format!("options.{key}"), "type", &message, &fix));
                default
            }
        }
    }

    /// A listener that throws must not change what the call does, so its error is dropped.
    pub fn listener(&self) -> Option<Listener> {
        let on_progress = self.on_progress.clone()?;
        Some(Box::new(move |progress| notify(&on_progress, &to_js(progress))))
    }

    /// Resolves to the signal's reason when it aborts.
    pub fn aborted(&self) -> impl Future<Output = JsValue> + use<> {
        let signal = self.signal.clone();
        async move {
            let Some(signal) = signal else { return std::future::pending().await };
            // A promise would report it one microtask later, when a request is already sent.
            if !member(&signal, "aborted").is_truthy() {
                Cancellable::from(listen(&signal)).await;
            }
            member(&signal, "reason")
        }
    }
}

pub fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}
