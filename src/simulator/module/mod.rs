//! The simulator as a module for JavaScript, which provides sockets, timers and the functions that match faults.

mod acl;
#[cfg(target_arch = "wasm32")]
mod bindings;
mod fault;
mod options;
mod shape;
mod time;
