//! A row on its way in: what its cells hold, whatever came in whatever order.

use super::ROW_BYTES_MAX;
use crate::ValueKind;
use crate::records::code;

/// What a cell of a row on its way in holds: from where to where its text is, or which of the others it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::records) struct Piece {
    from: u32,
    pub(super) to: u32,
}

/// What is no single text.
#[derive(Clone, Copy, Debug)]
pub(in crate::records) enum Special {
    /// From where to where in the text, and which of the ends.
    List {
        text: (usize, usize),
        ends: (usize, usize),
    },
    Others {
        kind: ValueKind,
        first: usize,
        count: usize,
    },
}

/// A row on its way in.
#[derive(Default)]
pub(in crate::records) struct Pieces {
    pub(in crate::records) text: String,
    pub(in crate::records) ends: Vec<u32>,
    pub(super) cells: Vec<Piece>,
    pub(super) specials: Vec<Special>,
}

impl Piece {
    /// Where the text of no piece begins.
    const NOWHERE: u32 = u32::MAX;
    const ABSENT: Self = Self { from: Self::NOWHERE, to: Self::NOWHERE };

    /// Returns from where to where its text is.
    #[inline]
    pub(super) fn text(self) -> Option<(usize, usize)> {
        (self.from != Self::NOWHERE).then_some((self.from as usize, self.to as usize))
    }
}

impl Pieces {
    /// Texts that are longer lie beside the rows.
    pub(super) const LONG: usize = 1_023;

    /// Drops all of it, for the next row.
    pub(in crate::records) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.cells.clear();
        self.specials.clear();
    }

    /// Makes so many cells, all of them absent.
    pub(in crate::records) fn make(&mut self, cells: usize) {
        self.cells.resize(cells, Piece::ABSENT);
    }

    /// Makes a cell hold what the text has from some place on. There must have been [room](Self::takes) for it.
    #[inline]
    pub(in crate::records) fn set_text(&mut self, cell: usize, from: usize) {
        self.set_between(cell, from, self.text.len());
    }

    #[inline]
    pub(super) fn set_between(&mut self, cell: usize, from: usize, to: usize) {
        let place = |it: usize| u32::try_from(it).unwrap_or(Piece::NOWHERE);
        if let Some(piece) = self.cells.get_mut(cell) {
            *piece = Piece { from: place(from), to: place(to) };
        }
    }

    /// Tells whether there is room for a text of so many bytes.
    #[inline]
    pub(in crate::records) fn takes(&self, bytes: usize) -> bool {
        self.text.len() + bytes < Piece::NOWHERE as usize
    }

    pub(in crate::records) fn set_special(&mut self, cell: usize, special: Option<Special>) {
        let Some(piece) = self.cells.get_mut(cell) else { return };
        *piece = Piece::ABSENT;
        if let Some(special) = special {
            piece.to = u32::try_from(self.specials.len()).unwrap_or(Piece::NOWHERE);
            self.specials.push(special);
        }
    }

    /// Returns the longest text that the row takes: few bytes if there are so many texts that it would be too long.
    pub(super) fn inline_max(&self) -> usize {
        let places = self.cells.len() * code::PLACE_BYTES;
        if self.text.len() + places <= ROW_BYTES_MAX {
            return Self::LONG;
        }
        let inline = self.cells.iter().map(|it| match it.text() {
            Some((from, to)) if to - from <= Self::LONG => to - from,
            _ => 0,
        });
        if inline.sum::<usize>() + places <= ROW_BYTES_MAX { Self::LONG } else { code::PLACE_BYTES }
    }
}
