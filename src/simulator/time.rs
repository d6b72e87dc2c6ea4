//! Formats dates for Consul and its certificates. An instant is a duration since 1970.

use std::time::Duration;

const DAY_SECONDS: u64 = 86_400;

struct Date {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

/// Uses eras of 400 years that start in March, so that a leap day is the last day of a year.
fn date(since_1970: Duration) -> Date {
    let seconds = since_1970.as_secs();
    let days = seconds / DAY_SECONDS + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    Date {
        year: era * 400 + year_of_era + u64::from(month <= 2),
        month,
        day: day_of_year - (153 * from_march + 2) / 5 + 1,
        hour: seconds % DAY_SECONDS / 3_600,
        minute: seconds % 3_600 / 60,
        second: seconds % 60,
    }
}

fn seconds(since_1970: Duration) -> String {
    let Date { year, month, day, hour, minute, second } = date(since_1970);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// `2026-11-24T06:00:00Z`
pub fn whole_seconds(since_1970: Duration) -> String {
    format!("{}Z", seconds(since_1970))
}

/// To the nanosecond, without trailing zeros. `below`: the six digits after the milliseconds.
pub fn timestamp(since_1970: Duration, below: f64) -> String {
    let fraction = format!("{:03}{:06}", since_1970.subsec_millis(), below as u32);
    format!("{}.{}Z", seconds(since_1970), fraction.trim_end_matches('0'))
}

/// The format of certificates: `261124060000Z`.
pub fn utc_time(since_1970: Duration) -> String {
    let Date { year, month, day, hour, minute, second } = date(since_1970);
    format!("{:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z", year % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let at = |seconds| whole_seconds(Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_795_500_000), "2026-11-24T06:00:00Z");
        assert_eq!(utc_time(Duration::from_secs(1_795_500_000)), "261124060000Z");
    }

    #[test]
    fn fractions_end_without_zeros() {
        let at = |millis, below| timestamp(Duration::from_millis(millis), below);
        assert_eq!(at(7, 1.9), "1970-01-01T00:00:00.007000001Z");
        assert_eq!(at(1_250, 500_000.0), "1970-01-01T00:00:01.2505Z");
    }
}
