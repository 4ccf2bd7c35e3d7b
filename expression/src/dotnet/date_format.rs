//! What does a .NET date format string mean? A [`DateFormat`], read once and used for reading and writing.

use super::date::NameLength;
use crate::error::Fault;

/// A custom or standard format string of .NET, invariant culture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DateFormat {
    pub(crate) parts: Box<[Part]>,
}

/// One field or literal of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(Box<str>),
    /// Year with at least so many digits; two or fewer mean the year of the century.
    Year(usize),
    Month(usize),
    MonthName(NameLength),
    Day(usize),
    WeekdayName(NameLength),
    Hour12(usize),
    Hour24(usize),
    Minute(usize),
    Second(usize),
    /// `f`: so many digits.
    Fraction(usize),
    /// `F`: at most so many digits, without zeros at the end.
    FractionTrimmed(usize),
    /// `.F`: the same, and no point where there are no digits.
    PointFractionTrimmed(usize),
    /// `t`: one letter; `tt`: two.
    Half(usize),
    /// `z`: hours; `zz`: two digits; `zzz`: hours and minutes.
    Offset(usize),
    /// `K`: `Z`, an offset or nothing.
    Kind,
    Era,
}

/// How many digits of a second .NET keeps.
pub(crate) const FRACTION_DIGITS: usize = 7;

impl DateFormat {
    /// Reads a format string.
    pub(crate) fn parse(format: &str) -> Result<Self, Fault> {
        let mut characters = format.chars();
        match (characters.next(), characters.next()) {
            (None, _) => Err(Fault::conversion("date format is empty")),
            (Some(letter), None) => match standard(letter) {
                Some(custom) => Self::parse_custom(custom),
                None => Err(Fault::conversion(format!("`{letter}` is no standard date format"))),
            },
            _ => Self::parse_custom(format),
        }
    }

    /// Reads a format string for reading dates: with the default styles, white space at its ends is ignored.
    pub(crate) fn parse_for_input(format: &str) -> Result<Self, Fault> {
        Self::parse(if format.chars().count() > 1 { format.trim() } else { format })
    }

    /// Says whether dates read with this format lack the year, which then comes from the clock.
    pub(crate) fn lacks_year(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Year(_)))
    }

    fn parse_custom(format: &str) -> Result<Self, Fault> {
        let mut parts = Vec::new();
        let mut rest = format;
        while let Some(letter) = rest.chars().next() {
            let run = rest.chars().take_while(|next| *next == letter).count();
            let mut used = run;
            match letter {
                'y' => parts.push(Part::Year(run)),
                'M' if run > 2 => parts.push(Part::MonthName(name_length(run))),
                'M' => parts.push(Part::Month(run)),
                'd' if run > 2 => parts.push(Part::WeekdayName(name_length(run))),
                'd' => parts.push(Part::Day(run)),
                'h' => parts.push(Part::Hour12(run.min(2))),
                'H' => parts.push(Part::Hour24(run.min(2))),
                'm' => parts.push(Part::Minute(run.min(2))),
                's' => parts.push(Part::Second(run.min(2))),
                'f' | 'F' if run > FRACTION_DIGITS => {
                    return Err(Fault::conversion(format!(
                        "date format has more than {FRACTION_DIGITS} `{letter}`"
                    )));
                }
                'f' => parts.push(Part::Fraction(run)),
                'F' => push_trimmed_fraction(&mut parts, run),
                't' => parts.push(Part::Half(run.min(2))),
                'z' => parts.push(Part::Offset(run.min(3))),
                'K' => {
                    used = 1;
                    parts.push(Part::Kind);
                }
                'g' => parts.push(Part::Era),
                '"' | '\'' => {
                    let (text, length) = quoted(rest, letter)?;
                    used = length;
                    push_literal(&mut parts, &text);
                }
                '\\' => {
                    let Some(escaped) = rest.chars().nth(1) else { return Err(unfinished('\\')) };
                    used = 1 + escaped.len_utf8();
                    push_literal(&mut parts, escaped.encode_utf8(&mut [0; 4]));
                }
                '%' => {
                    // It only keeps the next letter from being read as a standard format.
                    used = 1;
                    if rest[1..].is_empty() || rest[1..].starts_with('%') {
                        return Err(unfinished('%'));
                    }
                }
                other => {
                    used = other.len_utf8();
                    push_literal(&mut parts, &rest[..used]);
                }
            }
            rest = &rest[used..];
        }
        Ok(Self { parts: parts.into() })
    }
}

fn standard(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "MM/dd/yyyy",
        'D' => "dddd, dd MMMM yyyy",
        'f' => "dddd, dd MMMM yyyy HH:mm",
        'F' | 'U' => "dddd, dd MMMM yyyy HH:mm:ss",
        'g' => "MM/dd/yyyy HH:mm",
        'G' => "MM/dd/yyyy HH:mm:ss",
        'M' | 'm' => "MMMM dd",
        'O' | 'o' => "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
        'R' | 'r' => "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
        's' => "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
        't' => "HH:mm",
        'T' => "HH:mm:ss",
        'u' => "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
        'Y' | 'y' => "yyyy MMMM",
        _ => return None,
    })
}

fn name_length(run: usize) -> NameLength {
    if run == 3 { NameLength::Abbreviated } else { NameLength::Full }
}

/// Takes the point before an `F` into the field, since it vanishes with the digits.
fn push_trimmed_fraction(parts: &mut Vec<Part>, run: usize) {
    let before = match parts.last() {
        Some(Part::Literal(literal)) => literal.strip_suffix('.').map(str::to_owned),
        _ => None,
    };
    let Some(before) = before else {
        parts.push(Part::FractionTrimmed(run));
        return;
    };
    parts.pop();
    push_literal(parts, &before);
    parts.push(Part::PointFractionTrimmed(run));
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Literal(literal)) => *literal = format!("{literal}{text}").into(),
        _ => parts.push(Part::Literal(text.into())),
    }
}

/// Reads a quoted literal; gives its text and how many bytes it takes.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), Fault> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, escaped)) => text.push(escaped),
                None => break,
            },
            end if end == quote => return Ok((text, at + quote.len_utf8())),
            other => text.push(other),
        }
    }
    Err(unfinished(quote))
}

fn unfinished(mark: char) -> Fault {
    Fault::conversion(format!("date format has a `{mark}` without what belongs to it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_cut_into_fields_and_literals() {
        let parts = |format| DateFormat::parse(format).map(|format| format.parts.into_vec()).ok();
        let literal = |text: &str| Part::Literal(text.into());
        assert_eq!(
            parts("yyyyMMddHHmmss.fZ"),
            Some(vec![
                Part::Year(4),
                Part::Month(2),
                Part::Day(2),
                Part::Hour24(2),
                Part::Minute(2),
                Part::Second(2),
                literal("."),
                Part::Fraction(1),
                literal("Z"),
            ])
        );
        assert_eq!(parts("'d' \\d"), Some(vec![literal("d d")]));
        assert_eq!(parts("%d"), Some(vec![Part::Day(1)]));
        assert_eq!(parts("ss.FFF"), Some(vec![Part::Second(2), Part::PointFractionTrimmed(3)]));
        for invalid in ["", "x", "yyyy'", "yyyy\\", "yyyy%", "ffffffff"] {
            assert_eq!(parts(invalid), None, "{invalid}");
        }
    }
}
