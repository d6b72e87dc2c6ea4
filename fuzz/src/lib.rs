//! What must hold is written once, beside the property tests; the targets feed it.
//!
//! `make fuzz` runs each target for a minute, begun with `seeds/` and with what earlier runs found worth keeping. An
//! input that fails lies in `artifacts/<target>/`: copy it to `seeds/<target>/` with the fix, and `cargo test` tries it
//! from then on.

#[path = "../../tests/properties/invariants/mod.rs"]
pub mod invariants;
