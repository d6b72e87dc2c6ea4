//! Invariants for any input. Each `check` panics on a violation.
//!
//! `consul` and `consul_token` implement what Consul accepts, after Consul's source and not after the rules under test.

pub mod activation;
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
pub mod spec;
pub mod story;
pub mod terraform;
