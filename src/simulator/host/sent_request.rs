//! The log of a host: the requests that were sent through it.

use std::time::Duration;

use crate::simulator::Request;

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct SentRequest {
    /// The name of the cluster.
    pub cluster: String,
    pub method: String,
    /// The path and the query.
    pub target: String,
    pub at: Duration,
    /// None while it is pending, or if it was cancelled.
    pub ended: Option<Duration>,
}

impl SentRequest {
    pub(super) fn new(cluster: &str, Request { method, target, .. }: &Request, at: Duration) -> Self {
        Self { cluster: cluster.to_owned(), method: method.clone(), target: target.clone(), at, ended: None }
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }
}
