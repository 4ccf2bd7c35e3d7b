//! Expressions that compile for the objects of any type.

use std::fmt;

use provisio::model::{AttributeSchema, ObjectSchema, ValueKind};

use super::draw::{Draw, Drawn};

/// How deep calls are within calls.
const DEPTH_MAX: usize = 3;

/// An expression: its text, with those of its parts that are expressions of their own.
///
/// [`fmt::Display`] writes it as a mapping file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenExpression {
    /// The text around the parts: one piece more than there are parts.
    pieces: Vec<String>,
    parts: Vec<Self>,
}

/// Functions of text, written with `_` for their parts.
const CALLS: [&str; 17] = [
    "ToLower(_)",
    "ToUpper(_)",
    "Trim(_)",
    "PCase(_)",
    "StripSpaces(_)",
    "NormalizeDiacritics(_)",
    "Append(_, \"-x\")",
    "Append(_, _)",
    "Join(\" \", _, _)",
    "Join(\".\", _, _)",
    "Mid(_, 1, 8)",
    "Left(_, 3)",
    "Coalesce(_, _)",
    "Replace(_, , \"[^A-Za-z0-9]\", , \"\", , )",
    "Switch(_, \"other\", \"Sales\", \"S\", \"IT\", \"I\")",
    "IIF(IsPresent(_), _, \"none\")",
    "IIF(_=\"Sales\", _, _)",
];

/// Gives expressions that read the texts of a type, and give text or nothing. They shrink to their parts.
pub fn expressions(schema: &ObjectSchema) -> Drawn<WrittenExpression> {
    let names = texts(schema);
    Drawn::new(move |draw| WrittenExpression::draw(draw, &names, DEPTH_MAX), WrittenExpression::smaller)
}

/// The attributes that hold one text, and whose names need no quoting in brackets.
pub(super) fn texts(schema: &ObjectSchema) -> Vec<String> {
    let is_text = |it: &&AttributeSchema| {
        it.kind == ValueKind::Text && !it.multi_valued && !it.name.as_str().contains([']', '['])
    };
    schema.attributes.iter().filter(is_text).map(|it| it.name.to_string()).collect()
}

impl WrittenExpression {
    pub(super) fn draw(draw: &mut Draw, names: &[String], depth: usize) -> Self {
        if depth == 0 || draw.percent(25) {
            return Self::leaf(draw, names);
        }
        let call = draw.word(&CALLS);
        let pieces: Vec<String> = call.split('_').map(str::to_owned).collect();
        let parts = (1..pieces.len()).map(|_| Self::draw(draw, names, depth - 1)).collect();
        Self { pieces, parts }
    }

    fn leaf(draw: &mut Draw, names: &[String]) -> Self {
        let text = match draw.pick(names) {
            Some(name) if draw.percent(85) => format!("[{name}]"),
            _ => format!("\"{}\"", draw.word(&["", "a", "Sales", "@contoso.example"])),
        };
        Self { pieces: vec![text], parts: Vec::new() }
    }

    /// Its parts, and itself with one part made smaller.
    fn smaller(&self) -> Vec<Self> {
        let mut all = self.parts.clone();
        for (at, part) in self.parts.iter().enumerate() {
            for less in part.smaller() {
                let mut other = self.clone();
                other.parts[at] = less;
                all.push(other);
            }
        }
        all
    }
}

impl fmt::Display for WrittenExpression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, piece) in self.pieces.iter().enumerate() {
            formatter.write_str(piece)?;
            if let Some(part) = self.parts.get(at) {
                write!(formatter, "{part}")?;
            }
        }
        Ok(())
    }
}
