//! Cluster peering for HashiCorp Consul as a WebAssembly module.
//!
//! Data flows one way: caller → spec → request → Consul → peering → caller.
//!
//! - [`rules`]: what a caller gives, judged. Pure.
//! - [`consul`]: Consul's HTTP API as values: requests, answers, the peering object. Pure.
//! - [`decide`]: given what stands and what is asked for, what to do next. Pure.
//! - `js`: the only part that touches JavaScript, built for wasm32 alone.

mod codes;
pub mod consul;
pub mod decide;
pub mod rules;

#[cfg(target_arch = "wasm32")]
pub mod js;
