//! WASI 0.2 as a host: `wasi:http`, its clocks and random numbers.

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::request::{self, Method, Request};
use consul_peering::host::data::Data;
use consul_peering::host::{self, Explanation, Host, SendError};
use consul_peering::rules::duration::{self, Instant};
use consul_peering::rules::secret::Secret;
use consul_peering::rules::value::Value;
use wasip2::clocks::{monotonic_clock, wall_clock};
use wstd::http::body::util::BodyExt;
use wstd::http::error::ErrorCode;
use wstd::http::{self, Body, Client, HeaderMap};
use wstd::time::{Duration, Timer};

/// A clock of nanoseconds in 64 bits counts no further.
const TIMER_MAX: duration::Duration = duration::Duration::ms(1e12);
const NANOSECONDS_PER_MS: f64 = 1e6;

#[derive(Clone)]
pub struct WasiHost;

/// ms since 1970.
pub fn now() -> f64 {
    let now = wall_clock::now();
    now.seconds as f64 * 1_000.0 + f64::from(now.nanoseconds) / NANOSECONDS_PER_MS
}

impl Host for WasiHost {
    type Value = Data;
    type Response = WasiResponse;

    async fn send(&self, cluster: &Cluster, request: &Request) -> Result<WasiResponse, SendError<Data>> {
        let built = build(cluster, request).map_err(|_| SendError::Unsupported)?;
        let response = Client::new().send(built).await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Err(SendError::Redirected(Some(status)));
        }
        let (head, body) = response.into_parts();
        let body = read(body, request.response_max_bytes() as usize).await?;
        Ok(WasiResponse { status, headers: head.headers, body })
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

    fn wall_clock(&self) -> f64 {
        now()
    }

    fn random(&self) -> f64 {
        let mut bytes = [0; 4];
        wstd::rand::get_insecure_random_bytes(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    fn token(&self) -> Option<Secret> {
        None
    }

    fn explain(&self, error: &Data, secrets: Vec<String>) -> Explanation<Data> {
        let text = |key| self.redact(error.get(key).text().unwrap_or_default(), secrets.clone());
        Explanation { code: text("code"), text: text("text"), reason: text("text"), cause: Data::new(Value::Null) }
    }

    fn network_hint(&self) -> Option<&'static str> {
        None
    }
}

fn build(cluster: &Cluster, request: &Request) -> http::Result<http::Request<Body>> {
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Delete => http::Method::DELETE,
    };
    let mut builder = http::Request::builder().method(method).uri(format!("{}{}", cluster.address, request.target()));
    for (name, value) in request::headers(cluster) {
        builder = builder.header(name, value);
    }
    Ok(builder.body(request.body.clone().map_or_else(Body::empty, Body::from))?)
}

async fn read(body: Body, max_bytes: usize) -> Result<String, SendError<Data>> {
    let mut body = body.into_boxed_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|error| failed(&error))?.into_data() {
            if bytes.len() + data.len() > max_bytes {
                return Err(SendError::TooLarge);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// An error of `wasi:http`, with the code by which runtimes know it.
fn failed(error: &http::Error) -> SendError<Data> {
    let code = match error.downcast_ref::<ErrorCode>() {
        Some(ErrorCode::ConnectionRefused) => "ECONNREFUSED",
        Some(ErrorCode::DnsError(_)) => "ENOTFOUND",
        Some(ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout) => "ETIMEDOUT",
        Some(ErrorCode::ConnectionTerminated) => "ECONNRESET",
        _ => "",
    };
    SendError::Failed(Data::object([("code", code.into()), ("text", (&*format!("{error:#}")).into())]))
}

/// A response, its body read.
pub struct WasiResponse {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl host::Response for WasiResponse {
    type Value = Data;

    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    fn text(&self, max_chars: u32) -> String {
        self.body.chars().take(max_chars as usize).collect()
    }

    fn json(&self) -> Option<Data> {
        Data::parse(&self.body)
    }
}
