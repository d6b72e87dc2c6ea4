//! The only place that sends a request, and interprets its response.

use std::pin::pin;

use futures_util::future::{Either, FutureExt, select};

use super::client::Client;
use super::error::{Cause, Error};
use crate::consul::code::Code;
use crate::consul::connection;
use crate::consul::delivery::Delivery;
use crate::consul::request::{Effect, Request};
use crate::consul::response::{self, Meaning};
use crate::host::{Explanation, Host, Response, SendError};
use crate::rules::duration::Duration;
use crate::rules::finding::excerpt;
use crate::rules::time::{Time, Timestamp};

/// More of a refusal is never read.
const REFUSAL_MAX_CHARS: u32 = 65_536;
const RETRY_AFTER_MAX: Duration = Duration::ms(60_000.0);
/// A request without a response for this long is reported: a healthy cluster responds in milliseconds.
const SILENT_FOR: Duration = Duration::ms(2_500.0);

const INVALID_HINT: &str = "Correct what Consul reports; nothing was changed.";
const REDIRECT_HINT: &str = "The address was redirected, and a token is never sent after a redirect: use the address it leads to, or correct the path.";

/// A response with status 2xx, or the 404 that means that the peering does not exist.
pub enum Received<H: Host> {
    Found(H::Response),
    Absent,
}

impl<H: Host> Received<H> {
    /// The body parsed as JSON.
    pub fn json(self) -> Result<H::Value, Error<H::Value>> {
        match self {
            Received::Found(response) => {
                response.json().ok_or_else(|| Error::unexpected("not valid JSON, possibly truncated"))
            }
            Received::Absent => Err(Error::unexpected("404 for something that always exists")),
        }
    }

    /// Checks that the body is empty, as in Consul's response to a deletion.
    pub fn empty(self) -> Result<(), Error<H::Value>> {
        match self {
            Received::Found(response) if response.text(REFUSAL_MAX_CHARS).trim().is_empty() => Ok(()),
            _ => Err(Error::unexpected("the body is not empty")),
        }
    }

    /// Whether Consul has left something out that the ACL token may not read (1.11).
    pub fn is_filtered(&self) -> bool {
        match self {
            Received::Found(response) => {
                response.header("x-consul-results-filtered-by-acls").is_some_and(|value| value == "true")
            }
            Received::Absent => false,
        }
    }

    /// The index that a blocking query continues from.
    pub fn index(&self) -> Option<u64> {
        match self {
            Received::Found(response) => response.header("x-consul-index")?.parse().ok(),
            Received::Absent => None,
        }
    }
}

/// Sends a request once.
pub async fn send<H: Host>(client: &Client<H>, request: &Request) -> Result<Received<H>, Error<H::Value>> {
    if request.effect == Effect::Write {
        // A deadline during this request leaves open what it did, whatever the attempt before it failed with.
        client.set_retried(None);
    }
    let received = attempt(client, request).await;
    if !request.is_probe {
        client.set_last_failure(received.as_ref().err());
    }
    received
}

async fn attempt<H: Host>(client: &Client<H>, request: &Request) -> Result<Received<H>, Error<H::Value>> {
    let response = match reporting_silence(client, request).await {
        Ok(response) => response,
        Err(error) => return Err(unsent(client, error)),
    };
    let status = response.status();
    if (200..300).contains(&status) {
        client.report_response();
        return Ok(Received::Found(response));
    }
    let text = response.text(REFUSAL_MAX_CHARS);
    if response::is_absent(status, &text) {
        client.report_response();
        return Ok(Received::Absent);
    }
    Err(refused(client, status, &text, response.header("retry-after")))
}

/// Waits for a response, and reports it when it is slow.
async fn reporting_silence<H: Host>(client: &Client<H>, request: &Request) -> Result<H::Response, SendError<H::Value>> {
    let cluster = client.cluster_now();
    let response = client.host.send(&cluster, request).boxed_local(); // large to move
    if !client.call.has_listener() {
        return response.await;
    }
    // Consul answers a blocking query up to a sixteenth later than requested.
    let wait = request.blocking.map_or(Duration::ZERO, |(_, wait)| wait * (17.0 / 16.0));
    match select(response, pin!(client.host.sleep(wait + SILENT_FOR))).await {
        Either::Left((response, _)) => response,
        Either::Right(((), response)) => {
            client.report_silence(wait + SILENT_FOR);
            response.await
        }
    }
}

fn unsent<H: Host>(client: &Client<H>, error: SendError<H::Value>) -> Error<H::Value> {
    match error {
        SendError::Unsupported => {
            let mut error = Error::new(Code::Network, "this runtime has no fetch, or no AbortController");
            error.delivery = Delivery::NotSent;
            error.with_hint("Pass a fetch of your own with the cluster.")
        }
        SendError::Redirected(status) => {
            let mut error = Error::new(Code::Network, "the response is a redirect");
            error.is_permanent = true;
            error.with_status(status).with_hint(REDIRECT_HINT)
        }
        SendError::NotAResponse => Error::unexpected("fetch did not resolve to a Response")
            .with_hint("The cluster's fetch must resolve to a Response, or an object like one."),
        SendError::TooLarge => Error::unexpected("it exceeds the size limit"),
        SendError::Failed(thrown) => failed(client, &thrown),
    }
}

/// The error of a status other than 2xx.
fn refused<H: Host>(client: &Client<H>, status: u16, text: &str, retry_after: Option<String>) -> Error<H::Value> {
    if let Some(hint) = connection::speaks_tls(status, text) {
        let mut error = Error::new(Code::Network, "the port speaks TLS, and the address is http://");
        error.is_permanent = true;
        error.retryable = false;
        return error.with_status(Some(status)).with_hint(hint);
    }
    let Meaning { code, retryable, hint, may_be_applied } = response::refusal(status, text);
    let message = response::shown(&client.redact(text));
    let delivery = Delivery::of_refusal(status, code, message.is_some() && !may_be_applied);
    let reason = match message {
        Some(message) => format!("Consul returned {status}: {message}"),
        None if text.trim().is_empty() => format!("HTTP {status} with an empty body"),
        None => format!("HTTP {status}, and the response is not from Consul"),
    };
    let mut error = Error::new(code, &reason);
    error.delivery = delivery;
    error.retry_after = retry_after.and_then(|text| read_retry_after(&text, client.host.wall_clock()));
    error.retryable = retryable;
    error.hint = if code == Code::Invalid { Some(INVALID_HINT.to_owned()) } else { hint };
    error.with_status(Some(status))
}

/// `Retry-After`: seconds or a date.
fn read_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let wait = match text.trim().parse::<u32>() {
        Ok(seconds) => Duration::ms(f64::from(seconds) * 1_000.0),
        Err(_) => Time::from_http_date(text.trim())?.at - now,
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

/// The error of a request, or the body of its response, that failed on the way.
fn failed<H: Host>(client: &Client<H>, thrown: &H::Value) -> Error<H::Value> {
    let Explanation { code, text, reason, cause } = client.host.explain(thrown, client.secrets());
    let cause = Cause { text: reason.clone(), value: cause };
    let known = client.host.connection_cause(&code, &text, client.cluster.address.starts_with("https:"));
    let message = match known {
        Some(known) => format!("no response: {} ({})", known.text, if code.is_empty() { &reason } else { &code }),
        None => reason,
    };
    let mut error = Error::new(Code::Network, &excerpt(&message, 300));
    error.delivery = if known.is_some_and(|known| known.unsent) { Delivery::NotSent } else { Delivery::Unknown };
    error.cause = Some(cause);
    if let Some(known) = known {
        error.is_permanent = known.unsent && known.is_permanent;
        error.retryable &= !known.is_permanent;
    }
    error.hint = known.and_then(|known| known.hint).or_else(|| client.host.network_hint()).map(str::to_owned);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Time::from_rfc3339("2026-11-28T12:00:00Z").unwrap().at;
        for (text, wait) in [
            ("2", Some(Duration::ms(2_000.0))),
            (" 7 ", Some(Duration::ms(7_000.0))),
            ("3600", Some(RETRY_AFTER_MAX)),
            ("Sat, 28 Nov 2026 12:00:05 GMT", Some(Duration::ms(5_000.0))),
            ("Sat, 28 Nov 2026 11:00:00 GMT", Some(Duration::ZERO)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(read_retry_after(text, now), wait, "{text}");
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn a_failure_is_retryable_unless_it_is_permanent_and_a_body_is_shown_if_it_is_consuls() {
        use crate::host::data::Data;
        use crate::operations::fixtures::{call, host};
        let host = host();
        let client = Client::new(&call(&host), host.clone(), host.cluster("us"), None, Duration::ms(1_000.0));
        let thrown = |code: &str| failed(&client, &Data::object([("code", code.into()), ("text", "".into())]));
        let permanent = thrown("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
        assert_eq!((permanent.retryable, permanent.is_permanent, permanent.delivery), (false, true, Delivery::NotSent));
        let temporary = thrown("ECONNREFUSED");
        assert_eq!((temporary.retryable, temporary.is_permanent, temporary.delivery), (true, false, Delivery::NotSent));
        assert_eq!(thrown("ECONNRESET").delivery, Delivery::Unknown);
        let reason = |text| refused(&client, 502, text, None).reason.clone();
        assert_eq!(reason(" \n"), "HTTP 502 with an empty body");
        assert_eq!(reason("<html>"), "HTTP 502, and the response is not from Consul");
    }
}
