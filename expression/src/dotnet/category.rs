//! Which Unicode category is a character of? Only the questions that .NET's rules ask.

use regex::Regex;
use std::sync::LazyLock;

// The tables are those of the regular-expression crate, which is needed anyway. The patterns are constants
// and covered by the tests below; a pattern that did not compile would match nothing.
static NONSPACING_MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Mn}$").ok());
static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}$").ok());
static WORD_SEPARATOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[\p{Z}\p{Cc}\p{Cf}\p{Pc}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\p{Sm}\p{Sc}\p{Sk}\p{So}]$")
        .ok()
});

/// Says whether the character is a mark that takes no space of its own (`Mn`).
pub(crate) fn is_nonspacing_mark(character: char) -> bool {
    match character {
        '\0'..'\u{300}' => false,
        '\u{300}'..='\u{36f}' => true,
        _ => is_in(&NONSPACING_MARK, character),
    }
}

/// Says whether the character separates words for `ToTitleCase`.
pub(crate) fn is_word_separator(character: char) -> bool {
    if character.is_ascii() { !character.is_ascii_alphanumeric() } else { is_in(&WORD_SEPARATOR, character) }
}

/// Says whether the character is a letter (`L`).
pub(crate) fn is_letter(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_alphabetic() } else { is_in(&LETTER, character) }
}

fn is_in(class: &LazyLock<Option<Regex>>, character: char) -> bool {
    let mut buffer = [0; 4];
    class.as_ref().is_some_and(|class| class.is_match(character.encode_utf8(&mut buffer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_those_of_unicode() {
        assert!(is_nonspacing_mark('\u{1ab0}') && is_nonspacing_mark('\u{5b0}'));
        assert!(!is_nonspacing_mark('\u{903}') && !is_nonspacing_mark('a'));
        assert!(
            is_word_separator('\u{a0}')
                && is_word_separator('–')
                && is_word_separator('_')
                && is_word_separator('€')
        );
        assert!(!is_word_separator('é') && !is_word_separator('ª') && !is_word_separator('7'));
        for byte in 0..128_u8 {
            assert_eq!(is_word_separator(char::from(byte)), is_in(&WORD_SEPARATOR, char::from(byte)));
        }
    }
}
