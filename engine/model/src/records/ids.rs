//! Whose row is it: the ids of all rows, found by their text.

use std::hash::BuildHasher as _;

use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// An id of up to fifteen bytes, which most are, or where a longer one lies.
///
/// The last byte is the length, or [`LONG`]; then the first eight bytes are the place of its text, and four more its length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cell([u8; 16]);

const SHORT_MAX: usize = 15;
const LONG: u8 = 0xff;

impl Cell {
    #[inline]
    fn short(id: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        bytes.get_mut(..id.len()).filter(|it| it.len() <= SHORT_MAX)?.copy_from_slice(id.as_bytes());
        bytes[SHORT_MAX] = id.len() as u8;
        Some(Self(bytes))
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
    index: HashTable<u32>,
}

/// The hash of an id, the same for all records of a process.
pub(super) fn hash_of(id: &str) -> u32 {
    (SeedableRandomState::with_seed(0, SharedSeed::global_random()).hash_one(id) >> 32) as u32
}

/// The hash as the index takes it: it looks at the first bits and the last.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
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
            Some(cell) => self.cells.get(row) == Some(&cell),
            None => self.at(row) == id,
        }
    }

    pub(super) fn find(&self, id: &str, hash: u32) -> Option<u32> {
        let is_it = |row: &u32| self.hashes[*row as usize] == hash && self.is_at(id, *row as usize);
        self.index.find(spread(hash), is_it).copied()
    }

    /// Finds a row that may have an id, and nearly always has if one has: whose hash begins alike.
    #[inline]
    pub(super) fn likely(&self, id: &str) -> Option<u32> {
        self.index.find(spread(hash_of(id)), |_| true).copied()
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
            Some(cell) if cell.0[SHORT_MAX] == LONG => {
                self.long.as_bytes().get(cell.place().0).copied().unwrap_or_default()
            }
            _ => 0,
        }
    }

    /// Makes the next row that of an id, unless it is there already.
    pub(super) fn insert(&mut self, id: &str, hash: u32) -> bool {
        let Ok(row) = u32::try_from(self.cells.len()) else { return false };
        let short = Cell::short(id);
        let Self { cells, long, hashes, index } = self;
        let is_it = |row: &u32| {
            let row = *row as usize;
            hashes[row] == hash && short.map_or_else(|| cells[row].text(long) == id, |it| cells[row] == it)
        };
        let Entry::Vacant(place) = index.entry(spread(hash), is_it, |it| spread(hashes[*it as usize])) else {
            return false;
        };
        place.insert(row);
        hashes.push(hash);
        cells.push(short.unwrap_or_else(|| {
            let start = long.len();
            long.push_str(id);
            Cell::long(start, u32::try_from(id.len()).unwrap_or(u32::MAX))
        }));
        true
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        let Self { cells, hashes, index, .. } = self;
        cells.reserve(more);
        hashes.reserve(more);
        index.reserve(more, |it| spread(hashes[*it as usize]));
    }

    /// Returns the hash of the id of a row.
    pub(super) fn hash(&self, row: usize) -> u32 {
        self.hashes.get(row).copied().unwrap_or_default()
    }

    pub(super) fn shrink(&mut self) {
        self.cells.shrink_to_fit();
        self.long.shrink_to_fit();
        self.hashes.shrink_to_fit();
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
            + self.long.capacity()
            + self.hashes.capacity() * size_of::<u32>()
            + self.index.allocation_size()
    }
}
