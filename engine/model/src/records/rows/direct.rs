//! A row that is written where it stays: for who hands short texts over in the order of the cells, as a file has them.

use super::{ABSENT, END, FIRST, Pieces, ROW_BYTES_MAX, Rows, parts};

impl Rows {
    /// Begins a row behind the last one.
    pub(in crate::records) fn open(&mut self) {
        let [start_low, start_mid, start_high] = parts(self.text.len());
        let [beside_low, beside_high, _] = parts(self.beside.len());
        self.heads.extend([start_low, start_mid, start_high, beside_low, beside_high, 0]);
        self.opened = self.text.len();
    }

    /// Writes a text into a cell of the row that is open, of which `next` cells are written. Returns whether that can be: it
    /// is not before them, not long, and the row not full.
    #[inline]
    pub(in crate::records) fn put(&mut self, next: usize, cell: usize, text: &str) -> bool {
        let length = self.text.len() - self.opened;
        if cell < next || text.len() > Pieces::LONG || length + text.len() > ROW_BYTES_MAX {
            return false;
        }
        self.skip(next, cell);
        self.text.push_str(text);
        self.heads.push((length + text.len()) as u16);
        true
    }

    /// Makes the cells from `next` to `cell` of the row that is open absent.
    #[inline]
    pub(in crate::records) fn skip(&mut self, next: usize, cell: usize) {
        let end = (self.text.len() - self.opened) as u16;
        for _ in next..cell {
            self.heads.push(end | ABSENT);
        }
    }

    /// Takes the row that is open away, of which `next` cells are written, and makes pieces of it.
    pub(in crate::records) fn reopen(&mut self, next: usize, pieces: &mut Pieces) {
        let head = self.heads.len() - next;
        pieces.text.push_str(&self.text[self.opened..]);
        for cell in 0..next {
            let (begin, end) = (self.heads[head + cell - 1] & END, self.heads[head + cell]);
            if end & ABSENT == 0 {
                pieces.set_between(cell, begin.into(), end.into());
            }
        }
        self.close(next);
    }

    /// Takes the row that is open away, of which `next` cells are written.
    pub(in crate::records) fn close(&mut self, next: usize) {
        self.heads.truncate(self.heads.len() - next - FIRST);
        self.text.truncate(self.opened);
    }
}
