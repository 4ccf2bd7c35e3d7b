//! Which value does a text stand for?

use std::ops::Range;

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use provisio_model::{Timestamp, ValueKind, ValueRef};

use crate::config::{ColumnKind, CsvColumn};
use crate::limits::YEAR_MIN;

/// Turns the texts of one column into values.
#[derive(Clone, Debug)]
pub(crate) struct Converter {
    kind: ColumnKind,
    format: Option<String>,
    time_zone: TimeZone,
    true_values: Vec<String>,
    false_values: Vec<String>,
}

/// A value that may be a part of the text it was converted from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Converted {
    Text(Range<usize>),
    Reference(Range<usize>),
    /// A day as `2026-01-31`.
    Date([u8; 10]),
    Timestamp(Timestamp),
    Int(i64),
    Decimal(f64),
    Bool(bool),
}

/// What makes two values of one column the same.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum Key<'a> {
    Text(&'a str),
    Bits(i128),
}

/// What a text is not; completes the sentence "`text` is not …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotA(pub(crate) String);

impl Converter {
    /// Prepares the conversion that a column asks for.
    ///
    /// # Errors
    /// What is wrong with the column.
    pub(crate) fn compile(column: &CsvColumn) -> Result<Self, String> {
        let time_zone = match &column.time_zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| format!("`{name}` is no IANA time zone"))?,
        };
        if let Some(format) = &column.format {
            check_format(format, column.kind)?;
        }
        let or_default = |values: &Option<Vec<String>>, default: [&str; 2]| match values {
            Some(values) => values.clone(),
            None => default.map(str::to_owned).to_vec(),
        };
        Ok(Self {
            kind: column.kind,
            format: column.format.clone(),
            time_zone,
            true_values: or_default(&column.true_values, ["true", "1"]),
            false_values: or_default(&column.false_values, ["false", "0"]),
        })
    }

    /// Returns the kind of its values.
    pub(crate) fn value_kind(&self) -> ValueKind {
        match self.kind {
            ColumnKind::Text | ColumnKind::Date => ValueKind::Text,
            ColumnKind::Timestamp => ValueKind::Timestamp,
            ColumnKind::Int => ValueKind::Int,
            ColumnKind::Decimal => ValueKind::Decimal,
            ColumnKind::Bool => ValueKind::Bool,
            ColumnKind::Reference => ValueKind::Reference,
        }
    }

    /// Converts `text[range]`.
    pub(crate) fn convert(&self, text: &str, range: Range<usize>) -> Result<Converted, NotA> {
        let part = text.get(range.clone()).unwrap_or_default();
        match self.kind {
            ColumnKind::Text => Ok(Converted::Text(range)),
            ColumnKind::Reference => Ok(Converted::Reference(range)),
            ColumnKind::Date => self.date(part).map(iso_day).map(Converted::Date),
            ColumnKind::Timestamp => self.timestamp(part).map(Converted::Timestamp),
            ColumnKind::Int => {
                part.parse().map(Converted::Int).map_err(|_| NotA("a whole number of 64 bits".to_owned()))
            }
            ColumnKind::Decimal => part
                .parse()
                .ok()
                .filter(|it: &f64| it.is_finite() && looks_decimal(part))
                .map(Converted::Decimal)
                .ok_or_else(|| NotA("a decimal number such as `0.5`".to_owned())),
            ColumnKind::Bool => self.bool(part).map(Converted::Bool),
        }
    }

    fn date(&self, text: &str) -> Result<Date, NotA> {
        let format = self.format.as_deref().unwrap_or("%Y-%m-%d");
        let date = strtime::parse(format, text).and_then(|it| it.to_date());
        date.ok().filter(|it| it.year() >= YEAR_MIN).ok_or_else(|| NotA(format!("a date like `{format}`")))
    }

    fn timestamp(&self, text: &str) -> Result<Timestamp, NotA> {
        let instant = match &self.format {
            None => self.iso_instant(text),
            Some(format) => self.formatted_instant(text, format),
        };
        let like = self.format.as_deref().unwrap_or("2026-01-31T08:30:00+01:00");
        let instant = instant.ok_or_else(|| NotA(format!("a time like `{like}`")))?;
        let nanoseconds = instant.as_nanosecond();
        let second = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
        let nanosecond = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or(0);
        Ok(Timestamp::from_parts(second, nanosecond))
    }

    fn iso_instant(&self, text: &str) -> Option<jiff::Timestamp> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(instant);
        }
        let civil = text.parse::<DateTime>().ok()?;
        self.time_zone.to_timestamp(civil).ok()
    }

    fn formatted_instant(&self, text: &str, format: &str) -> Option<jiff::Timestamp> {
        let parsed = strtime::parse(format, text).ok()?;
        if parsed.offset().is_some() || parsed.timestamp().is_some() {
            return parsed.to_timestamp().ok();
        }
        let date = parsed.to_date().ok().filter(|it| it.year() >= YEAR_MIN)?;
        let time =
            if parsed.hour().is_some() { parsed.to_time().ok()? } else { jiff::civil::Time::midnight() };
        self.time_zone.to_timestamp(DateTime::from_parts(date, time)).ok()
    }

    fn bool(&self, text: &str) -> Result<bool, NotA> {
        let is_in = |values: &[String]| values.iter().any(|it| it.eq_ignore_ascii_case(text));
        if is_in(&self.true_values) {
            Ok(true)
        } else if is_in(&self.false_values) {
            Ok(false)
        } else {
            let all: Vec<String> =
                self.true_values.iter().chain(&self.false_values).map(|it| format!("`{it}`")).collect();
            Err(NotA(format!("one of {}", all.join(", "))))
        }
    }
}

impl Converted {
    /// Returns the value; `text` is what it was converted from.
    pub(crate) fn value<'a>(&'a self, text: &'a str) -> ValueRef<'a> {
        match self {
            Self::Text(range) => ValueRef::Text(text.get(range.clone()).unwrap_or_default()),
            Self::Reference(range) => ValueRef::Reference(text.get(range.clone()).unwrap_or_default()),
            Self::Date(day) => ValueRef::Text(std::str::from_utf8(day).unwrap_or_default()),
            Self::Timestamp(instant) => ValueRef::Timestamp(*instant),
            Self::Int(int) => ValueRef::Int(*int),
            Self::Decimal(decimal) => ValueRef::Decimal(*decimal),
            Self::Bool(bool) => ValueRef::Bool(*bool),
        }
    }

    /// Returns what makes it the same as another value of the column.
    pub(crate) fn key<'a>(&self, text: &'a str) -> Key<'a> {
        match self {
            Self::Text(range) | Self::Reference(range) => {
                Key::Text(text.get(range.clone()).unwrap_or_default())
            }
            Self::Date(day) => Key::Bits(day.iter().fold(0, |bits, &byte| bits << 8 | i128::from(byte))),
            Self::Timestamp(instant) => {
                Key::Bits(i128::from(instant.second()) << 32 | i128::from(instant.nanosecond()))
            }
            Self::Int(int) => Key::Bits(i128::from(*int)),
            Self::Decimal(decimal) => Key::Bits(i128::from(decimal.to_bits())),
            Self::Bool(bool) => Key::Bits(i128::from(*bool)),
        }
    }
}

/// Writes a day as `2026-01-31`; its year has four digits, by [`YEAR_MIN`].
fn iso_day(date: Date) -> [u8; 10] {
    let digit = |number: i16| b'0' + u8::try_from(number.rem_euclid(10)).unwrap_or(0);
    let (year, month, day) = (date.year(), i16::from(date.month()), i16::from(date.day()));
    [
        digit(year / 1000),
        digit(year / 100),
        digit(year / 10),
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day / 10),
        digit(day),
    ]
}

/// `inf`, `nan` and the like are numbers for Rust alone.
fn looks_decimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
}

/// Writes a sample in the format and reads it back: what does not come back cannot be read from a file.
fn check_format(format: &str, kind: ColumnKind) -> Result<(), String> {
    let sample = Date::constant(2026, 1, 31).at(13, 45, 59, 0);
    let zoned = sample.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
    let text = strtime::BrokenDownTime::from(&zoned)
        .to_string(format)
        .map_err(|error| format!("the format `{format}` cannot be used: {error}"))?;
    let parsed = strtime::parse(format, &text);
    let parsed = parsed.map_err(|error| format!("the format `{format}` cannot be read: {error}"))?;
    let is_instant = kind == ColumnKind::Timestamp && parsed.timestamp().is_some();
    if is_instant || parsed.to_date().is_ok_and(|date| date == sample.date()) {
        Ok(())
    } else {
        Err(format!("the format `{format}` does not say day, month and year"))
    }
}
