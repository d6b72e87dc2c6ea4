//! CA certificates like those of Consul: the subject and the SAN contain the trust domain, by which one side of a peering
//! identifies the other. The key is valid and the same for all clusters; the signature and the ids are random bytes, because
//! nothing here verifies them.

use std::time::Duration;

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, Tagged};

use super::go::{decode_base64, encode_base64};
use super::random::Random;
use super::response::{Refusal, refuse};
use super::time::utc_time;

const VALIDITY: Duration = Duration::from_secs(3_649 * 86_400); // ten years, as in Consul
const BEGIN: &str = "-----BEGIN ";
const LABEL_END: &str = "-----";

/// `ecdsa-with-SHA256`
const ALGORITHM: [u8; 12] = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// A P-256 public key in DER.
const PUBLIC_KEY: [u8; 91] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0xdb, 0x99, 0xdc, 0xef, 0x5a, 0x18, 0x61, 0x74, 0x3b, 0xc3, 0xee,
    0x5d, 0x8b, 0xe7, 0x79, 0xe0, 0xac, 0x0c, 0x78, 0x08, 0x25, 0xf3, 0xbe, 0x34, 0x3a, 0x89, 0xfc, 0x26, 0x7b, 0xa3,
    0xc1, 0x34, 0x8a, 0xb3, 0x60, 0xb1, 0xa7, 0x15, 0x27, 0xa4, 0x1c, 0x8a, 0x14, 0xfb, 0x88, 0xee, 0xe0, 0x89, 0x39,
    0xd0, 0xa3, 0x45, 0x87, 0xc4, 0x54, 0xb4, 0x7f, 0x57, 0x1b, 0xc9, 0xa8, 0xeb, 0xd6, 0x98,
];

/// A certificate authority.
#[derive(Debug)]
pub struct Authority {
    pub pem: String,
    pub key_id: String,
    pub fingerprint: String,
    /// Since 1970.
    pub not_before: Duration,
    pub not_after: Duration,
}

impl Authority {
    /// `label`: precedes the trust domain in the subject. `now`: since 1970.
    pub fn new(trust_domain: &str, label: &str, now: Duration, random: &mut Random) -> Self {
        let not_before = Duration::from_secs(now.as_secs());
        let not_after = not_before + VALIDITY;
        let key_id = random.bytes::<32>();
        let short = trust_domain.get(..8).unwrap_or(trust_domain);
        let subject = format!("pri-{label}.consul.ca.{short}.consul");
        let name = sequence(&[&tagged(
            0x31,
            &[&sequence(&[&[0x06, 0x03, 0x55, 0x04, 0x03], &tagged(0x13, &[subject.as_bytes()])])],
        )]);
        let uri = tagged(0x86, &[format!("spiffe://{trust_domain}").as_bytes()]);
        let extensions = sequence(&[
            &extension(0x0f, true, &[0x03, 0x02, 0x01, 0x86]),       // key usage
            &extension(0x13, true, &[0x30, 0x03, 0x01, 0x01, 0xff]), // a CA
            &extension(0x0e, false, &tagged(0x04, &[&key_id])),      // subject key id
            &extension(0x23, false, &sequence(&[&tagged(0x80, &[&key_id])])), // authority key id
            &extension(0x11, false, &sequence(&[&uri])),             // SAN
        ]);
        let dates = [not_before, not_after].map(|date| tagged(0x17, &[utc_time(date).as_bytes()]));
        let body = sequence(&[
            &[0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x07], // version 3, serial number 7
            &ALGORITHM,
            &name,
            &sequence(&[&dates[0], &dates[1]]),
            &name,
            &PUBLIC_KEY,
            &tagged(0xa3, &[&extensions]),
        ]);
        let mut integer = || {
            let mut number = random.bytes::<32>();
            number[0] = number[0] & 0x3f | 0x40; // positive and without leading zeros
            tagged(0x02, &[&number])
        };
        let signature = sequence(&[&integer(), &integer()]);
        let certificate = sequence(&[&body, &ALGORITHM, &tagged(0x03, &[&[0], &signature])]);
        Self {
            pem: to_pem(&certificate),
            key_id: with_colons(&key_id),
            fingerprint: with_colons(&random.bytes::<20>()),
            not_before,
            not_after,
        }
    }
}

fn to_pem(der: &[u8]) -> String {
    let text = encode_base64(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for start in (0..text.len()).step_by(64) {
        pem.push_str(&text[start..text.len().min(start + 64)]);
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}

fn with_colons(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

// DER: tag, length, content.
fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let size = content.len();
    let mut der = vec![tag];
    match size {
        ..0x80 => der.push(size as u8),
        0x80..0x100 => der.extend([0x81, size as u8]),
        _ => der.extend([0x82, (size >> 8) as u8, size as u8]),
    }
    der.extend(content);
    der
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, parts)
}

/// An X.509 extension, by the last number of its object identifier.
fn extension(id: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
    sequence(&[&[0x06, 0x03, 0x55, 0x1d, id], critical, &tagged(0x04, &[value])])
}

/// Consul's checks of a certificate in a peering token.
pub fn check_certificate(pem: &str) -> Result<(), Refusal> {
    let invalid = |why: &str| refuse(500, format!("peering token invalid CA: {why}"));
    let (label, content) = first_block(pem).ok_or_else(|| invalid("no PEM-encoded data found"))?;
    if label != "CERTIFICATE" {
        return Err(invalid("first PEM-block should be CERTIFICATE type"));
    }
    let der = decode_base64(content.trim()).ok();
    let is_certificate = der.is_some_and(|der| matches!(is_certificate(&der), Ok(true)));
    if is_certificate { Ok(()) } else { Err(invalid("x509: malformed certificate")) }
}

/// The label and the content of the first PEM block.
fn first_block(pem: &str) -> Option<(&str, &str)> {
    let (_, rest) = pem.split_once(BEGIN)?;
    let (label, rest) = rest.split_once(LABEL_END)?;
    let (content, end) = rest.split_once("-----END ")?;
    (!content.contains('-') && !label.is_empty() && end.contains(LABEL_END)).then_some((label, content))
}

/// Checks the outer structure and the tags of the required fields.
fn is_certificate(der: &[u8]) -> der::Result<bool> {
    let parts = |der| -> der::Result<Vec<AnyRef<'_>>> {
        let mut reader = SliceReader::new(der)?;
        let mut parts = Vec::new();
        while !reader.is_finished() {
            parts.push(AnyRef::decode(&mut reader)?);
        }
        Ok(parts)
    };
    let tags = |parts: &[AnyRef<'_>]| -> Vec<Tag> { parts.iter().map(Tagged::tag).collect() };
    let outer = parts(der)?;
    let [certificate] = outer.as_slice() else { return Ok(false) };
    let inner = parts(certificate.value())?;
    if certificate.tag() != Tag::Sequence || tags(&inner) != [Tag::Sequence, Tag::Sequence, Tag::BitString] {
        return Ok(false);
    }
    let fields = tags(&parts(inner[0].value())?);
    let without_version =
        if fields.first() == Some(&Tag::Integer) { &fields[..] } else { fields.get(1..).unwrap_or(&[]) };
    Ok(without_version.starts_with(&[Tag::Integer, Tag::Sequence, Tag::Sequence, Tag::Sequence, Tag::Sequence]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(seed: u32) -> Authority {
        let domain = "0c6b2c6e-1111-2222-3333-444444444444.consul";
        Authority::new(domain, "abcdefg", Duration::from_secs(1_795_500_000), &mut Random::new(seed))
    }

    #[test]
    fn creates_a_valid_certificate() {
        let Authority { pem, .. } = authority(1);
        check_certificate(&pem).unwrap();
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(authority(1).pem, pem);
        assert_ne!(authority(2).pem, pem);
    }

    #[test]
    fn invalid_certificates_are_refused() {
        let block = |label: &str, content: &str| format!("-----BEGIN {label}-----\n{content}\n-----END {label}-----\n");
        let cases = [
            ("", "no PEM-encoded data found"),
            ("-----BEGIN CERTIFICATE-----\nMIIB", "no PEM-encoded data found"),
            (&block("PUBLIC KEY", "MIIB"), "first PEM-block should be CERTIFICATE type"),
            (&block("CERTIFICATE", "MIIB"), "x509: malformed certificate"),
            (&block("CERTIFICATE", "!"), "x509: malformed certificate"),
            (&block("CERTIFICATE", "MAA="), "x509: malformed certificate"),
        ];
        for (pem, why) in cases {
            assert_eq!(check_certificate(pem).unwrap_err().text, format!("peering token invalid CA: {why}"), "{pem}");
        }
    }
}
