//! Shows facts, plans and faults to people.

pub(crate) mod diagnostic;
pub(crate) mod log;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod status;
pub(crate) mod trouble;

use provisio::model::Timestamp;

/// Returns the command as it was typed, so that what is suggested can be typed, too.
pub(crate) fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "provisio".to_owned())
}

/// Writes a number with a comma between thousands.
pub(crate) fn number(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().map_or_else(|_| "?".to_owned(), |it: u64| it.to_string());
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Writes an instant to the second: `2026-01-31T08:30:00Z`.
pub(crate) fn instant(at: Timestamp) -> String {
    Timestamp::from_second(at.second()).to_string()
}

/// Writes a duration in milliseconds as people say it: `12 ms`, `1.5 s`, `3 min 20 s`.
pub(crate) fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", milliseconds / 60_000, milliseconds / 1_000 % 60),
        _ => format!("{} h {} min", milliseconds / 3_600_000, milliseconds / 60_000 % 60),
    }
}

/// Writes a number of things: `1 object`, `1,248 objects`.
pub(crate) fn count(things: u64, one: &str, many: &str) -> String {
    if things == 1 { format!("1 {one}") } else { format!("{} {many}", number(things)) }
}

#[cfg(test)]
mod tests {
    use super::{count, number};

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            [0_u64, 7, 999, 1_000, 1_248, 1_000_000].map(number),
            ["0", "7", "999", "1,000", "1,248", "1,000,000"]
        );
        assert_eq!(count(1, "object", "objects"), "1 object");
        assert_eq!(count(1_248, "object", "objects"), "1,248 objects");
    }
}
