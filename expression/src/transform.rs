//! How is text changed in place? [`Transform`]s on the tail of a text that is being built.

use crate::dotnet::category;
use crate::dotnet::culture::Culture;
use crate::op::{LetterCase, Transform};
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// Changes `text`, and lends it back where nothing changes.
pub(crate) fn transformed<'a>(transform: Transform, text: &'a str, bump: &'a Bump) -> &'a str {
    if is_unchanged(transform, text) {
        return text;
    }
    let mut out = BumpString::with_capacity_in(text.len() + 8, bump);
    out.push_str(text);
    transform_tail(transform, &mut out, 0);
    out.into_bump_str()
}

/// Changes everything in `out` from byte `mark` on.
pub(crate) fn transform_tail(transform: Transform, out: &mut BumpString<'_>, mark: usize) {
    let tail = &mut out[mark..];
    match transform {
        Transform::Case(LetterCase::Lower, Culture::Invariant) if tail.is_ascii() => {
            tail.make_ascii_lowercase();
        }
        Transform::Case(LetterCase::Upper, Culture::Invariant) if tail.is_ascii() => {
            tail.make_ascii_uppercase();
        }
        Transform::NormalizeDiacritics if tail.is_ascii() => {}
        Transform::StripSpaces if !tail.as_bytes().contains(&b' ') => {}
        Transform::Case(LetterCase::Lower, culture) => {
            rebuild(out, mark, |tail, out| out.extend(tail.chars().map(|letter| culture.lower(letter))));
        }
        Transform::Case(LetterCase::Upper, culture) => {
            rebuild(out, mark, |tail, out| out.extend(tail.chars().map(|letter| culture.upper(letter))));
        }
        Transform::StripSpaces => {
            rebuild(out, mark, |tail, out| tail.split(' ').for_each(|piece| out.push_str(piece)));
        }
        Transform::NormalizeDiacritics => rebuild(out, mark, push_without_diacritics),
    }
}

fn is_unchanged(transform: Transform, text: &str) -> bool {
    match transform {
        Transform::Case(LetterCase::Lower, Culture::Invariant) => {
            text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
        }
        Transform::Case(LetterCase::Upper, Culture::Invariant) => {
            text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase())
        }
        Transform::Case(_, Culture::Turkic) => false,
        Transform::StripSpaces => !text.as_bytes().contains(&b' '),
        Transform::NormalizeDiacritics => text.is_ascii(),
    }
}

fn rebuild<'a>(out: &mut BumpString<'a>, mark: usize, build: impl FnOnce(&'a str, &mut BumpString<'a>)) {
    let bump: &'a Bump = out.bump();
    let tail = bump.alloc_str(&out[mark..]);
    out.truncate(mark);
    build(tail, out);
}

/// Takes the marks off letters, and writes the letters that are not composed as two: `é` as `e`, `ø` as `oe`.
fn push_without_diacritics(text: &str, out: &mut BumpString<'_>) {
    // Below the combining marks every letter stands for itself, so that it can be looked up alone.
    if text.chars().all(|letter| letter < FIRST_MARK) {
        for letter in text.chars() {
            match usize::try_from(u32::from(letter)).ok().and_then(|code| PLAIN.get(code)) {
                Some(Plain::One(plain)) => out.push(*plain),
                Some(Plain::Two(plain)) => out.push_str(plain),
                None => out.push(letter),
            }
        }
        return;
    }
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfd().filter(|letter| !category::is_nonspacing_mark(*letter)) {
        match plain_letters(letter) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(letter),
        }
    }
    out.extend(plain.nfc());
}

/// Takes the marks off a letter of two bytes, if that leaves ASCII: one letter with a zero behind it, or two.
pub(crate) fn plain_ascii([first, second]: [u8; 2]) -> Option<[u8; 2]> {
    let code = usize::from(first & 0x1f) << 6 | usize::from(second & 0x3f);
    let plain = (0xc2..0xe0).contains(&first).then(|| PLAIN_ASCII.get(code))??;
    (plain[0] != 0).then_some(*plain)
}

const FIRST_MARK: char = '\u{300}';

/// What a letter below the combining marks becomes, by its code.
static PLAIN: LazyLock<Vec<Plain>> = LazyLock::new(|| {
    // A letter of this range that decomposes does so into one letter and its marks.
    let base = |letter: char| std::iter::once(letter).nfd().next().unwrap_or(letter);
    let plain = |letter| plain_letters(letter).map_or(Plain::One(letter), Plain::Two);
    ('\0'..FIRST_MARK).map(|letter| plain(base(letter))).collect()
});

/// The same as bytes, where it is ASCII; zeros elsewhere.
static PLAIN_ASCII: LazyLock<Vec<[u8; 2]>> = LazyLock::new(|| {
    let ascii = |plain: &Plain| match plain {
        Plain::One(plain) => Some([u8::try_from(*plain).ok().filter(u8::is_ascii)?, 0]),
        Plain::Two(plain) => match plain.as_bytes() {
            [one] => Some([*one, 0]),
            bytes => bytes.first_chunk().copied(),
        },
    };
    PLAIN.iter().map(|plain| ascii(plain).unwrap_or_default()).collect()
});

enum Plain {
    One(char),
    Two(&'static str),
}

fn plain_letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' => "ae",
        'Æ' => "AE",
        'ø' | 'œ' => "oe",
        'Ø' | 'Œ' => "OE",
        'ß' => "ss",
        'ẞ' => "SS",
        'ł' => "l",
        'Ł' => "L",
        'ı' => "i",
        'đ' => "d",
        'Đ' => "D",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(transform: Transform, text: &str, expected: &str) {
        let bump = Bump::new();
        assert_eq!(transformed(transform, text, &bump), expected);
        let mut out = BumpString::from_str_in("É A", &bump);
        out.push_str(text);
        transform_tail(transform, &mut out, "É A".len());
        assert_eq!(out, format!("É A{expected}"), "the text before the mark stays");
    }

    #[test]
    fn only_the_tail_changes() {
        check(Transform::StripSpaces, " a  b\u{a0}c ", "ab\u{a0}c");
        check(Transform::Case(LetterCase::Lower, Culture::Invariant), "ÅB C", "åb c");
        check(Transform::Case(LetterCase::Upper, Culture::Turkic), "i", "İ");
        check(Transform::NormalizeDiacritics, "Ægir Größe Łódź", "AEgir Grosse Lodz");
        check(Transform::NormalizeDiacritics, "ǖe\u{304}\u{301}ø\u{304}", "ueoe");
        check(Transform::NormalizeDiacritics, "한국 °", "한국 °");
    }
}
