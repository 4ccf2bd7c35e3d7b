//! Where does a row end, and where are its fields? A pure function over bytes.
//!
//! The rules are those of RFC 4180 and of the `csv` crate: a row ends with LF, CR or CRLF outside of quotes; a
//! field that begins with a quote ends with the next quote that is not doubled; a quote elsewhere is a
//! character like any other. There are two differences, because a file that is not whole must be noticed: text
//! behind a closing quote is a fault, and so is a quote that is open at the end of the file.

use crate::limits::COLUMNS_MAX;

/// How fields are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quote: u8,
    /// Blanks may stand around quotes.
    pub(crate) trim: bool,
}

/// Where a field's text lies in its row, without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Quotes in it are doubled.
    pub(crate) escaped: bool,
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
    /// Its fields; of more than [`COLUMNS_MAX`], those behind are not kept.
    pub(crate) field_count: usize,
    /// The first field, from 0, with text behind its closing quote.
    pub(crate) misquoted: Option<usize>,
    /// It ends with a line break.
    pub(crate) terminated: bool,
}

/// Finds the first row of `input`, which is not empty, and its fields.
pub(crate) fn scan(input: &[u8], rest: Rest, dialect: Dialect, fields: &mut Vec<Field>) -> Scan {
    fields.clear();
    let mut span = Span { bytes: 0, lines: 0, field_count: 0, misquoted: None, terminated: false };
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
            (end, field_at(quote + 1, quoted.close, quoted.escaped))
        } else {
            let end = ends.find(at);
            (end, field_at(start, end, false))
        };
        if fields.len() < COLUMNS_MAX {
            fields.push(field);
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
    delimiters: u64,
    /// Where the block stands.
    base: usize,
    /// One bit for each byte of the block that is a delimiter or a line break.
    marks: u64,
}

const WORD_BYTES: usize = 8;
const BLOCK_BYTES: usize = 8 * WORD_BYTES;
const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const BELOW_HIGH_BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const LINE_FEEDS: u64 = b'\n' as u64 * LOW_BITS;
const RETURNS: u64 = b'\r' as u64 * LOW_BITS;

impl<'a> Ends<'a> {
    fn new(input: &'a [u8], delimiter: u8) -> Self {
        let mut ends = Self { input, delimiters: u64::from(delimiter) * LOW_BITS, base: 0, marks: 0 };
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
            Some(block) => marks(block, self.delimiters),
            None => {
                let mut block = [0; BLOCK_BYTES];
                block[..rest.len()].copy_from_slice(rest);
                marks(&block, self.delimiters) & !(u64::MAX << rest.len())
            }
        };
    }
}

/// Returns a bit for each byte of the block that is a delimiter or a line break.
fn marks(block: &[u8; BLOCK_BYTES], delimiters: u64) -> u64 {
    let (words, _) = block.as_chunks::<WORD_BYTES>();
    let mut marks = 0;
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found =
            zero_bytes(word ^ delimiters) | zero_bytes(word ^ LINE_FEEDS) | zero_bytes(word ^ RETURNS);
        // Gathers the lowest bits of eight bytes in the highest byte.
        let gathered = (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        marks |= gathered << (at * WORD_BYTES);
    }
    marks
}

/// Returns the highest bit of each byte that is zero.
#[inline(always)]
fn zero_bytes(word: u64) -> u64 {
    !(((word & BELOW_HIGH_BITS) + BELOW_HIGH_BITS) | word | BELOW_HIGH_BITS)
}

fn skip_blanks(input: &[u8], start: usize, dialect: Dialect) -> usize {
    let is_blank = |byte: u8| (byte == b' ' || byte == b'\t') && byte != dialect.delimiter;
    let mut at = start;
    while input.get(at).is_some_and(|&byte| is_blank(byte)) {
        at += 1;
    }
    at
}

/// Rows are bounded by [`crate::limits::ROW_BYTES_MAX`], so positions fit.
fn field_at(start: usize, end: usize, escaped: bool) -> Field {
    Field { start: start as u32, end: end as u32, escaped }
}
