//! A moment, as text and as a number.

use alloc::{string::String, vec::Vec};

#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    /// RFC 3339, in UTC.
    pub text: String,
    /// ms since 1970.
    pub ms: f64,
}

impl Time {
    /// `YYYYMMDDhhmmss`, in UTC.
    pub fn from_digits(digits: &[u8]) -> Option<Self> {
        if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |from: usize, to: usize| {
            digits.get(from..to).unwrap_or_default().iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        };
        let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
        let (hour, minute, second) = (number(8, 10), number(10, 12), number(12, 14));
        // Go reads no certificate with a date that no calendar has.
        if !(1..=12).contains(&month) || day < 1 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_since_1970(year, month, day);
        if days >= days_since_1970(year + month / 12, month % 12 + 1, 1) {
            return None;
        }
        let mut text = String::new();
        for (index, digit) in digits.iter().enumerate() {
            match index {
                4 | 6 => text.push('-'),
                8 => text.push('T'),
                10 | 12 => text.push(':'),
                _ => {}
            }
            text.push(char::from(*digit));
        }
        text.push('Z');
        Some(Self { text, ms: (days * 86_400 + hour * 3_600 + minute * 60 + second) as f64 * 1_000.0 })
    }

    /// RFC 3339 in UTC with upper-case letters, as Go writes it; what is below a second is left out.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (whole, rest) = text.strip_suffix('Z')?.as_bytes().split_at_checked(19)?;
        let shape_fits = whole.iter().zip(b"dddd-dd-ddTdd:dd:dd").all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            separator => byte == separator,
        });
        let fraction_fits = match rest {
            [] => true,
            [b'.', digits @ ..] => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        if !shape_fits || !fraction_fits {
            return None;
        }
        let digits: Vec<u8> = whole.iter().copied().filter(u8::is_ascii_digit).collect();
        Self::from_digits(&digits)
    }
}

/// Of the Gregorian calendar. Years begin in March here, so that a leap day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_consul_writes() {
        for (text, ms) in [
            ("2026-11-24T05:58:13.710546028Z", 1_795_499_893_000.0),
            ("2026-11-24T05:58:13Z", 1_795_499_893_000.0),
            ("1970-01-01T00:00:00Z", 0.0),
            ("2000-02-29T23:59:59.9Z", 951_868_799_000.0),
        ] {
            assert_eq!(Time::from_rfc3339(text).unwrap().ms, ms, "{text}");
        }
        assert_eq!(Time::from_rfc3339("2026-11-24T05:58:13.7Z").unwrap().text, "2026-11-24T05:58:13Z");
    }

    #[test]
    fn what_is_no_time() {
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
