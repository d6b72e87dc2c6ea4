//! What operations need from their host: a way to send requests, a clock, and the host's own values.
//!
//! JavaScript is one host (`js::host`); tests have one with virtual time.

pub mod data;

use crate::consul::cluster::Cluster;
use crate::consul::connection::{self, ConnectionCause};
use crate::consul::request::Request;
use crate::rules::duration::{Duration, Instant};
use crate::rules::redaction::redact;
use crate::rules::secret::Secret;
use crate::rules::time::Timestamp;
use crate::rules::value::Value;

/// The host of an operation, bound to the way in which its caller reaches one cluster: in JavaScript, that cluster's
/// `fetch`. Dropping a future cancels what it waits for.
pub trait Host: Clone + 'static {
    type Value: HostValue;
    type Response: Response<Value = Self::Value>;

    /// Sends a request once.
    fn send(
        &self,
        cluster: &Cluster,
        request: &Request,
    ) -> impl Future<Output = Result<Self::Response, SendError<Self::Value>>>;
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
    /// On a monotonic clock.
    fn monotonic(&self) -> Instant;
    /// To compare with dates from servers.
    fn wall_clock(&self) -> Timestamp;
    /// From 0 to 1, to spread callers that failed together.
    fn random(&self) -> f64;
    /// The cluster's current ACL token, if its source may change during a call: a file.
    fn token(&self) -> Option<Secret> {
        None
    }
    /// A text with each of these secrets redacted.
    fn redact(&self, text: &str, secrets: Vec<String>) -> String {
        redact(text, &secrets)
    }
    /// Why sending failed, without a secret.
    fn explain(&self, error: &Self::Value, secrets: Vec<String>) -> Explanation<Self::Value>;
    /// What a failed connection means, by the code and the text of an `Explanation`.
    fn connection_cause(&self, code: &str, text: &str, secure: bool) -> Option<ConnectionCause> {
        connection::cause(code, text, secure)
    }
    /// What to do about a missing response, if this host has a specific reason.
    fn network_hint(&self) -> Option<&'static str> {
        None
    }
}

/// A value of the host: a parsed body, a peering as callers get it, an exception. Lists of peerings stay with the host,
/// and operations read only what decisions need.
pub trait HostValue: Clone + PartialEq + 'static {
    fn null() -> Self;
    /// Parses JSON; None if it is invalid.
    fn read_json(text: &str) -> Option<Value>;
    /// Consul's peering in the package's form; None if it is not a peering.
    fn to_peering(&self) -> Option<Self>;
    /// Consul's list of peerings in the package's form. If an item is not a peering: a description of it.
    fn to_peerings(&self) -> Result<Self, String>;
    /// The items of a list; None if it is not one.
    fn items(&self) -> Option<Vec<Self>>;
    /// A snapshot as plain data.
    fn to_data(&self) -> Value;
    /// A snapshot of only these members.
    fn pick(&self, keys: &[&str]) -> Value;
    /// As text, which is equal for equal values.
    fn to_json(&self) -> Self;
}

pub trait Response {
    type Value;

    fn status(&self) -> u16;
    fn header(&self, name: &str) -> Option<String>;
    /// The beginning of the body.
    fn text(&self, max_chars: u32) -> String;
    /// The body parsed as JSON; None if it is not JSON.
    fn json(&self) -> Option<Self::Value>;
}

/// Why there is no response.
pub enum SendError<V> {
    /// The host cannot send anything.
    Unsupported,
    /// A redirect, with its status if known.
    Redirected(Option<u16>),
    /// The caller's fetch resolved to something else.
    NotAResponse,
    TooLarge,
    /// Sending, or reading the body, failed with this.
    Failed(V),
}

/// What is known of an error of the host.
pub struct Explanation<V> {
    /// The runtime's code, such as `ECONNREFUSED`; empty without one.
    pub code: String,
    /// All of its text, for classification.
    pub text: String,
    /// The text to show.
    pub reason: String,
    pub cause: V,
}
