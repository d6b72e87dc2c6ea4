//! The few facts of a CA certificate that a person or a decision needs: whose it is, how long it holds, and the
//! trust domain it speaks for.
//!
//! A walk over X.509's outer shape with RustCrypto's `der`; `x509-cert` reads all of it and weighs more than the rest
//! of these rules together. Nothing is verified: Consul does that.

use base64ct::{Base64, Encoding};
use der::asn1::AnyRef;
use der::{DateTime, Decode, Reader, SliceReader, Tag, Tagged};

use super::text::cut;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// Extension 2.5.29.17, subjectAltName, as DER writes it.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// `[6] uniformResourceIdentifier` in a SubjectAltName.
const URI_TAG_NUMBER: u8 = 6;
/// In a certificate's body, the extensions are `[3]`.
const EXTENSIONS_TAG_NUMBER: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// `CN=…,O=…`, most general part first, as the certificate has it.
    pub subject: String,
    pub not_before: DateTime,
    pub not_after: DateTime,
    /// Of the `spiffe://<trust domain>` in its SAN.
    pub trust_domain: Option<String>,
}

impl Certificate {
    /// Whether it has ended at `now`, in ms since 1970.
    pub fn expired(&self, now: f64) -> bool {
        (self.not_after.unix_duration().as_millis() as f64) < now
    }

    /// Whether it does not hold yet at `now`, in ms since 1970.
    pub fn too_early(&self, now: f64) -> bool {
        self.not_before.unix_duration().as_millis() as f64 > now
    }
}

/// The first certificate of a PEM text; nothing where there is none that can be read.
pub fn read(pem: &str) -> Option<Certificate> {
    let (_, rest) = cut(pem, BEGIN)?;
    let (body, _) = cut(rest, END)?;
    let text: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    from_der(&Base64::decode_vec(&text).ok()?)
}

/// `Certificate ::= SEQUENCE { tbsCertificate, … }`, and in it version `[0]`, serial, algorithm, issuer, validity,
/// subject, key, … and extensions `[3]`.
fn from_der(bytes: &[u8]) -> Option<Certificate> {
    let outer = AnyRef::from_der(bytes).ok()?;
    let body = *parts(sequence(outer)?)?.first()?;
    let fields = parts(sequence(body)?)?;
    let versioned = usize::from(matches!(fields.first()?.tag(), Tag::ContextSpecific { .. }));
    let validity = parts(sequence(*fields.get(versioned + 3)?)?)?;
    Some(Certificate {
        subject: name(*fields.get(versioned + 4)?)?,
        not_before: time(*validity.first()?)?,
        not_after: time(*validity.get(1)?)?,
        trust_domain: fields.iter().find(|field| is_context(field, EXTENSIONS_TAG_NUMBER)).and_then(trust_domain),
    })
}

fn sequence(any: AnyRef<'_>) -> Option<&[u8]> {
    (any.tag() == Tag::Sequence).then(|| any.value())
}

fn parts(bytes: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(reader.decode().ok()?);
    }
    Some(parts)
}

fn is_context(any: &AnyRef<'_>, number: u8) -> bool {
    matches!(any.tag(), Tag::ContextSpecific { number: n, .. } if u32::from(number) == n.value())
}

/// `YYMMDDhhmmssZ` in a UTCTime, of 1950 to 2049, and `YYYYMMDDhhmmssZ` in a GeneralizedTime.
fn time(any: AnyRef<'_>) -> Option<DateTime> {
    let digits = any.value().strip_suffix(b"Z")?;
    let pair = |at: usize| match digits.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    };
    let (year, rest) = match (any.tag(), digits.len()) {
        (Tag::UtcTime, 12) => (u16::from(pair(0)?) + if pair(0)? < 50 { 2000 } else { 1900 }, 2),
        (Tag::GeneralizedTime, 14) => (u16::from(pair(0)?) * 100 + u16::from(pair(2)?), 4),
        _ => return None,
    };
    DateTime::new(year, pair(rest)?, pair(rest + 2)?, pair(rest + 4)?, pair(rest + 6)?, pair(rest + 8)?).ok()
}

/// `Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }`.
fn name(any: AnyRef<'_>) -> Option<String> {
    let mut text = String::new();
    for set in parts(sequence(any)?)? {
        for pair in parts(set.value())? {
            let pair = parts(sequence(pair)?)?;
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
fn trust_domain(extensions: &AnyRef<'_>) -> Option<String> {
    let list = *parts(extensions.value())?.first()?;
    for extension in parts(sequence(list)?)? {
        let extension = parts(sequence(extension)?)?;
        if extension.first()?.value() == SUBJECT_ALT_NAME {
            let names = AnyRef::from_der(extension.last()?.value()).ok()?;
            return parts(sequence(names)?)?.iter().filter(|name| is_context(name, URI_TAG_NUMBER)).find_map(|uri| {
                let rest = std::str::from_utf8(uri.value()).ok()?.strip_prefix("spiffe://")?;
                rest.split('/').next().filter(|domain| !domain.is_empty()).map(str::to_owned)
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
        assert_eq!(ca.not_before.to_string(), "2026-11-24T05:58:13Z");
        assert_eq!(ca.not_after.to_string(), "2036-11-21T05:58:13Z");
        assert_eq!(ca.trust_domain.as_deref(), Some("eb76a055-e9b9-7d15-8c30-3d907960588a.consul"));
    }

    #[test]
    fn every_part_of_a_subject_late_dates_and_a_spiffe_path() {
        let other = read(OTHER).unwrap();
        assert_eq!(other.subject, "C=NZ,ST=Otago,L=Dunedin,STREET=1 High St,O=Ex,OU=Net,SERIALNUMBER=7,CN=two,?=x");
        assert_eq!(other.not_before.to_string(), "2051-01-01T00:00:00Z");
        assert_eq!(other.not_after.to_string(), "2060-01-01T00:00:00Z");
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
        let time_of = |bytes: &[u8]| time(AnyRef::from_der(bytes).unwrap()).map(|time| time.to_string());
        let utc = |text: &[u8]| time_of(&[&[0x17, text.len() as u8], text].concat());
        let general = |text: &[u8]| time_of(&[&[0x18, text.len() as u8], text].concat());
        assert_eq!(utc(b"491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(utc(b"990102030405Z").as_deref(), Some("1999-01-02T03:04:05Z"));
        assert_eq!(general(b"20510102030405Z").as_deref(), Some("2051-01-02T03:04:05Z"));
        for bad in [&b"261131000000Z"[..], b"261301000000Z", b"26112405581Z", b"261124055813", b"2611240558xxZ", b""] {
            assert_eq!(utc(bad), None, "{bad:?}");
        }
        assert_eq!(general(b"261124055813Z"), None);
    }

    #[test]
    fn validity_is_inclusive() {
        let ca = read(CA).unwrap();
        let end = ca.not_after.unix_duration().as_millis() as f64;
        let start = ca.not_before.unix_duration().as_millis() as f64;
        assert!(!ca.expired(end));
        assert!(ca.expired(end + 1.0));
        assert!(!ca.too_early(start));
        assert!(ca.too_early(start - 1.0));
    }

    #[test]
    fn what_is_no_certificate() {
        for text in ["", "x", BEGIN, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn cut_off_anywhere_it_is_refused_and_nothing_panics() {
        let (_, rest) = CA.split_once(BEGIN).unwrap();
        let text: String = rest.split_once(END).unwrap().0.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = Base64::decode_vec(&text).unwrap();
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
