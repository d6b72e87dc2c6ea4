//! Certificates: generated ones are read correctly, real ones modified and truncated anywhere.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use base64::Engine;
use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::invariants::certificate::{check_der, check_pem};
use super::invariants::consul_token::{self, GO};

const FILES: [&str; 2] = [include_str!("../rules/generalized-time.pem"), include_str!("../rules/version-1.pem")];

/// PEM texts of real clusters, from recorded tokens.
fn recorded() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/1.22.3/lifecycle.json");
    let recording: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let answers = recording["exchanges"].as_array().unwrap().iter();
    answers
        .filter_map(|row| serde_json::from_str::<Json>(row["response"]["body"].as_str()?).ok())
        .filter_map(|answer| consul_token::read(answer["PeeringToken"].as_str()?).ok())
        .flat_map(|token| token.ca)
        .collect()
}

/// The contents of these PEM texts.
static REAL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut pems = recorded();
    assert!(!pems.is_empty());
    pems.truncate(2);
    pems.extend(FILES.map(str::to_owned));
    let body = |pem: &String| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    pems.iter().map(|pem| GO.decode(body(pem)).unwrap()).collect()
});

// --- Generated ones
// ----------------------------------------------------------------------------------------------------

/// An element of DER.
fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let head = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [&head, value].concat()
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

/// The two forms of a time, by its digits.
fn time(digits: &str) -> Vec<u8> {
    element(if digits.len() == 12 { 0x17 } else { 0x18 }, format!("{digits}Z").as_bytes())
}

/// RFC 5280: UTCTime through 2049, GeneralizedTime from 2050.
fn digits_of(seconds: i64) -> String {
    let date = DateTime::from_timestamp(seconds, 0).unwrap();
    let text: String = date.to_string().chars().take_while(|c| *c != 'U').filter(char::is_ascii_digit).collect();
    if &*text < "2050" { text[2..].to_owned() } else { text }
}

struct Made {
    versioned: bool,
    serial: Vec<u8>,
    times: [Vec<u8>; 2],
    name: String,
    /// URIs in the SAN; without any, no extensions.
    uris: Vec<String>,
}

fn der(made: &Made) -> Vec<u8> {
    let pair = sequence(&[element(0x06, &[0x55, 0x04, 3]), element(0x0c, made.name.as_bytes())]);
    let names: Vec<_> = made.uris.iter().map(|uri| element(0x86, uri.as_bytes())).collect();
    let san = sequence(&[element(0x06, &[0x55, 0x1d, 0x11]), element(0x04, &sequence(&names))]);
    let basic = sequence(&[element(0x06, &[0x55, 0x1d, 0x13]), element(0x01, &[0xff]), element(0x04, &sequence(&[]))]);
    let mut fields = vec![
        made.serial.clone(),
        sequence(&[element(0x06, &[0x2a])]),
        sequence(&[]),
        sequence(&made.times),
        sequence(&[element(0x31, &pair)]),
        sequence(&[element(0x03, &[0; 70])]),
    ];
    if made.versioned {
        fields.insert(0, element(0xa0, &element(0x02, &[2])));
    }
    if !made.uris.is_empty() {
        fields.push(element(0xa3, &sequence(&[basic, san])));
    }
    sequence(&[sequence(&fields), sequence(&[element(0x06, &[0x2a])]), element(0x03, &[0; 64])])
}

fn plain() -> Made {
    let times = ["700101000000", "491231235959"].map(time);
    Made { versioned: true, serial: element(0x02, &[7]), times, name: "n".into(), uris: vec![] }
}

/// 1950 to 9999.
fn seconds() -> impl Strategy<Value = i64> {
    -631_152_000_i64..253_402_300_800
}

proptest! {
    #[test]
    fn a_certificate_reads_as_it_was_made(
        versioned: bool,
        serial in prop::collection::vec(any::<u8>(), 1..21),
        from in seconds(),
        to in seconds(),
        name in "[ -~é]{0,300}",
        uris in prop::collection::vec("spiffe://[a-z.]{0,40}(/[a-z/]{0,4})?|https://[a-z]{1,8}", 0..4),
    ) {
        let times = [from, to].map(|seconds| time(&digits_of(seconds)));
        let made = Made { versioned, serial: element(0x02, &serial), times, name, uris };
        let read = check_der(&der(&made)).unwrap();
        prop_assert_eq!(read.subject, format!("CN={}", made.name));
        prop_assert_eq!([read.not_before.at.as_ms(), read.not_after.at.as_ms()], [from, to].map(|seconds| seconds as f64 * 1_000.0));
        let mut domains = made.uris.iter().filter_map(|uri| uri.strip_prefix("spiffe://")?.split('/').next());
        prop_assert_eq!(read.trust_domain.as_deref(), domains.find(|domain| !domain.is_empty()));
    }

    /// Go refuses a certificate with an invalid date, so it is not read.
    #[test]
    fn a_date_is_one_of_the_calendar(
        year in prop_oneof!["19[5-9][0-9]", "20[0-4][0-9]"],
        rest in prop_oneof!["(0[0-9]|1[0-3])([0-2][0-9]|3[0-2])([01][0-9]|2[0-5])[0-6][0-9][0-6][0-9]", "[0-9]{10}"],
    ) {
        let number = |from: usize| rest[from..from + 2].parse::<u32>().unwrap();
        let day = NaiveDate::from_ymd_opt(year.parse().unwrap(), number(0), number(2));
        let expected = day.and_then(|day| day.and_hms_opt(number(4), number(6), number(8)));
        for digits in [format!("{year}{rest}"), format!("{}{rest}", &year[2..])] {
            let times = [time(&digits), time("20991231235959")];
            let read = check_der(&der(&Made { times, ..plain() }));
            let ms = read.map(|read| read.not_before.at.as_ms());
            prop_assert_eq!(ms, expected.map(|date| date.and_utc().timestamp() as f64 * 1_000.0), "{}", digits);
        }
    }

    /// Like Go, which calls it trailing data.
    #[test]
    fn rejects_bytes_after_a_certificate(
        which in any::<prop::sample::Index>(),
        after in prop::collection::vec(any::<u8>(), 1..5),
    ) {
        prop_assert_eq!(check_der(&[&which.get(&REAL)[..], &after].concat()), None);
    }

    #[test]
    fn a_bent_certificate_makes_sense_or_is_refused(
        which in any::<prop::sample::Index>(),
        bends in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = which.get(&REAL).clone();
        for (place, byte) in bends {
            *place.get_mut(&mut bytes) = byte;
        }
        check_der(&bytes);
    }

    #[test]
    fn bent_pem_makes_sense_or_is_refused(
        at in any::<prop::sample::Index>(),
        part in "[ -~\r\n]{0,3}",
        cut in 0_usize..3,
    ) {
        let text = FILES[0];
        let at = at.index(text.len());
        let end = (at + cut).min(text.len());
        check_pem(&format!("{}{part}{}", &text[..at], &text[end..]));
    }

    #[test]
    fn any_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_der(&bytes);
        check_pem(&String::from_utf8_lossy(&bytes));
    }
}

/// Lengths are of up to two bytes here, and DER has none that is left open.
#[test]
fn refuses_a_length_of_another_form() {
    assert!(check_der(&der(&plain())).is_some());
    for serial in [&[2, 0x83, 0, 1, 7][..], &[2, 0x84, 0, 0, 0, 1, 7], &[2, 0x80, 7, 0, 0]] {
        assert_eq!(check_der(&der(&Made { serial: serial.to_vec(), ..plain() })), None, "{serial:?}");
    }
}

#[test]
fn reads_real_ones_and_refuses_truncated_ones() {
    for bytes in REAL.iter() {
        assert!(check_der(bytes).is_some());
        for length in 0..bytes.len() {
            assert_eq!(check_der(&bytes[..length]), None, "{length}");
        }
    }
    for text in FILES {
        let end = text.find("-----END CERTIFICATE-----").unwrap() + "-----END CERTIFICATE-----".len();
        for length in 0..text.len() {
            assert_eq!(check_pem(&text[..length]).is_some(), length >= end, "{length}");
        }
    }
}
