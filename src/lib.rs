//! Cluster peering for HashiCorp Consul as a WebAssembly module.
//!
//! Data flows one way: caller → spec → request → Consul → peering → caller.
//!
//! - [`rules`]: what a caller gives, judged. Pure.
//! - [`consul`]: Consul's HTTP API as values: requests, answers, the peering object. Pure.
//! - [`decide`]: given what stands and what is asked for, what to do next. Pure.
//! - [`operations`]: what the package does, generic over the [`host`] that it runs on.
//! - [`simulator`]: Consul clusters in memory, which know nothing of the rest, and a host that reaches them. For tests.
//! - `js`: JavaScript as a host, built for wasm32 alone.

mod codes;
pub mod consul;
pub mod decide;
pub mod host;
pub mod operations;
pub mod rules;
// Always in native builds, which are for tests; in the module that is shipped with the feature alone.
#[cfg(any(not(target_arch = "wasm32"), feature = "simulator"))]
pub mod simulator;

#[cfg(target_arch = "wasm32")]
pub mod js;
