//! Decides the next step from what exists and what is requested. Pure: every decision is a function of values.

pub mod establish;
pub mod export_hint;
pub mod generate;
pub mod leftover;
pub mod plan;
pub mod preflight;
pub mod progress;
pub mod retry;
pub mod side;
pub mod troubleshoot;
pub mod wait;
