//! Can a date be written in another format by copying its digits? For formats of fixed width, which most are.
//!
//! This is the fast path of reading and writing by format: the digits are checked to be a date, and then
//! copied to their new places. Whatever it does not take is left to the general way, which knows the reasons.

use super::date::Date;
use super::date_format::{DateFormat, Part};
use bumpalo::collections::String as BumpString;

/// Where the fields of the input stand, and what the output is put together from.
#[derive(Debug)]
pub(crate) struct DateCopy {
    length: usize,
    fields: [Option<usize>; FIELDS],
    /// The bytes that must stand between the fields.
    literals: Box<[(usize, u8)]>,
    /// The output with zeros in the place of what is copied.
    template: Box<str>,
    /// Pairs of digits: from this byte of the input to that one of the output.
    pairs: Box<[(usize, usize)]>,
}

/// The longest output that is made in this way.
const MAX_OUTPUT: usize = 40;
const FIELDS: usize = 6;
const YEAR: usize = 0;
const MONTH: usize = 1;
const DAY: usize = 2;
const HOUR: usize = 3;
const MINUTE: usize = 4;
const SECOND: usize = 5;
/// What stands for a field that the input does not have.
const MISSING: [&str; FIELDS] = ["", "01", "01", "00", "00", "00"];
const TIME_LIMITS: [(usize, i64); 3] = [(HOUR, 24), (MINUTE, 60), (SECOND, 60)];

impl DateCopy {
    /// Prepares the copy from one format to another, if both have fixed widths and the input has a year.
    pub(crate) fn new(input: &DateFormat, output: &DateFormat) -> Option<Self> {
        let mut copy = Self {
            length: 0,
            fields: [None; FIELDS],
            literals: Box::default(),
            template: Box::default(),
            pairs: Box::default(),
        };
        let mut literals = Vec::new();
        for part in &input.parts {
            if let Part::Literal(text) = part {
                literals.extend((copy.length..).zip(text.bytes()));
                copy.length += text.len();
                continue;
            }
            let (field, width) = fixed_field(part)?;
            if copy.fields[field].replace(copy.length).is_some() {
                return None;
            }
            copy.length += width;
        }
        copy.fields[YEAR]?;
        copy.literals = literals.into();
        copy.prepare_output(output)?;
        Some(copy)
    }

    fn prepare_output(&mut self, output: &DateFormat) -> Option<()> {
        let mut template = String::new();
        let mut pairs = Vec::new();
        for part in &output.parts {
            match part {
                Part::Literal(text) => template.push_str(text),
                Part::Fraction(digits) => template.push_str(&"0".repeat(*digits)),
                _ => {
                    let (field, width) = fixed_field(part)?;
                    match self.fields[field] {
                        Some(offset) => {
                            pairs.extend(
                                (0..width).step_by(2).map(|pair| (offset + pair, template.len() + pair)),
                            );
                            template.push_str(&"0000"[..width]);
                        }
                        None => template.push_str(MISSING[field]),
                    }
                }
            }
        }
        self.template = template.into();
        self.pairs = pairs.into();
        (self.template.len() <= MAX_OUTPUT).then_some(())
    }

    /// Appends the date in the output format; gives `false`, having done nothing, if the text is no date of
    /// the input format.
    pub(crate) fn copy(&self, text: &str, out: &mut BumpString<'_>) -> bool {
        let text = text.as_bytes();
        if text.len() != self.length || !self.is_date(text) {
            return false;
        }
        let mut buffer = [0; MAX_OUTPUT];
        let made = &mut buffer[..self.template.len()];
        made.copy_from_slice(self.template.as_bytes());
        for (from, to) in &self.pairs {
            made[*to] = text[*from];
            made[*to + 1] = text[*from + 1];
        }
        // INVARIANT: zeros of the template have been replaced by digits only.
        let Ok(made) = std::str::from_utf8(made) else { return false };
        out.push_str(made);
        true
    }

    fn is_date(&self, text: &[u8]) -> bool {
        let literals = self.literals.iter().all(|(offset, byte)| text[*offset] == *byte);
        let pair = |offset: usize| {
            let (tens, ones) = (text[offset].wrapping_sub(b'0'), text[offset + 1].wrapping_sub(b'0'));
            (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
        };
        let field = |field: usize| self.fields[field].map_or(Some(1), pair);
        let year = self.fields[YEAR].and_then(|offset| Some(pair(offset)? * 100 + pair(offset + 2)?));
        let date = year.zip(field(MONTH)).zip(field(DAY));
        literals
            && date.is_some_and(|((year, month), day)| Date::new(year, month, day).is_some())
            && TIME_LIMITS.iter().all(|(part, limit)| field(*part).is_some_and(|value| value < *limit))
    }
}

/// Gives the field and its width, if that is fixed.
fn fixed_field(part: &Part) -> Option<(usize, usize)> {
    Some(match part {
        Part::Year(4) => (YEAR, 4),
        Part::Month(2) => (MONTH, 2),
        Part::Day(2) => (DAY, 2),
        Part::Hour24(2) => (HOUR, 2),
        Part::Minute(2) => (MINUTE, 2),
        Part::Second(2) => (SECOND, 2),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bumpalo::Bump;

    #[test]
    fn digits_are_copied_only_if_they_are_a_date() {
        let check = |input: &str, output: &str, text: &str, expected: Option<&str>| {
            let format = |text| DateFormat::parse(text).expect("a format");
            let copy = DateCopy::new(&format(input), &format(output)).expect("formats of fixed width");
            let bump = Bump::new();
            let mut out = BumpString::new_in(&bump);
            let copied = copy.copy(text, &mut out);
            assert_eq!(copied.then_some(out.as_str()), expected, "{text}");
        };
        check("yyyy-MM-dd", "dd/MM/yyyy", "2024-02-29", Some("29/02/2024"));
        check("yyyy-MM-dd", "dd/MM/yyyy", "2023-02-29", None);
        check("yyyy-MM-dd", "dd/MM/yyyy", "2023-2-29", None);
        check("yyyy-MM-dd", "dd/MM/yyyy", "2023x02-28", None);
        check("yyyy-MM-dd", "dd/MM/yyyy", "20é-02-281", None);
        check("yyyyMMddHHmm", "HH:mm:ss.f dd", "202401312359", Some("23:59:00.0 31"));
        check("yyyyMMddHHmm", "HH:mm:ss.f dd", "202401312459", None);
        check("yyyy", "yyyyMMdd", "2024", Some("20240101"));
        check("yyyy", "yyyyMMdd", "0000", None);
    }

    #[test]
    fn other_formats_are_left_to_the_general_way() {
        let copy = |input, output| {
            let format = |text| DateFormat::parse(text).expect("a format");
            DateCopy::new(&format(input), &format(output)).is_some()
        };
        assert!(!copy("M/d/yyyy", "yyyy"));
        assert!(!copy("yyyy-MM-ddzzz", "yyyy"));
        assert!(!copy("MM-dd", "MM-dd"));
        assert!(!copy("yyyy-MM-dd", "d MMM"));
        assert!(!copy("yyyy yyyy", "yyyy"));
    }
}
