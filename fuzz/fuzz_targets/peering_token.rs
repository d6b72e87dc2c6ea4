//! Any text as a peering token, and as the JSON in one.

#![no_main]

use consul_peering_fuzz::invariants::peering_token::check_text;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check_text(&String::from_utf8_lossy(bytes)));
