//! The package as WebAssembly components, for hosts that are not JavaScript. `wit/consul-peering.wit` documents them.
//!
//! Compiled for wasm32-unknown-unknown, not for WASI: a standard library for WASI imports files, environment variables and
//! more, and a policy host is to see that the component can do nothing.

#![allow(clippy::result_large_err, reason = "the interface defines the size of its errors")]

mod policy;
mod record;

#[cfg(feature = "peering")]
mod arguments;
#[cfg(feature = "peering")]
mod error;
#[cfg(feature = "peering")]
mod exchange;
#[cfg(feature = "peering")]
mod host;
#[cfg(feature = "peering")]
mod peering;

#[cfg(not(feature = "peering"))]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "consul-peering-policy",
        additional_derives: [serde::Deserialize],
    });
}

#[cfg(feature = "peering")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "consul-peering",
        additional_derives: [serde::Deserialize],
    });
}

use bindings::export;

struct Component;

export!(Component with_types_in bindings);
