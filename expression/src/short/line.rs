//! How is a short text put together at once? In a [`Line`]: a few bytes that letters are copied into, eight at a
//! time, and changed on their way.
//!
//! Whatever does not fit, or has letters whose change takes more than that, is refused with `None`; what has been
//! written is of no use then.

use crate::dotnet::culture::Culture;
use crate::dotnet::date_copy::low_bytes;
use crate::dotnet::regex::SingleClass;
use crate::op::{LetterCase, Transform};
use crate::transform::plain_ascii;
use bumpalo::Bump;

/// The longest text that is put together.
pub(crate) const LINE_BYTES: usize = 64;

/// What text is checked in at once, to be text.
const BLOCK_BYTES: usize = 16;

/// A text that is being put together.
///
/// Bytes are gathered in a word until it is full, so that memory is written word by word, and read back as it was
/// written when the text is checked: else the processor would have to wait.
pub(crate) struct Line<'a> {
    room: &'a mut Room,
    /// How many words of the room are full.
    words: usize,
    /// The bytes behind them, from the lowest on, and zeros.
    word: u64,
    /// How many bytes of the word are taken.
    taken: usize,
}

// Whole blocks that lie where the processor likes them are checked to be text sixteen bytes at a time.
#[repr(align(16))]
struct Room([u8; LINE_BYTES]);

const WORD_BYTES: usize = size_of::<u64>();

/// How letters change on their way into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letters {
    case: Option<LetterCase>,
    others: Others,
    spaces: Spaces,
}

/// What becomes of letters that are not ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Copied,
    /// Their marks are taken off, and ASCII must be left.
    Plain,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spaces {
    Copied,
    Dropped,
}

impl Letters {
    /// Letters stay as they are.
    pub(crate) const AS_THEY_ARE: Self = Self { case: None, others: Others::Copied, spaces: Spaces::Copied };

    /// How letters change that `transform` changes first.
    #[inline]
    pub(crate) fn after(self, transform: Transform) -> Option<Self> {
        Some(match transform {
            // Of two changes of letter case the last one decides, for ASCII.
            Transform::Case(case, Culture::Invariant) => {
                Self { case: self.case.or(Some(case)), others: Others::Refused, ..self }
            }
            Transform::Case(_, Culture::Turkic) => return None,
            Transform::StripSpaces => Self { spaces: Spaces::Dropped, ..self },
            // It leaves ASCII, whatever comes later.
            Transform::NormalizeDiacritics => Self { others: Others::Plain, ..self },
        })
    }

    /// Says whether nothing is left of a text.
    #[inline]
    pub(crate) fn empties(self, text: &str) -> bool {
        text.is_empty() || self.spaces == Spaces::Dropped && text.bytes().all(|byte| byte == b' ')
    }

    #[inline(always)]
    fn change(self, word: u64) -> u64 {
        match self.case {
            None => word,
            Some(LetterCase::Lower) => word ^ in_range(word, b'A', b'Z') >> 2,
            Some(LetterCase::Upper) => word ^ in_range(word, b'a', b'z') >> 2,
        }
    }
}

/// Where a text goes that is put together.
pub(crate) trait Out {
    /// Appends so many bytes, which are the lowest of the word; those above are zero.
    fn push(&mut self, word: u64, bytes: usize) -> Option<()>;

    /// Appends a text.
    #[inline]
    fn put(&mut self, text: &str, letters: Letters) -> Option<()> {
        let bytes = text.as_bytes();
        if letters == Letters::AS_THEY_ARE {
            return self.put_words(bytes, letters);
        }
        if letters.others != Others::Copied && !is_ascii(bytes) {
            return self.put_plain(bytes, letters);
        }
        if letters.spaces == Spaces::Dropped && bytes.contains(&b' ') {
            return text.split(' ').try_for_each(|piece| self.put_words(piece.as_bytes(), letters));
        }
        self.put_words(bytes, letters)
    }

    #[inline(always)]
    fn put_words(&mut self, bytes: &[u8], letters: Letters) -> Option<()> {
        let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
        for word in words {
            self.push(letters.change(u64::from_le_bytes(*word)), WORD_BYTES)?;
        }
        self.push(letters.change(low_bytes(rest)), rest.len())
    }

    /// Appends a text without marks.
    #[inline(never)]
    fn put_plain(&mut self, text: &[u8], letters: Letters) -> Option<()> {
        if letters.others == Others::Refused {
            return None;
        }
        let mut rest = text;
        while let [first, after @ ..] = rest {
            let mut pair = [*first, 0];
            rest = after;
            if !first.is_ascii() {
                let (second, after) = after.split_first()?;
                pair = plain_ascii([*first, *second])?;
                rest = after;
            } else if *first == b' ' && letters.spaces == Spaces::Dropped {
                continue;
            }
            let word = u64::from(u16::from_le_bytes(pair));
            self.push(letters.change(word), 1 + usize::from(pair[1] != 0))?;
        }
        Some(())
    }
}

impl Out for Line<'_> {
    #[inline(always)]
    fn push(&mut self, word: u64, bytes: usize) -> Option<()> {
        let (place, taken) = (self.taken * 8, self.taken + bytes);
        let begun = self.word | word << place;
        let is_full = taken >= WORD_BYTES;
        if is_full {
            *self.room.word(self.words)? = begun.to_le_bytes();
        }
        self.words += usize::from(is_full);
        // In two steps, as all bits may have to go.
        self.word = if is_full { word >> 1 >> (63 - place) } else { begun };
        self.taken = taken % WORD_BYTES;
        Some(())
    }
}

/// The bits of the lowest bytes of a word, of which there are at most eight.
#[inline(always)]
pub(crate) fn mask(bytes: usize) -> u64 {
    u64::MAX.checked_shr(64 - 8 * bytes as u32).unwrap_or(0)
}

impl<'a> Line<'a> {
    pub(crate) fn new_in(bump: &'a Bump) -> Self {
        Self { room: bump.alloc(Room([0; LINE_BYTES])), words: 0, word: 0, taken: 0 }
    }

    /// Gives what was put together, if it is text.
    #[inline]
    pub(crate) fn finish(self) -> Option<&'a str> {
        if self.taken > 0 {
            *self.room.word(self.words)? = self.word.to_le_bytes();
        }
        self.room.text(self.words * WORD_BYTES + self.taken)
    }
}

impl Room {
    #[inline(always)]
    fn word(&mut self, at: usize) -> Option<&mut [u8; WORD_BYTES]> {
        self.0.as_chunks_mut().0.get_mut(at)
    }

    /// Gives the first bytes, if they are text and zeros or ASCII behind them.
    #[inline]
    fn text(&self, length: usize) -> Option<&str> {
        let blocks = self.0.get(..length.next_multiple_of(BLOCK_BYTES))?;
        std::str::from_utf8(blocks).ok()?.get(..length)
    }
}

/// Takes the characters of a set out of a text of ASCII.
#[inline]
pub(crate) fn without<'a>(text: &str, removed: &SingleClass, bump: &'a Bump) -> Option<&'a str> {
    let room = bump.alloc(Room([0; LINE_BYTES]));
    let place = room.0.get_mut(..text.len())?;
    let (mut kept, mut seen) = (0, 0);
    for byte in text.bytes() {
        // Written in any case and kept by counting it, which needs no branch.
        place[kept] = byte;
        kept += usize::from(!removed.holds(byte));
        seen |= byte;
    }
    if seen.is_ascii() { room.text(kept) } else { None }
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH_BITS: u64 = ONES << 7;

/// Says whether all bytes are ASCII.
#[inline(always)]
fn is_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
    let seen = words.iter().fold(low_bytes(rest), |seen, word| seen | u64::from_le_bytes(*word));
    seen & HIGH_BITS == 0
}

/// Sets the high bit of each byte that is in the range, which is one of ASCII, and no other bit.
#[inline(always)]
fn in_range(word: u64, first: u8, last: u8) -> u64 {
    let low = word & !HIGH_BITS;
    let not_below = low + ONES * u64::from(0x80 - first);
    let above = low + ONES * u64::from(0x7f - last);
    not_below & !above & !word & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::transformed;
    use proptest::prelude::*;

    const TRANSFORMS: [Transform; 5] = [
        Transform::Case(LetterCase::Lower, Culture::Invariant),
        Transform::Case(LetterCase::Upper, Culture::Invariant),
        Transform::Case(LetterCase::Lower, Culture::Turkic),
        Transform::StripSpaces,
        Transform::NormalizeDiacritics,
    ];

    /// Puts texts into a line, each through transforms of which the first is made last.
    fn line<'a>(bump: &'a Bump, texts: &[(String, Vec<Transform>)]) -> Option<&'a str> {
        let mut line = Line::new_in(bump);
        for (text, transforms) in texts {
            let letters = transforms.iter().try_fold(Letters::AS_THEY_ARE, |letters, it| letters.after(*it));
            line.put(text, letters?)?;
        }
        line.finish()
    }

    #[test]
    fn short_texts_with_marks_are_put_together() {
        let bump = Bump::new();
        let name = |text: &str| (text.to_owned(), vec![TRANSFORMS[0], TRANSFORMS[3], TRANSFORMS[4]]);
        let check = |texts: &[(String, Vec<Transform>)], expected| assert_eq!(line(&bump, texts), expected);
        check(&[name("Maximilian"), name("."), name("Van der Berg")], Some("maximilian.vanderberg"));
        check(&[name("Ægir"), name("Größe"), name("Łódź Łódź")], Some("aegirgrosselodzlodz"));
        check(&[("Zoë ß".to_owned(), vec![])], Some("Zoë ß"));
        check(&[name("한국")], None);
        check(&[name("þ")], None);
        check(&[("É".to_owned(), vec![TRANSFORMS[0]])], None);
        check(&[("x".repeat(40), vec![]), ("y".repeat(25), vec![])], None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_line_holds_what_the_transforms_give(
            texts in prop::collection::vec(
                ("[ -~]{0,20}|[ A-Za-zÀ-ʯ]{0,9}|\\PC{0,6}|[A-Zé😀 ]{0,9}", prop::collection::vec(prop::sample::select(&TRANSFORMS[..]), 0..4)),
                0..4,
            ),
        ) {
            let bump = Bump::new();
            let expected: String = texts
                .iter()
                .map(|(text, transforms)| {
                    transforms.iter().rev().fold(text.as_str(), |text, it| transformed(*it, bump.alloc_str(text), &bump))
                })
                .collect();
            let texts_are_simple = texts.iter().all(|(text, transforms)| {
                text.is_ascii() && !transforms.contains(&TRANSFORMS[2])
            });
            let length: usize = texts.iter().map(|(text, _)| text.len()).sum();
            match line(&bump, &texts) {
                Some(made) => prop_assert_eq!(made, expected),
                None => prop_assert!(!texts_are_simple || length > LINE_BYTES),
            }
        }
    }
}
