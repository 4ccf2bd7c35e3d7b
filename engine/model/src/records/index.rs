//! Which rows may have an id with this hash? A table that is asked for one line of memory, where a general one is asked for
//! two: as many entries as rows and half as many again, each a hash and a row, one behind the other from the place that the
//! hash says.

/// The rows of ids by the hashes of these.
#[derive(Default)]
pub(super) struct Index {
    /// [`FREE`], or the hash in the upper half, and the row in the lower one.
    entries: Vec<u64>,
    count: usize,
}

const FREE: u64 = u64::MAX;

impl Index {
    /// Makes room for so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { entries: vec![FREE; rows + rows / 2 + 2], count: 0 }
    }

    /// Returns how many rows are in it.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Returns how many rows there is room for.
    #[inline]
    pub(super) fn capacity(&self) -> usize {
        // One entry is always free, so that a search ends.
        self.entries.len().saturating_sub(1) * 2 / 3
    }

    /// Finds the row with a hash that is the one.
    #[inline]
    pub(super) fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.place(hash);
        loop {
            let entry = *self.entries.get(at)?;
            if entry == FREE {
                return None;
            }
            if (entry >> 32) as u32 == hash && is_it(entry as u32) {
                return Some(entry as u32);
            }
            at = if at + 1 == self.entries.len() { 0 } else { at + 1 };
        }
    }

    /// Adds a row, for which there must be room.
    #[inline]
    pub(super) fn insert(&mut self, hash: u32, row: u32) {
        debug_assert!(self.count < self.capacity(), "room for {} rows", self.count);
        let mut at = self.place(hash);
        while let Some(entry) = self.entries.get_mut(at) {
            if *entry == FREE {
                *entry = u64::from(hash) << 32 | u64::from(row);
                self.count += 1;
                return;
            }
            at = if at + 1 == self.entries.len() { 0 } else { at + 1 };
        }
    }

    /// Returns the place that a hash says: its part of the whole.
    #[inline]
    fn place(&self, hash: u32) -> usize {
        (u64::from(hash).wrapping_mul(self.entries.len() as u64) >> 32) as usize
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_and_no_other() {
        for rows in [0, 1, 2, 7, 1000] {
            let hash = |row: u32| row.wrapping_mul(0x9e37_79b9);
            let mut index = Index::with_capacity(rows as usize);
            assert!(index.capacity() >= rows as usize);
            (0..rows).for_each(|row| index.insert(hash(row), row));
            assert!((0..rows).all(|row| index.find(hash(row), |_| true) == Some(row)));
            assert!((rows..2 * rows + 2).all(|row| index.find(hash(row), |_| true).is_none()));
            assert_eq!(index.len(), rows as usize);
        }
    }

    #[test]
    fn rows_with_the_same_hash_are_told_apart() {
        let mut index = Index::with_capacity(5);
        (0..5).for_each(|row| index.insert(u32::MAX, row));
        assert!((0..5).all(|row| index.find(u32::MAX, |it| it == row) == Some(row)));
        assert_eq!(index.find(u32::MAX, |_| false), None);
        assert_eq!(index.find(0, |_| true), None);
    }
}
