//! Can a date be written in another format by copying its digits? For formats of fixed width, which most are.
//!
//! This is the fast path of reading and writing by format: the digits are checked to be a date, and then
//! copied to their new places. Whatever it does not take is left to the general way, which knows the reasons.

use super::date::Date;
use super::date_format::{DateFormat, Part};
use bumpalo::collections::String as BumpString;

/// Where the fields of the input stand, and what the output is put together from.
#[derive(Clone, Debug)]
pub(crate) struct DateCopy {
    length: usize,
    /// What the input must look like, eight bytes after the other.
    form: Box<[FormWord]>,
    year: usize,
    /// Two digits each, from these bytes on.
    month: Option<usize>,
    day: Option<usize>,
    /// Two digits from this byte on are below this number.
    times: Box<[(usize, u8)]>,
    output: Box<[OutputWord]>,
}

/// What eight bytes of the input must be.
#[derive(Clone, Copy, Debug, Default)]
struct FormWord {
    /// The bytes between fields, and zeros for digits; nothing behind the end.
    expected: [u8; 8],
    /// What added to the difference reaches the high bit if that is too much.
    slack: [u8; 8],
}

/// A field of the input, and what is between it and the next one.
#[derive(Clone, Copy, Debug, Default)]
struct OutputWord {
    from: usize,
    digits: usize,
    /// What is behind the digits, in its place.
    literal: [u8; 8],
    bytes: usize,
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
const TIME_LIMITS: [(usize, u8); 3] = [(HOUR, 24), (MINUTE, 60), (SECOND, 60)];
const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);

impl DateCopy {
    /// Prepares the copy from one format to another, if both have fixed widths and the input has a year.
    pub(crate) fn new(input: &DateFormat, output: &DateFormat) -> Option<Self> {
        let mut fields = [None; FIELDS];
        // A byte of the text between fields, or a digit.
        let mut bytes: Vec<Option<u8>> = Vec::new();
        for part in &input.parts {
            if let Part::Literal(text) = part {
                bytes.extend(text.bytes().map(Some));
                continue;
            }
            let (field, width) = fixed_field(part)?;
            if fields[field].replace(bytes.len()).is_some() {
                return None;
            }
            bytes.extend((0..width).map(|_| None));
        }
        let times = TIME_LIMITS.iter().filter_map(|(field, limit)| Some((fields[*field]?, *limit)));
        Some(Self {
            length: bytes.len(),
            form: form(&bytes),
            year: fields[YEAR]?,
            month: fields[MONTH],
            day: fields[DAY],
            times: times.collect(),
            output: output_words(output, &fields)?,
        })
    }

    /// Appends the date in the output format; gives `false`, having done nothing, if the text is no date of
    /// the input format.
    pub(crate) fn copy(&self, text: &str, out: &mut BumpString<'_>) -> bool {
        let (mut buffer, mut length) = ([0; MAX_OUTPUT + 8], 0);
        let written = self.write(text, |word, bytes| {
            *buffer.get_mut(length..)?.first_chunk_mut()? = word.to_le_bytes();
            length += bytes;
            Some(())
        });
        // INVARIANT: the text of the output format, and digits.
        match written.and_then(|()| std::str::from_utf8(&buffer[..length]).ok()) {
            Some(made) => {
                out.push_str(made);
                true
            }
            None => false,
        }
    }

    /// Calls `push` with the bytes of the date in the output format: up to eight from the lowest of a word on, and
    /// how many. Gives `None`, without a call, if the text is no date of the input format, and when a call does.
    #[inline]
    pub(crate) fn write(&self, text: &str, mut push: impl FnMut(u64, usize) -> Option<()>) -> Option<()> {
        let text = text.as_bytes();
        if text.len() != self.length || !self.has_form(text) || !self.is_date(text)? {
            return None;
        }
        for word in &self.output {
            let digits = match word.digits {
                0 => 0,
                2 => u64::from(u16::from_le_bytes(*text.get(word.from..)?.first_chunk()?)),
                _ => u64::from(u32::from_le_bytes(*text.get(word.from..)?.first_chunk()?)),
            };
            push(digits | u64::from_le_bytes(word.literal), word.bytes)?;
        }
        Some(())
    }

    /// Says whether digits are where there must be some, and between them what must be there.
    fn has_form(&self, text: &[u8]) -> bool {
        let (words, rest) = text.as_chunks::<8>();
        let words = words.iter().map(|word| u64::from_le_bytes(*word)).chain([low_bytes(rest)]);
        let wrong = words.zip(&self.form).fold(0, |wrong, (word, form)| {
            // Zero for what must be there, up to nine for digits.
            let difference = word ^ u64::from_le_bytes(form.expected);
            let reached = (difference & !HIGH_BITS) + u64::from_le_bytes(form.slack);
            wrong | difference | reached
        });
        wrong & HIGH_BITS == 0
    }

    /// Says whether there is such a day and such a time.
    fn is_date(&self, text: &[u8]) -> Option<bool> {
        let pair = |offset: usize| {
            let [tens, ones] = *text.get(offset..)?.first_chunk()?;
            Some((tens & 0x0f) * 10 + (ones & 0x0f))
        };
        let field = |offset: Option<usize>| offset.map_or(Some(1), pair).map(i64::from);
        let year = i64::from(pair(self.year)?) * 100 + i64::from(pair(self.year + 2)?);
        let is_time = self.times.iter().all(|(offset, limit)| pair(*offset).is_some_and(|it| it < *limit));
        Some(is_time && Date::new(year, field(self.month)?, field(self.day)?).is_some())
    }
}

/// Says what the words of an input must be that has these bytes, and digits elsewhere.
fn form(bytes: &[Option<u8>]) -> Box<[FormWord]> {
    let mut form = vec![FormWord { slack: [0x7f; 8], ..FormWord::default() }; bytes.len() / 8 + 1];
    for (at, byte) in bytes.iter().enumerate() {
        let FormWord { expected, slack } = &mut form[at / 8];
        (expected[at % 8], slack[at % 8]) = match byte {
            Some(byte) => (*byte, 0x7f),
            None => (b'0', 0x7f - 9),
        };
    }
    form.into()
}

/// Puts the output together from the fields of the input, which stand at these bytes.
fn output_words(output: &DateFormat, fields: &[Option<usize>; FIELDS]) -> Option<Box<[OutputWord]>> {
    let mut words: Vec<OutputWord> = Vec::new();
    let append = |words: &mut Vec<OutputWord>, text: &str| {
        for byte in text.bytes() {
            match words.last_mut() {
                Some(word) if word.bytes < 8 => {
                    word.literal[word.bytes] = byte;
                    word.bytes += 1;
                }
                _ => {
                    let literal = [byte, 0, 0, 0, 0, 0, 0, 0];
                    words.push(OutputWord { literal, bytes: 1, ..OutputWord::default() });
                }
            }
        }
    };
    for part in &output.parts {
        match part {
            Part::Literal(text) => append(&mut words, text),
            Part::Fraction(digits) => append(&mut words, &"0".repeat(*digits)),
            _ => {
                let (field, width) = fixed_field(part)?;
                match fields[field] {
                    Some(from) => {
                        words.push(OutputWord { from, digits: width, literal: [0; 8], bytes: width });
                    }
                    None => append(&mut words, MISSING[field]),
                }
            }
        }
    }
    (words.iter().map(|word| word.bytes).sum::<usize>() <= MAX_OUTPUT).then(|| words.into())
}

/// Reads up to seven bytes into the lowest of a word.
#[inline(always)]
pub(crate) fn low_bytes(bytes: &[u8]) -> u64 {
    // The halves overlap, with the same bytes in the same places.
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let [first, last] = [*first, *last].map(|half| u64::from(u32::from_le_bytes(half)));
        return first | last << ((bytes.len() - 4) * 8 % 64);
    }
    let byte = |at: usize| bytes.get(at).map_or(0, |byte| u64::from(*byte) << (at * 8));
    byte(0) | byte(1) | byte(2)
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
