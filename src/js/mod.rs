//! The only part that touches JavaScript: values in, calls out, results and errors back.
//!
//! [`exports`] is what the package offers; each [`operation`] has a file; [`fetch`] is the one place that sends
//! anything.

mod agent;
mod call;
mod clock;
mod cluster;
mod environment;
mod error;
mod establish;
pub mod exports;
mod fetch;
mod generate;
mod operation;
mod permissions;
mod read;
mod remove;
mod value;
mod wait;
