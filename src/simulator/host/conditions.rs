//! The network between callers and agents.

use std::time::Duration;

use crate::simulator::random::Random;

/// The reliability of the network. By default, it delivers everything immediately.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions {
    /// The maximum latency in each direction. Requests may overtake each other.
    pub delay: Duration,
    /// The share of requests that are lost before they arrive, from 0 to 1.
    pub lost_before: f64,
    /// The share of responses that are lost after Consul has executed the request, from 0 to 1.
    pub lost_after: f64,
    /// The share of responses whose connection breaks within the body, from 0 to 1.
    pub cut: f64,
}

/// The delivery of one request.
pub struct Delivery {
    pub request_latency: Duration,
    pub response_latency: Duration,
    pub lost_before: bool,
    pub lost_after: bool,
    pub cut: bool,
}

impl Conditions {
    pub(super) fn draw(self, random: &mut Random) -> Delivery {
        let mut latency = || self.delay.mul_f64(random.between(0.0, 1.0));
        let (request_latency, response_latency) = (latency(), latency());
        let mut happens = |probability| random.between(0.0, 1.0) < probability;
        Delivery {
            request_latency,
            response_latency,
            lost_before: happens(self.lost_before),
            lost_after: happens(self.lost_after),
            cut: happens(self.cut),
        }
    }
}
