//! JavaScript as a host: `fetch`, timers, and its values.
//!
//! gloo-net builds each request and reads the response. `exchange.js` passes them to and from a fetch, and validates
//! what it resolves to or throws.

use gloo_net::http::{self, Headers, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Date, Function, JSON, JsString, Math};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, RequestRedirect};

use super::environment;
use super::task::{Cancellable, JsCancellable};
use super::value::{member, parse, pick, read_json, snapshot};
use crate::consul::cluster::Cluster;
use crate::consul::request::{self, Method, Request};
use crate::host::{Explanation, Host, HostValue, Response, SendError};
use crate::rules;
use crate::rules::duration::{Duration, Instant};
use crate::rules::redaction::redact;
use crate::rules::secret::Secret;
use crate::rules::time::Timestamp;
use crate::rules::value::Value;

const TIMER_MAX: Duration = Duration::ms(2_147_483_647.0);
const PAGE_HINT: &str = "Check the address and that the agent runs. In a page, Consul must also allow this origin: set http_config { response_headers } with Access-Control-Allow-Origin, Access-Control-Allow-Methods \"GET, POST, DELETE, OPTIONS\", Access-Control-Allow-Headers \"Content-Type, X-Consul-Token\" and Access-Control-Expose-Headers \"X-Consul-Index\".";

#[wasm_bindgen(module = "/src/js/clock.js")]
extern "C" {
    #[wasm_bindgen(js_name = now)]
    fn monotonic_ms() -> f64;
}

#[wasm_bindgen(module = "/src/js/host-error.js")]
extern "C" {
    #[wasm_bindgen(js_name = describeError)]
    fn describe_error(thrown: &JsValue, redact: &mut dyn FnMut(String) -> String) -> JsValue;
}

#[wasm_bindgen(module = "/src/js/peering.js")]
extern "C" {
    #[wasm_bindgen(js_name = peering)]
    fn to_peering(raw: &JsValue) -> JsValue;
    /// A text if it is not a list of peerings.
    #[wasm_bindgen(js_name = peerings)]
    fn to_peerings(raw: &JsValue) -> JsValue;
}

#[wasm_bindgen(module = "/src/js/exchange.js")]
extern "C" {
    type Exchange;

    fn exchange(
        fetch: &JsValue,
        request: &web_sys::Request,
        controller: &AbortController,
        max_bytes: u32,
    ) -> JsCancellable;

    #[wasm_bindgen(method, getter)]
    fn missing(this: &Exchange) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    fn thrown(this: &Exchange) -> Option<Array>;
    #[wasm_bindgen(method, getter)]
    fn response(this: &Exchange) -> Option<web_sys::Response>;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Exchange) -> Option<JsString>;
}

/// The host, for the caller's way to one cluster.
#[derive(Clone, Default)]
pub struct JsHost {
    /// The caller's; otherwise the host's.
    pub fetch: Option<Function>,
    /// The path of the file with the ACL token, if any.
    pub token_file: Option<String>,
}

/// The date.
pub fn now() -> Timestamp {
    Timestamp::at_ms(Date::now())
}

impl Host for JsHost {
    type Value = JsValue;
    type Response = JsResponse;

    async fn send(&self, cluster: &Cluster, request: &Request) -> Result<JsResponse, SendError<JsValue>> {
        let controller = AbortController::new().map_err(|_| SendError::Unsupported)?;
        let built = build(cluster, request).map_err(|_| SendError::Unsupported)?;
        let fetch = JsValue::from(self.fetch.clone());
        let response = exchange(&fetch, &built.into(), &controller, request.response_max_bytes());
        let exchanged: Exchange = Cancellable::from(response).await.unchecked_into();
        if exchanged.missing().is_some() {
            return Err(SendError::Unsupported);
        }
        if let Some(thrown) = exchanged.thrown() {
            return Err(SendError::Failed(thrown.get(0)));
        }
        let Some(response) = exchanged.response().map(http::Response::from) else {
            return Err(SendError::NotAResponse);
        };
        if response.redirected() {
            // In a page, the status is hidden as 0.
            return Err(SendError::Redirected(Some(response.status()).filter(|status| *status > 0)));
        }
        match exchanged.text() {
            Some(text) => Ok(JsResponse { response, text }),
            None => Err(SendError::TooLarge),
        }
    }

    /// A duration beyond the timers' limit never ends.
    async fn sleep(&self, duration: Duration) {
        if duration > TIMER_MAX {
            return std::future::pending().await;
        }
        TimeoutFuture::new(duration.as_ms() as u32).await;
    }

    fn monotonic(&self) -> Instant {
        Instant::at_ms(monotonic_ms())
    }

    fn wall_clock(&self) -> Timestamp {
        now()
    }

    fn random(&self) -> f64 {
        Math::random()
    }

    /// A file that cannot be read is being written: the previous token remains in use.
    fn token(&self) -> Option<Secret> {
        rules::environment::token(&environment::file(self.token_file.as_ref()?)?).ok()
    }

    fn explain(&self, error: &JsValue, secrets: Vec<String>) -> Explanation<JsValue> {
        let why = describe_error(error, &mut |text| redact(&text, &secrets));
        let text = |key: &str| member(&why, key).as_string().unwrap_or_default();
        Explanation { code: text("code"), text: text("text"), reason: text("reason"), cause: member(&why, "cause") }
    }

    fn network_hint(&self) -> Option<&'static str> {
        environment::origin().map(|_| PAGE_HINT)
    }
}

/// The request as gloo-net's. Header names and values were validated: `set` panics on invalid ones.
fn build(cluster: &Cluster, request: &Request) -> Result<http::Request, gloo_net::Error> {
    let headers = Headers::new();
    for (name, value) in request::headers(cluster) {
        headers.set(name, value);
    }
    let builder = RequestBuilder::new(&format!("{}{}", cluster.address, request.target()))
        .method(match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Delete => http::Method::DELETE,
        })
        .headers(headers)
        // Not "error", which workerd does not support.
        .redirect(RequestRedirect::Manual);
    match &request.body {
        Some(body) => builder.body(&**body),
        None => builder.build(),
    }
}

/// A response. The body remains a string of the host.
pub struct JsResponse {
    response: http::Response,
    text: JsString,
}

impl Response for JsResponse {
    type Value = JsValue;

    fn status(&self) -> u16 {
        self.response.status()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name)
    }

    fn text(&self, max_chars: u32) -> String {
        self.text.slice(0, max_chars).into()
    }

    fn json(&self) -> Option<JsValue> {
        Some(parse(&self.text)).filter(|value| !value.is_undefined())
    }
}

impl HostValue for JsValue {
    fn null() -> Self {
        JsValue::NULL
    }

    fn read_json(text: &str) -> Option<Value> {
        read_json(text)
    }

    fn to_peering(&self) -> Option<Self> {
        Some(to_peering(self)).filter(|object| !object.is_undefined())
    }

    fn to_peerings(&self) -> Result<Self, String> {
        let list = to_peerings(self);
        list.as_string().map_or(Ok(list), Err)
    }

    fn items(&self) -> Option<Vec<Self>> {
        self.dyn_ref::<Array>().map(Array::to_vec)
    }

    fn to_data(&self) -> Value {
        snapshot(self)
    }

    fn pick(&self, keys: &[&str]) -> Value {
        pick(self, keys)
    }

    fn to_json(&self) -> Self {
        JSON::stringify(self).map_or(JsValue::UNDEFINED, Into::into)
    }
}
