//! Whose row is it: the ids of all rows, found by their text.

use std::hash::BuildHasher as _;
use std::num::NonZero;

use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;

use super::index::Index;

/// An id of up to fifteen bytes, which most are, or where a longer one lies.
///
/// The last byte is the length, or [`LONG`]; then the first eight bytes are the place of its text, and four more its length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cell([u8; 16]);

const SHORT_MAX: usize = 15;
const LONG: u8 = 0xff;

impl Cell {
    /// Makes the cell of an id, as one number, if it is not empty and not long.
    ///
    /// Nothing is written to memory on the way: to read at once, as a whole, what was written in parts is to wait until all that
    /// was written before has arrived.
    #[inline]
    fn short(id: &str) -> Option<NonZero<u128>> {
        let bytes = id.as_bytes();
        let length = bytes.len();
        // The last few bytes repeat some of the first few.
        let number = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            _ if length > SHORT_MAX => return None,
            (Some(first), Some(last)) => {
                let last = u128::from(u64::from_le_bytes(*last)) << (8 * (length - 8));
                u128::from(u64::from_le_bytes(*first)) | last
            }
            _ => bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte)),
        };
        NonZero::new(number | (length as u128) << (8 * SHORT_MAX))
    }

    #[inline]
    fn of(short: NonZero<u128>) -> Self {
        Self(short.get().to_le_bytes())
    }

    #[inline]
    fn is(self, short: NonZero<u128>) -> bool {
        u128::from_le_bytes(self.0) == short.get()
    }

    fn long(start: usize, length: u32) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&(start as u64).to_le_bytes());
        bytes[8..12].copy_from_slice(&length.to_le_bytes());
        bytes[SHORT_MAX] = LONG;
        Self(bytes)
    }

    #[inline]
    fn text<'a>(&'a self, long: &'a str) -> &'a str {
        let length = usize::from(self.0[SHORT_MAX]);
        if length <= SHORT_MAX {
            return std::str::from_utf8(&self.0[..length]).unwrap_or_default();
        }
        let (start, length) = self.place();
        long.get(start..start + length).unwrap_or_default()
    }

    #[inline]
    fn is_long(self) -> bool {
        self.0[SHORT_MAX] == LONG
    }

    /// Returns where the text of a long id lies, and how long it is.
    fn place(self) -> (usize, usize) {
        let (start, rest) = self.0.split_first_chunk().unwrap_or((&[0; 8], &[]));
        let length = rest.first_chunk().unwrap_or(&[0; 4]);
        (u64::from_le_bytes(*start) as usize, u32::from_le_bytes(*length) as usize)
    }
}

/// The ids of all rows.
#[derive(Default)]
pub(super) struct Ids {
    cells: Vec<Cell>,
    long: String,
    hashes: Vec<u32>,
    index: Index,
}

/// What an id is looked up by.
#[derive(Clone, Copy)]
pub(super) struct Key {
    hash: u32,
    short: Option<NonZero<u128>>,
}

impl Key {
    #[inline]
    pub(super) fn of(id: &str) -> Self {
        Self { hash: hash_of(id), short: Cell::short(id) }
    }

    #[inline]
    pub(super) fn hash(self) -> u32 {
        self.hash
    }

    /// Tells whether it has all of the id.
    pub(super) fn is_whole(self) -> bool {
        self.short.is_some()
    }
}

/// The hash of an id, the same for all records of a process.
fn hash_of(id: &str) -> u32 {
    (SeedableRandomState::with_seed(0, SharedSeed::global_random()).hash_one(id) >> 32) as u32
}

impl Ids {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Returns the id of a row; of none that is not there.
    #[inline]
    pub(super) fn at(&self, row: usize) -> &str {
        self.cells.get(row).map_or("", |it| it.text(&self.long))
    }

    /// Tells whether a row has an id.
    #[inline]
    pub(super) fn is_at(&self, id: &str, row: usize) -> bool {
        match Cell::short(id) {
            Some(short) => self.cells.get(row).is_some_and(|it| it.is(short)),
            None => self.at(row) == id,
        }
    }

    /// Tells whether a row has the id of this key.
    #[inline]
    pub(super) fn has(&self, row: usize, id: &str, key: Key) -> bool {
        key.short.map_or_else(|| self.at(row) == id, |it| self.cells[row].is(it))
    }

    pub(super) fn find(&self, id: &str, key: Key) -> Option<u32> {
        let is_it = |row: u32| self.has(row as usize, id, key);
        self.index.find(key.hash, is_it).or_else(|| self.find_listed(key.hash, id))
    }

    /// Finds a row that may have an id, and nearly always has if one has: whose hash begins alike.
    #[inline]
    pub(super) fn likely(&self, id: &str) -> Option<u32> {
        let hash = hash_of(id);
        self.index.find(hash, |_| true).or_else(|| self.find_listed(hash, id))
    }

    /// Finds an id among those that are not in the index, which are all or none.
    #[inline]
    fn find_listed(&self, hash: u32, id: &str) -> Option<u32> {
        if self.index.len() > 0 {
            return None;
        }
        let rows = (0_u32..).zip(&self.hashes).filter(|it| *it.1 == hash);
        rows.map(|it| it.0).find(|row| self.is_at(id, *row as usize))
    }

    /// Reads a byte of the id of a row.
    #[inline]
    pub(super) fn touch(&self, row: usize) -> u8 {
        self.cells.get(row).map_or(0, |it| it.0[SHORT_MAX])
    }

    /// Reads a byte of the text of the id of a row, if it is a long one.
    #[inline]
    pub(super) fn touch_long(&self, row: usize) -> u8 {
        match self.cells.get(row) {
            Some(cell) if cell.is_long() => {
                self.long.as_bytes().get(cell.place().0).copied().unwrap_or_default()
            }
            _ => 0,
        }
    }

    /// Makes the next row that of an id, which no row has yet.
    pub(super) fn add(&mut self, id: &str, key: Key) {
        let Ok(row) = u32::try_from(self.cells.len()) else { return };
        self.make_places(1);
        self.index.insert(key.hash, row);
        self.list(id, key);
    }

    /// Makes the next row that of an id, without an entry in the index: [`find`](Self::find) goes through all of them until there
    /// [is one](Self::index_all).
    pub(super) fn list(&mut self, id: &str, key: Key) {
        self.hashes.push(key.hash);
        let Self { cells, long, .. } = self;
        cells.push(key.short.map(Cell::of).unwrap_or_else(|| {
            let start = long.len();
            long.push_str(id);
            Cell::long(start, u32::try_from(id.len()).unwrap_or(u32::MAX))
        }));
    }

    /// Makes the next rows those of other ids, which no row has yet. Only if all others are in the index, they are.
    pub(super) fn list_all(&mut self, other: &Self) {
        let is_indexed = self.is_indexed() && !self.cells.is_empty();
        if is_indexed {
            self.make_places(other.cells.len());
            for (row, hash) in (0_u32..).skip(self.cells.len()).zip(&other.hashes) {
                self.index.insert(*hash, row);
            }
        }
        let (first, start) = (self.cells.len(), self.long.len());
        self.cells.extend_from_slice(&other.cells);
        self.hashes.extend_from_slice(&other.hashes);
        if !other.long.is_empty() {
            self.long.push_str(&other.long);
            for cell in self.cells[first..].iter_mut().filter(|it| it.is_long()) {
                let (place, length) = cell.place();
                *cell = Cell::long(start + place, length as u32);
            }
        }
    }

    fn is_indexed(&self) -> bool {
        self.index.len() == self.cells.len()
    }

    /// Enters all ids into the index, if they are not there.
    pub(super) fn index_all(&mut self) {
        if !self.is_indexed() {
            self.make_index(self.cells.len());
        }
    }

    /// Makes the next row that of the id that a row of `other` has, unless it is there already.
    pub(super) fn take_in(&mut self, other: &Self, row: usize) -> bool {
        let (Some(&cell), Some(&hash)) = (other.cells.get(row), other.hashes.get(row)) else { return false };
        let Ok(place) = u32::try_from(self.cells.len()) else { return false };
        let id = if cell.is_long() { Some(other.at(row)) } else { None };
        let is_it = |row: u32| {
            let held = self.cells[row as usize];
            id.map_or_else(|| held == cell, |it| held.text(&self.long) == it)
        };
        if self.index.find(hash, is_it).is_some() {
            return false;
        }
        self.make_places(1);
        self.index.insert(hash, place);
        match id {
            Some(id) => self.list(id, Key { hash, short: None }),
            None => {
                self.cells.push(cell);
                self.hashes.push(hash);
            }
        }
        true
    }

    /// Makes room for so many more that are only listed.
    pub(super) fn reserve(&mut self, more: usize) {
        self.cells.reserve(more);
        self.hashes.reserve(more);
    }

    /// Makes room for so many more in the index.
    ///
    /// A larger one is made in the order of the rows, whose hashes follow each other: in the order of the old index, as the
    /// table would do it, each would be looked up somewhere else.
    #[inline]
    pub(super) fn make_places(&mut self, more: usize) {
        if self.index.capacity() - self.index.len() < more {
            self.make_index((self.index.len() + more).max(2 * self.index.capacity()));
        }
    }

    #[cold]
    fn make_index(&mut self, most: usize) {
        let mut wider = Index::with_capacity(most);
        for (row, hash) in (0_u32..).zip(&self.hashes) {
            wider.insert(*hash, row);
        }
        self.index = wider;
    }

    pub(super) fn shrink(&mut self) {
        self.cells.shrink_to_fit();
        self.long.shrink_to_fit();
        self.hashes.shrink_to_fit();
        if self.is_indexed() && self.index.capacity() > self.index.len() / 4 * 5 {
            self.make_index(self.cells.len());
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
            + self.long.capacity()
            + self.hashes.capacity() * size_of::<u32>()
            + self.index.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_whether_they_came_one_by_one_or_together() {
        let id = |row: usize| {
            if row.is_multiple_of(3) {
                format!("a long id, the one with the number {row}")
            } else {
                row.to_string()
            }
        };
        let (mut ids, mut others) = (Ids::default(), Ids::default());
        let add = |ids: &mut Ids, row| ids.add(&id(row), Key::of(&id(row)));
        (0..3).for_each(|row| add(&mut ids, row));
        (3..100).for_each(|row| add(&mut others, row));
        ids.list_all(&others);
        assert!(ids.is_indexed(), "nothing is in the index twice, or not at all");
        assert!(!ids.take_in(&others, 50) && ids.len() == 100);
        ids.shrink();
        for row in 0..100 {
            assert_eq!(ids.find(&id(row), Key::of(&id(row))), u32::try_from(row).ok());
            assert_eq!(ids.at(row), id(row));
        }
        assert_eq!(ids.find("100", Key::of("100")), None);
    }
}
