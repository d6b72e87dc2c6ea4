//! The simulator as a module for JavaScript, which brings what only it has: sockets, timers, and the functions that
//! decide which requests a fault meets.

#[cfg(target_arch = "wasm32")]
mod bindings;
mod fault;
mod options;
mod shape;
mod time;
