//! Cluster peering for HashiCorp Consul as a WebAssembly module.
//!
//! Data flows one way: caller → spec → request → Consul → peering → caller.
//!
//! - [`rules`]: validation of a caller's input. Pure.
//! - [`consul`]: Consul's HTTP API as values: requests, responses, the peering object. Pure.
//! - [`decide`]: from what exists and what is requested to the next step. Pure.
//! - [`operations`]: the package's operations, generic over their [`host`].
//! - `simulator`: Consul clusters in memory, a separate crate, and a host that reaches them. For native tests.
//! - `js`: JavaScript as a host, built only for wasm32.

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
