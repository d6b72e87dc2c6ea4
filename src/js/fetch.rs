//! The one place that sends anything.
//!
//! Not gloo-net's `send`: it panics on an abort with a text, on a header it cannot take, and on whatever a fetch of the
//! caller's own may answer or throw, and a promise behind a panic never settles. So `fetch` is called with a plain
//! address and a plain init, which every host's and every wrapper's fetch takes, and nothing is believed of its answer.

use gloo_net::http::QueryParams;
use js_sys::{Date, Error, Function, JsString, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

use super::call::Call;
use super::environment;
use super::error::Failure;
use super::value::{member, parse, to_js, to_json, to_text};
use crate::consul::answer;
use crate::consul::code::Code;
use crate::consul::request::{Effect, Method, Request};
use crate::rules::finding::excerpt;
use crate::rules::value::Value;

/// More of a refusal than this is never looked at.
const REFUSAL_MAX_CHARS: u32 = 65_536;
/// How deep a cause may have causes.
const CAUSES: u32 = 2;
const RETRY_AFTER_MAX_MS: f64 = 60_000.0;

const PAGE_HINT: &str = "Check the address and that the agent runs. In a page, Consul must also allow this origin: set http_config { response_headers } with Access-Control-Allow-Origin, Access-Control-Allow-Methods \"GET, POST, DELETE, OPTIONS\", Access-Control-Allow-Headers \"Content-Type, X-Consul-Token\" and Access-Control-Expose-Headers \"X-Consul-Index\".";
const INVALID_HINT: &str = "Correct what Consul names; it has changed nothing.";
const REDIRECT_HINT: &str = "The address was redirected, and a token is never sent after a redirect: give the address it leads to, or correct the path.";

#[wasm_bindgen(module = "/src/js/exchange.js")]
extern "C" {
    type Exchange;

    #[wasm_bindgen(catch)]
    async fn exchange(
        fetch: &Function,
        url: &str,
        method: &str,
        headers: &JsValue,
        body: &JsValue,
        controller: &AbortController,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn kind(this: &Exchange) -> String;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Exchange) -> u16;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Exchange) -> JsString;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    fn retry_after(this: &Exchange) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn index(this: &Exchange) -> Option<String>;
}

/// An answer with status 2xx, or the 404 that says that there is no such peering.
pub enum Answer {
    /// The body, still the host's, and the index that a blocking query goes on from.
    Body(JsValue, Option<String>),
    Absent,
}

impl Answer {
    /// The body read as JSON.
    pub fn json(self) -> Result<JsValue, Failure> {
        match self {
            Answer::Body(text, _) => {
                let value = parse(&text);
                if value.is_undefined() {
                    return Err(unexpected("an answer that is not JSON, or was cut off"));
                }
                Ok(value)
            }
            Answer::Absent => Err(unexpected("no answer where there must be one")),
        }
    }

    /// That there is nothing in it, as in Consul's answer to a deletion.
    pub fn empty(self) -> Result<(), Failure> {
        match self {
            Answer::Body(text, _) if text.as_string().is_some_and(|text| text.trim().is_empty()) => Ok(()),
            _ => Err(unexpected("an answer with something in it, where Consul's has nothing")),
        }
    }
}

/// A failure for an answer that Consul does not give.
pub fn unexpected(what: &str) -> Failure {
    Failure::new(Code::UnexpectedAnswer, &format!("there came {what}"))
}

/// Aborts a request when it is no longer waited for.
struct Flight {
    controller: AbortController,
    landed: bool,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.landed {
            self.controller.abort();
        }
    }
}

/// Sends a request once.
pub async fn send(call: &Call, request: &Request) -> Result<Answer, Failure> {
    attempt(call, request).await.map_err(|mut failure| {
        // What is sent and not refused may have acted, whatever broke afterwards.
        let unanswered = matches!(failure.code, Code::Network | Code::UnexpectedAnswer);
        // A 403 or 500 that has lost its words on the way may be one that comes after something was written.
        let wordless = failure.wordless && matches!(failure.code, Code::PermissionDenied | Code::ServerError);
        let broke = failure.status.map_or(unanswered, |status| answer::is_lost(status) || wordless);
        failure.lost = request.effect == Effect::Change && broke && !failure.refused && !failure.certain;
        failure
    })
}

async fn attempt(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let fetch = call.cluster.fetch.clone().or_else(environment::fetch);
    let (Some(fetch), Some(controller)) = (fetch, environment::abort_controller()) else {
        let mut failure = Failure::new(Code::Network, "this host has no fetch, or no AbortController");
        failure.refused = true;
        return Err(failure.with_hint("Give the cluster a fetch of your own."));
    };
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    };
    let body = request.body.as_ref().map_or(JsValue::UNDEFINED, to_json);
    let mut flight = Flight { controller, landed: false };
    let sent = exchange(&fetch, &address(call, request), method, &headers(call), &body, &flight.controller).await;
    flight.landed = true;
    let answer: Exchange = sent.map_err(|error| broken(call, &error))?.unchecked_into();
    match &*answer.kind() {
        "answer" => {}
        "redirect" => {
            let mut failure = Failure::new(Code::Network, "the answer is a redirect");
            failure.certain = true;
            // In a page its status is hidden, as 0.
            let status = Some(answer.status()).filter(|status| *status > 0);
            return Err(failure.with_status(status).with_hint(REDIRECT_HINT));
        }
        "large" => return Err(unexpected("an answer that is too large for one of Consul's")),
        _ => {
            return Err(unexpected("something from fetch that is no Response")
                .with_hint("The cluster's fetch must resolve to a Response, or to what looks like one."));
        }
    }
    let status = answer.status();
    if (200..300).contains(&status) {
        return Ok(Answer::Body(answer.text().into(), answer.index()));
    }
    let text = String::from(answer.text().slice(0, REFUSAL_MAX_CHARS));
    if answer::is_absent(status, &text) {
        return Ok(Answer::Absent);
    }
    Err(refused(call, status, &text, answer.retry_after()))
}

fn address(call: &Call, request: &Request) -> String {
    let mut url = format!("{}{}", call.cluster.address, request.path);
    let query = QueryParams::new();
    if let Some(partition) = &request.partition {
        query.append("partition", partition);
    }
    if let Some((index, wait)) = request.blocking {
        query.append("index", &index.to_string());
        query.append("wait", &format!("{wait}ms"));
    }
    if request.partition.is_some() || request.blocking.is_some() {
        url.push_str(&format!("?{query}"));
    }
    url
}

/// The headers, as a plain object.
fn headers(call: &Call) -> JsValue {
    let mut headers: Vec<(String, Value)> = Vec::new();
    for (name, value) in &call.cluster.headers {
        if !["content-type", "x-consul-token"].contains(&&*name.to_ascii_lowercase()) {
            headers.push((name.clone(), (&**value).into()));
        }
    }
    // Always: it makes a browser ask first, so that no foreign page's request can look like one of these.
    headers.push(("Content-Type".into(), "application/json".into()));
    if let Some(token) = &call.cluster.place.token {
        headers.push(("X-Consul-Token".into(), token.expose().into()));
    }
    to_js(&Value::Object(headers))
}

/// What a status other than 2xx means.
fn refused(call: &Call, status: u16, text: &str, retry_after: Option<String>) -> Failure {
    let code = answer::refusal(status, text);
    let text = &*call.clean(text);
    let said = if code == Code::Unreachable { Some(answer::unreachable(text)) } else { answer::shown(text) };
    let wordless = said.is_none();
    let message = match said {
        Some(said) => format!("Consul answered {status}: {said}"),
        None => format!("the answer was {status}, without a word of Consul's"),
    };
    let mut failure = Failure::new(code, &message);
    failure.wordless = wordless;
    failure.retry_after = retry_after.and_then(|text| read_retry_after(&text));
    if code == Code::Invalid {
        failure.hint = Some(INVALID_HINT.to_owned());
    }
    failure.with_status(Some(status))
}

/// `Retry-After` in ms: seconds or a date.
fn read_retry_after(text: &str) -> Option<f64> {
    let ms = match text.trim().parse::<u32>() {
        Ok(seconds) => f64::from(seconds) * 1_000.0,
        Err(_) => Date::parse(text) - Date::now(),
    };
    ms.is_finite().then(|| ms.clamp(0.0, RETRY_AFTER_MAX_MS))
}

/// A fetch or a body that threw. What it threw may be of any kind and any realm.
fn broken(call: &Call, thrown: &JsValue) -> Failure {
    let cause = member(thrown, "cause");
    let told = |error: &JsValue| {
        [member(error, "code"), member(error, "message")]
            .into_iter()
            .find_map(|text| text.as_string())
            .filter(|text| !text.is_empty())
    };
    let mut reason = member(thrown, "message").as_string().or_else(|| to_text(thrown)).unwrap_or_default();
    if let Some(why) = told(&cause) {
        reason = format!("{reason} ({why})");
    }
    let refused =
        [thrown, &cause].iter().any(|error| member(error, "code").as_string().as_deref() == Some("ECONNREFUSED"));
    let mut failure = Failure::new(Code::Network, &excerpt(&call.clean(&reason), 300));
    failure.refused = refused;
    failure.cause = Some(copy_of(call, thrown, CAUSES));
    if environment::origin().is_some() { failure.with_hint(PAGE_HINT) } else { failure }
}

/// An error as a cause: a copy of what tells why, without secrets. The error itself stays behind, since a fetch of the
/// caller's own may hang what it was given on it: a configuration, a request.
fn copy_of(call: &Call, error: &JsValue, depth: u32) -> JsValue {
    if !error.is_object() {
        let text = error.as_string().map(|text| call.clean(&text).into());
        return text.unwrap_or(JsValue::UNDEFINED);
    }
    let text = |key: &str| member(error, key).as_string().map(|text| call.clean(&text));
    let copy = Error::new(&text("message").unwrap_or_default());
    for key in ["name", "code"] {
        if let Some(text) = text(key) {
            let _ = Reflect::set(&copy, &key.into(), &text.into());
        }
    }
    let cause = member(error, "cause");
    if depth > 0 && cause.is_object() {
        let _ = Reflect::set(&copy, &"cause".into(), &copy_of(call, &cause, depth - 1));
    }
    copy.into()
}
