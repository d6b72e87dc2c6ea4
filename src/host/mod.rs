//! What operations need from where they run: a way to send requests, a clock, and the host's own values.
//!
//! JavaScript is one host (`js::host`); tests have one with virtual time.

pub mod data;
mod package_peering;

use crate::consul::cluster::Cluster;
use crate::consul::request::Request;
use crate::rules::secret::Secret;
use crate::rules::value::Value;

/// Where operations run. Each is bound to the way in which its caller reaches one cluster: in JavaScript, to that
/// cluster's `fetch`. A future that is dropped cancels what it waits for.
pub trait Host: Clone + 'static {
    type Value: HostValue;
    type Response: Response<Value = Self::Value>;

    /// Sends a request once.
    fn send(
        &self,
        cluster: &Cluster,
        request: &Request,
    ) -> impl Future<Output = Result<Self::Response, SendError<Self::Value>>>;
    fn sleep(&self, ms: f64) -> impl Future<Output = ()>;
    /// ms of a clock that only goes forward.
    fn monotonic(&self) -> f64;
    /// ms since 1970, for the dates that servers give.
    fn wall_clock(&self) -> f64;
    /// From 0 to 1, to spread callers that failed together.
    fn random(&self) -> f64;
    /// The cluster's ACL token as it is now, where it comes from a source that may change while a call runs: a file.
    fn token(&self) -> Option<Secret>;
    /// A text with every one of these secrets in it hidden.
    fn redact(&self, text: &str, secrets: Vec<String>) -> String;
    /// Why sending failed, without a secret in it.
    fn explain(&self, error: &Self::Value, secrets: Vec<String>) -> Explanation<Self::Value>;
    /// What to do about a request without a response, where this host has a reason of its own.
    fn network_hint(&self) -> Option<&'static str>;
}

/// A value of the host's: a parsed body, a peering as callers get it, an exception. Lists of peerings stay with the host,
/// and operations read of each what decisions need.
pub trait HostValue: Clone + PartialEq + 'static {
    fn null() -> Self;
    /// Reads JSON; nothing for what is not JSON.
    fn read_json(text: &str) -> Option<Value>;
    /// Consul's peering in the package's form; nothing if it is not a peering.
    fn to_peering(&self) -> Option<Self>;
    /// Consul's list of peerings in the package's form. If an item is not a peering: a description of it.
    fn to_peerings(&self) -> Result<Self, String>;
    /// The items of a list; nothing where it is not one.
    fn items(&self) -> Option<Vec<Self>>;
    /// A snapshot as plain data.
    fn to_data(&self) -> Value;
    /// A snapshot of these members alone.
    fn pick(&self, keys: &[&str]) -> Value;
    /// As text, equal for equal values.
    fn to_json(&self) -> Self;
}

pub trait Response {
    type Value;

    fn status(&self) -> u16;
    fn header(&self, name: &str) -> Option<String>;
    /// The beginning of the body.
    fn text(&self, max_chars: u32) -> String;
    /// The body read as JSON; nothing where it is not JSON.
    fn json(&self) -> Option<Self::Value>;
}

/// Why there is no response to be read.
pub enum SendError<V> {
    /// The host cannot send anything.
    Unsupported,
    /// It is a redirect, with its status where that is known.
    Redirected(Option<u16>),
    /// The caller's way to send gave something else.
    NotAResponse,
    TooLarge,
    /// Sending, or reading the body, failed with this.
    Failed(V),
}

/// What is known of an error of the host's.
pub struct Explanation<V> {
    /// The runtime's code, as `ECONNREFUSED`; empty where it has none.
    pub code: String,
    /// All of its text, to find out what it is.
    pub text: String,
    /// What to show.
    pub reason: String,
    pub cause: V,
}
