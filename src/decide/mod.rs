//! Given what stands and what is asked for: what to do next. Pure: every decision is a function of values.

pub mod establish;
pub mod generate;
pub mod leftover;
pub mod plan;
pub mod preflight;
pub mod progress;
pub mod retry;
pub mod side;
pub mod troubleshoot;
pub mod wait;
