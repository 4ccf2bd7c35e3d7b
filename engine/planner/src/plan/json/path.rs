//! Where in the document is it? `operations[12].attributes.manager`.

use std::fmt;

use provisio_model::EscapedText;

/// A place in the document. It is made of borrowed steps, so that going down costs nothing until somebody
/// wants to see it.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Document,
    Key(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl Path<'_> {
    pub(super) fn key<'a>(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }

    pub(super) fn item(&self, position: usize) -> Path<'_> {
        Path::Item(self, position)
    }

    /// The place of one of `count` values: a single value stands without a list.
    pub(super) fn one_of(&self, count: usize, position: usize) -> Path<'_> {
        if count == 1 { *self } else { self.item(position) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document => Ok(()),
            Self::Key(above, key) => {
                above.fmt(formatter)?;
                write_key(formatter, key, matches!(above, Path::Document))
            }
            Self::Item(above, position) => write!(formatter, "{above}[{position}]"),
        }
    }
}

/// Writes `.key`, or `["odd key"]`, cut where it becomes too long to read.
pub(super) fn write_key(out: &mut impl fmt::Write, key: &str, first: bool) -> fmt::Result {
    const LONGEST: usize = 60;
    let is_word = |key: &str| {
        let word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '$');
        !key.is_empty() && key.chars().all(word)
    };
    let short: String = key.chars().take(LONGEST).collect();
    let dots = if short.len() < key.len() { "…" } else { "" };
    match (is_word(&short), first) {
        (true, true) => write!(out, "{short}{dots}"),
        (true, false) => write!(out, ".{short}{dots}"),
        (false, _) => write!(out, "[\"{}{dots}\"]", EscapedText(&short)),
    }
}
