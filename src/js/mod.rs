//! JavaScript as a host, and the package's functions in it.
//!
//! [`offline`], [`single`], [`pair`], [`troubleshoot`] and [`watch`] are the package's functions; [`host`] implements
//! operations' host.

mod arguments;
mod call;
mod cluster;
mod environment;
mod host;
pub mod offline;
mod options;
pub mod pair;
pub mod single;
pub mod task;
pub mod troubleshoot;
mod value;
pub mod watch;

/// Half the size of the default allocator. Single-threaded, like wasm32 without atomics.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
