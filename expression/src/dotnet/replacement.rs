//! What does a .NET replacement text mean? `$1`, `${name}`, `$&` and their like, everything else as it is.

use super::regex::{Captures, Groups, Search};

/// A replacement text, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// What the last of these groups holds.
    Group(Vec<usize>),
    /// `$&`
    Match,
    /// `` $` ``
    Before,
    /// `$'`
    After,
    /// `$_`
    Whole,
}

impl Replacement {
    /// Reads a replacement text for a pattern with these groups.
    pub(crate) fn parse(text: &str, groups: &Groups) -> Self {
        let mut replacement = Self { parts: Vec::new() };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            replacement.push_literal(before);
            match reference(after, groups) {
                Some((part, length)) => {
                    match part {
                        Part::Literal(text) => replacement.push_literal(&text),
                        part => replacement.parts.push(part),
                    }
                    rest = &after[length..];
                }
                None => {
                    replacement.push_literal("$");
                    rest = after;
                }
            }
        }
        replacement.push_literal(rest);
        replacement
    }

    /// Says whether the replacement asks what groups hold.
    pub(crate) fn captures(&self) -> Captures {
        let wanted = self.parts.iter().any(|part| matches!(part, Part::Group(_)));
        if wanted { Captures::Wanted } else { Captures::Unwanted }
    }

    /// Gives the text if it is the same for every match.
    pub(crate) fn literal(&self) -> Option<&str> {
        match &self.parts[..] {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Calls `push` for every piece of the text that replaces a match.
    pub(crate) fn expand(
        &self,
        search: &Search<'_>,
        text: &str,
        found: (usize, usize),
        mut push: impl FnMut(&str),
    ) {
        for part in &self.parts {
            match part {
                Part::Literal(literal) => push(literal),
                Part::Group(groups) => {
                    if let Some((start, end)) = search.last_of(groups) {
                        push(&text[start..end]);
                    }
                }
                Part::Match => push(&text[found.0..found.1]),
                Part::Before => push(&text[..found.0]),
                Part::After => push(&text[found.1..]),
                Part::Whole => push(text),
            }
        }
    }

    fn push_literal(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Literal(literal)) => literal.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Literal(text.to_owned())),
        }
    }
}

/// Reads what follows a `$`; `None` if it refers to nothing and stays as it is.
fn reference(after: &str, groups: &Groups) -> Option<(Part, usize)> {
    match after.chars().next()? {
        '$' => Some((Part::Literal("$".to_owned()), 1)),
        '&' => Some((Part::Match, 1)),
        '`' => Some((Part::Before, 1)),
        '\'' => Some((Part::After, 1)),
        '_' => Some((Part::Whole, 1)),
        '+' => {
            // The group with the highest number; the whole match if there is none.
            let last = groups.all.iter().map(|(number, _)| *number).max();
            Some((last.map_or(Part::Match, |number| Part::Group(groups.numbered(number))), 1))
        }
        '{' => {
            let (name, _) = after[1..].split_once('}')?;
            known(name, groups).map(|part| (part, name.len() + 2))
        }
        '0'..='9' => {
            let length = after.bytes().take_while(u8::is_ascii_digit).count();
            known(&after[..length], groups).map(|part| (part, length))
        }
        _ => None,
    }
}

fn known(name: &str, groups: &Groups) -> Option<Part> {
    if name.parse() == Ok(0_u32) {
        return Some(Part::Match);
    }
    let found = groups.named(name);
    if found.is_empty() { None } else { Some(Part::Group(found)) }
}
