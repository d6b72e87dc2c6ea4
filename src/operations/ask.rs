//! Requests that change nothing: retried, and a denied one reported at once.
//!
//! Consul denies a read only after some 12 s, but reports a token's permissions in 1 ms. So these are requested while a
//! read has no response.

use std::future::pending;
use std::pin::{Pin, pin};

use futures_util::future::{Either, select};

use super::client::Client;
use super::error::Error;
use super::permissions;
use super::send::{Answer, send};
use crate::consul::code::Code;
use crate::consul::request::{self, Effect, Request};
use crate::decide::retry::{self, Attempts, FailedAttempt};
use crate::host::Host;
use crate::rules::duration::Duration;

/// A read without a response for this long may be denied.
const SILENT_FOR: Duration = Duration::ms(400.0);
/// A read without a response for this long, and not denied, may have reached an agent without peering.
const STILL_SILENT_FOR: Duration = Duration::ms(2_000.0);

/// Sends a request that changes nothing, and retries it if that may help.
///
/// A write is not retried here: another call may have written in between, so operations read the peering again first,
/// after [`backoff`].
pub async fn ask<H: Host>(client: &Client<H>, request: &Request) -> Result<Answer<H>, Error<H::Value>> {
    let mut attempts = Attempts::default();
    loop {
        let answer = if request.denied_slowly { watched(client, request).await } else { send(client, request).await };
        match answer {
            Err(error) if backoff(client, request.effect, &error, &mut attempts).await => {}
            answer => {
                if attempts.have_failed() && answer.is_ok() {
                    client.set_retried(None);
                }
                return answer;
            }
        }
    }
}

/// Whether to retry a failed request; if so, the delay has passed already.
pub async fn backoff<H: Host>(
    client: &Client<H>,
    effect: Effect,
    error: &Error<H::Value>,
    attempts: &mut Attempts,
) -> bool {
    let attempt = FailedAttempt {
        code: error.code,
        status: error.status,
        delivery: error.delivery,
        retry_after: error.retry_after,
    };
    match retry::delay(effect, attempt, attempts.before(error.code), client.host.random()) {
        // A delay beyond the deadline would only turn this response into a timeout.
        Some(delay) if delay < client.remaining() && !error.lasting => {
            client.report_retry(&format!("{}; retrying in {} ms", error.reason, delay.as_ms() as u64), error.code);
            client.set_retried(Some(error.clone()));
            client.host.sleep(delay).await;
            attempts.fail(error.code);
            true
        }
        _ => false,
    }
}

/// Sends a request; without a response, probes whether it is denied.
async fn watched<H: Host>(client: &Client<H>, request: &Request) -> Result<Answer<H>, Error<H::Value>> {
    let answer = pin!(send(client, request));
    match select(answer, pin!(client.host.sleep(SILENT_FOR))).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, answer)) => {
            // Boxed, because it is recursive.
            let denied: Pin<Box<dyn Future<Output = Error<H::Value>> + '_>> = Box::pin(why_silent(client));
            match select(answer, denied).await {
                Either::Left((answer, _)) => answer,
                Either::Right((error, _)) => Err(error),
            }
        }
    }
}

/// Resolves only to a definite refusal: missing permission, unknown token, or peering disabled.
async fn why_silent<H: Host>(client: &Client<H>) -> Error<H::Value> {
    let denied = pin!(async {
        match permissions::denied(client).await {
            Some(error) => error,
            None => pending().await,
        }
    });
    let disabled = pin!(async {
        client.host.sleep(STILL_SILENT_FOR - SILENT_FOR).await;
        match send(client, &request::refused_token()).await {
            Err(error) if error.code == Code::PeeringDisabled => error,
            _ => pending().await,
        }
    });
    match select(denied, disabled).await {
        Either::Left((error, _)) | Either::Right((error, _)) => error,
    }
}
