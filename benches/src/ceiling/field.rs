//! Short byte strings, eight bytes at a time. What lies behind a string may be read, and is masked.

/// How many bytes must lie behind every field.
pub(super) const ROOM: usize = 32;

/// A byte string within others.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    /// From its first byte on; it goes on for [`ROOM`] bytes behind the last.
    bytes: &'a [u8],
    length: usize,
}

impl<'a> Field<'a> {
    pub(super) fn new(bytes: &'a [u8], length: usize) -> Self {
        Self { bytes, length }
    }

    pub(super) fn len(self) -> usize {
        self.length
    }

    pub(super) fn is_empty(self) -> bool {
        self.length == 0
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        &self.bytes[..self.length]
    }

    /// What is left after the first bytes.
    pub(super) fn after(self, first: usize) -> Self {
        Self { bytes: &self.bytes[first..], length: self.length - first }
    }

    pub(super) fn first(self, count: usize) -> Self {
        Self { length: count, ..self }
    }

    pub(super) fn byte(self, at: usize) -> u8 {
        self.bytes[at]
    }

    /// Eight bytes, with others behind the last one.
    #[inline(always)]
    pub(super) fn word(self, at: usize) -> u64 {
        match self.bytes[at..].first_chunk() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => 0,
        }
    }

    /// Compares eight bytes, or as many as there are.
    #[inline(always)]
    fn mask(self, at: usize) -> u64 {
        match self.length - at {
            left @ 1..8 => (1 << (8 * left)) - 1,
            _ => u64::MAX,
        }
    }

    /// The first [`ROOM`] bytes, with others behind the last one.
    #[inline(always)]
    pub(super) fn chunk(self) -> &'a [u8; ROOM] {
        self.bytes.first_chunk().unwrap_or(&[0; ROOM])
    }

    #[inline(always)]
    pub(super) fn is(self, other: Field<'_>) -> bool {
        self.length == other.length
            && (0..self.length).step_by(8).all(|at| (self.word(at) ^ other.word(at)) & self.mask(at) == 0)
    }

    /// Tells whether it is another string in lower case; `None` when it is not ASCII. The other one may be longer.
    #[inline(always)]
    pub(super) fn is_lower_case_of(self, upper: Field<'_>) -> Option<bool> {
        let (mut high, mut differs) = (0, 0);
        for at in (0..upper.length).step_by(8) {
            let (word, mask) = (upper.word(at), upper.mask(at));
            high |= word & mask;
            differs |= (lower(word) ^ self.word(at)) & mask;
        }
        (high & HIGH == 0).then_some(differs == 0)
    }
}

const HIGH: u64 = 0x8080_8080_8080_8080;
const EACH: u64 = 0x0101_0101_0101_0101;

/// ASCII letters in lower case, eight at a time.
#[inline(always)]
fn lower(word: u64) -> u64 {
    let seven = word & !HIGH;
    let from_a = seven + EACH * (0x80 - b'A' as u64);
    let after_z = seven + EACH * (0x7f - b'Z' as u64);
    word | ((from_a ^ after_z) & !word & HIGH) >> 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> (Vec<u8>, usize) {
        let mut bytes = text.as_bytes().to_vec();
        bytes.extend([b'?'; ROOM]);
        (bytes, text.len())
    }

    #[test]
    fn what_lies_behind_a_field_does_not_count() {
        for (left, right) in
            [("", ""), ("a", "a"), ("a", "b"), ("12345678", "12345678"), ("123456789", "12345678x")]
        {
            let ((first, length), (mut second, other)) = (field(left), field(right));
            second.iter_mut().skip(other).for_each(|it| *it = b'!');
            assert_eq!(Field::new(&first, length).is(Field::new(&second, other)), left == right);
        }
    }

    #[test]
    fn lower_case_is_that_of_ascii() {
        for text in ["", "A", "Zoe", "ABCDEFGHIJKLMNOPQRSTUVWXYZ@[`{0", "abc"] {
            let ((upper, length), (lower, _)) = (field(text), field(&text.to_ascii_lowercase()));
            assert_eq!(Field::new(&lower, length).is_lower_case_of(Field::new(&upper, length)), Some(true));
        }
        let ((upper, length), (lower, _)) = (field("Zoë"), field("zoe?"));
        assert_eq!(Field::new(&lower, 4).is_lower_case_of(Field::new(&upper, length)), None);
    }
}
