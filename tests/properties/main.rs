//! Properties for any input: rules, responses and decisions, with random inputs.
//!
//! The invariants are in `invariants/`, shared with the fuzz targets in `fuzz/`; the other modules draw inputs that are
//! nearly valid, so that each rule is tested on both sides of its limit.
//!
//! Every run draws new inputs. A failure is shrunk, and its seed written to `tests/proptest-regressions/`: the next run
//! of the same test tries it first. Commit it with the fix. For longer runs: `PROPTEST_CASES=10000 cargo test --test
//! properties`.

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
