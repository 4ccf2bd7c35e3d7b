//! Which ids came so far, in whatever batch?

use super::ids::{Ids, Key};

/// The ids of all batches, each with its position.
#[derive(Default)]
pub(super) struct Known {
    ids: Ids,
    places: Places,
}

impl Known {
    pub(super) fn is_full(&self) -> bool {
        u32::try_from(self.ids.len()).is_err()
    }

    /// Returns the position of an id.
    #[inline]
    pub(super) fn find(&self, id: &str, key: Key) -> Option<u32> {
        self.places.seek(key.hash(), |at| self.ids.has(at as usize, id, key)).ok()
    }

    /// Adds an id that did not come yet.
    pub(super) fn add(&mut self, id: &str, key: Key) {
        if let Ok(at) = u32::try_from(self.ids.len()) {
            self.places.put(key.hash(), at);
            self.ids.list(id, key);
        }
    }

    /// Reads what is read first to find an id.
    #[inline]
    pub(super) fn touch(&self, id: &str) -> u64 {
        self.places.touch(Key::of(id).hash())
    }
}

/// Numbers by their hash.
///
/// A number and its hash lie in one word, near the place that the first bits of the hash say. So to look for one, or to add
/// one, is to go to one line of memory, and the table grows from its beginning to its end.
#[derive(Default)]
struct Places {
    /// The hash, and the number plus one; 0 where there is none. As many as a power of two, and twice as many as numbers.
    words: Vec<u64>,
    count: usize,
}

impl Places {
    const FEWEST: usize = 1 << 6;

    fn first(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.words.len() as u64) >> 32) as usize
    }

    fn touch(&self, hash: u32) -> u64 {
        self.words.get(self.first(hash)).copied().unwrap_or_default()
    }

    /// Returns the number that is sought, or the free place that it would have.
    #[inline]
    fn seek(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut place = self.first(hash);
        loop {
            let word = self.words.get(place).copied().unwrap_or_default();
            let Some(number) = (word as u32).checked_sub(1) else { return Err(place) };
            if (word >> 32) as u32 == hash && is_it(number) {
                return Ok(number);
            }
            place = (place + 1) & (self.words.len() - 1);
        }
    }

    fn put(&mut self, hash: u32, number: u32) {
        if self.count * 2 >= self.words.len() {
            self.grow();
        }
        // INVARIANT: numbers are positions of rows, of which there are fewer.
        let word = u64::from(hash) << 32 | u64::from(number.saturating_add(1));
        if let Err(place) = self.seek(hash, |_| false) {
            self.words[place] = word;
            self.count += 1;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let wider = vec![0; (self.words.len() * 2).max(Self::FEWEST)];
        let words = std::mem::replace(&mut self.words, wider);
        for word in words.into_iter().filter(|it| *it != 0) {
            if let Err(place) = self.seek((word >> 32) as u32, |_| false) {
                self.words[place] = word;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_at_its_position() {
        let id = |number: u32| {
            format!("{}{number}", if number.is_multiple_of(2) { "w" } else { "a long worker number " })
        };
        let mut known = Known::default();
        for number in 0..3_000 {
            let id = id(number);
            assert_eq!(known.find(&id, Key::of(&id)), None);
            known.add(&id, Key::of(&id));
        }
        assert!((0..3_000).all(|number| known.find(&id(number), Key::of(&id(number))) == Some(number)));
        assert_eq!(known.find("", Key::of("")), None);
    }

    #[test]
    fn ids_that_share_a_hash_are_told_apart() {
        let mut places = Places::default();
        for number in 0..100 {
            assert!(places.seek(u32::MAX, |it| it == number).is_err());
            places.put(u32::MAX, number);
        }
        assert!((0..100).all(|number| places.seek(u32::MAX, |it| it == number) == Ok(number)));
    }
}
