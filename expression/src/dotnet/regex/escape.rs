//! What do escapes in a .NET pattern mean? `\n`, `\x41`, `\cA`, `\p{Lu}` and their like.

use super::class::{DIGIT, Item, Negation, SPACE, WORD, block};
use super::parse::{Parser, bad};
use crate::error::Fault;

/// Reads an escaped character after its backslash.
pub(super) fn character(parser: &mut Parser<'_>) -> Result<char, Fault> {
    let Some(letter) = parser.next() else { return Err(bad("ends with a backslash")) };
    Ok(match letter {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => hexadecimal(parser, 2)?,
        'u' => hexadecimal(parser, 4)?,
        'c' => control(parser)?,
        word if word == '_' || word.is_alphanumeric() => {
            return Err(bad(&format!("has an unknown escape `\\{word}`")));
        }
        other => other,
    })
}

/// Reads an escape inside a set after its backslash: a set of its own, or a character as `Err`.
pub(super) fn set(parser: &mut Parser<'_>) -> Result<Result<Item, char>, Fault> {
    let named = |negation, set| Ok(Ok(Item::Named(negation, set)));
    let letter = parser.rest.chars().next().unwrap_or('\0');
    let item = match letter {
        'd' => named(Negation::Plain, DIGIT),
        'D' => named(Negation::Negated, DIGIT),
        'w' => named(Negation::Plain, WORD),
        'W' => named(Negation::Negated, WORD),
        's' => named(Negation::Plain, SPACE),
        'S' => named(Negation::Negated, SPACE),
        'p' | 'P' => {
            parser.rest = &parser.rest[1..];
            return property(parser, letter).map(Ok);
        }
        '0'..='9' => return octal(parser).map(Err),
        _ => return character(parser).map(Err),
    };
    parser.rest = &parser.rest[1..];
    item
}

/// Reads `{Name}` after `\p` or `\P`.
pub(super) fn property(parser: &mut Parser<'_>, letter: char) -> Result<Item, Fault> {
    let negation = if letter == 'P' { Negation::Negated } else { Negation::Plain };
    let name = parser.rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    let Some((name, rest)) = name else { return Err(bad("has a `\\p` without a name in braces")) };
    parser.rest = rest;
    const CATEGORIES: [&str; 38] = [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd",
        "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf",
        "Cs", "Co", "Cn", "",
    ];
    if CATEGORIES.contains(&name) && !name.is_empty() {
        // Surrogates never stand alone in UTF-8.
        let is_surrogate = name == "Cs";
        return Ok(match (is_surrogate, negation) {
            (false, _) => Item::Category(negation, name.to_owned()),
            (true, Negation::Plain) => Item::Named(Negation::Negated, r"\x{0}-\x{10ffff}"),
            (true, Negation::Negated) => Item::Range('\0', char::MAX),
        });
    }
    match (name.strip_prefix("Is").and_then(block), negation) {
        (Some((first, last)), Negation::Plain) => Ok(Item::Range(first, last)),
        (Some(_), Negation::Negated) => {
            Err(bad(&format!("negates the block `{name}`; use a negated set instead")))
        }
        (None, _) => Err(bad(&format!("names an unknown property `{name}`"))),
    }
}

/// Reads up to three octal digits.
pub(super) fn octal(parser: &mut Parser<'_>) -> Result<char, Fault> {
    let length = parser.rest.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let digits = &parser.rest[..length];
    let Ok(value) = u32::from_str_radix(digits, 8) else {
        return Err(bad("refers to a group that it does not have"));
    };
    parser.rest = &parser.rest[length..];
    // .NET keeps eight bits.
    Ok(char::from_u32(value & 0xff).unwrap_or('\0'))
}

fn hexadecimal(parser: &mut Parser<'_>, length: usize) -> Result<char, Fault> {
    let digits =
        parser.rest.get(..length).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    let Some(value) = value else { return Err(bad("has an escape without its hexadecimal digits")) };
    parser.rest = &parser.rest[length..];
    Ok(value)
}

fn control(parser: &mut Parser<'_>) -> Result<char, Fault> {
    match parser.next().map(|letter| letter.to_ascii_uppercase()) {
        Some(letter @ '@'..='_') => Ok(char::from(letter as u8 - b'@')),
        _ => Err(bad("has a `\\c` without a letter")),
    }
}
