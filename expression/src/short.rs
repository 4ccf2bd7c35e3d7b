//! What does an expression give where everything is as usual: short texts, no faults?
//!
//! ```text
//! Op --find--> Short --flow(record)--> Some(Flow), which is what the evaluator gives
//!                                      None: ask the evaluator, from the start
//! ```
//!
//! The short form of a program has the operations that most mappings consist of, with everything known about them
//! beforehand. Nothing is counted and nothing reported on this way, and no text is longer than a [`line`], so that it
//! can be said beforehand whether limits allow for it.

mod check;
mod evaluate;
mod find;
mod line;

use crate::ast::Operator;
use crate::dotnet::date_copy::DateCopy;
use crate::dotnet::regex::SingleClass;
use crate::limits::Limits;
use crate::op::{Constant, Ignored, Test};
use crate::record::{Record, Slot};
use crate::switch_table::SwitchTable;
use crate::value::{Flow, Value};
use bumpalo::Bump;
use evaluate::Evaluation;
use line::{LINE_BYTES, Letters};

/// The short form of a program.
#[derive(Debug)]
pub(crate) struct Short {
    root: Part,
    /// How many operations there are. Each is evaluated once at most, and makes one line at most.
    operations: u32,
    lines_bytes: usize,
}

/// An operation, prepared.
#[derive(Debug)]
enum Part {
    Constant(Constant),
    Attribute(Slot),
    Ignore(Ignored),
    IgnoreIfEmpty(Box<Part>),
    Answer(Box<Question>),
    Choose(Box<Choose>),
    Find(Box<Find>),
    /// The first that is not null.
    First(Box<[Part]>),
    Cut(Box<Cut>),
    /// Pieces as they are.
    Joined(Box<[Piece]>),
    /// Pieces of which some change.
    Line(Box<[Piece]>),
    Without(Box<Without>),
    Date(Box<Date>),
    /// What only the evaluator does.
    Unusual,
}

#[derive(Debug)]
enum Question {
    Test(Test, Part),
    Compare(Operator, Part, Part),
    IsTrue(Part),
}

#[derive(Debug)]
struct Choose {
    question: Question,
    yes: Part,
    no: Part,
}

#[derive(Debug)]
struct Find {
    source: Part,
    keys: SwitchTable,
    /// One for each key, in the order written.
    values: Box<[Part]>,
    default: Part,
}

/// So many characters of a text after so many others.
#[derive(Debug)]
struct Cut {
    source: Part,
    skipped: usize,
    length: usize,
    if_null: Option<&'static str>,
}

/// A part of a text that is put together.
#[derive(Debug)]
struct Piece {
    source: Part,
    letters: Letters,
    /// How letters change before it is put into anything, where it is seen whether it is empty.
    own_letters: Letters,
    /// What stands before it, unless it is empty or the first that is not.
    separator: Option<Box<str>>,
    if_null: IfNull,
}

/// What a piece without a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfNull {
    /// It is empty.
    Empty,
    /// The whole text is null.
    Null,
}

/// A text without the characters of a set.
#[derive(Debug)]
struct Without {
    source: Part,
    removed: SingleClass,
}

/// A date in another format.
#[derive(Debug)]
struct Date {
    source: Part,
    copy: DateCopy,
}

impl Part {
    /// Says how deep the parts in it are nested; one for none.
    fn depth(&self) -> usize {
        let deepest = |parts: &mut dyn Iterator<Item = &Self>| parts.map(Self::depth).max().unwrap_or(0);
        1 + match self {
            Self::Constant(_) | Self::Attribute(_) | Self::Ignore(_) | Self::Unusual => 0,
            Self::IgnoreIfEmpty(inner) => inner.depth(),
            Self::Answer(question) => question.depth(),
            Self::Choose(choose) => {
                choose.question.depth().max(deepest(&mut [&choose.yes, &choose.no].into_iter()))
            }
            Self::Find(find) => deepest(&mut [&find.source, &find.default].into_iter().chain(&find.values)),
            Self::First(parts) => deepest(&mut parts.iter()),
            Self::Cut(cut) => cut.source.depth(),
            Self::Joined(pieces) | Self::Line(pieces) => {
                deepest(&mut pieces.iter().map(|piece| &piece.source))
            }
            Self::Without(without) => without.source.depth(),
            Self::Date(date) => date.source.depth(),
        }
    }
}

impl Question {
    fn depth(&self) -> usize {
        match self {
            Self::Test(_, part) | Self::IsTrue(part) => part.depth(),
            Self::Compare(_, left, right) => left.depth().max(right.depth()),
        }
    }
}

impl Short {
    /// Evaluates one record; `None` if the evaluator must be asked.
    #[inline]
    pub(crate) fn flow<'a, R: Record + ?Sized>(
        &'a self,
        record: &'a R,
        limits: &Limits,
        bump: &'a Bump,
    ) -> Option<Flow<'a>> {
        let evaluation = self.evaluation(record, limits, bump)?;
        match evaluation.text(&self.root) {
            Some(text) => Some(Flow::Value(Value::Text(text))),
            None => evaluation.other(&self.root),
        }
    }

    /// Tells whether one record gives this text. `Some(false)` and `None` say nothing: the evaluator must be asked.
    #[inline]
    pub(crate) fn is_text<'a, R: Record + ?Sized>(
        &'a self,
        record: &'a R,
        limits: &Limits,
        bump: &'a Bump,
        expected: &str,
    ) -> Option<bool> {
        self.evaluation(record, limits, bump)?.is_text(&self.root, expected)
    }

    #[inline]
    fn evaluation<'a, R: Record + ?Sized>(
        &self,
        record: &'a R,
        limits: &Limits,
        bump: &'a Bump,
    ) -> Option<Evaluation<'a, R>> {
        let no_limit_is_near = limits.fuel >= self.operations
            && limits.text_bytes >= self.lines_bytes
            && limits.regex_input_bytes >= LINE_BYTES;
        no_limit_is_near.then_some(Evaluation { record, bump })
    }
}

#[cfg(test)]
mod tests;
