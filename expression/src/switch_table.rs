//! Which constant key of a `Switch` does a text equal? A small hash table made when compiling.

/// Constant keys, found by text.
///
/// An own table instead of a `HashMap`: keys are hashed with a few multiplications because they come from the
/// author of the mapping, never from data, and nothing here depends on a random state.
#[derive(Clone, Debug)]
pub(crate) struct SwitchTable {
    keys: Box<[Box<str>]>,
    /// Indices into `keys` plus one; zero is free. The length is a power of two, at most half full.
    places: Box<[u16]>,
}

impl SwitchTable {
    /// Makes the table; the first of equal keys wins.
    pub(crate) fn new(keys: Vec<Box<str>>) -> Self {
        let size = (keys.len() * 2).next_power_of_two().max(2);
        let mut table = Self { keys: keys.into(), places: vec![0; size].into() };
        for index in 0..table.keys.len() {
            let mut place = table.home(&table.keys[index]);
            while table.places[place] != 0 && !table.holds(place, &table.keys[index]) {
                place = table.next(place);
            }
            if table.places[place] == 0 {
                // An expression of ten thousand characters has fewer keys than `u16` can count.
                table.places[place] = u16::try_from(index + 1).unwrap_or(0);
            }
        }
        table
    }

    /// Finds the index of the first key that equals `text`.
    pub(crate) fn find(&self, text: &str) -> Option<usize> {
        let mut place = self.home(text);
        loop {
            match self.places[place] {
                0 => return None,
                _ if self.holds(place, text) => return Some(usize::from(self.places[place]) - 1),
                _ => place = self.next(place),
            }
        }
    }

    fn holds(&self, place: usize, text: &str) -> bool {
        let index = usize::from(self.places[place]);
        index > 0 && *self.keys[index - 1] == *text
    }

    fn home(&self, text: &str) -> usize {
        // The high bits are the well mixed ones.
        usize::try_from(hash(text.as_bytes()) >> 40).unwrap_or(0) & (self.places.len() - 1)
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.places.len() - 1)
    }
}

/// Mixes the length and both ends of a text, and its middle if it is long.
fn hash(bytes: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let long = |chunk: Option<&[u8; 8]>| chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let short = |chunk: Option<&[u8; 4]>| chunk.map_or(0, |chunk| u64::from(u32::from_le_bytes(*chunk)));
    let single = |index: usize| bytes.get(index).map_or(0, |byte| u64::from(*byte));
    let length = bytes.len();
    let (start, end) = match length {
        0..=3 => (single(0) << 8 | single(length / 2), single(length.saturating_sub(1))),
        4..=8 => (short(bytes.first_chunk()), short(bytes.last_chunk())),
        9..=16 => (long(bytes.first_chunk()), long(bytes.last_chunk())),
        _ => (
            long(bytes.first_chunk()) ^ long(bytes[length / 2 - 4..].first_chunk()),
            long(bytes.last_chunk()),
        ),
    };
    let mixed = (start ^ length as u64).wrapping_mul(MULTIPLIER);
    (mixed.rotate_left(23) ^ end).wrapping_mul(MULTIPLIER)
}

#[cfg(test)]
mod tests {
    use super::SwitchTable;

    #[test]
    fn every_key_is_found_and_the_first_of_equals_wins() {
        let keys: Vec<Box<str>> = (0..300).map(|number| format!("key {}", number % 200).into()).collect();
        let table = SwitchTable::new(keys);
        for number in 0..200 {
            assert_eq!(table.find(&format!("key {number}")), Some(number));
        }
        assert_eq!(table.find("key 200"), None);
        assert_eq!(table.find(""), None);
        assert_eq!(SwitchTable::new(Vec::new()).find("a"), None);
    }
}
