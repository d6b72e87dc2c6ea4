//! Messages between a client and a simulated agent.

use std::collections::BTreeMap;

/// Headers by name, in lower case.
pub type Headers = BTreeMap<String, String>;

/// A request to an agent.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path and the query: `/v1/peering/east?index=7`.
    pub target: String,
    /// Names in lower case.
    pub headers: Headers,
    /// Empty without a body.
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

    /// The same request with an additional header.
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
    /// Empty without a body.
    pub body: String,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole response.
    Answered(Response),
    /// The connection breaks within the body of this response.
    Cut(Response),
    /// The connection breaks without a response.
    Dropped,
    /// The server does not accept connections.
    Refused,
}
