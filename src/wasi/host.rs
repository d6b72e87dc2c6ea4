//! WASI 0.2 as a host: `wasi:http`, its clocks and random numbers.

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::connection::{self, ConnectionCause};
use consul_peering::consul::request::Request;
use consul_peering::host::data::Data;
use consul_peering::host::{self, Explanation, Host, SendError};
use consul_peering::rules::duration::{self, Instant};
use consul_peering::rules::time::Timestamp;
use consul_peering::rules::value::Value;
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::http::types::{ErrorCode, Fields};
use wasip2::random::random::get_random_bytes;
use wstd::time::{Duration, Timer};

use crate::exchange::{Exchanged, Failure, exchange};

/// A clock of nanoseconds in 64 bits counts no further.
const TIMER_MAX: duration::Duration = duration::Duration::ms(1e12);
const NANOSECONDS_PER_MS: f64 = 1e6;

const HINT_TLS: &str = "Change the TLS configuration of the component's host or of the server.";
const HINT_CLOSED: &str = "Check that the port speaks TLS, and whether the server requires a client certificate.";
const HINT_CERTIFICATE: &str = "Let the component's host trust the certificate authority that signed it, use a host name that \
                                is in the certificate, or renew the certificate.";

const CERTIFICATE: &str = "TLS-certificate-error";
const DENIED: &str = "HTTP-request-denied";
const NOT_ACCEPTED: &str = "HTTP-request-URI-invalid";

#[derive(Clone)]
pub struct WasiHost;

/// The date.
pub fn now() -> Timestamp {
    let now = wall_clock::now();
    Timestamp::at_ms(now.seconds as f64 * 1_000.0 + f64::from(now.nanoseconds) / NANOSECONDS_PER_MS)
}

impl Host for WasiHost {
    type Value = Data;
    type Response = WasiResponse;

    async fn send(&self, cluster: &Cluster, request: &Request) -> Result<WasiResponse, SendError<Data>> {
        let Exchanged { status, headers, body } = exchange(cluster, request).await.map_err(to_send_error)?;
        if (300..400).contains(&status) {
            return Err(SendError::Redirected(Some(status)));
        }
        let body =
            String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(WasiResponse { status, headers, body })
    }

    /// A longer time than the clock can count never ends.
    async fn sleep(&self, duration: duration::Duration) {
        if duration > TIMER_MAX {
            return std::future::pending().await;
        }
        Timer::after(Duration::from_millis(duration.as_ms() as u64)).wait().await;
    }

    fn monotonic(&self) -> Instant {
        Instant::at_ms(monotonic_clock::now() as f64 / NANOSECONDS_PER_MS)
    }

    fn wall_clock(&self) -> Timestamp {
        now()
    }

    fn random(&self) -> f64 {
        let bytes = get_random_bytes(4);
        f64::from(u32::from_le_bytes(bytes.try_into().unwrap_or_default())) / f64::from(u32::MAX)
    }

    fn explain(&self, error: &Data, secrets: Vec<String>) -> Explanation<Data> {
        let text = |key| self.redact(error.get(key).text().unwrap_or_default(), secrets.clone());
        Explanation { code: text("code"), text: text("text"), reason: text("text"), cause: Data::new(Value::Null) }
    }

    fn connection_cause(&self, code: &str, text: &str, secure: bool) -> Option<ConnectionCause> {
        let (text, hint) = match code {
            CERTIFICATE => {
                ("the server's certificate is not trusted, has expired, or is for another host name", HINT_CERTIFICATE)
            }
            DENIED => (
                "the host of the component does not allow requests to this address",
                "Add the address to those that the host allows, or correct it.",
            ),
            NOT_ACCEPTED => (
                "the host of the component does not accept the address or a header",
                "Use another form of the address, such as a host name, or remove the header.",
            ),
            _ => {
                let mut cause = connection::cause(code, text, secure)?;
                // The other hints name options of the command line and of JavaScript.
                let of_tls = if cause.is_permanent { HINT_TLS } else { HINT_CLOSED };
                cause.hint = cause.hint.map(|hint| if secure { of_tls } else { hint });
                return Some(cause);
            }
        };
        Some(ConnectionCause { text, hint: Some(hint), unsent: true, is_permanent: true })
    }
}

fn to_send_error(failure: Failure) -> SendError<Data> {
    match failure {
        Failure::TooLarge => SendError::TooLarge,
        Failure::Failed(code) => {
            SendError::Failed(Data::object([("code", runtime_code(&code).into()), ("text", (&*reason(&code)).into())]))
        }
    }
}

/// The code by which runtimes know an error of `wasi:http`.
fn runtime_code(code: &ErrorCode) -> &'static str {
    match code {
        ErrorCode::ConnectionRefused => "ECONNREFUSED",
        ErrorCode::DnsError(_) => "ENOTFOUND",
        ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout => "ETIMEDOUT",
        ErrorCode::ConnectionTerminated => "ECONNRESET",
        ErrorCode::TlsCertificateError => CERTIFICATE,
        ErrorCode::HttpRequestDenied => DENIED,
        ErrorCode::HttpRequestUriInvalid => NOT_ACCEPTED,
        _ => "",
    }
}

/// What an error of `wasi:http` without a code of runtimes means.
fn reason(code: &ErrorCode) -> String {
    let text = match code {
        ErrorCode::HttpProtocolError => "the server closed the connection, or its answer is not HTTP",
        ErrorCode::HttpResponseIncomplete => "the response ended early, or its transfer failed",
        ErrorCode::HttpResponseTimeout => "the server did not respond in time",
        ErrorCode::DnsTimeout => "the host name was not resolved in time",
        ErrorCode::DestinationNotFound | ErrorCode::DestinationUnavailable => "the server cannot be reached",
        ErrorCode::DestinationIpUnroutable => "there is no route to the server",
        ErrorCode::ConnectionWriteTimeout => "the server did not take the request in time",
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
            "the TLS handshake failed: the certificate is not trusted, or the port does not speak TLS"
        }
        ErrorCode::InternalError(Some(text)) => text,
        _ => return format!("{code:?}"),
    };
    text.to_owned()
}

/// A response, its body read.
pub struct WasiResponse {
    status: u16,
    headers: Fields,
    body: String,
}

impl host::Response for WasiResponse {
    type Value = Data;

    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<String> {
        String::from_utf8(self.headers.get(name).into_iter().next()?).ok()
    }

    fn text(&self, max_chars: u32) -> String {
        self.body.chars().take(max_chars as usize).collect()
    }

    fn json(&self) -> Option<Data> {
        Data::parse(&self.body)
    }
}
