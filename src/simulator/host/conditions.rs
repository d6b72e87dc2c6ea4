//! The network between callers and agents.

use std::time::Duration;

use crate::simulator::random::Random;

/// How reliable the network is. By default it delivers everything at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions {
    /// At most so long takes each way; requests overtake one another.
    pub delay: Duration,
    /// How many of the requests are lost before they arrive, from 0 to 1.
    pub lost_before: f64,
    /// How many of the responses are lost, from 0 to 1: Consul has acted.
    pub lost_after: f64,
    /// How many of the responses break off in the middle of their body, from 0 to 1.
    pub cut: f64,
}

/// What becomes of one request.
pub struct Fate {
    pub there: Duration,
    pub back: Duration,
    pub lost_before: bool,
    pub lost_after: bool,
    pub cut: bool,
}

impl Conditions {
    pub(super) fn draw(self, random: &mut Random) -> Fate {
        let mut delay = || self.delay.mul_f64(random.between(0.0, 1.0));
        let (there, back) = (delay(), delay());
        let mut happens = |probability| random.between(0.0, 1.0) < probability;
        Fate {
            there,
            back,
            lost_before: happens(self.lost_before),
            lost_after: happens(self.lost_after),
            cut: happens(self.cut),
        }
    }
}
