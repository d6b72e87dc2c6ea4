//! The first inputs of the fuzz targets, and inputs that once failed: every input in `fuzz/seeds/` passes.

use std::fs;
use std::path::Path;

use super::invariants::{answer, certificate, decide, peering_token, spec, terraform};

/// Every seed of a target, as bytes and as text.
fn each(target: &str, check: impl Fn(&[u8], &str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // Shown where the check fails.
        println!("{}", path.display());
        check(&bytes, &String::from_utf8_lossy(&bytes));
        count += 1;
    }
    assert!(count >= 5, "{count} seeds for {target}");
}

#[test]
fn peering_token() {
    each("peering_token", |_, text| peering_token::check_text(text));
}

#[test]
fn certificate() {
    each("certificate", |bytes, text| {
        certificate::check_der(bytes);
        certificate::check_pem(text);
    });
}

#[test]
fn answer() {
    each("answer", |_, text| answer::check_line(text));
}

#[test]
fn spec() {
    each("spec", |_, text| spec::check_text(text));
}

#[test]
fn decide() {
    each("decide", |bytes, _| decide::check(bytes));
}

#[test]
fn terraform() {
    each("terraform", |_, text| terraform::check_text(text));
}
