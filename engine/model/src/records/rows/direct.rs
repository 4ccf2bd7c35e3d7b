//! A row that comes in order: for who hands short texts over cell after cell, as a file has them.

use std::ops::Range;

use super::{ABSENT, END, FIRST, Pieces, ROW_BYTES_MAX, Rows, parts};

/// A row on its way in of which every cell so far came in order, and lies there as it will lie in the records.
#[derive(Default)]
pub(in crate::records) struct Draft {
    /// Its text, and behind it what is of no meaning. It grows to the longest row at most.
    bytes: Vec<u8>,
    /// How long its text is so far.
    length: usize,
    /// Where each cell ends, as in the head of a row.
    ends: Vec<u16>,
    /// How many cells are written.
    next: usize,
}

/// Nearly every text is shorter than this.
const FEW: usize = 32;

impl Draft {
    /// Begins a row of so many cells.
    pub(in crate::records) fn begin(&mut self, cells: usize) {
        self.ends.resize(cells, 0);
        self.length = 0;
        self.next = 0;
    }

    /// Writes a part of a text into a cell. Returns whether that can be: it is not before those that are written, the part
    /// is one, not long, and the row not full.
    #[inline]
    pub(in crate::records) fn put(&mut self, cell: usize, text: &str, part: Range<usize>) -> bool {
        let Some(value) = text.get(part) else { return false };
        let length = self.length + value.len();
        let is_next = cell >= self.next && cell < self.ends.len();
        if !is_next || value.len() > Pieces::LONG || length > ROW_BYTES_MAX {
            return false;
        }
        self.skip(cell);
        if self.bytes.len() < length + FEW {
            let room = (length + FEW).next_power_of_two().max(Pieces::LONG);
            self.bytes.resize(room.min(ROW_BYTES_MAX), 0);
        }
        self.bytes[self.length..length].copy_from_slice(value.as_bytes());
        self.length = length;
        self.ends[cell] = length as u16;
        self.next = cell + 1;
        true
    }

    /// Writes parts of a text into the cells from `first` on, where an empty part is an absent value. It stops at the first one
    /// of [`FEW`] bytes or more, or behind which the text has fewer; returns how many were written.
    ///
    /// Always [`FEW`] bytes are copied, which takes less than to copy as many as there are: the next text overwrites what is
    /// too much.
    pub(in crate::records) fn put_few(&mut self, first: usize, text: &str, parts: &[Range<u32>]) -> usize {
        if first < self.next || first > self.ends.len() {
            return 0;
        }
        self.skip(first);
        let text = text.as_bytes();
        let mut length = self.length;
        let mut count = 0;
        for (end, part) in self.ends[first..].iter_mut().zip(parts) {
            let (start, bytes) = (part.start as usize, part.end.wrapping_sub(part.start) as usize);
            let source = text.get(start..).and_then(|it| it.first_chunk::<FEW>());
            let target = self.bytes.get_mut(length..).and_then(|it| it.first_chunk_mut::<FEW>());
            let (Some(source), Some(target), true) = (source, target, bytes < FEW) else { break };
            if !is_first(source[0]) || !is_first(source[bytes]) {
                break;
            }
            *target = *source;
            length += bytes;
            *end = length as u16 | if bytes == 0 { ABSENT } else { 0 };
            count += 1;
        }
        self.length = length;
        self.next = first + count;
        count
    }

    /// Makes the cells from the next one to `cell` absent.
    #[inline]
    fn skip(&mut self, cell: usize) {
        while self.next < cell {
            self.ends[self.next] = self.length as u16 | ABSENT;
            self.next += 1;
        }
    }

    /// Makes pieces of it.
    pub(in crate::records) fn take_apart(&self, pieces: &mut Pieces) {
        pieces.text.push_str(self.text());
        let mut begin = 0;
        for (cell, &end) in self.ends[..self.next].iter().enumerate() {
            if end & ABSENT == 0 {
                pieces.set_between(cell, begin, end.into());
            }
            begin = usize::from(end & END);
        }
    }

    /// INVARIANT: texts were copied into it, each of them whole.
    fn text(&self) -> &str {
        let text = std::str::from_utf8(&self.bytes[..self.length]);
        debug_assert!(text.is_ok(), "texts that follow each other are a text");
        text.unwrap_or_default()
    }
}

/// Tells whether a byte of a text is the first one of a character.
#[inline]
fn is_first(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

impl Rows {
    /// Begins a row behind the last one.
    pub(super) fn open(&mut self) {
        let [start_low, start_mid, start_high] = parts(self.text.len());
        let [beside_low, beside_high, _] = parts(self.beside.len());
        let first: [u16; FIRST] = [start_low, start_mid, start_high, beside_low, beside_high, 0];
        self.heads.extend_from_slice(&first);
    }

    /// Adds a row; the cells that it lacks are absent.
    pub(in crate::records) fn push_draft(&mut self, draft: &mut Draft) {
        draft.skip(draft.ends.len());
        self.open();
        self.text.push_str(draft.text());
        self.heads.extend_from_slice(&draft.ends);
    }
}
