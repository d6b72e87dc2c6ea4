//! What must hold, whatever comes in. Each `check` panics where it does not.
//!
//! `consul` and `consul_token` say what Consul itself takes, after Consul and not after the rules held against it.

pub mod answer;
pub mod certificate;
pub mod consul;
pub mod consul_token;
pub mod decide;
pub mod finding;
pub mod host;
pub mod names;
pub mod peering;
pub mod peering_token;
pub mod settling;
pub mod spec;
pub mod story;
pub mod terraform;
