//! Any response of a server, as `<status> <text>`.

#![no_main]

use consul_peering_fuzz::invariants::answer::check_line;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check_line(&String::from_utf8_lossy(bytes)));
