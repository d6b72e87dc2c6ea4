//! The invariants are shared with the property tests; the targets pass them inputs.
//!
//! `make fuzz` runs each target for a minute, starting with `seeds/` and the corpus of earlier runs. A failing input is
//! in `artifacts/<target>/`: copy it to `seeds/<target>/` with the fix, and `cargo test` tests it from then on.

#[path = "../../tests/properties/invariants/mod.rs"]
pub mod invariants;
