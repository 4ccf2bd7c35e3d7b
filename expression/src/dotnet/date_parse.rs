//! How does .NET read a date whose format is not given? `DateTime.Parse`, invariant culture, UTC assumed.
//!
//! The parts may come in any order that .NET reads: year first or month first, month names, weekday names, a
//! time with or without `T`, `AM` or `PM`, and an offset or `Z`. What .NET would complete from the clock (a
//! time without date, a date without year) is refused: a plan must not depend on when a value is read.

use std::str::FromStr;

use super::date::{Date, DateTime, NameLength, TICKS_PER_SECOND, Time, starting_month, starting_weekday};
use crate::error::Fault;
use crate::instant::Instant;

/// Two-digit years up to this one are of this century.
pub(crate) const TWO_DIGIT_YEAR_MAX: i64 = 29;
const OFFSET_MAX_MINUTES: i64 = 14 * 60;
const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;

/// Reads a date.
pub(crate) fn parse_date(text: &str) -> Result<DateTime, Fault> {
    let mut reader = Reader { rest: text.trim(), ..Reader::default() };
    let unreadable = || Fault::conversion("this is not a readable date");
    reader
        .read()
        .and_then(|()| reader.local())
        .ok_or_else(unreadable)?
        .plus(-reader.offset.unwrap_or(0), TICKS_PER_MINUTE)
}

#[derive(Default)]
struct Reader<'t> {
    rest: &'t str,
    /// The numbers of the date in the order written, with their count of digits.
    numbers: [(i64, usize); 3],
    count: usize,
    month: Option<i64>,
    /// How many numbers stood before the month's name.
    before_month: usize,
    weekday: Option<i64>,
    time: Option<Time>,
    half: Option<Half>,
    /// Minutes east of UTC.
    offset: Option<i64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Half {
    Am,
    Pm,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<()> {
        while let Some(next) = self.rest.bytes().next() {
            match next {
                b'0'..=b'9' => self.number()?,
                b'+' | b'-' if self.is_date_complete() => self.signed_offset()?,
                b'/' | b'-' | b'.'
                    if self.time.is_none() && self.count + usize::from(self.month.is_some()) > 0 =>
                {
                    self.rest = &self.rest[1..];
                    // A separator stands between two parts.
                    self.rest.bytes().next().filter(|next| next.is_ascii_alphanumeric() || *next == b' ')?;
                }
                b' ' | b'\t' | b',' => self.rest = &self.rest[1..],
                letter if letter.is_ascii_alphabetic() => self.word()?,
                _ => return None,
            }
        }
        Some(())
    }

    fn is_date_complete(&self) -> bool {
        self.count + usize::from(self.month.is_some()) >= 3 || self.time.is_some()
    }

    fn number(&mut self) -> Option<()> {
        let (value, digits) = self.digits()?;
        if digits > 4 || self.offset.is_some() {
            return None;
        }
        let hour_only = {
            let after = self.rest.trim_start_matches(' ');
            let start = after.get(..2).unwrap_or_default();
            start.eq_ignore_ascii_case("AM") || start.eq_ignore_ascii_case("PM")
        };
        if self.rest.starts_with(':') || hour_only {
            return self.clock(value, digits);
        }
        if self.count == 3 || self.time.is_some() && !self.date_may_follow_time() {
            return None;
        }
        self.numbers[self.count] = (value, digits);
        self.count += 1;
        Some(())
    }

    /// A date may stand after the time, as in `5:41 PM 8/25/2021`, if none stood before.
    fn date_may_follow_time(&self) -> bool {
        self.count + usize::from(self.month.is_some()) < 3
    }

    /// Reads the time of day after its hour.
    fn clock(&mut self, hour: i64, digits: usize) -> Option<()> {
        if self.time.is_some() || digits > 2 {
            return None;
        }
        let mut time = Time { hour, ..Time::default() };
        if self.eat(':') {
            time.minute = self.two_digits()?;
            if self.eat(':') {
                time.second = self.two_digits()?;
                if self.rest.starts_with('.') {
                    self.rest = &self.rest[1..];
                    time.ticks = self.fraction()?;
                }
            }
        }
        self.time = Some(time);
        Some(())
    }

    fn two_digits(&mut self) -> Option<i64> {
        let (value, digits) = self.digits()?;
        (digits <= 2).then_some(value)
    }

    /// Reads the digits after the point of a second, rounded to ticks.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let digits = &self.rest[..length];
        self.rest = &self.rest[length..];
        if digits.is_empty() {
            return None;
        }
        let mut ticks = 0;
        for place in 0..7 {
            ticks = ticks * 10 + i64::from(digits.as_bytes().get(place).map_or(0, |digit| digit - b'0'));
        }
        let rounds_up = digits.as_bytes().get(7).is_some_and(|digit| *digit >= b'5');
        Some((ticks + i64::from(rounds_up)).min(TICKS_PER_SECOND))
    }

    fn word(&mut self) -> Option<()> {
        let length = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let word = &self.rest[..length];
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        if is("T") {
            // Between the date and the time of an ISO date, nowhere else.
            let time_follows = self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
            if !(self.count == 3 && self.time.is_none() && time_follows) {
                return None;
            }
        } else if is("AM") || is("PM") {
            if self.half.is_some() || self.time.is_none() {
                return None;
            }
            self.half = Some(if is("AM") { Half::Am } else { Half::Pm });
        } else if is("Z") || is("GMT") || is("UTC") {
            if self.offset.is_some() || !self.is_date_complete() {
                return None;
            }
            self.offset = Some(0);
        } else {
            let whole = |found: Option<(i64, usize)>| {
                found.filter(|(_, used)| *used == length).map(|(index, _)| index)
            };
            let month = whole(starting_month(word, NameLength::Full))
                .or_else(|| whole(starting_month(word, NameLength::Abbreviated)));
            let weekday = whole(starting_weekday(word, NameLength::Full))
                .or_else(|| whole(starting_weekday(word, NameLength::Abbreviated)));
            match (month, weekday) {
                (Some(month), _) if self.month.is_none() && self.count < 3 => {
                    self.month = Some(month);
                    self.before_month = self.count;
                }
                (None, Some(weekday)) if self.weekday.is_none() => self.weekday = Some(weekday),
                _ => return None,
            }
        }
        self.rest = &self.rest[length..];
        Some(())
    }

    /// Reads `-8`, `-08`, `-0800`, `-8:00` or `-08:00`.
    fn signed_offset(&mut self) -> Option<()> {
        if self.offset.is_some() {
            return None;
        }
        let sign = if self.rest.starts_with('-') { -1 } else { 1 };
        self.rest = &self.rest[1..];
        let (value, digits) = self.digits()?;
        let minutes = match digits {
            1 | 2 if self.eat(':') => {
                let minutes = self.two_digits()?;
                (minutes < 60).then_some(value * 60 + minutes)?
            }
            1 | 2 => value * 60,
            3 | 4 if value % 100 < 60 => value / 100 * 60 + value % 100,
            _ => return None,
        };
        if minutes > OFFSET_MAX_MINUTES {
            return None;
        }
        self.offset = Some(sign * minutes);
        Some(())
    }

    fn digits(&mut self) -> Option<(i64, usize)> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let value = self.rest[..length].parse().ok()?;
        self.rest = &self.rest[length..];
        Some((value, length))
    }

    fn eat(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Puts the parts together, without the offset.
    fn local(&self) -> Option<DateTime> {
        let date = self.date()?;
        if self.weekday.is_some_and(|weekday| weekday != date.weekday()) {
            return None;
        }
        let mut time = self.time.unwrap_or_default();
        time.hour = match self.half {
            None => time.hour,
            Some(Half::Am) if time.hour > 12 => return None,
            Some(Half::Am) => time.hour % 12,
            Some(Half::Pm) if time.hour < 12 => time.hour + 12,
            Some(Half::Pm) => time.hour,
        };
        DateTime::new(date, time)
    }

    fn date(&self) -> Option<Date> {
        let is_year = |(_, digits): (i64, usize)| digits > 2;
        let numbers = &self.numbers[..self.count];
        match (self.month, numbers) {
            (None, &[year, month, day]) if is_year(year) => Date::new(year.0, month.0, day.0),
            (None, &[month, day, year]) => Date::new(full_year(year), month.0, day.0),
            (None, &[year, month]) if is_year(year) => Date::new(year.0, month.0, 1),
            (None, &[month, year]) if is_year(year) => Date::new(year.0, month.0, 1),
            (Some(month), &[year, day]) if is_year(year) => Date::new(year.0, month, day.0),
            (Some(month), &[day, year]) if self.before_month < 2 => Date::new(full_year(year), month, day.0),
            (Some(month), &[year]) if is_year(year) => Date::new(year.0, month, 1),
            _ => None,
        }
    }
}

/// Puts a year of two digits into a century.
fn full_year((value, digits): (i64, usize)) -> i64 {
    match value {
        _ if digits > 2 => value,
        ..=TWO_DIGIT_YEAR_MAX => value + 2000,
        _ => value + 1900,
    }
}

impl FromStr for Instant {
    type Err = Fault;

    /// Reads a date as `CDate` does: `2021-07-02T15:33:38Z` and many other forms, UTC where no offset is given.
    fn from_str(text: &str) -> Result<Self, Fault> {
        parse_date(text).map(DateTime::to_instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_dotnet_reads_them() {
        let check = |text: &str, expected: &str| {
            let found = match parse_date(text) {
                Ok(date) => date.to_string(),
                Err(fault) => format!("{:?}", fault.kind),
            };
            assert_eq!(found, expected, "{text}");
        };
        check("2020-03-16-07:00", "3/16/2020 7:00:00 AM");
        check("2021-06-30+08:00", "6/29/2021 4:00:00 PM");
        check("2009-06-15T01:45:30-07:00", "6/15/2009 8:45:30 AM");
        check("2020-12-31 23:59:59-08:00", "1/1/2021 7:59:59 AM");
        check("2021-08-24", "8/24/2021 12:00:00 AM");
        check(" 8/25/2021 5:41:18 PM ", "8/25/2021 5:41:18 PM");
        check("12/31/9999 12:00:00 AM", "12/31/9999 12:00:00 AM");
        check("2013-01-10 4:00 PM -8", "1/11/2013 12:00:00 AM");
        check("2021-08-24T10:00:00.9999999Z", "8/24/2021 10:00:00 AM");
        check("2021-08-24T10:00:00.99999999Z", "8/24/2021 10:00:01 AM");
        check("Mon, 15 Jun 2009 20:45:30 GMT", "6/15/2009 8:45:30 PM");
        check("Tue, 15 Jun 2009 20:45:30 GMT", "Conversion");
        check("June 15, 2009", "6/15/2009 12:00:00 AM");
        check("15-Mar-2020", "3/15/2020 12:00:00 AM");
        check("2020/3/5", "3/5/2020 12:00:00 AM");
        check("3/5/20", "3/5/2020 12:00:00 AM");
        check("3/5/31", "3/5/1931 12:00:00 AM");
        check("2020-02-29", "2/29/2020 12:00:00 AM");
        check("2020-03", "3/1/2020 12:00:00 AM");
        check("2021-02-29", "Conversion");
        check("25/12/2020", "Conversion");
        check("20201225", "Conversion");
        check("2020-12-25T24:00:00", "Conversion");
        check("5:30 PM", "Conversion");
        check("13:00 AM 1/1/2020", "Conversion");
        check("1/1/2020 12:30 AM", "1/1/2020 12:30:00 AM");
        check("2020-01-01+15:00", "Conversion");
        check("9999-12-31T23:59:59-08:00", "OutOfRange");
        check("0001-01-01+01:00", "OutOfRange");
        check("tomorrow", "Conversion");
        check("2020-", "Conversion");
        check("2020-01-01 x", "Conversion");
        check("", "Conversion");
    }
}
