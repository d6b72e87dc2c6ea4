//! Retries of requests, by the rules of `decide::retry`. A read that Consul denies is reported at once.
//!
//! Consul denies a read only after some 12 s, but reports a token's permissions in 1 ms. So these are requested while a
//! read has no response.

use std::future::pending;
use std::pin::{Pin, pin};

use futures_util::future::{Either, select};

use super::client::Client;
use super::error::Error;
use super::permissions;
use super::send::{Received, send};
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
/// after [`wait_before_retry`].
pub async fn send_with_retries<H: Host>(client: &Client<H>, request: &Request) -> Result<Received<H>, Error<H::Value>> {
    let mut attempts = Attempts::default();
    loop {
        let response = if request.denial_is_slow {
            send_probing_denial(client, request).await
        } else {
            send(client, request).await
        };
        match response {
            Err(error) if wait_before_retry(client, request.effect, &error, &mut attempts).await => {}
            response => {
                if attempts.have_failed() && response.is_ok() {
                    client.set_retried(None);
                }
                return response;
            }
        }
    }
}

/// Whether to retry a failed request; if so, the delay has passed already.
pub async fn wait_before_retry<H: Host>(
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
    match retry::delay(effect, attempt, attempts.failures_so_far(error.code), client.host.random()) {
        // A delay beyond the deadline would only turn this response into a timeout.
        Some(delay) if delay < client.remaining() && !error.is_permanent => {
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
async fn send_probing_denial<H: Host>(client: &Client<H>, request: &Request) -> Result<Received<H>, Error<H::Value>> {
    let response = pin!(send(client, request));
    match select(response, pin!(client.host.sleep(SILENT_FOR))).await {
        Either::Left((response, _)) => response,
        Either::Right((_, response)) => {
            // Boxed, because it is recursive.
            let denied: Pin<Box<dyn Future<Output = Error<H::Value>> + '_>> = Box::pin(probe_denial(client));
            match select(response, denied).await {
                Either::Left((response, _)) => {
                    // A failure of the probe explained only that there was no response.
                    if response.is_ok() {
                        client.set_retried(None);
                    }
                    response
                }
                Either::Right((error, _)) => Err(error),
            }
        }
    }
}

/// Resolves only to a definite refusal: missing permission, unknown token, or peering disabled.
async fn probe_denial<H: Host>(client: &Client<H>) -> Error<H::Value> {
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
