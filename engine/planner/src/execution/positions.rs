//! A set of positions in a plan, of which the first is taken.

/// How many positions one word tells of.
const BITS: usize = u64::BITS as usize;

/// Positions below a number that is known from the start: a bit for each, and one for each word of those bits, so that
/// the first is found without a look at all of them.
pub(super) struct Positions {
    words: Vec<u64>,
    /// Which of the words have any.
    filled: Vec<u64>,
    /// Before this word of `filled` there is nothing.
    start: usize,
}

impl Positions {
    /// Makes an empty set of positions below `end`.
    pub(super) fn below(end: usize) -> Self {
        let words = end.div_ceil(BITS);
        Self { words: vec![0; words], filled: vec![0; words.div_ceil(BITS)], start: 0 }
    }

    pub(super) fn insert(&mut self, position: u32) {
        let (word, bit) = (position as usize / BITS, position as usize % BITS);
        self.words[word] |= 1 << bit;
        self.filled[word / BITS] |= 1 << (word % BITS);
        self.start = self.start.min(word / BITS);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filled[self.start.min(self.filled.len())..].iter().all(|it| *it == 0)
    }

    /// Returns the first one.
    pub(super) fn first(&mut self) -> Option<u32> {
        while *self.filled.get(self.start)? == 0 {
            self.start += 1;
        }
        let word = self.start * BITS + self.filled[self.start].trailing_zeros() as usize;
        let position = word * BITS + self.words[word].trailing_zeros() as usize;
        u32::try_from(position).ok()
    }

    pub(super) fn remove(&mut self, position: u32) {
        let (word, bit) = (position as usize / BITS, position as usize % BITS);
        self.words[word] &= !(1 << bit);
        if self.words[word] == 0 {
            self.filled[word / BITS] &= !(1 << (word % BITS));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const END: u32 = 20_000;

    proptest! {
        #[test]
        fn the_first_is_taken_as_from_a_sorted_set(steps in vec(prop_oneof![(0..END).prop_map(Some), Just(None)], 0..300)) {
            let (mut positions, mut expected) = (Positions::below(END as usize), BTreeSet::new());
            for step in steps {
                match step {
                    Some(position) => {
                        positions.insert(position);
                        expected.insert(position);
                    }
                    None => {
                        let first = positions.first();
                        prop_assert_eq!(first, expected.pop_first());
                        first.into_iter().for_each(|it| positions.remove(it));
                    }
                }
                prop_assert_eq!(positions.is_empty(), expected.is_empty());
            }
        }
    }

    #[test]
    fn of_nothing_there_is_no_first() {
        let mut positions = Positions::below(0);
        assert_eq!((positions.first(), positions.is_empty()), (None, true));
    }
}
