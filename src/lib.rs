//! Cluster peering for HashiCorp Consul as a WebAssembly module.
//!
//! Data flows one way: caller → spec → request → Consul → peering → caller.
//!
//! - [`rules`]: what a caller gives, judged. Pure.
//! - [`consul`]: Consul's HTTP API as values: requests, answers, the peering object. Pure.
//! - [`decide`]: given what stands and what is asked for, what to do next. Pure.
//! - [`operations`]: what the package does, generic over the [`host`] that it runs on.
//! - `simulator`: Consul clusters in memory, a crate of their own, and a host that reaches them. For native tests.
//! - `js`: JavaScript as a host, built for wasm32 alone.

mod codes;
pub mod consul;
pub mod decide;
pub mod host;
pub mod operations;
pub mod rules;

/// The clusters of the crate `simulator`, and a host that reaches them. Native builds are for tests and always have it.
#[cfg(not(target_arch = "wasm32"))]
pub mod simulator {
    pub use ::simulator::*;

    pub mod host;
}

#[cfg(all(target_arch = "wasm32", feature = "js"))]
pub mod js;
