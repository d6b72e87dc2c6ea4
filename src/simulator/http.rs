//! Messages between a client and a simulated agent.

use std::collections::BTreeMap;

/// Headers by their name in lower case.
pub type Headers = BTreeMap<String, String>;

/// A request as an agent receives it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query as sent: `/v1/peering/eu?index=7`.
    pub target: String,
    /// Names in lower case.
    pub headers: Headers,
    /// Empty if there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.into(), target: target.into(), ..Self::default() }
    }

    /// The same request with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The same request with a header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.into());
        self
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An agent's response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Headers,
    /// Empty if there is none.
    pub body: String,
}

/// How a request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole response.
    Answered(Response),
    /// The response whose body breaks off halfway.
    Cut(Response),
    /// The connection breaks without a response.
    Dropped,
    /// The server does not accept connections.
    Refused,
}
