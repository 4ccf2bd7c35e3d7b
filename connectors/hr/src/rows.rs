//! Which rows does an input have? Reads in chunks, decodes, and hands out one row after the other.
//!
//! Memory is bounded by [`ROW_BYTES_MAX`], whatever the input holds.

use std::io::{self, Read};

use encoding_rs::{DecoderResult, WINDOWS_1252, mem};

use crate::config::Encoding;
use crate::limits::{CHUNK_BYTES, ROW_BYTES_MAX};
use crate::scan::{Dialect, Field, Rest, Scan, Span, scan, scan_blank_lines};

/// The rows of an input.
pub(crate) struct Rows<R> {
    input: R,
    encoding: Encoding,
    dialect: Dialect,
    /// Bytes as they were read, when they have to be decoded.
    raw: Vec<u8>,
    /// Decoded bytes; those between `start` and `end` are not scanned yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    rest: Rest,
    /// How many bytes are read at once.
    chunk: usize,
    /// The line at `start`, from 1.
    line: u64,
    fields: Vec<Field>,
    /// Whether there was a zero byte so far: what a file system gives for a page that it lost.
    has_zeros: bool,
}

/// What comes next in an input.
pub(crate) enum Step<'a> {
    Row(Row<'a>),
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
    /// The whole row, if all of it is UTF-8.
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
            buffer: vec![0; chunk * 2],
            start: 0,
            end: 0,
            rest: Rest::Unknown,
            chunk,
            line: 1,
            fields: Vec::new(),
            has_zeros: false,
        }
    }

    pub(crate) fn input(&self) -> &R {
        &self.input
    }

    /// Returns the next row that is not an empty line.
    pub(crate) fn next(&mut self) -> io::Result<Step<'_>> {
        let span = loop {
            let (bytes, lines) = scan_blank_lines(&self.buffer[self.start..self.end], self.rest);
            self.start += bytes;
            self.line += lines;
            let window = &self.buffer[self.start..self.end];
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
        let bytes = &self.buffer[self.start..self.start + span.bytes];
        let text = std::str::from_utf8(bytes).ok();
        let has_zeros = self.has_zeros;
        let row = Row { line: self.line, span, bytes, text, has_zeros, fields: &self.fields };
        self.start += span.bytes;
        self.line += span.lines;
        Ok(Step::Row(row))
    }

    /// Reads on; false when the row at hand fills the largest buffer.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end + self.chunk > self.buffer.len() {
            if self.end >= ROW_BYTES_MAX {
                return Ok(false);
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        // A full buffer for each scan: a long row is scanned once for each doubling, not for each read.
        while self.rest == Rest::Unknown && self.end + self.chunk <= self.buffer.len() {
            self.read_chunk()?;
        }
        Ok(true)
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let free = &mut self.buffer[self.end..];
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
        self.has_zeros |= free[..decoded].contains(&0);
        self.end += decoded;
        Ok(())
    }
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
        let range = field.start as usize..field.end as usize;
        let text = match self.text {
            // Delimiters and quotes are ASCII, so a field of valid text is valid text.
            Some(text) => text.get(range).ok_or(NotUtf8),
            None => std::str::from_utf8(self.bytes.get(range).unwrap_or_default()).map_err(|_| NotUtf8),
        };
        Some(text.map(|text| RawText { text, escaped: field.escaped }))
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
            match rows.next().expect("memory can be read") {
                Step::Row(row) => {
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
        assert!(rows.buffer.capacity() <= 2 * ROW_BYTES_MAX, "{}", rows.buffer.capacity());
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
            while let Step::Row(row) = rows.next().expect("memory can be read") {
                let field = |index| row.field(index).and_then(Result::ok);
                let fields = (0..row.span.field_count).filter_map(field);
                actual.push(fields.map(|it| it.unescape(b'"', &mut scratch).to_owned()).collect::<Vec<_>>());
            }
            prop_assert_eq!(actual, expected);
        }
    }
}
