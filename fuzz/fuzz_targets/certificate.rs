//! Any bytes as a certificate's DER, and any text as its PEM.

#![no_main]

use consul_peering_fuzz::invariants::certificate::{check_der, check_pem};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    check_der(bytes);
    check_pem(&String::from_utf8_lossy(bytes));
});
