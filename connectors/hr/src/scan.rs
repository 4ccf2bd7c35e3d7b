//! Where does a row end, and where are its fields? A pure function over bytes.
//!
//! The rules are those of RFC 4180 and of the `csv` crate: a row ends with LF, CR or CRLF outside of quotes; a
//! field that begins with a quote ends with the next quote that is not doubled; a quote elsewhere is a
//! character like any other. There are two differences, because a file that is not whole must be noticed: text
//! behind a closing quote is a fault, and so is a quote that is open at the end of the file.

use std::ops::Range;

use crate::limits::ROW_BYTES_MAX;

/// How fields are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quote: u8,
    /// Blanks may stand around quotes.
    pub(crate) trim: bool,
}

/// Where a field's text lies in its row, without quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    start: u32,
    /// The first bit says whether quotes in it are doubled.
    end: u32,
}

const ESCAPED: u32 = 1 << 31;

const _: () = assert!(ROW_BYTES_MAX <= 1 << 30, "a buffer is at most twice as long, and its places fit");

impl Field {
    #[inline]
    fn plain(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Returns its place in the row.
    #[inline]
    pub(crate) fn part(self) -> Range<u32> {
        self.start..self.end & !ESCAPED
    }

    /// Returns its place in the row.
    #[inline]
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..(self.end & !ESCAPED) as usize
    }

    /// Tells whether quotes in it are doubled.
    #[inline]
    pub(crate) fn is_escaped(self) -> bool {
        self.end & ESCAPED != 0
    }
}

/// Whether there may be input behind the bytes at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    Unknown,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    Row(Span),
    /// The row does not end in the bytes at hand.
    More,
    /// The input ends within quotes.
    Unclosed,
}

/// What a row occupies, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its bytes, with the line break.
    pub(crate) bytes: usize,
    /// The line breaks in it, with the last.
    pub(crate) lines: u64,
    /// Its fields; of more than [`crate::limits::COLUMNS_MAX`], those behind are not kept.
    pub(crate) field_count: usize,
    /// The first field, from 0, with text behind its closing quote.
    pub(crate) misquoted: Option<usize>,
    /// There are doubled quotes in a field.
    pub(crate) escaped: bool,
    /// It ends with a line break.
    pub(crate) terminated: bool,
}

impl Span {
    /// A row without quotes that ends with a line break.
    #[inline]
    const fn plain(bytes: usize, field_count: usize) -> Self {
        Self { bytes, lines: 1, field_count, misquoted: None, escaped: false, terminated: true }
    }
}

/// A row that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it begins in the input.
    pub(crate) start: usize,
    /// How many line breaks there are before it.
    pub(crate) lines: u64,
    /// Which of the fields is its first.
    pub(crate) first: usize,
    pub(crate) span: Span,
}

impl Found {
    pub(crate) const NOTHING: Self = Self { start: 0, lines: 0, first: 0, span: Span::plain(0, 0) };
}

/// How many rows are found at once.
pub(crate) const AT_ONCE: usize = 16;

/// Finds the next rows, [`AT_ONCE`] at most, as long as there is no quote in them and their ends are near enough: that is how
/// most files are. One looks at each block of the input once, and asks nothing of single fields.
pub(crate) fn scan_ahead(
    input: &[u8],
    rest: Rest,
    dialect: Dialect,
    fields: &mut [Field],
    found: &mut Vec<Found>,
) {
    let Dialect { delimiter, quote, .. } = dialect;
    let places = fields.len();
    let mut free = fields.iter_mut();
    let (mut row, mut lines, mut first) = (0, 0, 0);
    let (mut start, mut base) = (0, 0);
    for block in input.as_chunks::<BLOCK_BYTES>().0 {
        let mut marks = marks(block, Sought { delimiter, quote });
        while marks != 0 {
            let at = marks.trailing_zeros() as usize % BLOCK_BYTES;
            marks &= marks - 1;
            let end = base + at;
            if block[at] == delimiter {
                let Some(field) = free.next() else { return };
                *field = Field::plain(start - row, end - row);
                start = end + 1;
                continue;
            }
            // The second byte of a line break belongs to the first.
            if end < start {
                continue;
            }
            if block[at] == quote {
                return;
            }
            let Some(bytes) = line_break(&input[end..], rest) else { return };
            // Empty lines are no rows.
            if end > row {
                let Some(field) = free.next() else { return };
                *field = Field::plain(start - row, end - row);
                let behind = places - free.len();
                let span = Span::plain(end + bytes - row, behind - first);
                found.push(Found { start: row, lines, first, span });
                if found.len() == AT_ONCE {
                    return;
                }
                first = behind;
            }
            lines += 1;
            start = end + bytes;
            row = start;
        }
        base += BLOCK_BYTES;
    }
}

/// Finds the first row of `input`, which is not empty, and its fields. `fields` has [`crate::limits::COLUMNS_MAX`] places.
pub(crate) fn scan(input: &[u8], rest: Rest, dialect: Dialect, fields: &mut [Field]) -> Scan {
    let mut span =
        Span { bytes: 0, lines: 0, field_count: 0, misquoted: None, escaped: false, terminated: false };
    let mut ends = Ends::new(input, dialect.delimiter);
    let mut at = 0;
    loop {
        let start = at;
        let quote = if dialect.trim { skip_blanks(input, at, dialect) } else { at };
        let (end, field) = if input.get(quote) == Some(&dialect.quote) {
            let Some(quoted) = scan_quoted(input, quote + 1, rest, dialect.quote) else {
                return if rest == Rest::Nothing { Scan::Unclosed } else { Scan::More };
            };
            span.lines += quoted.lines;
            let behind =
                if dialect.trim { skip_blanks(input, quoted.close + 1, dialect) } else { quoted.close + 1 };
            let end = ends.find(behind);
            if end > behind {
                span.misquoted = span.misquoted.or(Some(span.field_count));
            }
            span.escaped |= quoted.escaped;
            let mut field = Field::plain(quote + 1, quoted.close);
            field.end |= if quoted.escaped { ESCAPED } else { 0 };
            (end, field)
        } else {
            let end = ends.find(at);
            (end, Field::plain(start, end))
        };
        if let Some(place) = fields.get_mut(span.field_count) {
            *place = field;
        }
        span.field_count += 1;
        match input.get(end) {
            Some(&byte) if byte == dialect.delimiter => at = end + 1,
            Some(_) => {
                let Some(bytes) = line_break(&input[end..], rest) else { return Scan::More };
                span.bytes = end + bytes;
                span.lines += 1;
                span.terminated = true;
                return Scan::Row(span);
            }
            None if rest == Rest::Nothing => {
                span.bytes = end;
                return Scan::Row(span);
            }
            None => return Scan::More,
        }
    }
}

/// Returns the bytes and the number of the line breaks at the start of `input`: empty lines are no rows.
pub(crate) fn scan_blank_lines(input: &[u8], rest: Rest) -> (usize, u64) {
    let mut bytes = 0;
    let mut lines = 0;
    while matches!(input.get(bytes), Some(b'\n' | b'\r')) {
        let Some(step) = line_break(&input[bytes..], rest) else { break };
        bytes += step;
        lines += 1;
    }
    (bytes, lines)
}

/// Returns how many bytes the line break at the start of `input` has; `None` when that is not known yet.
fn line_break(input: &[u8], rest: Rest) -> Option<usize> {
    match input {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r'] if rest == Rest::Unknown => None,
        _ => Some(1),
    }
}

struct Quoted {
    close: usize,
    escaped: bool,
    lines: u64,
}

/// Finds the closing quote; `None` when it is not in `input`, or not known to be the closing one.
fn scan_quoted(input: &[u8], start: usize, rest: Rest, quote: u8) -> Option<Quoted> {
    let mut escaped = false;
    let mut lines = 0;
    let mut at = start;
    loop {
        let byte = *input.get(at)?;
        if byte == quote {
            match input.get(at + 1) {
                Some(&next) if next == quote => {
                    escaped = true;
                    at += 1;
                }
                None if rest == Rest::Unknown => return None,
                _ => return Some(Quoted { close: at, escaped, lines }),
            }
        } else if byte == b'\n' || (byte == b'\r' && input.get(at + 1) != Some(&b'\n')) {
            lines += 1;
        }
        at += 1;
    }
}

/// Where delimiters and line breaks stand: a mark for each byte of a block.
///
/// Fields are short, so to search from one to the next would be one mispredicted branch for each; a block is
/// searched as a whole, without any.
struct Ends<'a> {
    input: &'a [u8],
    sought: Sought,
    /// Where the block stands.
    base: usize,
    /// One bit for each byte of the block that is a delimiter or a line break.
    marks: u64,
}

impl<'a> Ends<'a> {
    fn new(input: &'a [u8], delimiter: u8) -> Self {
        let mut ends = Self { input, sought: Sought { delimiter, quote: delimiter }, base: 0, marks: 0 };
        ends.load(0);
        ends
    }

    /// Returns the first delimiter or line break at or behind `start`, or the end. `start` never goes back.
    #[inline(always)]
    fn find(&mut self, start: usize) -> usize {
        if start < self.base + BLOCK_BYTES {
            self.marks &= u64::MAX << (start - self.base);
        } else {
            self.load(start);
        }
        while self.marks == 0 {
            if self.base + BLOCK_BYTES >= self.input.len() {
                return self.input.len();
            }
            self.load(self.base + BLOCK_BYTES);
        }
        self.base + self.marks.trailing_zeros() as usize
    }

    fn load(&mut self, base: usize) {
        let rest = self.input.get(base..).unwrap_or_default();
        self.base = base;
        self.marks = match rest.first_chunk() {
            Some(block) => marks(block, self.sought),
            None => {
                let mut block = [0; BLOCK_BYTES];
                block[..rest.len()].copy_from_slice(rest);
                marks(&block, self.sought) & !(u64::MAX << rest.len())
            }
        };
    }
}

/// Which bytes are marked, besides line breaks.
#[derive(Clone, Copy)]
struct Sought {
    delimiter: u8,
    quote: u8,
}

const WORD_BYTES: usize = 8;
const BLOCK_BYTES: usize = 8 * WORD_BYTES;

/// Returns a bit for each byte of the block that is sought.
#[inline(always)]
fn marks(block: &[u8; BLOCK_BYTES], sought: Sought) -> u64 {
    // Compilers make a few instructions of this that look at sixteen bytes each.
    let found = block.map(|byte| {
        let is_break = (byte == b'\n') | (byte == b'\r');
        u8::from((byte == sought.delimiter) | (byte == sought.quote) | is_break)
    });
    let (words, _) = found.as_chunks::<WORD_BYTES>();
    let mut marks = 0;
    for (at, word) in words.iter().enumerate() {
        // Gathers the lowest bits of eight bytes in the highest byte.
        let gathered = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        marks |= gathered << (at * WORD_BYTES);
    }
    marks
}

fn skip_blanks(input: &[u8], start: usize, dialect: Dialect) -> usize {
    let is_blank = |byte: u8| (byte == b' ' || byte == b'\t') && byte != dialect.delimiter;
    let mut at = start;
    while input.get(at).is_some_and(|&byte| is_blank(byte)) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::COLUMNS_MAX;

    proptest! {
        #[test]
        fn rows_without_quotes_are_found_as_one_by_one(
            parts in proptest::collection::vec(
                prop::sample::select(&["field", "", ",", ",", ";", "\n", "\r\n", "\r", "  ", "é"][..]), 1..60,
            ),
            quoted in 0_usize..300,
            places in prop::sample::select(&[7_usize, COLUMNS_MAX][..]),
            rest in prop::sample::select(&[Rest::Unknown, Rest::Nothing][..]),
            trim: bool,
        ) {
            let mut text = parts.concat().repeat(5);
            if text.is_char_boundary(quoted) {
                text.insert(quoted, '"');
            }
            let dialect = Dialect { delimiter: b',', quote: b'"', trim };
            let mut fields = vec![Field::default(); places];
            let mut found = Vec::new();
            scan_ahead(text.as_bytes(), rest, dialect, &mut fields, &mut found);
            let (mut start, mut lines) = (0, 0);
            for row in &found {
                let input = &text.as_bytes()[start..];
                let (blank_bytes, blank_lines) = scan_blank_lines(input, rest);
                let mut expected = vec![Field::default(); COLUMNS_MAX];
                let scan = scan(&input[blank_bytes..], rest, dialect, &mut expected);
                prop_assert_eq!(scan, Scan::Row(row.span));
                prop_assert_eq!((row.start, row.lines), (start + blank_bytes, lines + blank_lines));
                prop_assert_eq!(&fields[row.first..][..row.span.field_count], &expected[..row.span.field_count]);
                start = row.start + row.span.bytes;
                lines = row.lines + row.span.lines;
            }
        }
    }
}
