//! Any JSON as a spec of each kind.

#![no_main]

use consul_peering_fuzz::invariants::spec::check_text;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check_text(&String::from_utf8_lossy(bytes)));
