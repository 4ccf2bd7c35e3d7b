//! A day of the calendar, as plain data.

use std::fmt;

/// A day, counted from 1970-01-01, that prints as `2026-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

impl Date {
    /// Returns the day this many days after 1970-01-01, or before it where the number is negative.
    ///
    /// ```
    /// use provisio_testkit::generate::Date;
    /// assert_eq!(Date::from_days(20_454).to_string(), "2026-01-01");
    /// ```
    pub const fn from_days(days: i32) -> Self {
        Self { days }
    }

    /// Returns the number of days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.days
    }

    /// Returns the day this many days later.
    pub const fn plus_days(self, days: i32) -> Self {
        Self { days: self.days.saturating_add(days) }
    }

    /// Returns the first day of the month.
    pub(super) fn start_of_month(self) -> Self {
        let (_, _, day) = self.civil();
        self.plus_days(1 - day as i32)
    }

    /// Returns the last day of the month.
    pub(super) fn end_of_month(self) -> Self {
        self.start_of_month().plus_days(31).start_of_month().plus_days(-1)
    }

    /// Returns the Monday of the week.
    pub(super) fn monday(self) -> Self {
        // 1970-01-01 was a Thursday.
        self.plus_days(-((self.days.rem_euclid(7) + 3) % 7))
    }

    /// Returns year, month and day (Howard Hinnant, "chrono-compatible low-level date algorithms").
    fn civil(self) -> (i64, i64, i64) {
        let shifted = i64::from(self.days) + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (20_453, "2025-12-31"),
            (20_454, "2026-01-01"),
        ] {
            assert_eq!(Date::from_days(days).to_string(), text);
        }
    }

    #[test]
    fn ends_of_months_and_mondays() {
        let day = Date::from_days(19_782);
        assert_eq!(day.plus_days(-10).end_of_month(), day);
        assert_eq!(day.start_of_month().to_string(), "2024-02-01");
        assert_eq!(day.monday().to_string(), "2024-02-26");
    }
}
