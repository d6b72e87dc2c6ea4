//! The package's operations, on any [`Host`](crate::host::Host).
//!
//! A [`Call`](call::Call) is one call of the package: its deadline, its progress, its leftovers. It uses a
//! [`Client`](client::Client) for each part on one cluster.

pub mod call;
pub mod client;
pub mod error;
pub mod establish;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod fixtures;
mod gateway_mode;
pub mod generate;
pub mod identify;
mod join_all;
pub mod left_behind;
pub mod mesh;
pub mod pair;
pub mod permissions;
pub mod read;
pub mod remove;
pub mod replace;
pub mod retry;
mod semaphore;
pub mod send;
mod service_rights;
pub mod troubleshoot;
pub mod wait;
pub mod watch;
