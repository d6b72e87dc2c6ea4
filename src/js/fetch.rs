//! The one place that sends anything.
//!
//! gloo-net builds the request and reads the response. `exchange.js` carries them to and from a fetch: nothing is believed
//! of what a fetch resolves to or throws.

use std::pin::pin;

use futures_util::future::{Either, select};
use gloo_net::http::{self, Headers, RequestBuilder, Response};
use js_sys::{Array, Date, JsString};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, RequestRedirect};

use super::call::Call;
use super::clock;
use super::environment;
use super::error::Failure;
use super::task::{Awaited, Coming};
use super::value::{member, parse};
use crate::consul::answer::{self, Meaning};
use crate::consul::code::Code;
use crate::consul::connection;
use crate::consul::delivery::Delivery;
use crate::consul::request::{Method, Request};
use crate::rules::finding::excerpt;

const CONTENT_TYPE: &str = "Content-Type";
const TOKEN: &str = "X-Consul-Token";
/// More of a refusal than this is never looked at.
const REFUSAL_MAX_CHARS: u32 = 65_536;
const RETRY_AFTER_MAX_MS: f64 = 60_000.0;
/// A request without a response for this long is reported: a cluster that works answers in milliseconds.
const SILENT_MS: f64 = 2_500.0;

const PAGE_HINT: &str = "Check the address and that the agent runs. In a page, Consul must also allow this origin: set http_config { response_headers } with Access-Control-Allow-Origin, Access-Control-Allow-Methods \"GET, POST, DELETE, OPTIONS\", Access-Control-Allow-Headers \"Content-Type, X-Consul-Token\" and Access-Control-Expose-Headers \"X-Consul-Index\".";
const INVALID_HINT: &str = "Correct what Consul names; it has changed nothing.";
const REDIRECT_HINT: &str = "The address was redirected, and a token is never sent after a redirect: give the address it leads to, or correct the path.";

#[wasm_bindgen(module = "/src/js/broken.js")]
extern "C" {
    #[wasm_bindgen(js_name = whyBroken)]
    fn why_broken(thrown: &JsValue, secrets: Vec<String>) -> JsValue;
}

#[wasm_bindgen(module = "/src/js/exchange.js")]
extern "C" {
    type Exchange;

    fn exchange(fetch: &JsValue, request: &web_sys::Request, controller: &AbortController, max_bytes: u32) -> Awaited;

    #[wasm_bindgen(method, getter)]
    fn missing(this: &Exchange) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    fn thrown(this: &Exchange) -> Option<Array>;
    #[wasm_bindgen(method, getter)]
    fn response(this: &Exchange) -> Option<web_sys::Response>;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Exchange) -> Option<JsString>;
}

/// An answer with status 2xx, or the 404 that says that there is no such peering.
pub enum Answer {
    /// The body, still the host's, and the index that a blocking query goes on from.
    Body(JsValue, Option<f64>),
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

/// Sends a request once.
pub async fn send(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let attempted = attempt(call, request).await;
    if !request.aside {
        call.ended(attempted.as_ref().err());
    }
    attempted
}

async fn attempt(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let controller = AbortController::new().map_err(|_| no_fetch())?;
    let built = build(call, request, &controller.signal()).map_err(|_| no_fetch())?;
    let fetch = JsValue::from(call.cluster.fetch.clone());
    let response = Coming::from(exchange(&fetch, &built.into(), &controller, request.response_max_bytes()));
    let exchanged: Exchange = reporting_silence(call, request, response).await.unchecked_into();
    if exchanged.missing().is_some() {
        return Err(no_fetch());
    }
    if let Some(thrown) = exchanged.thrown() {
        return Err(broken(call, &thrown.get(0)));
    }
    let Some(response) = exchanged.response().map(Response::from) else {
        return Err(unexpected("something from fetch that is no Response")
            .with_delivery(Delivery::Unknown)
            .with_hint("The cluster's fetch must resolve to a Response, or to what looks like one."));
    };
    if response.redirected() {
        let mut failure = Failure::new(Code::Network, "the answer is a redirect");
        failure.lasting = true;
        // In a page its status is hidden, as 0.
        let status = Some(response.status()).filter(|status| *status > 0);
        return Err(failure.with_status(status).with_hint(REDIRECT_HINT));
    }
    let Some(text) = exchanged.text() else {
        return Err(unexpected("an answer that is too large for one of Consul's").with_delivery(Delivery::Unknown));
    };
    let status = response.status();
    if (200..300).contains(&status) {
        call.responded();
        return Ok(Answer::Body(
            text.into(),
            response.headers().get("x-consul-index").and_then(|text| read_index(&text)),
        ));
    }
    let text = String::from(text.slice(0, REFUSAL_MAX_CHARS));
    if answer::is_absent(status, &text) {
        call.responded();
        return Ok(Answer::Absent);
    }
    Err(refused(call, status, &text, response.headers().get("retry-after")))
}

fn no_fetch() -> Failure {
    Failure::new(Code::Network, "this host has no fetch, or no AbortController")
        .with_delivery(Delivery::NotSent)
        .with_hint("Give the cluster a fetch of your own.")
}

/// The request as gloo-net's. Names and values of headers were checked: `set` panics on what no header can have.
fn build(call: &Call, request: &Request, signal: &AbortSignal) -> Result<http::Request, gloo_net::Error> {
    let headers = Headers::new();
    for (name, value) in &call.cluster.headers {
        if ![CONTENT_TYPE, TOKEN].iter().any(|own| name.eq_ignore_ascii_case(own)) {
            headers.set(name, value);
        }
    }
    // Always: it makes a browser ask first, so that no foreign page's request can look like one of these.
    headers.set(CONTENT_TYPE, "application/json");
    if let Some(token) = &call.cluster.place.token {
        headers.set(TOKEN, token.expose());
    }
    let builder = RequestBuilder::new(&format!("{}{}", call.cluster.address, request.target()))
        .method(match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Delete => http::Method::DELETE,
        })
        .headers(headers)
        // Not "error", which workerd does not know.
        .redirect(RequestRedirect::Manual)
        .abort_signal(Some(signal));
    match &request.body {
        Some(body) => builder.body(&**body),
        None => builder.build(),
    }
}

/// The index that a blocking query goes on from.
fn read_index(text: &str) -> Option<f64> {
    text.parse::<u64>().ok().map(|index| index as f64)
}

/// Waits for a response, and reports it when none has come for a while.
async fn reporting_silence(call: &Call, request: &Request, response: Coming) -> JsValue {
    if !call.has_listener() {
        return response.await;
    }
    // Consul answers a blocking query up to a sixteenth later than it was asked to.
    let wait = request.blocking.map_or(0.0, |(_, wait)| f64::from(wait) * 17.0 / 16.0);
    match select(response, pin!(clock::sleep(wait + SILENT_MS))).await {
        Either::Left((response, _)) => response,
        Either::Right(((), response)) => {
            call.no_response(wait + SILENT_MS);
            response.await
        }
    }
}

/// What a status other than 2xx means.
fn refused(call: &Call, status: u16, text: &str, retry_after: Option<String>) -> Failure {
    if let Some(hint) = connection::speaks_tls(status, text) {
        let mut failure = Failure::new(Code::Network, "the port speaks TLS, and the address is http://");
        failure.lasting = true;
        failure.retryable = false;
        return failure.with_status(Some(status)).with_hint(hint);
    }
    let Meaning { code, retryable, hint } = answer::refusal(status, text);
    let said = answer::shown(&call.clean(text));
    let delivery = Delivery::of_refusal(status, code, said.is_some());
    let message = match said {
        Some(said) => format!("Consul answered {status}: {said}"),
        None => format!("the answer was {status}, without a word of Consul's"),
    };
    let mut failure = Failure::new(code, &message);
    failure.delivery = delivery;
    failure.retry_after = retry_after.and_then(|text| read_retry_after(&text));
    failure.retryable = retryable;
    failure.hint = if code == Code::Invalid { Some(INVALID_HINT.to_owned()) } else { hint };
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

/// A fetch or a body that threw.
fn broken(call: &Call, thrown: &JsValue) -> Failure {
    let why = why_broken(thrown, call.secrets());
    let said = |key: &str| member(&why, key).as_string().unwrap_or_default();
    let (code, reason) = (said("code"), said("reason"));
    let known = connection::cause(&code, &said("text"), call.cluster.address.starts_with("https:"));
    let message = match known {
        Some(known) => format!("no response: {} ({})", known.text, if code.is_empty() { &reason } else { &code }),
        None => reason,
    };
    let mut failure = Failure::new(Code::Network, &excerpt(&message, 300)).with_delivery(Delivery::Unknown);
    failure.cause = Some(member(&why, "cause"));
    if let Some(known) = known {
        if known.unsent {
            failure.delivery = Delivery::NotSent;
        }
        failure.lasting = known.unsent && known.lasting;
        failure.retryable &= !known.lasting;
        failure.hint = known.hint.map(str::to_owned);
    }
    if failure.hint.is_none() && environment::origin().is_some() { failure.with_hint(PAGE_HINT) } else { failure }
}
