//! The only part that touches JavaScript: values in, calls out, results and errors back.
//!
//! [`exports`] is what the package offers; each [`operation`] has a file; [`fetch`] is the one place that sends
//! anything.

mod agent;
mod call;
mod clock;
mod cluster;
mod ending;
mod environment;
mod error;
mod establish;
pub mod exports;
mod fetch;
mod generate;
mod judge;
mod operation;
mod permissions;
mod read;
mod remove;
mod room;
mod run;
mod survey;
pub mod task;
mod value;
mod wait;

/// Half the size of the default allocator. One thread, as wasm32 without atomics has.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
