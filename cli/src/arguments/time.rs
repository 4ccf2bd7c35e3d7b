//! Lengths of time and points in time, as people write them.

use std::str::FromStr;
use std::time::Duration;

use provisio::model::Timestamp;

/// A length of time: `90s`, `30m`, `2h`, `7d`, `1w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lasts(pub(crate) Duration);

impl FromStr for Lasts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse()? {
            Instant::Ago(Duration::ZERO) => Err("it would be over at once".to_owned()),
            Instant::Ago(duration) => Ok(Self(duration)),
            Instant::At(_) => Err("it takes a length of time such as `2h`".to_owned()),
        }
    }
}

/// A point in time, absolute or before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instant {
    /// This one.
    At(Timestamp),
    /// So long ago.
    Ago(Duration),
}

impl Instant {
    /// Returns the point in time.
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(duration) => now.minus(duration),
        }
    }
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            "w" => 7 * 24 * 60 * 60,
            _ => {
                return text
                    .parse()
                    .map(Self::At)
                    .map_err(|error| format!("{error}, nor a duration such as `2h`"));
            }
        };
        let number: u64 = digits.parse().map_err(|_| format!("`{text}` is not a duration such as `2h`"))?;
        Ok(Self::Ago(Duration::from_secs(number.saturating_mul(unit))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_a_date_or_a_duration_ago() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().expect("a timestamp");
        let before = |text: &str| text.parse::<Instant>().map(|it| it.before(now).to_string());
        assert_eq!(before("2h").as_deref(), Ok("2026-01-31T10:00:00Z"));
        assert_eq!(before("7d").as_deref(), Ok("2026-01-24T12:00:00Z"));
        assert_eq!(before("2026-01-01").as_deref(), Ok("2026-01-01T00:00:00Z"));
        assert_eq!(before("2026-01-01T08:30:00Z").as_deref(), Ok("2026-01-01T08:30:00Z"));
        assert!(before("yesterday").is_err());
        assert!(before("h").is_err());
    }
}
