//! The facts of a CA certificate that a person or a decision needs: subject, validity and trust domain.
//!
//! Walks the outer shape of X.509 with RustCrypto's `der`. `x509-cert` decodes every field, which is 25 kB of the module.
//! Nothing is verified: Consul does that.

use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged, asn1::AnyRef};

use super::base64;
use super::text::{before, cut, without};
use super::time::{Time, Timestamp};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// In a certificate's body: `[0]` is its version, `[3]` its extensions.
const VERSION: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
const EXTENSIONS: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(3) };
/// In a SubjectAltName: `[6] uniformResourceIdentifier`.
const URI: Tag = Tag::ContextSpecific { constructed: false, number: TagNumber(6) };
/// Extension 2.5.29.17, subjectAltName.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// `CN=…,O=…`, most general part first, as the certificate has it.
    pub subject: String,
    pub not_before: Time,
    pub not_after: Time,
    /// From `spiffe://<trust domain>` in its SAN.
    pub trust_domain: Option<String>,
}

impl Certificate {
    /// Whether it has expired at `now`.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.not_after.at < now
    }

    /// Whether it is not valid yet at `now`.
    pub fn too_early(&self, now: Timestamp) -> bool {
        self.not_before.at > now
    }
}

/// The first certificate of a PEM text; None if none can be read.
pub fn read(pem: &str) -> Option<Certificate> {
    let (_, rest) = cut(pem, BEGIN)?;
    let (body, _) = cut(rest, END)?;
    let text = without(body, u8::is_ascii_whitespace);
    from_der(&base64::decode(&text)?)
}

/// `Certificate ::= SEQUENCE { tbsCertificate, … }`, and in it version `[0]`, serial, algorithm, issuer, validity,
/// subject, key, … and extensions `[3]`.
fn from_der(bytes: &[u8]) -> Option<Certificate> {
    let [outer] = elements(bytes)?[..] else { return None };
    let body = *sequence(outer)?.first()?;
    let fields = sequence(body)?;
    let versioned = usize::from(fields.first()?.tag() == VERSION);
    let validity = sequence(*fields.get(versioned + 3)?)?;
    let extensions = fields.iter().find(|field| field.tag() == EXTENSIONS);
    Some(Certificate {
        subject: name(*fields.get(versioned + 4)?)?,
        not_before: time(*validity.first()?)?,
        not_after: time(*validity.get(1)?)?,
        trust_domain: extensions.and_then(|field| trust_domain(field.value())),
    })
}

fn sequence(element: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if element.tag() == Tag::Sequence { elements(element.value()) } else { None }
}

/// The consecutive elements in `bytes`.
fn elements(bytes: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(elements)
}

/// `YYMMDDhhmmssZ` in a UTCTime, of 1950 to 2049, and `YYYYMMDDhhmmssZ` in a GeneralizedTime. der's own types begin in
/// 1970.
fn time(element: AnyRef<'_>) -> Option<Time> {
    let digits = std::str::from_utf8(element.value().strip_suffix(b"Z")?).ok()?;
    let century = match (element.tag(), digits.as_bytes()) {
        (Tag::UtcTime, [b'0'..=b'4', ..]) => "20",
        (Tag::UtcTime, _) => "19",
        (Tag::GeneralizedTime, _) => "",
        _ => return None,
    };
    Time::from_digits(&format!("{century}{digits}"))
}

/// `Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }`.
fn name(element: AnyRef<'_>) -> Option<String> {
    let mut text = String::new();
    for set in sequence(element)? {
        for pair in elements(set.value())? {
            let pair = sequence(pair)?;
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(attribute(pair.first()?.value()));
            text.push('=');
            text.push_str(&String::from_utf8_lossy(pair.get(1)?.value()));
        }
    }
    Some(text)
}

/// RFC 4514's short names of the attributes that CAs use, all under 2.5.4.
fn attribute(oid: &[u8]) -> &'static str {
    match oid {
        [0x55, 0x04, 3] => "CN",
        [0x55, 0x04, 5] => "SERIALNUMBER",
        [0x55, 0x04, 6] => "C",
        [0x55, 0x04, 7] => "L",
        [0x55, 0x04, 8] => "ST",
        [0x55, 0x04, 9] => "STREET",
        [0x55, 0x04, 10] => "O",
        [0x55, 0x04, 11] => "OU",
        _ => "?",
    }
}

/// The trust domain of the first `spiffe://` URI in the SAN. An extension is `{ oid, critical?, OCTET STRING }`.
fn trust_domain(extensions: &[u8]) -> Option<String> {
    for extension in sequence(*elements(extensions)?.first()?)? {
        let extension = sequence(extension)?;
        if extension.first()?.value() == SUBJECT_ALT_NAME {
            let names = sequence(*elements(extension.last()?.value())?.first()?)?;
            return names.iter().filter(|name| name.tag() == URI).find_map(|uri| {
                let rest = std::str::from_utf8(uri.value()).ok()?.strip_prefix("spiffe://")?;
                Some(before(rest, "/")).filter(|domain| !domain.is_empty()).map(str::to_owned)
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A CA of a real Consul 1.22.3.
    const CA: &str = "-----BEGIN CERTIFICATE-----\nMIICDTCCAbOgAwIBAgIBBzAKBggqhkjOPQQDAjAwMS4wLAYDVQQDEyVwcmktMWZu\nN3V3cS5jb25zdWwuY2EuZWI3NmEwNTUuY29uc3VsMB4XDTI2MTEyNDA1NTgxM1oX\nDTM2MTEyMTA1NTgxM1owMDEuMCwGA1UEAxMlcHJpLTFmbjd1d3EuY29uc3VsLmNh\nLmViNzZhMDU1LmNvbnN1bDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHTsvma/\nD5ZO7BzyApard5Ux2bNqmUhjmuulM1HjvFDNQd06obLjEBW/aTBxpmodzrN3ce5s\nSqz6x4BvhY7M0qujgb0wgbowDgYDVR0PAQH/BAQDAgGGMA8GA1UdEwEB/wQFMAMB\nAf8wKQYDVR0OBCIEIFd6eNl4Iv56mcySVxkwbqZWpD+sIm2y1tJO4WQlYs1GMCsG\nA1UdIwQkMCKAIFd6eNl4Iv56mcySVxkwbqZWpD+sIm2y1tJO4WQlYs1GMD8GA1Ud\nEQQ4MDaGNHNwaWZmZTovL2ViNzZhMDU1LWU5YjktN2QxNS04YzMwLTNkOTA3OTYw\nNTg4YS5jb25zdWwwCgYIKoZIzj0EAwIDSAAwRQIgJHgpxML5n5hPXnvg6uOKiY9e\nd0ORtiDMxiZKbpJ5dvMCIQC1PmdLWsdstuHF1OqF6VDyZ7xL2KExUcK3r0tsvmL7\nDQ==\n-----END CERTIFICATE-----\n";
    /// Made with openssl: subject C=NZ,ST=Otago,L=Dunedin,street=1 High St,O=Ex,OU=Net,serialNumber=7,CN=two,
    /// DC=x; valid 2051 to 2060 (GeneralizedTime); SAN with a DNS name and two URIs, the second spiffe with a path.
    const OTHER: &str = include_str!("../../tests/rules/generalized-time.pem");
    /// Version 1: no version field, no extensions.
    const V1: &str = include_str!("../../tests/rules/version-1.pem");

    #[test]
    fn a_consul_ca() {
        let ca = read(CA).unwrap();
        assert_eq!(ca.subject, "CN=pri-1fn7uwq.consul.ca.eb76a055.consul");
        assert_eq!(ca.not_before.text, "2026-11-24T05:58:13Z");
        assert_eq!(ca.not_after.text, "2036-11-21T05:58:13Z");
        assert_eq!(ca.trust_domain.as_deref(), Some("eb76a055-e9b9-7d15-8c30-3d907960588a.consul"));
    }

    #[test]
    fn every_part_of_a_subject_late_dates_and_a_spiffe_path() {
        let other = read(OTHER).unwrap();
        assert_eq!(other.subject, "C=NZ,ST=Otago,L=Dunedin,STREET=1 High St,O=Ex,OU=Net,SERIALNUMBER=7,CN=two,?=x");
        assert_eq!(other.not_before.text, "2051-01-01T00:00:00Z");
        assert_eq!(other.not_after.text, "2060-01-01T00:00:00Z");
        assert_eq!(other.trust_domain.as_deref(), Some("domain.example"));
    }

    #[test]
    fn version_1_has_no_extensions() {
        let v1 = read(V1).unwrap();
        assert_eq!(v1.subject, "CN=old");
        assert_eq!(v1.trust_domain, None);
    }

    #[test]
    fn times() {
        let time = |tag, text: &[u8]| time(AnyRef::new(tag, text).unwrap()).map(|time| (time.text, time.at.as_ms()));
        let utc = |text: &[u8]| time(Tag::UtcTime, text);
        let general = |text: &[u8]| time(Tag::GeneralizedTime, text);
        assert_eq!(utc(b"700101000000Z"), Some(("1970-01-01T00:00:00Z".into(), 0.0)));
        assert_eq!(utc(b"500101000000Z").unwrap().0, "1950-01-01T00:00:00Z");
        assert_eq!(utc(b"491231235959Z"), Some(("2049-12-31T23:59:59Z".into(), 2_524_607_999_000.0)));
        assert_eq!(utc(b"000229010203Z"), Some(("2000-02-29T01:02:03Z".into(), 951_786_123_000.0)));
        assert_eq!(utc(b"261124055813Z").unwrap().1, 1_795_499_893_000.0);
        assert_eq!(general(b"21000301000000Z"), Some(("2100-03-01T00:00:00Z".into(), 4_107_542_400_000.0)));
        for bad in [
            &b"261301000000Z"[..],
            b"260001000000Z",
            b"261100000000Z",
            b"261132000000Z",
            b"261131000000Z",
            b"260229000000Z",
            b"261124240000Z",
            b"261124006000Z",
            b"261124000060Z",
            b"26112405581Z",
            b"261124055813",
            b"2611240558xxZ",
            b"",
            b"Z",
        ] {
            assert_eq!(utc(bad), None, "{bad:?}");
        }
        assert_eq!(general(b"261124055813Z"), None);
        assert_eq!(general(b"202611240558Z"), None, "no seconds");
        assert_eq!(utc(b"20261124055813Z"), None);
        assert_eq!(general(b"00010101000000Z").unwrap().1, -62_135_596_800_000.0, "a NotBefore that Go left unset");
        assert_eq!(general(b"20261124055813.5Z"), None);
        assert_eq!(time(Tag::Sequence, b"261124055813Z"), None);
    }

    #[test]
    fn lengths() {
        let value_of = |bytes: &[u8]| Some(elements(bytes)?.iter().map(|e| e.value().len()).collect::<Vec<_>>());
        assert_eq!(value_of(&[]), Some(vec![]));
        assert_eq!(value_of(&[4, 0, 4, 1, 9]), Some(vec![0, 1]));
        assert_eq!(value_of(&[&[4, 0x7f][..], &[0; 127]].concat()), Some(vec![127]));
        assert_eq!(value_of(&[&[4, 0x81, 200][..], &[0; 200]].concat()), Some(vec![200]));
        assert_eq!(value_of(&[&[4, 0x82, 1, 2][..], &[0; 258]].concat()), Some(vec![258]));
        for bad in [&[4][..], &[4, 1], &[4, 0x80], &[4, 0x81], &[4, 0x82, 1], &[4, 0x83, 0, 0, 0], &[4, 0, 4]] {
            assert_eq!(value_of(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn validity_is_inclusive() {
        let ca = read(CA).unwrap();
        let (start, end) = (ca.not_before.at.as_ms(), ca.not_after.at.as_ms());
        assert!(!ca.expired(Timestamp::at_ms(end)));
        assert!(ca.expired(Timestamp::at_ms(end + 1.0)));
        assert!(!ca.too_early(Timestamp::at_ms(start)));
        assert!(ca.too_early(Timestamp::at_ms(start - 1.0)));
    }

    #[test]
    fn rejects_other_texts() {
        for text in ["", "x", BEGIN, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn rejects_a_certificate_truncated_anywhere() {
        let text = CA.split_once(BEGIN).unwrap().1.split_once(END).unwrap().0;
        let bytes = base64::decode(&text.replace('\n', "")).unwrap();
        for length in 0..bytes.len() {
            assert_eq!(from_der(&bytes[..length]), None, "{length}");
        }
        for position in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[position] ^= 0xff;
            let _ = from_der(&bent);
        }
    }
}
