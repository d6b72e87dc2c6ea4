//! Any JSON as a document of Terraform.

#![no_main]

use consul_peering_fuzz::invariants::terraform::check_text;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check_text(&String::from_utf8_lossy(bytes)));
