//! Which characters does a set of a .NET pattern hold? A [`Class`], and a fast test for membership.

use crate::error::Fault;
use regex::{Regex, RegexBuilder};

/// A set of characters as written: `[a-z-[aeiou]]`, `\d`, `.`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Class {
    pub(crate) negated: bool,
    pub(crate) items: Vec<Item>,
    /// `-[…]` at the end.
    pub(crate) without: Option<Box<Class>>,
    pub(crate) ignores_case: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Range(char, char),
    /// A set in the syntax of the regex crate, such as `\p{Nd}`.
    Named(Negation, &'static str),
    /// `\p{Name}` of a general category.
    Category(Negation, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Negation {
    Plain,
    Negated,
}

/// `\d`
pub(crate) const DIGIT: &str = r"\p{Nd}";
/// `\w`
pub(crate) const WORD: &str = r"\p{L}\p{Mn}\p{Nd}\p{Pc}";
/// `\s`
pub(crate) const SPACE: &str = r"\s";

impl Class {
    pub(crate) fn of(items: Vec<Item>) -> Self {
        Self { negated: false, items, without: None, ignores_case: false }
    }

    /// Every character but a line feed.
    pub(crate) fn not_line_feed() -> Self {
        Self { negated: true, ..Self::of(vec![Item::Range('\n', '\n')]) }
    }

    /// Every character.
    pub(crate) fn everything() -> Self {
        Self::of(vec![Item::Range('\0', char::MAX)])
    }

    /// Writes the set for the regex crate.
    pub(crate) fn write(&self, out: &mut String) {
        if self.ignores_case {
            out.push_str("(?i:");
        }
        self.write_set(out);
        if self.ignores_case {
            out.push(')');
        }
    }

    fn write_set(&self, out: &mut String) {
        if self.without.is_some() {
            out.push('[');
        }
        out.push_str(if self.negated { "[^" } else { "[" });
        for item in &self.items {
            item.write(out);
        }
        out.push(']');
        if let Some(without) = &self.without {
            out.push_str("--");
            without.write_set(out);
            out.push(']');
        }
    }
}

impl Item {
    fn write(&self, out: &mut String) {
        match self {
            Self::Range(first, last) => {
                write_character(*first, out);
                out.push('-');
                write_character(*last, out);
            }
            Self::Named(negation, set) => write_negatable(*negation, set, out),
            Self::Category(negation, name) => write_negatable(*negation, &format!(r"\p{{{name}}}"), out),
        }
    }
}

fn write_negatable(negation: Negation, set: &str, out: &mut String) {
    out.push_str(if negation == Negation::Negated { "[^" } else { "[" });
    out.push_str(set);
    out.push(']');
}

/// Writes a character so that it can stand anywhere in a pattern of the regex crate.
pub(crate) fn write_character(character: char, out: &mut String) {
    if character.is_ascii_alphanumeric() {
        out.push(character);
    } else {
        out.push_str(&format!(r"\x{{{:x}}}", u32::from(character)));
    }
}

/// Tests one character for membership: a table for ASCII, the regex crate's tables for the rest.
#[derive(Clone, Debug)]
pub(crate) struct ClassTest {
    ascii: [bool; 128],
    /// Says whether all characters outside ASCII are in, all are out, or must be looked up.
    others: Others,
}

#[derive(Clone, Debug)]
enum Others {
    All,
    None,
    Looked(Regex),
}

/// What a look-up costs in steps of the matcher.
pub(crate) const LOOK_UP_STEPS: u32 = 20;

impl ClassTest {
    pub(crate) fn new(class: &Class) -> Result<Self, Fault> {
        let mut pattern = String::from("^");
        class.write(&mut pattern);
        pattern.push('$');
        let table = RegexBuilder::new(&pattern).size_limit(1 << 20).build();
        let table = table.map_err(|_| {
            Fault::conversion("regular expression has a set of characters that cannot be used")
        })?;
        let holds = |character: char| table.is_match(character.encode_utf8(&mut [0; 4]));
        let mut ascii = [false; 128];
        for (place, byte) in ascii.iter_mut().zip(0..) {
            *place = holds(char::from(byte));
        }
        let only_ascii =
            class.items.iter().all(|item| matches!(item, Item::Range(_, last) if last.is_ascii()));
        // Ignoring case brings in the Kelvin sign and its like, and subtraction may bring in anything.
        let simple = only_ascii && class.without.is_none() && !class.ignores_case;
        let everything = class.without.is_none() && class.items.contains(&Item::Range('\0', char::MAX));
        let others = match (simple || everything, class.negated != everything) {
            (true, true) => Others::All,
            (true, false) => Others::None,
            (false, _) => Others::Looked(table),
        };
        Ok(Self { ascii, others })
    }

    pub(crate) fn holds(&self, character: char) -> bool {
        if character.is_ascii() {
            return self.holds_ascii(character as u8);
        }
        match &self.others {
            Others::All => true,
            Others::None => false,
            Others::Looked(table) => table.is_match(character.encode_utf8(&mut [0; 4])),
        }
    }

    pub(crate) fn holds_ascii(&self, byte: u8) -> bool {
        self.ascii[usize::from(byte & 0x7f)]
    }

    /// Gives what a test of this character costs in steps.
    pub(crate) fn steps(&self, character: char) -> u32 {
        match &self.others {
            Others::Looked(_) if !character.is_ascii() => LOOK_UP_STEPS,
            _ => 1,
        }
    }
}

/// Finds a Unicode block by .NET's name for it, without the `Is`.
pub(crate) fn block(name: &str) -> Option<(char, char)> {
    const BLOCKS: [(&str, char, char); 40] = [
        ("BasicLatin", '\0', '\u{7f}'),
        ("Latin-1Supplement", '\u{80}', '\u{ff}'),
        ("LatinExtended-A", '\u{100}', '\u{17f}'),
        ("LatinExtended-B", '\u{180}', '\u{24f}'),
        ("IPAExtensions", '\u{250}', '\u{2af}'),
        ("SpacingModifierLetters", '\u{2b0}', '\u{2ff}'),
        ("CombiningDiacriticalMarks", '\u{300}', '\u{36f}'),
        ("Greek", '\u{370}', '\u{3ff}'),
        ("GreekandCoptic", '\u{370}', '\u{3ff}'),
        ("Cyrillic", '\u{400}', '\u{4ff}'),
        ("CyrillicSupplement", '\u{500}', '\u{52f}'),
        ("Armenian", '\u{530}', '\u{58f}'),
        ("Hebrew", '\u{590}', '\u{5ff}'),
        ("Arabic", '\u{600}', '\u{6ff}'),
        ("Syriac", '\u{700}', '\u{74f}'),
        ("Thaana", '\u{780}', '\u{7bf}'),
        ("Devanagari", '\u{900}', '\u{97f}'),
        ("Bengali", '\u{980}', '\u{9ff}'),
        ("Thai", '\u{e00}', '\u{e7f}'),
        ("Lao", '\u{e80}', '\u{eff}'),
        ("Tibetan", '\u{f00}', '\u{fff}'),
        ("Georgian", '\u{10a0}', '\u{10ff}'),
        ("HangulJamo", '\u{1100}', '\u{11ff}'),
        ("LatinExtendedAdditional", '\u{1e00}', '\u{1eff}'),
        ("GreekExtended", '\u{1f00}', '\u{1fff}'),
        ("GeneralPunctuation", '\u{2000}', '\u{206f}'),
        ("SuperscriptsandSubscripts", '\u{2070}', '\u{209f}'),
        ("CurrencySymbols", '\u{20a0}', '\u{20cf}'),
        ("CombiningMarksforSymbols", '\u{20d0}', '\u{20ff}'),
        ("LetterlikeSymbols", '\u{2100}', '\u{214f}'),
        ("NumberForms", '\u{2150}', '\u{218f}'),
        ("Arrows", '\u{2190}', '\u{21ff}'),
        ("MathematicalOperators", '\u{2200}', '\u{22ff}'),
        ("BoxDrawing", '\u{2500}', '\u{257f}'),
        ("CJKSymbolsandPunctuation", '\u{3000}', '\u{303f}'),
        ("Hiragana", '\u{3040}', '\u{309f}'),
        ("Katakana", '\u{30a0}', '\u{30ff}'),
        ("CJKUnifiedIdeographs", '\u{4e00}', '\u{9fff}'),
        ("HangulSyllables", '\u{ac00}', '\u{d7af}'),
        ("HalfwidthandFullwidthForms", '\u{ff00}', '\u{ffef}'),
    ];
    BLOCKS.iter().find(|(known, ..)| *known == name).map(|(_, first, last)| (*first, *last))
}
