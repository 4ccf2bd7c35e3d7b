//! How objects lie in memory: a head that says where its values end, and the values, one after the other.
//!
//! The head of an object is a row of 16-bit numbers: where its text begins, which of the things beside the rows are its
//! own, and for each cell where its value ends. Cells are the attributes of the layout, and then the version.
//! Text lies in the row as it is, other values as codes of ASCII ([`code`]). What is long, and lists, lie beside the rows.

mod direct;
mod others;
mod pieces;

use super::code;
use crate::ValueKind;
pub(super) use direct::Draft;
use others::Others;
pub(super) use pieces::{Pieces, Special};

/// A 16-bit number of the head has where a value ends in its low bits.
const END: u16 = 0x3fff;
/// There is no value.
const ABSENT: u16 = 0x4000;
/// The row has only the code of a place beside the rows.
const ELSEWHERE: u16 = 0x8000;

/// The longest row, in bytes.
pub(super) const ROW_BYTES_MAX: usize = END as usize;
/// How many attributes there may be: for each of them, the code of a place fits into the row.
pub(super) const WIDTH_MAX: usize = ROW_BYTES_MAX / code::PLACE_BYTES - 1;

const _: () = assert!(WIDTH_MAX < code::PLACES, "each cell may need a place");

/// Where the head has what: the beginning of the text in three parts, that of the things beside in two, a zero as the
/// end before the first value, and then the ends.
const BESIDE: usize = 3;
const FIRST: usize = 6;

/// Something that lies beside the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// A long text, or a code in a row of which too much would lie in the row.
    Long { start: usize, length: usize },
    /// Several values: texts and codes that follow each other from `start`, and where they end, from `first`.
    List { start: usize, first: usize, count: usize },
    /// One or more values that are no text.
    Others { kind: ValueKind, first: usize, count: usize },
}

/// What a cell holds.
#[derive(Clone, Copy)]
pub(super) enum Held<'a> {
    Absent,
    /// A text, or the code of a value.
    Text(&'a str),
    /// Several of them: where each ends in the text.
    List(&'a [u32], &'a str),
    /// Values that are no text.
    Others {
        first: usize,
        count: usize,
    },
}

/// All of it.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) heads: Vec<u16>,
    text: String,
    beside: Vec<Beside>,
    long: String,
    list_ends: Vec<u32>,
    pub(super) others: Others,
}

/// How many 16-bit numbers the head of a row of so many attributes has.
pub(super) const fn stride(width: usize) -> usize {
    FIRST + width + 1
}

#[inline]
fn start(head: &[u16]) -> usize {
    usize::from(head[0]) | usize::from(head[1]) << 16 | usize::from(head[2]) << 32
}

#[inline]
fn parts(number: usize) -> [u16; 3] {
    [number as u16, (number >> 16) as u16, (number >> 32) as u16]
}

fn beside_start(head: &[u16]) -> usize {
    usize::from(head[BESIDE]) | usize::from(head[BESIDE + 1]) << 16
}

/// Tells whether the cell is absent.
#[inline]
pub(super) fn is_absent(head: &[u16], cell: usize) -> bool {
    head[FIRST + cell] & ABSENT != 0
}

impl Rows {
    /// Returns what a cell holds.
    #[inline]
    pub(super) fn held<'a>(&'a self, head: &[u16], cell: usize) -> Held<'a> {
        let end = head[FIRST + cell];
        if end & (ABSENT | ELSEWHERE) == 0 {
            return Held::Text(self.in_row(head, cell));
        }
        if end & ABSENT != 0 { Held::Absent } else { self.elsewhere(head, cell) }
    }

    /// Returns the text or code of a cell, if it holds one.
    #[inline]
    pub(super) fn text<'a>(&'a self, head: &[u16], cell: usize) -> Option<&'a str> {
        match self.held(head, cell) {
            Held::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Tells whether the text or code of a cell is this one, if it holds one in its row. Most others are of another length,
    /// so that they are not read.
    #[inline]
    pub(super) fn is_text(&self, head: &[u16], cell: usize, text: &str) -> Option<bool> {
        if head[FIRST + cell] & (ABSENT | ELSEWHERE) != 0 {
            return None;
        }
        let is_as_long = Self::length(head, cell) == text.len();
        Some(is_as_long && same_bytes(self.in_row(head, cell).as_bytes(), text.as_bytes()))
    }

    #[inline]
    fn in_row(&self, head: &[u16], cell: usize) -> &str {
        let (start, begin, end) = (start(head), head[FIRST - 1 + cell] & END, head[FIRST + cell] & END);
        self.text.get(start + usize::from(begin)..start + usize::from(end)).unwrap_or_default()
    }

    fn elsewhere(&self, head: &[u16], cell: usize) -> Held<'_> {
        let place = beside_start(head) + code::read_place(self.in_row(head, cell));
        match self.beside.get(place) {
            Some(&Beside::Long { start, length }) => {
                Held::Text(self.long.get(start..start + length).unwrap_or_default())
            }
            Some(&Beside::List { start, first, count }) => {
                let ends = self.list_ends.get(first..first + count).unwrap_or_default();
                let length = ends.last().map_or(0, |it| *it as usize);
                Held::List(ends, self.long.get(start..start + length).unwrap_or_default())
            }
            Some(&Beside::Others { first, count, .. }) => Held::Others { first, count },
            None => Held::Absent,
        }
    }

    /// Returns a short text as a number that no other text has: up to seven bytes, and how many there are.
    #[inline]
    pub(super) fn short(&self, head: &[u16], cell: usize) -> Option<u64> {
        const MOST: usize = 7;
        let end = head[FIRST + cell];
        if end & ABSENT != 0 {
            return Some(0);
        }
        let length = Self::length(head, cell);
        if end & ELSEWHERE != 0 || length > MOST {
            return None;
        }
        let begin = start(head) + usize::from(head[FIRST - 1 + cell] & END);
        let bytes = self.text.as_bytes().get(begin..)?;
        let number = match bytes.first_chunk::<8>() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        };
        let mask = (1_u64 << (8 * length)) - 1;
        Some(number & mask | (length as u64 + 1) << 56)
    }

    /// Tells whether `count` cells of a row hold, byte by byte, what those of another row hold. `false` says nothing.
    #[inline]
    pub(super) fn same(
        &self,
        (head, cell): (&[u16], usize),
        other: &Self,
        (other_head, other_cell): (&[u16], usize),
        count: usize,
    ) -> bool {
        let ends = &head[FIRST - 1 + cell..][..=count];
        let other_ends = &other_head[FIRST - 1 + other_cell..][..=count];
        let (begin, other_begin) = (ends[0] & END, other_ends[0] & END);
        // How far one is behind the other, which is the same for all if all are of the same length.
        let ahead = begin.wrapping_sub(other_begin);
        let (mut differ, mut flags) = (0, 0);
        for (&left, &right) in ends[1..].iter().zip(&other_ends[1..]) {
            differ |= ((left & END) ^ (right & END).wrapping_add(ahead)) | (left ^ right) & !END;
            flags |= left;
        }
        if differ != 0 || flags & ELSEWHERE != 0 {
            return false;
        }
        let length = usize::from(ends[count] & END) - usize::from(begin);
        let at = start(head) + usize::from(begin);
        let other_at = start(other_head) + usize::from(other_begin);
        let bytes = self.text.as_bytes().get(at..at + length);
        let other_bytes = other.text.as_bytes().get(other_at..other_at + length);
        match (bytes, other_bytes) {
            (Some(bytes), Some(other_bytes)) => same_bytes(bytes, other_bytes),
            _ => false,
        }
    }

    /// Returns the length of what a cell holds in its row.
    #[inline]
    pub(super) fn length(head: &[u16], cell: usize) -> usize {
        usize::from(head[FIRST + cell] & END).saturating_sub(usize::from(head[FIRST - 1 + cell] & END))
    }

    /// Reads a byte of each line of memory that a head lies in.
    #[inline]
    pub(super) fn touch_head(head: &[u16]) -> u8 {
        const A_LINE: usize = 32;
        let last = head.last().copied().unwrap_or_default();
        head.iter().step_by(A_LINE).fold(last, |seen, it| seen ^ it) as u8
    }

    /// Reads a byte of each line of memory that some cells of a row lie in.
    #[inline]
    pub(super) fn touch(&self, head: &[u16], cells: std::ops::Range<usize>) -> u8 {
        const A_LINE: usize = 64;
        let start = start(head);
        let begin = start + usize::from(head[FIRST - 1 + cells.start] & END);
        let end = start + usize::from(head[FIRST - 1 + cells.end] & END);
        let text = self.text.as_bytes().get(begin..end).unwrap_or_default();
        let last = text.last().copied().unwrap_or_default();
        text.iter().step_by(A_LINE).fold(last, |seen, it| seen ^ it)
    }

    /// Returns how many things lie beside the rows.
    pub(super) fn besides(&self) -> usize {
        self.beside.len()
    }

    /// Adds a row.
    pub(super) fn push(&mut self, pieces: &Pieces) {
        self.open();
        let (text_before, beside_before) = (self.text.len(), self.beside.len());
        let inline_max = pieces.inline_max();
        // What follows each other in the pieces, too, is copied at once.
        let mut run = 0..0;
        let mut length = 0;
        for piece in &pieces.cells {
            let flag = match (piece.text(), pieces.specials.get(piece.to as usize)) {
                (Some((from, to)), _) if to - from <= inline_max => {
                    if from != run.end {
                        self.text.push_str(&pieces.text[run]);
                        run = from..from;
                    }
                    run.end = to;
                    length += to - from;
                    0
                }
                (Some((from, to)), _) => {
                    self.beside.push(Beside::Long { start: self.long.len(), length: to - from });
                    self.long.push_str(&pieces.text[from..to]);
                    ELSEWHERE
                }
                (None, None) => ABSENT,
                (None, Some(&Special::List { text: (from, to), ends: (first, last) })) => {
                    let list = Beside::List {
                        start: self.long.len(),
                        first: self.list_ends.len(),
                        count: last - first,
                    };
                    self.beside.push(list);
                    self.long.push_str(&pieces.text[from..to]);
                    self.list_ends.extend_from_slice(&pieces.ends[first..last]);
                    ELSEWHERE
                }
                (None, Some(&Special::Others { kind, first, count })) => {
                    self.beside.push(Beside::Others { kind, first, count });
                    ELSEWHERE
                }
            };
            if flag == ELSEWHERE {
                self.text.push_str(&pieces.text[std::mem::take(&mut run)]);
                let place = self.beside.len() - beside_before - 1;
                self.text.push_str(code::Code::place(place).as_str());
                length += code::PLACE_BYTES;
            }
            self.heads.push(length as u16 | flag);
        }
        self.text.push_str(&pieces.text[run]);
        debug_assert_eq!(self.text.len() - text_before, length, "a row is as long as its head says");
    }

    /// Takes all rows of `other` in, of the same stride.
    pub(super) fn append(&mut self, mut other: Self, stride: usize) {
        let (text, beside) = (self.text.len(), self.beside.len());
        for head in other.heads.chunks_exact_mut(stride) {
            let [low, mid, high] = parts(start(head) + text);
            let [beside_low, beside_high, _] = parts(beside_start(head) + beside);
            head[..FIRST - 1].copy_from_slice(&[low, mid, high, beside_low, beside_high]);
        }
        let (long, list_ends) = (self.long.len(), self.list_ends.len());
        let others = [ValueKind::Binary, ValueKind::Complex, ValueKind::Secret];
        let others = others.map(|it| (it, self.others.count(it)));
        self.beside.extend(other.beside.into_iter().map(|it| match it {
            Beside::Long { start, length } => Beside::Long { start: start + long, length },
            Beside::List { start, first, count } => {
                Beside::List { start: start + long, first: first + list_ends, count }
            }
            Beside::Others { kind, first, count } => {
                let before = others.iter().find(|it| it.0 == kind).map_or(0, |it| it.1);
                Beside::Others { kind, first: first + before, count }
            }
        }));
        self.heads.append(&mut other.heads);
        self.text.push_str(&other.text);
        self.long.push_str(&other.long);
        self.list_ends.append(&mut other.list_ends);
        self.others.append(other.others);
    }

    /// Makes room for as many rows and a little more text than others have.
    pub(super) fn reserve_as(&mut self, others: &Self) {
        self.heads.reserve_exact(others.heads.len());
        self.text.reserve_exact(others.text.len() + others.text.len() / 8);
    }

    /// Gives back what is not used.
    pub(super) fn shrink(&mut self) {
        self.heads.shrink_to_fit();
        self.text.shrink_to_fit();
        self.beside.shrink_to_fit();
        self.long.shrink_to_fit();
        self.list_ends.shrink_to_fit();
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.heads.capacity() * size_of::<u16>()
            + self.text.capacity()
            + self.beside.capacity() * size_of::<Beside>()
            + self.long.capacity()
            + self.list_ends.capacity() * size_of::<u32>()
            + self.others.memory_bytes()
    }
}

/// Compares texts, eight bytes at a time, since few are much longer.
#[inline]
pub(super) fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    const FEW: usize = 32;
    if left.len() != right.len() {
        return false;
    }
    match (left.last_chunk::<8>(), right.last_chunk::<8>()) {
        (Some(left_end), Some(right_end)) if left.len() <= FEW => {
            let (left, right) = (left.as_chunks::<8>().0, right.as_chunks::<8>().0);
            left_end == right_end && left.iter().zip(right).all(|it| it.0 == it.1)
        }
        (None, None) => left.iter().zip(right).fold(0, |differ, it| differ | (it.0 ^ it.1)) == 0,
        _ => left == right,
    }
}
