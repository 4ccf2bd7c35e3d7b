//! How does .NET read and write a date by a given format? `DateTime.ParseExact` and `ToString(format)`.

use super::date::{
    Date, DateTime, TICKS_PER_SECOND, Time, month_name, starting_month, starting_weekday, weekday_name,
};
use super::date_format::{DateFormat, FRACTION_DIGITS, Part};
use super::date_parse::TWO_DIGIT_YEAR_MAX;
use crate::error::Fault;
use bumpalo::collections::String as BumpString;
use std::fmt::Write as _;

/// A date that was read by a format, in UTC, and how its zone was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    pub(crate) date: DateTime,
    pub(crate) zone: Zone,
}

/// How the zone of a date was written, which `K` shows again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    Unspecified,
    Utc,
    /// An offset; the date has been converted to the host's zone, which is UTC.
    Converted,
}

const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;

impl DateFormat {
    /// Reads a date by the format; what the format does not give comes from `today`, or is the first.
    pub(crate) fn read(&self, text: &str, today: Date) -> Result<Exact, Fault> {
        let mut fields = Fields::default();
        let mut rest = text;
        let read = self.parts.iter().try_for_each(|part| fields.read(part, &mut rest));
        let unreadable = || Fault::conversion("the date does not have the input format");
        if read.is_none() || !rest.is_empty() {
            return Err(unreadable());
        }
        let local = fields.local(today).ok_or_else(unreadable)?;
        let (minutes, zone) = match fields.offset {
            None => (0, Zone::Unspecified),
            Some(OffsetRead::Utc) => (0, Zone::Utc),
            Some(OffsetRead::Minutes(minutes)) => (minutes, Zone::Converted),
        };
        Ok(Exact { date: local.plus(-minutes, TICKS_PER_MINUTE)?, zone })
    }

    /// Appends a date in the format.
    pub(crate) fn write(&self, exact: Exact, out: &mut BumpString<'_>) {
        let (date, time) = (exact.date.date(), exact.date.time());
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Year(digits @ (1 | 2)) => push_number(out, date.year % 100, *digits),
                Part::Year(digits) => push_number(out, date.year, *digits),
                Part::Month(digits) => push_number(out, date.month, *digits),
                Part::MonthName(length) => out.push_str(month_name(date.month, *length)),
                Part::Day(digits) => push_number(out, date.day, *digits),
                Part::WeekdayName(length) => out.push_str(weekday_name(date.weekday(), *length)),
                Part::Hour12(digits) => push_number(out, (time.hour + 11) % 12 + 1, *digits),
                Part::Hour24(digits) => push_number(out, time.hour, *digits),
                Part::Minute(digits) => push_number(out, time.minute, *digits),
                Part::Second(digits) => push_number(out, time.second, *digits),
                Part::Fraction(digits) => push_number(out, first_digits(time.ticks, *digits), *digits),
                Part::FractionTrimmed(digits) => push_trimmed(out, "", time.ticks, *digits),
                Part::PointFractionTrimmed(digits) => push_trimmed(out, ".", time.ticks, *digits),
                Part::Half(letters) => {
                    let half = if time.hour < 12 { "AM" } else { "PM" };
                    out.push_str(&half[..*letters]);
                }
                Part::Offset(1) => out.push_str("+0"),
                Part::Offset(2) => out.push_str("+00"),
                Part::Offset(_) => out.push_str("+00:00"),
                Part::Kind => out.push_str(match exact.zone {
                    Zone::Unspecified => "",
                    Zone::Utc => "Z",
                    Zone::Converted => "+00:00",
                }),
                Part::Era => out.push_str("A.D."),
            }
        }
    }
}

#[derive(Default)]
struct Fields {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    weekday: Option<i64>,
    hour12: Option<i64>,
    hour24: Option<i64>,
    minute: Option<i64>,
    second: Option<i64>,
    ticks: Option<i64>,
    afternoon: Option<bool>,
    offset: Option<OffsetRead>,
}

#[derive(Clone, Copy, PartialEq)]
enum OffsetRead {
    Utc,
    Minutes(i64),
}

impl Fields {
    fn read(&mut self, part: &Part, rest: &mut &str) -> Option<()> {
        match part {
            Part::Literal(text) => *rest = rest.strip_prefix(&**text)?,
            Part::Year(digits @ (1 | 2)) => {
                let year = digits_of(rest, *digits)?;
                let century = if year <= TWO_DIGIT_YEAR_MAX { 2000 } else { 1900 };
                set(&mut self.year, year + century)?;
            }
            Part::Year(digits) => set(&mut self.year, digits_of(rest, *digits)?)?,
            Part::Month(digits) => set(&mut self.month, digits_of(rest, *digits)?)?,
            Part::MonthName(length) => set(&mut self.month, take(rest, starting_month(rest, *length))?)?,
            Part::Day(digits) => set(&mut self.day, digits_of(rest, *digits)?)?,
            Part::WeekdayName(length) => {
                set(&mut self.weekday, take(rest, starting_weekday(rest, *length))?)?;
            }
            Part::Hour12(digits) => set(&mut self.hour12, digits_of(rest, *digits)?)?,
            Part::Hour24(digits) => set(&mut self.hour24, digits_of(rest, *digits)?)?,
            Part::Minute(digits) => set(&mut self.minute, digits_of(rest, *digits)?)?,
            Part::Second(digits) => set(&mut self.second, digits_of(rest, *digits)?)?,
            Part::Fraction(digits) => {
                let read = exactly(rest, *digits)?;
                set(&mut self.ticks, scaled(read, *digits))?;
            }
            Part::FractionTrimmed(digits) => {
                let length = leading_digits(rest).min(*digits);
                if length > 0 {
                    let read = exactly(rest, length)?;
                    set(&mut self.ticks, scaled(read, length))?;
                }
            }
            Part::PointFractionTrimmed(digits) => {
                if let Some(after) = rest.strip_prefix('.') {
                    *rest = after;
                    self.read(&Part::FractionTrimmed(*digits), rest)?;
                }
            }
            Part::Half(letters) => {
                let start = rest.get(..*letters)?;
                let is = |half: &str| start.eq_ignore_ascii_case(&half[..*letters]);
                let afternoon = if is("PM") { true } else { is("AM").then_some(false)? };
                *rest = &rest[*letters..];
                set(&mut self.afternoon, afternoon)?;
            }
            Part::Offset(letters) => {
                let minutes = offset(rest, *letters)?;
                set(&mut self.offset, OffsetRead::Minutes(minutes))?;
            }
            Part::Kind => match rest.bytes().next() {
                Some(b'Z') => {
                    *rest = &rest[1..];
                    set(&mut self.offset, OffsetRead::Utc)?;
                }
                Some(b'+' | b'-') => self.read(&Part::Offset(3), rest)?,
                _ => {}
            },
            Part::Era => *rest = rest.strip_prefix("A.D.")?,
        }
        Some(())
    }

    fn local(&self, today: Date) -> Option<DateTime> {
        let date = match (self.year, self.month, self.day) {
            (None, None, None) => today,
            (year, month, day) => {
                Date::new(year.unwrap_or(today.year), month.unwrap_or(1), day.unwrap_or(1))?
            }
        };
        if self.weekday.is_some_and(|weekday| weekday != date.weekday()) {
            return None;
        }
        let time = Time {
            hour: self.hour()?,
            minute: self.minute.unwrap_or(0),
            second: self.second.unwrap_or(0),
            ticks: self.ticks.unwrap_or(0),
        };
        DateTime::new(date, time)
    }

    fn hour(&self) -> Option<i64> {
        let from12 = match self.hour12 {
            None => None,
            Some(hour) if hour > 12 => return None,
            // Without `tt` the time is before noon.
            Some(hour) if self.afternoon == Some(true) => Some(hour % 12 + 12),
            Some(hour) => Some(hour % 12),
        };
        match (from12, self.hour24) {
            (Some(left), Some(right)) if left != right => None,
            (Some(hour), _) | (None, Some(hour)) => {
                let morning_given_as_afternoon = self.hour12.is_none() && self.afternoon == Some(hour < 12);
                if morning_given_as_afternoon { None } else { Some(hour) }
            }
            (None, None) => Some(if self.afternoon == Some(true) { 12 } else { 0 }),
        }
    }
}

/// Sets a field; one that is given twice must be the same.
fn set<T: Copy + PartialEq>(field: &mut Option<T>, value: T) -> Option<()> {
    match *field {
        Some(known) if known != value => None,
        _ => {
            *field = Some(value);
            Some(())
        }
    }
}

fn take(rest: &mut &str, found: Option<(i64, usize)>) -> Option<i64> {
    let (index, length) = found?;
    *rest = &rest[length..];
    Some(index)
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Reads a number: one letter in the format takes one or two digits, more letters exactly so many.
fn digits_of(rest: &mut &str, letters: usize) -> Option<i64> {
    let length = if letters == 1 { leading_digits(rest).clamp(1, 2) } else { letters };
    exactly(rest, length)
}

fn exactly(rest: &mut &str, length: usize) -> Option<i64> {
    let digits = rest.get(..length).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let value = digits
        .bytes()
        .try_fold(0_i64, |value, digit| value.checked_mul(10)?.checked_add(i64::from(digit - b'0')))?;
    *rest = &rest[length..];
    Some(value)
}

fn offset(rest: &mut &str, letters: usize) -> Option<i64> {
    let sign = match rest.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *rest = &rest[1..];
    let hours = digits_of(rest, if letters == 2 { 2 } else { 1 })?;
    let mut minutes = 0;
    if letters > 2 {
        *rest = rest.strip_prefix(':').unwrap_or(rest);
        minutes = exactly(rest, 2)?;
    }
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 14 * 60).then_some(sign * total)
}

/// Makes ticks of a fraction read with so many digits.
fn scaled(read: i64, digits: usize) -> i64 {
    (digits..FRACTION_DIGITS).fold(read, |ticks, _| ticks * 10)
}

/// Gives the first so many digits of a fraction in ticks.
fn first_digits(ticks: i64, digits: usize) -> i64 {
    (digits..FRACTION_DIGITS).fold(ticks, |ticks, _| ticks / 10)
}

fn push_trimmed(out: &mut BumpString<'_>, point: &str, ticks: i64, digits: usize) {
    let mut shown = first_digits(ticks, digits);
    let mut length = digits;
    while length > 0 && shown % 10 == 0 {
        shown /= 10;
        length -= 1;
    }
    if length > 0 {
        out.push_str(point);
        push_number(out, shown, length);
    }
}

/// Appends a number with at least so many digits.
fn push_number(out: &mut BumpString<'_>, value: i64, digits: usize) {
    match (value, digits, u8::try_from(value)) {
        (0..=99, 2, Ok(small)) => {
            out.push(char::from(b'0' + small / 10));
            out.push(char::from(b'0' + small % 10));
        }
        // Writing to a string cannot fail.
        _ => _ = write!(out, "{value:0digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bumpalo::Bump;

    #[test]
    fn dates_are_read_and_written_exactly() {
        let today = Date { year: 2026, month: 11, day: 21 };
        let check = |text: &str, input: &str, output: &str, expected: &str| {
            let bump = Bump::new();
            let mut out = BumpString::new_in(&bump);
            let input = DateFormat::parse_for_input(input).expect("an input format");
            match input.read(text, today) {
                Ok(exact) => DateFormat::parse(output).expect("an output format").write(exact, &mut out),
                Err(fault) => out.push_str(&format!("{:?}", fault.kind)),
            }
            assert_eq!(out, expected, "{text}");
        };
        check("20150123105347.1Z", "yyyyMMddHHmmss.fZ", "yyyy-MM-dd", "2015-01-23");
        check("12/31/2025 12:00:00 AM", "M/d/yyyy hh:mm:ss tt", "yyyyMMddHHmmss.fZ", "20251231000000.0Z");
        check("12/31/2025 5:00:00 AM", "M/d/yyyy hh:mm:ss tt", "yyyy", "Conversion");
        check("12/31/2025 5:07:08 pm", "M/d/yyyy h:mm:ss tt", "HH:mm:ss", "17:07:08");
        check("2020-03-16-07:00", "yyyy-MM-ddzzz", "yyyyMMddHHmmss.fZ", "20200316070000.0Z");
        check("2020-03-16-0730", "yyyy-MM-ddzzz", "HHmm", "0730");
        check("2020-03-16Z", "yyyy-MM-ddK", "o", "2020-03-16T00:00:00.0000000Z");
        check("2020-03-16", "yyyy-MM-ddK", "yyyyK", "2020");
        check("9 March 2025", "d MMMM yyyy", "ddd, dd MMM yy", "Sun, 09 Mar 25");
        check("Mon 9 March 2025", "ddd d MMMM yyyy", "d/M", "Conversion");
        check("20250309", "yyyyMMdd", "D", "Sunday, 09 March 2025");
        check("10:20:30.120", "HH:mm:ss.fff", "M/d h.FFFF|.FF", "11/21 10.12|.12");
        check("10:20:30", "HH:mm:ss.FFF", "s.FFF", "30");
        check("031", "yyM", "yyyy-MM", "2003-01");
        check("2021-02-29", "yyyy-MM-dd", "yyyy", "Conversion");
        check("2021-2-3 ", "yyyy-MM-dd", "yyyy", "Conversion");
        check("9999-12-31-01:00", "yyyy-MM-ddzzz", "yyyy", "9999-12-31 01".get(..4).expect("a year"));
        check("9999-12-31 23-05:00", "yyyy-MM-dd HHzzz", "yyyy", "OutOfRange");
    }
}
