//! Which rows does an input have? Reads in chunks, decodes, and hands out one row after the other.
//!
//! Memory is bounded by [`ROW_BYTES_MAX`], whatever the input holds.

use std::io::{self, Read};
use std::ops::Range;

use encoding_rs::{DecoderResult, WINDOWS_1252, mem};

use crate::config::Encoding;
use crate::limits::{CHUNK_BYTES, COLUMNS_MAX, ROW_BYTES_MAX};
use crate::scan::{AT_ONCE, Dialect, Field, Found, Rest, Scan, Span, scan, scan_ahead, scan_blank_lines};

/// The rows of an input.
pub(crate) struct Rows<R> {
    input: R,
    encoding: Encoding,
    dialect: Dialect,
    /// Bytes as they were read, when they have to be decoded.
    raw: Vec<u8>,
    /// What was read and decoded.
    buffer: Buffer,
    /// What stands before this in the buffer was handed out, or found.
    start: usize,
    /// Rows that were found at once, in the buffer and its lines from those at the time on.
    found: Vec<Found>,
    /// How many of them were handed out.
    handed: usize,
    /// The bytes of a character whose others were not read yet.
    begun: Vec<u8>,
    rest: Rest,
    /// How many bytes are read at once.
    chunk: usize,
    /// How many bytes the buffer takes.
    room: usize,
    /// The line at `start`, from 1.
    line: u64,
    fields: Vec<Field>,
    /// Whether there was a zero byte so far: what a file system gives for a page that it lost.
    has_zeros: bool,
}

/// What was read and decoded. That it is UTF-8 is seen of all of it at once, not of each row.
enum Buffer {
    Text(String),
    /// Something in it is not UTF-8.
    Damaged(Vec<u8>),
}

/// What comes next in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A row: [`Rows::row`].
    Row,
    End,
    /// The input ends within quotes; the row began in this line.
    Unclosed {
        line: u64,
    },
    /// The row that began in this line is longer than [`ROW_BYTES_MAX`].
    TooLong {
        line: u64,
    },
}

/// A row, borrowed from the buffer.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The line in which it begins, from 1.
    pub(crate) line: u64,
    pub(crate) span: Span,
    bytes: &'a [u8],
    /// The row and perhaps what follows it, if all of that is UTF-8.
    text: Option<&'a str>,
    /// Whether there were zero bytes before the end of the buffer.
    has_zeros: bool,
    fields: &'a [Field],
}

/// A field is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotUtf8;

impl<R: Read> Rows<R> {
    pub(crate) fn new(input: R, encoding: Encoding, dialect: Dialect) -> Self {
        Self::in_chunks(input, encoding, dialect, CHUNK_BYTES)
    }

    /// Reads at most `chunk` bytes at once; it is at least [`BYTES_PER_CHARACTER_MAX`].
    fn in_chunks(input: R, encoding: Encoding, dialect: Dialect, chunk: usize) -> Self {
        let raw = if encoding == Encoding::Utf8 { 0 } else { chunk / BYTES_PER_CHARACTER_MAX };
        Self {
            input,
            encoding,
            dialect,
            raw: vec![0; raw],
            buffer: Buffer::Text(String::new()),
            start: 0,
            found: Vec::with_capacity(AT_ONCE),
            handed: 0,
            begun: Vec::new(),
            rest: Rest::Unknown,
            chunk,
            room: chunk * 2,
            line: 1,
            fields: vec![Field::default(); COLUMNS_MAX],
            has_zeros: false,
        }
    }

    pub(crate) fn input(&self) -> &R {
        &self.input
    }

    /// Goes to the next row that is not an empty line. The row is not returned: it is large, and to write it down and read it
    /// again at once is to wait until all that was written before has arrived.
    #[inline]
    pub(crate) fn next(&mut self) -> io::Result<Step> {
        if self.handed < self.found.len() {
            self.handed += 1;
            return Ok(Step::Row);
        }
        self.find_any()
    }

    fn find_any(&mut self) -> io::Result<Step> {
        let span = loop {
            let (bytes, lines) = scan_blank_lines(&self.buffer.bytes()[self.start..], self.rest);
            self.start += bytes;
            self.line += lines;
            let window = &self.buffer.bytes()[self.start..];
            if window.is_empty() && self.rest == Rest::Nothing {
                return Ok(Step::End);
            }
            if !window.is_empty() {
                match scan(window, self.rest, self.dialect, &mut self.fields) {
                    Scan::Row(span) => break span,
                    Scan::Unclosed => return Ok(Step::Unclosed { line: self.line }),
                    Scan::More => {}
                }
            }
            if !self.fill()? {
                return Ok(Step::TooLong { line: self.line });
            }
        };
        self.found.clear();
        self.found.push(Found { start: self.start, lines: self.line, first: 0, span });
        self.handed = 1;
        self.start += span.bytes;
        self.line += span.lines;
        Ok(Step::Row)
    }

    /// Returns the row that was gone to last; before the first, one without fields.
    #[inline(always)]
    pub(crate) fn row(&self) -> Row<'_> {
        let found = self.handed.checked_sub(1).and_then(|at| self.found.get(at));
        self.at(found.unwrap_or(&Found::NOTHING))
    }

    /// Finds some rows at once, if there are none that are left: [`next`](Self::next) finds one by one what this does not find.
    /// Returns whether it did.
    pub(crate) fn look_ahead(&mut self) -> bool {
        if self.handed < self.found.len() {
            return false;
        }
        self.found.clear();
        self.handed = 0;
        let window = &self.buffer.bytes()[self.start..];
        scan_ahead(window, self.rest, self.dialect, &mut self.fields, &mut self.found);
        let (start, line) = (self.start, self.line);
        for found in &mut self.found {
            found.start += start;
            found.lines += line;
            self.start = found.start + found.span.bytes;
            self.line = found.lines + found.span.lines;
        }
        !self.found.is_empty()
    }

    /// Iterates over the rows that were found at once and will come next.
    pub(crate) fn ahead(&self) -> impl Iterator<Item = Row<'_>> + Clone {
        self.found[self.handed..].iter().map(|found| self.at(found))
    }

    #[inline(always)]
    fn at(&self, found: &Found) -> Row<'_> {
        let &Found { start, lines, first, span } = found;
        let bytes = &self.buffer.bytes()[start..start + span.bytes];
        let text = match &self.buffer {
            Buffer::Text(text) => text.get(start..),
            Buffer::Damaged(_) => std::str::from_utf8(bytes).ok(),
        };
        let fields = &self.fields[first..][..span.field_count.min(COLUMNS_MAX)];
        Row { line: lines, span, bytes, text, has_zeros: self.has_zeros, fields }
    }

    /// Reads on; false when the row at hand fills the largest buffer.
    fn fill(&mut self) -> io::Result<bool> {
        let buffer = std::mem::replace(&mut self.buffer, Buffer::Text(String::new()));
        let mut bytes = buffer.into_bytes();
        bytes.append(&mut self.begun);
        bytes.copy_within(self.start.., 0);
        let mut end = bytes.len() - std::mem::take(&mut self.start);
        if end + self.chunk > self.room {
            if end >= ROW_BYTES_MAX {
                return Ok(false);
            }
            self.room *= 2;
        }
        // Nearly always it is as long already, and nothing is filled with zeros.
        bytes.reserve_exact(self.room - bytes.len());
        bytes.resize(self.room, 0);
        // A full buffer for each scan: a long row is scanned once for each doubling, not for each read.
        while self.rest == Rest::Unknown && end + self.chunk <= self.room {
            end += self.read_chunk(&mut bytes[end..])?;
        }
        bytes.truncate(end);
        self.buffer = self.believe(bytes);
        Ok(true)
    }

    /// Looks whether it is UTF-8, but for a character that does not end yet.
    fn believe(&mut self, bytes: Vec<u8>) -> Buffer {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Buffer::Text(text),
            Err(error) => error,
        };
        let fault = error.utf8_error();
        let mut bytes = error.into_bytes();
        if fault.error_len().is_some() || self.rest == Rest::Nothing {
            return Buffer::Damaged(bytes);
        }
        self.begun.extend_from_slice(&bytes[fault.valid_up_to()..]);
        bytes.truncate(fault.valid_up_to());
        String::from_utf8(bytes).map_or_else(|error| Buffer::Damaged(error.into_bytes()), Buffer::Text)
    }

    /// Reads into `free`, which has room for a chunk, and returns how many bytes it is now.
    fn read_chunk(&mut self, free: &mut [u8]) -> io::Result<usize> {
        let read = match self.encoding {
            Encoding::Utf8 => read_some(&mut self.input, free)?,
            _ => read_some(&mut self.input, &mut self.raw)?,
        };
        if read == 0 {
            self.rest = Rest::Nothing;
        }
        let decoded = match self.encoding {
            Encoding::Utf8 => read,
            Encoding::Latin1 => mem::convert_latin1_to_utf8(&self.raw[..read], free),
            Encoding::Windows1252 => decode_windows_1252(&self.raw[..read], free),
        };
        self.has_zeros |= has_zero(&free[..decoded]);
        Ok(decoded)
    }
}

impl Buffer {
    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Damaged(bytes) => bytes,
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Damaged(bytes) => bytes,
        }
    }
}

/// Looks at many bytes at once, since there hardly ever is one.
fn has_zero(bytes: &[u8]) -> bool {
    bytes.chunks(256).any(|it| it.iter().fold(false, |found, byte| found | (*byte == 0)))
}

/// How many bytes of UTF-8 a character of the single-byte encodings can need.
const BYTES_PER_CHARACTER_MAX: usize = 4;

/// Decodes into `target`, which has room for [`BYTES_PER_CHARACTER_MAX`] bytes for each byte.
fn decode_windows_1252(bytes: &[u8], target: &mut [u8]) -> usize {
    let mut decoder = WINDOWS_1252.new_decoder_without_bom_handling();
    let (result, _, written) = decoder.decode_to_utf8_without_replacement(bytes, target, true);
    debug_assert_eq!(result, DecoderResult::InputEmpty, "every byte is a character of windows-1252");
    written
}

fn read_some(input: &mut impl Read, target: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(target) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl<'a> Row<'a> {
    /// Counts the bytes that nobody writes: what is not UTF-8, and zeros.
    pub(crate) fn damaged_bytes(&self) -> usize {
        if self.text.is_some() && !self.has_zeros {
            return 0;
        }
        let zeros = self.bytes.iter().filter(|it| **it == 0).count();
        zeros + self.bytes.utf8_chunks().map(|it| it.invalid().len()).sum::<usize>()
    }

    /// Returns how long it is, in bytes of UTF-8.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Tells whether it is one line.
    pub(crate) fn is_one_line(&self) -> bool {
        self.span.lines <= u64::from(self.span.terminated)
    }

    /// Returns the text of a field, without quotes and as it stands between them; `None` when there is none.
    #[inline]
    pub(crate) fn field(&self, index: usize) -> Option<Result<RawText<'a>, NotUtf8>> {
        let field = self.fields.get(index)?;
        let text = match self.text {
            // Delimiters and quotes are ASCII, so a field of valid text is valid text.
            Some(text) => text.get(field.range()).ok_or(NotUtf8),
            None => {
                std::str::from_utf8(self.bytes.get(field.range()).unwrap_or_default()).map_err(|_| NotUtf8)
            }
        };
        Some(text.map(|text| RawText { text, escaped: field.is_escaped() }))
    }

    /// Returns the text in which all fields stand as they are meant, if there is one.
    #[inline]
    pub(crate) fn as_written(&self) -> Option<&'a str> {
        self.text.filter(|_| !self.span.escaped)
    }

    /// Returns where a field stands in its row; nowhere, when there is none.
    #[inline]
    pub(crate) fn part(&self, index: usize) -> Range<u32> {
        self.fields.get(index).map_or(0..0, |it| it.part())
    }
}

/// The text of a field, in which quotes may be doubled.
#[derive(Clone, Copy)]
pub(crate) struct RawText<'a> {
    text: &'a str,
    escaped: bool,
}

impl<'a> RawText<'a> {
    /// Returns the text with its doubled quotes.
    pub(crate) fn as_written(self) -> &'a str {
        self.text
    }

    /// Returns the text, with doubled quotes made single in `scratch` where that is needed.
    #[inline]
    pub(crate) fn unescape<'b>(self, quote: u8, scratch: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        if !self.escaped {
            return self.text;
        }
        unescape(self.text, quote, scratch);
        &*scratch
    }
}

/// Makes doubled quotes single.
fn unescape(text: &str, quote: u8, scratch: &mut String) {
    scratch.clear();
    let mut parts = text.split(char::from(quote)).peekable();
    while let Some(part) = parts.next() {
        scratch.push_str(part);
        // Two quotes in a row split into `…`, ``, `…`; one quote is kept of them.
        if parts.peek().is_some() {
            scratch.push(char::from(quote));
            let empty = parts.next();
            debug_assert_eq!(empty, Some(""), "inside of quotes, quotes are doubled");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIALECT: Dialect = Dialect { delimiter: b',', quote: b'"', trim: true };

    /// Shows all rows: line, fields, and what is noticed about them.
    fn shown(input: impl Read, encoding: Encoding, chunk: usize) -> String {
        let mut rows = Rows::in_chunks(input, encoding, DIALECT, chunk);
        let mut text = String::new();
        let mut scratch = String::new();
        loop {
            if rows.look_ahead() {
                let ahead: Vec<u64> = rows.ahead().map(|it| it.line).collect();
                assert!(ahead.is_sorted_by(|left, right| left < right), "{ahead:?}");
            }
            match rows.next().expect("memory can be read") {
                Step::Row => {
                    let row = rows.row();
                    let fields: Vec<String> = (0..row.span.field_count)
                        .map(|index| match row.field(index) {
                            Some(Ok(text)) => text.unescape(b'"', &mut scratch).to_owned(),
                            other => format!("{:?}", other.map(|it| it.is_ok())),
                        })
                        .collect();
                    text.push_str(&format!("{} {fields:?} {:?}\n", row.line, row.span));
                }
                Step::End => return text + "end",
                Step::Unclosed { line } => return format!("{text}unclosed {line}"),
                Step::TooLong { line } => return format!("{text}too long {line}"),
            }
        }
    }

    #[test]
    fn an_endless_row_ends_within_bounded_memory() {
        let endless = (&b"a,\"b"[..]).chain(io::repeat(b'x'));
        let mut rows = Rows::new(endless, Encoding::Utf8, DIALECT);
        assert!(matches!(rows.next(), Ok(Step::TooLong { line: 1 })));
        assert!(rows.room <= 2 * ROW_BYTES_MAX, "{}", rows.room);
    }

    proptest! {
        #[test]
        fn where_chunks_end_makes_no_difference(
            bytes in proptest::collection::vec(prop::sample::select(&b",\"\n\r ab\xc3\xa9\x80"[..]), 0..80),
            chunk in 4_usize..20,
            encoding in prop::sample::select(&[Encoding::Utf8, Encoding::Latin1, Encoding::Windows1252][..]),
        ) {
            let whole = shown(&bytes[..], encoding, 4096);
            prop_assert_eq!(shown(&bytes[..], encoding, chunk), whole);
        }

        #[test]
        fn well_formed_rows_are_cut_as_the_csv_crate_cuts_them(
            fields in "[,\n\r ab]{0,40}", quoted in "[,\n\r ab]{0,10}", rest in "([,\n\r][,\n\rab]{0,40})?",
        ) {
            let text = format!("{fields}\n\"{quoted}\"{rest}");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|row| row.expect("UTF-8").iter().map(str::to_owned).collect()).collect();
            let mut rows = Rows::in_chunks(text.as_bytes(), Encoding::Utf8, DIALECT, 8);
            let mut actual = Vec::new();
            let mut scratch = String::new();
            while rows.next().expect("memory can be read") == Step::Row {
                let row = rows.row();
                let field = |index| row.field(index).and_then(Result::ok);
                let fields = (0..row.span.field_count).filter_map(field);
                actual.push(fields.map(|it| it.unescape(b'"', &mut scratch).to_owned()).collect::<Vec<_>>());
            }
            prop_assert_eq!(actual, expected);
        }
    }
}
