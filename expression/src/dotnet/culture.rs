//! How does .NET change the case of letters? One letter to one letter, by culture.

/// The rules for changing case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Culture {
    /// The invariant culture, and every culture that agrees with it.
    Invariant,
    /// Turkish and Azerbaijani: dotted and dotless i are two letters.
    Turkic,
}

impl Culture {
    /// Finds the rules of a culture by its name, such as `tr-TR`.
    pub(crate) fn find(name: &str) -> Self {
        let language = name.split(['-', '_']).next().unwrap_or_default();
        let turkic = ["tr", "az"].iter().any(|known| known.eq_ignore_ascii_case(language));
        if turkic { Self::Turkic } else { Self::Invariant }
    }

    pub(crate) fn lower(self, letter: char) -> char {
        match (self, letter) {
            (Self::Turkic, 'I') => 'ı',
            (Self::Turkic, 'İ') => 'i',
            // The invariant culture leaves the two Turkic letters alone.
            (Self::Invariant, 'İ') => letter,
            _ => only(letter.to_lowercase()).unwrap_or(letter),
        }
    }

    pub(crate) fn upper(self, letter: char) -> char {
        match (self, letter) {
            (Self::Turkic, 'i') => 'İ',
            (Self::Invariant, 'ı') => letter,
            // Letters with an iota subscript: Unicode's full mapping makes two letters of them, the simple
            // one that .NET uses has a capital for each.
            (_, '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}') => {
                shifted(letter, 8)
            }
            (_, 'ᾳ' | 'ῃ' | 'ῳ') => shifted(letter, 9),
            _ => only(letter.to_uppercase()).unwrap_or(letter),
        }
    }
}

/// Takes a mapping only if it gives one letter: `ß` stays, since `SS` is two.
fn only(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next();
    if mapped.next().is_none() { first } else { None }
}

fn shifted(letter: char, by: u32) -> char {
    char::from_u32(letter as u32 + by).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::Culture::{self, Invariant, Turkic};

    #[test]
    fn one_letter_stays_one_letter() {
        let upper = |culture: Culture, text: &str| {
            text.chars().map(|letter| culture.upper(letter)).collect::<String>()
        };
        let lower = |culture: Culture, text: &str| {
            text.chars().map(|letter| culture.lower(letter)).collect::<String>()
        };
        assert_eq!(upper(Invariant, "straße ŉ ᾳ"), "STRAßE ŉ ᾼ");
        assert_eq!(upper(Turkic, "title ı"), "TİTLE I");
        assert_eq!(lower(Turkic, "TITLE İ"), "tıtle i");
        assert_eq!(lower(Invariant, "ΟΔΟΣ İ"), "οδοσ İ");
        assert_eq!(upper(Invariant, "ı"), "ı");
    }

    #[test]
    fn a_culture_is_found_by_its_language() {
        assert_eq!(Culture::find("tr-TR"), Turkic);
        assert_eq!(Culture::find("AZ"), Turkic);
        assert_eq!(Culture::find("en-US"), Invariant);
        assert_eq!(Culture::find(""), Invariant);
    }
}
