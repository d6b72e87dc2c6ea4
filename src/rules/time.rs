//! Points in time of the wall clock. Since it may be set, the time that passes is measured with
//! [`Instant`](super::duration::Instant)s.

use std::ops::Sub;

use der::DateTime;

use super::duration::Duration;

/// A point in time of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Timestamp(f64);

impl Timestamp {
    /// So many ms after the beginning of 1970.
    pub const fn at_ms(ms: f64) -> Self {
        Self(ms)
    }

    /// ms since 1970.
    pub const fn as_ms(self) -> f64 {
        self.0
    }

    /// The time between the two, whichever is the later one.
    pub fn distance(self, other: Self) -> Duration {
        if other < self { self - other } else { other - self }
    }

    pub fn total_cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The time since the other; zero if that is later.
impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, other: Self) -> Duration {
        Duration::ms(self.0) - Duration::ms(other.0)
    }
}

/// A point in time that was read from a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    /// RFC 3339, in UTC.
    pub text: String,
    pub at: Timestamp,
}

/// The Gregorian calendar repeats every 400 years of 146,097 days. der's begins in 1970, so an earlier year is read as the
/// one 2,000 years later.
const SHIFT_MS: f64 = 5.0 * 146_097.0 * 86_400_000.0;

impl Time {
    /// `YYYYMMDDhhmmss`, in UTC.
    pub fn from_digits(digits: &str) -> Option<Self> {
        if digits.len() != 14 {
            return None;
        }
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            match index {
                4 | 6 => text.push('-'),
                8 => text.push('T'),
                10 | 12 => text.push(':'),
                _ => {}
            }
            text.push(digit);
        }
        text.push('Z');
        Self::from_rfc3339(&text)
    }

    /// RFC 3339 in UTC with upper-case letters, as Go writes it; without fractions of a second.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (whole, rest) = text.strip_suffix('Z')?.split_at_checked(19)?;
        let fraction_fits = match rest.as_bytes() {
            [] => true,
            [b'.', digits @ ..] => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        if !fraction_fits {
            return None;
        }
        let text = whole.to_owned() + "Z";
        let (shifted, shift_ms) = match whole {
            early if early < "1970" => {
                let millennium = if early.starts_with('0') { '2' } else { '3' };
                (format!("{millennium}{}", text.strip_prefix(['0', '1'])?), SHIFT_MS)
            }
            _ => (text.clone(), 0.0),
        };
        let time: DateTime = shifted.parse().ok()?;
        let at = Timestamp::at_ms(time.unix_duration().as_secs() as f64 * 1_000.0 - shift_ms);
        Some(Self { text, at })
    }

    /// How Go writes an unset time, and Consul 1.14 the epoch.
    pub fn is_never(&self) -> bool {
        matches!(&*self.text, "0001-01-01T00:00:00Z" | "1970-01-01T00:00:00Z")
    }

    /// A date of an HTTP header: `Sat, 28 Nov 2026 12:00:00 GMT`.
    pub fn from_http_date(text: &str) -> Option<Self> {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let mut parts = text.strip_suffix(" GMT")?.split(' ').skip(1);
        let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.as_bytes().chunks(3).position(|name| name == month.as_bytes())? + 1;
        Self::from_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_consuls_times() {
        for (text, ms) in [
            ("2026-11-24T05:58:13.710546028Z", 1_795_499_893_000.0),
            ("2026-11-24T05:58:13Z", 1_795_499_893_000.0),
            ("1970-01-01T00:00:00Z", 0.0),
            ("2000-02-29T23:59:59.9Z", 951_868_799_000.0),
            ("1969-12-31T23:59:59Z", -1_000.0),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000.0),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000.0),
        ] {
            assert_eq!(Time::from_rfc3339(text).unwrap().at.as_ms(), ms, "{text}");
        }
        assert_eq!(Time::from_rfc3339("2026-11-24T05:58:13.7Z").unwrap().text, "2026-11-24T05:58:13Z");
    }

    #[test]
    fn dates_of_http_headers() {
        let read = |text| Time::from_http_date(text).map(|time| time.text);
        assert_eq!(read("Sat, 28 Nov 2026 12:00:05 GMT").as_deref(), Some("2026-11-28T12:00:05Z"));
        assert_eq!(read("Sun, 06 Jan 1994 08:49:37 GMT").as_deref(), Some("1994-01-06T08:49:37Z"));
        for text in ["", "soon", "Sat, 28 Nov 2026 12:00:05", "Sat, 28 Nox 2026 12:00:05 GMT", "28 Nov 2026 GMT"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_time_between_two_timestamps_is_never_negative() {
        let [early, late] = [10.0, 12.5].map(Timestamp::at_ms);
        assert_eq!((late - early, early - late), (Duration::ms(2.5), Duration::ZERO));
        assert_eq!((late.distance(early), early.distance(late)), (Duration::ms(2.5), Duration::ms(2.5)));
        assert!(early < late && early.total_cmp(&late).is_lt());
    }

    #[test]
    fn rejects_other_texts() {
        for text in [
            "",
            "Z",
            "2026-11-24",
            "2026-11-24T05:58:13",
            "2026-11-24T05:58:13+02:00",
            "2026-11-24t05:58:13z",
            "2026-11-24 05:58:13Z",
            "2026x11x24T05x58x13Z",
            "2026-11-24T05:58:13.Z",
            "2026-11-24T05:58:13.1234567891Z",
            "2026-11-24T05:58:13.1\u{1b}[2JZ",
            "2026-11-24T05:58:13\u{202e}Z",
            "2026-11-24T05:58:13Z\n",
            " 2026-11-24T05:58:13Z",
            "+026-11-24T05:58:13Z",
            "/999-11-24T05:58:13Z",
            "1900-02-29T05:58:13Z",
            "2026-00-24T05:58:13Z",
            "2026-13-24T05:58:13Z",
            "2026-02-29T05:58:13Z",
            "2026-11-31T05:58:13Z",
            "2026-11-00T05:58:13Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T05:60:13Z",
            "2026-11-24T23:59:60Z",
            "äääääääääääZ",
        ] {
            assert_eq!(Time::from_rfc3339(text), None, "{text}");
        }
    }
}
