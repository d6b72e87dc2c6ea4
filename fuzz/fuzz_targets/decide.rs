//! Any bytes as the choices of a history.

#![no_main]

use consul_peering_fuzz::invariants::decide::check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check(bytes));
