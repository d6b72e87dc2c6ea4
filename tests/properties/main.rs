//! What holds for any input: rules, answers and decisions against inputs that nobody wrote down.
//!
//! The statements are in `invariants/`, shared with the fuzz targets in `fuzz/`; the modules beside it draw inputs that
//! are nearly good, so that each rule is met on both sides of its border.
//!
//! Every run draws anew. What fails is shrunk, and its seed written to `tests/proptest-regressions/`: the next run of the
//! same test tries it first. Commit it with the fix. To look longer: `PROPTEST_CASES=10000 cargo test --test properties`.

#![cfg(not(target_arch = "wasm32"))]

mod answer;
mod certificate;
mod decide;
mod form;
mod invariants;
mod names;
mod peering_token;
mod seeds;
mod spec;
mod terraform;
mod text;
