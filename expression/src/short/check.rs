//! Does an expression give the text that is expected? Where it only joins, cuts and changes letters, that is seen
//! without making the text: each piece is compared with what is expected in its place.

use super::evaluate::Evaluation;
use super::line::{LINE_BYTES, Letters, Out, mask};
use super::{Part, Piece};
use crate::dotnet::date_copy::low_bytes;
use crate::record::Record;

/// A text that is compared piece by piece with the one that is expected.
struct Check<'e> {
    expected: &'e [u8],
    at: usize,
    /// Bits that differ in any byte.
    differs: u64,
}

impl<'e> Check<'e> {
    fn new(expected: &'e str) -> Self {
        Self { expected: expected.as_bytes(), at: 0, differs: 0 }
    }

    /// Tells whether it was all that is expected, and nothing else.
    fn is_same(&self) -> bool {
        self.differs == 0 && self.at == self.expected.len()
    }
}

impl Out for Check<'_> {
    #[inline(always)]
    fn push(&mut self, word: u64, bytes: usize) -> Option<()> {
        let rest = self.expected.get(self.at..).unwrap_or_default();
        let expected = match rest.first_chunk() {
            Some(word) => u64::from_le_bytes(*word),
            None => low_bytes(rest),
        };
        self.differs |= word ^ (expected & mask(bytes));
        self.at += bytes;
        Some(())
    }
}

impl<'a, R: Record + ?Sized> Evaluation<'a, R> {
    /// Tells whether a part gives this text; `None` if it may not give a text, or something is not as usual. `false` says
    /// nothing: what was not looked at any more may be out of the ordinary.
    pub(super) fn is_text(&self, part: &'a Part, expected: &str) -> Option<bool> {
        if expected.len() > LINE_BYTES {
            return None;
        }
        let mut check = Check::new(expected);
        match part {
            Part::Joined(pieces) | Part::Line(pieces) => self.put_all(pieces, &mut check)?,
            Part::Date(date) => {
                date.copy.write(self.text_at_once(&date.source)?, |word, bytes| check.push(word, bytes))?;
            }
            Part::Without(without) => {
                let text = self.text_at_once(&without.source).filter(|it| it.len() <= LINE_BYTES)?;
                for byte in text.bytes() {
                    // Compared in any case and kept by counting it, which needs no branch.
                    let is_kept = !without.removed.holds(byte);
                    let expected = check.expected.get(check.at).copied().unwrap_or_default();
                    check.differs |=
                        u64::from((byte ^ expected) * u8::from(is_kept)) | u64::from(byte & 0x80);
                    check.at += usize::from(is_kept);
                }
            }
            part => return Some(self.text(part)? == expected),
        }
        Some(check.is_same())
    }

    /// Puts pieces together, with changed letters where they change.
    #[inline(always)]
    pub(super) fn put_all(&self, pieces: &'a [Piece], out: &mut impl Out) -> Option<()> {
        let mut is_first = true;
        for piece in pieces {
            let text = self.piece(piece)?;
            if piece.own_letters.empties(text) {
                continue;
            }
            if let Some(separator) = &piece.separator
                && !is_first
            {
                out.put(separator, Letters::AS_THEY_ARE)?;
            }
            out.put(text, piece.letters)?;
            is_first = false;
        }
        Some(())
    }
}
