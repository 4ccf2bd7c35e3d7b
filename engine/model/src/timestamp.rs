//! Points in time, always UTC.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant in UTC with nanoseconds. There is no `now`: time is handed in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Timestamp(jiff::Timestamp);

/// A text that is not a timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date and time such as `2026-01-31T08:30:00Z`")]
pub struct TimestampError {
    text: String,
}

impl Timestamp {
    /// Makes an instant from seconds since 1970-01-01T00:00:00Z; what lies outside the years -9999 to 9999 is
    /// moved to the nearest end.
    pub fn from_second(second: i64) -> Self {
        Self::from_parts(second, 0)
    }

    /// Makes an instant from seconds since 1970-01-01T00:00:00Z and nanoseconds within that second.
    pub fn from_parts(second: i64, nanosecond: u32) -> Self {
        let nanosecond = i32::try_from(nanosecond.min(999_999_999)).unwrap_or(0);
        let nearest = if second < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(jiff::Timestamp::new(second, nanosecond).unwrap_or(nearest))
    }

    /// Returns whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn second(self) -> i64 {
        self.0.as_nanosecond().div_euclid(1_000_000_000).try_into().unwrap_or(i64::MAX)
    }

    /// Returns the nanoseconds after [`Timestamp::second`].
    pub fn nanosecond(self) -> u32 {
        self.0.as_nanosecond().rem_euclid(1_000_000_000).try_into().unwrap_or(0)
    }

    /// Returns the instant `duration` later, at most the end of the year 9999.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.checked_add(duration).unwrap_or(jiff::Timestamp::MAX))
    }

    /// Returns the instant `duration` earlier, at least the beginning of the year -9999.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.checked_sub(duration).unwrap_or(jiff::Timestamp::MIN))
    }

    /// Returns how much later this is than `earlier`, zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or(Duration::ZERO)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339 text such as `2026-01-31T08:30:00+01:00`; a bare date is midnight UTC.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self(instant));
        }
        text.parse::<jiff::civil::DateTime>()
            .and_then(|civil| jiff::tz::TimeZone::UTC.to_timestamp(civil))
            .map(Self)
            .map_err(|_| TimestampError { text: text.to_owned() })
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_bare_dates_as_utc() {
        let parse = |text: &str| text.parse::<Timestamp>().map(|it| it.to_string());
        assert_eq!(parse("2026-01-31T08:30:00+01:00").as_deref(), Ok("2026-01-31T07:30:00Z"));
        assert_eq!(parse("2026-01-31").as_deref(), Ok("2026-01-31T00:00:00Z"));
        assert!(parse("31.01.2026").is_err());
    }

    #[test]
    fn seconds_and_nanoseconds_make_the_same_instant_again() {
        for text in ["1969-12-31T23:59:59.5Z", "2026-01-31T08:30:00.000000001Z"] {
            let instant: Timestamp = text.parse().expect("valid");
            assert_eq!(Timestamp::from_parts(instant.second(), instant.nanosecond()), instant);
        }
    }
}
