//! What is a point in time in .NET? A [`DateTime`]: ticks of 100 ns since the year 1, to the end of 9999.
//!
//! The arithmetic is done here and not by a calendar crate because results must agree with .NET to the tick
//! and at both ends of its range, and because it is on the hot path of most mappings.

use crate::error::Fault;
use crate::instant::Instant;
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;
use std::fmt::{self, Write as _};

pub(crate) const TICKS_PER_SECOND: i64 = 10_000_000;
pub(crate) const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
/// Ticks from the year 1 to 1601, where FILETIME begins.
const FILETIME_EPOCH: i64 = 504_911_232_000_000_000;
/// Ticks from the year 1 to 1970.
const UNIX_EPOCH: i64 = 621_355_968_000_000_000;
const MAX_TICKS: i64 = 3_155_378_975_999_999_999;

/// A point in time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DateTime {
    ticks: i64,
}

/// A date of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

/// A time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Time {
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    /// Ticks into the second.
    pub(crate) ticks: i64,
}

impl Date {
    /// Makes a date, if there is such a day.
    pub(crate) fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let valid = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        valid.then_some(Self { year, month, day })
    }

    /// Days since 0001-01-01.
    pub(crate) fn days(self) -> i64 {
        // Years are counted from March, so that the leap day is the last of its year.
        let year = self.year - i64::from(self.month <= 2);
        let month = (self.month + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + self.day - 1;
        year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 306
    }

    fn from_days(days: i64) -> Self {
        let days = days + 306;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        Self { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    /// The day of the week, Sunday is 0.
    pub(crate) fn weekday(self) -> i64 {
        (self.days() + 1) % 7
    }
}

impl DateTime {
    /// The first day there is.
    pub(crate) const FIRST_DAY: Date = Date { year: 1, month: 1, day: 1 };

    /// Makes a point in time; `None` for a time of day that does not exist.
    pub(crate) fn new(date: Date, time: Time) -> Option<Self> {
        let valid =
            (0..24).contains(&time.hour) && (0..60).contains(&time.minute) && (0..60).contains(&time.second);
        let seconds = date.days() * 86_400 + time.hour * 3_600 + time.minute * 60 + time.second;
        valid.then(|| Self { ticks: seconds * TICKS_PER_SECOND + time.ticks })
    }

    pub(crate) fn from_instant(instant: Instant) -> Result<Self, Fault> {
        let ticks =
            instant.seconds.checked_mul(TICKS_PER_SECOND).and_then(|ticks| ticks.checked_add(UNIX_EPOCH));
        Self::checked(ticks.and_then(|ticks| ticks.checked_add(i64::from(instant.nanos / 100))))
    }

    pub(crate) fn to_instant(self) -> Instant {
        let ticks = self.ticks - UNIX_EPOCH;
        let nanos = u32::try_from(ticks.rem_euclid(TICKS_PER_SECOND) * 100).unwrap_or(0);
        Instant { seconds: ticks.div_euclid(TICKS_PER_SECOND), nanos }
    }

    /// Reads a FILETIME number.
    pub(crate) fn from_file_time(number: i64) -> Result<Self, Fault> {
        Self::checked(if number < 0 { None } else { number.checked_add(FILETIME_EPOCH) })
    }

    /// Gives the FILETIME number, which begins in 1601.
    pub(crate) fn to_file_time(self) -> Result<i64, Fault> {
        match self.ticks - FILETIME_EPOCH {
            number if number < 0 => Err(Fault::out_of_range("a date before 1601 has no FILETIME number")),
            number => Ok(number),
        }
    }

    pub(crate) fn ticks(self) -> i64 {
        self.ticks
    }

    pub(crate) fn date(self) -> Date {
        Date::from_days(self.ticks / TICKS_PER_DAY)
    }

    pub(crate) fn time(self) -> Time {
        let ticks = self.ticks % TICKS_PER_DAY;
        let second = ticks / TICKS_PER_SECOND;
        Time {
            hour: second / 3_600,
            minute: second / 60 % 60,
            second: second % 60,
            ticks: ticks % TICKS_PER_SECOND,
        }
    }

    /// Adds so many units of so many ticks.
    pub(crate) fn plus(self, count: i64, unit: i64) -> Result<Self, Fault> {
        Self::checked(count.checked_mul(unit).and_then(|ticks| self.ticks.checked_add(ticks)))
    }

    /// Adds months; the day is cut to the last one of the month.
    pub(crate) fn plus_months(self, count: i64) -> Result<Self, Fault> {
        let date = self.date();
        let moved = (date.year * 12 + date.month - 1).checked_add(count);
        let moved = moved.map(|months| (months.div_euclid(12), months.rem_euclid(12) + 1));
        let moved =
            moved.and_then(|(year, month)| Date::new(year, month, 1).map(|first| (year, month, first)));
        let Some((year, month, first)) = moved else { return Self::checked(None) };
        let day = date.day.min(days_in_month(year, month));
        Ok(Self { ticks: (first.days() + day - 1) * TICKS_PER_DAY + self.ticks % TICKS_PER_DAY })
    }

    fn checked(ticks: Option<i64>) -> Result<Self, Fault> {
        match ticks {
            Some(ticks) if (0..=MAX_TICKS).contains(&ticks) => Ok(Self { ticks }),
            _ => Err(Fault::out_of_range("date is outside the years 1 to 9999")),
        }
    }

    /// Gives the text that all date functions give: `M/d/yyyy h:mm:ss tt`.
    pub(crate) fn text(self, bump: &Bump) -> &str {
        let mut out = BumpString::with_capacity_in(24, bump);
        // Writing to a string cannot fail.
        let _ = write!(out, "{self}");
        out.into_bump_str()
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.date(), self.time());
        let hour = (time.hour + 11) % 12 + 1;
        let half = if time.hour < 12 { "AM" } else { "PM" };
        write!(
            formatter,
            "{}/{}/{:04} {hour}:{:02}:{:02} {half}",
            date.month, date.day, date.year, time.minute, time.second
        )
    }
}

pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// The invariant culture abbreviates all names to three letters.
const ABBREVIATED: usize = 3;

/// Whether a name is written in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameLength {
    Full,
    Abbreviated,
}

/// Gives the name of a month from 1.
pub(crate) fn month_name(month: i64, length: NameLength) -> &'static str {
    name(&MONTHS, month - 1, length)
}

/// Gives the name of a day of the week, Sunday is 0.
pub(crate) fn weekday_name(weekday: i64, length: NameLength) -> &'static str {
    name(&WEEKDAYS, weekday, length)
}

fn name(names: &'static [&'static str], index: i64, length: NameLength) -> &'static str {
    let full = usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default();
    match length {
        NameLength::Full => full,
        NameLength::Abbreviated => full.get(..ABBREVIATED).unwrap_or(full),
    }
}

/// Finds the month that `text` begins with; gives its number and the length of the name.
pub(crate) fn starting_month(text: &str, length: NameLength) -> Option<(i64, usize)> {
    starting_name(&MONTHS, text, length).map(|(index, length)| (index + 1, length))
}

/// Finds the day of the week that `text` begins with.
pub(crate) fn starting_weekday(text: &str, length: NameLength) -> Option<(i64, usize)> {
    starting_name(&WEEKDAYS, text, length)
}

fn starting_name(names: &[&str], text: &str, length: NameLength) -> Option<(i64, usize)> {
    (0_i64..).zip(names).find_map(|(index, full)| {
        let wanted = match length {
            NameLength::Full => full,
            NameLength::Abbreviated => full.get(..ABBREVIATED)?,
        };
        let start = text.get(..wanted.len())?;
        start.eq_ignore_ascii_case(wanted).then_some((index, wanted.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_range_is_itself_again() {
        let last = Date { year: 9999, month: 12, day: 31 };
        assert_eq!(last.days() * TICKS_PER_DAY + TICKS_PER_DAY - 1, MAX_TICKS);
        let mut expected = Date { year: 1, month: 1, day: 1 };
        for days in 0..=last.days() {
            let date = Date::from_days(days);
            assert_eq!((date, date.days()), (expected, days));
            expected.day += 1;
            if expected.day > days_in_month(expected.year, expected.month) {
                expected = Date {
                    day: 1,
                    month: expected.month % 12 + 1,
                    year: expected.year + expected.month / 12,
                };
            }
        }
    }

    #[test]
    fn the_epochs_are_where_they_should_be() {
        let check = |ticks, text: &str| assert_eq!(DateTime { ticks }.to_string(), text);
        check(UNIX_EPOCH, "1/1/1970 12:00:00 AM");
        check(FILETIME_EPOCH, "1/1/1601 12:00:00 AM");
        check(MAX_TICKS, "12/31/9999 11:59:59 PM");
        assert_eq!(Date { year: 2026, month: 11, day: 21 }.weekday(), 6);
    }
}
