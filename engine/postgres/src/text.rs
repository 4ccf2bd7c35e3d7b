//! Text as PostgreSQL takes it: any but that with a NUL.

use std::borrow::Cow;

use crate::fault::Fault;

/// Stands before `0` for a NUL, and before `1` for itself.
const ESCAPE: char = '\u{1}';

/// Returns a text as it is stored.
pub(crate) fn stored(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => stored.push_str("\u{1}0"),
            ESCAPE => stored.push_str("\u{1}1"),
            other => stored.push(other),
        }
    }
    Cow::Owned(stored)
}

/// Returns a stored text as it was.
pub(crate) fn original(stored: &str) -> Result<Cow<'_, str>, Fault> {
    if !stored.contains(ESCAPE) {
        return Ok(Cow::Borrowed(stored));
    }
    let mut text = String::with_capacity(stored.len());
    let mut characters = stored.chars();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE => match characters.next() {
                Some('0') => text.push('\0'),
                Some('1') => text.push(ESCAPE),
                _ => return Err(Fault::damaged("a text ends within an escaped character")),
            },
            other => text.push(other),
        }
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_and_none_has_a_nul_meanwhile() {
        for text in ["", "CN=Doe\\, John", "\0", "\u{1}", "\u{1}0", "a\0b\u{1}c", "é\0"] {
            let stored = stored(text);
            assert!(!stored.contains('\0'), "{text:?}");
            assert_eq!(original(&stored).ok().as_deref(), Some(text));
        }
        assert!(original("\u{1}").is_err() && original("\u{1}2").is_err());
    }
}
