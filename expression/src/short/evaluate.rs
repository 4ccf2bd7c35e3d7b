//! What does the short form of a program give for a record? A text mostly ([`Evaluation::text`]), which takes two
//! registers of the processor, or else another value ([`Evaluation::other`]). `None` wherever something is not as
//! usual.
//!
//! A part that gives no text is evaluated again to learn what it gives, and so are the parts in it, which is why they
//! are not nested deeply.

use super::line::{self, LINE_BYTES, Line, Out as _};
use super::{Choose, Cut, Date, Find, IfNull, Part, Piece, Question, Without};
use crate::eval::compare::{compared, tested};
use crate::eval::text::characters;
use crate::op::{Constant, Ignored};
use crate::record::Record;
use crate::value::{Flow, Value};
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;

/// The evaluation of one record.
pub(super) struct Evaluation<'a, R: ?Sized> {
    pub(super) record: &'a R,
    pub(super) bump: &'a Bump,
}

impl<'a, R: Record + ?Sized> Evaluation<'a, R> {
    /// Gives the text of a part, if it gives one.
    pub(super) fn text(&self, part: &'a Part) -> Option<&'a str> {
        match part {
            Part::Attribute(_) | Part::Constant(_) => self.text_at_once(part),
            Part::Choose(choose) => self.text_at_once(self.chosen(choose)?),
            Part::Find(find) => self.text_at_once(self.found(find)?),
            Part::First(parts) => self.text_at_once(self.first(parts)?),
            Part::Cut(cut) => self.cut(cut),
            Part::Joined(pieces) => self.joined(pieces),
            Part::Line(pieces) => self.line(pieces),
            Part::Without(without) => self.without(without),
            Part::Date(date) => self.date(date),
            Part::IgnoreIfEmpty(inner) => self.text(inner).filter(|text| !text.is_empty()),
            Part::Answer(_) | Part::Ignore(_) | Part::Unusual => None,
        }
    }

    /// Gives what a part gives that has given no text.
    #[inline(never)]
    pub(super) fn other(&self, part: &'a Part) -> Option<Flow<'a>> {
        let null_of = |source| self.is_null(source).then_some(Value::Null);
        let value = match part {
            Part::Constant(constant) => Some(constant.value()),
            Part::Attribute(slot) => Some(self.record.value(*slot, self.bump)),
            Part::Choose(choose) => return self.other(self.chosen(choose)?),
            Part::Find(find) => return self.other(self.found(find)?),
            Part::First(parts) => return self.other(self.first(parts)?),
            Part::Cut(cut) => null_of(&cut.source).map(|null| cut.if_null.map_or(null, Value::Text)),
            Part::Joined(pieces) | Part::Line(pieces) => {
                let source = &pieces.iter().find(|piece| piece.if_null == IfNull::Null)?.source;
                null_of(source)
            }
            Part::Without(without) => null_of(&without.source),
            Part::Date(date) => match self.text_at_once(&date.source) {
                Some(text) => text.is_empty().then_some(Value::Null),
                None => null_of(&date.source),
            },
            Part::Answer(question) => self.answer(question).map(Value::Bool),
            Part::Ignore(Ignored::Attribute) => return Some(Flow::IgnoreAttribute),
            Part::Ignore(Ignored::Object) => return Some(Flow::IgnoreObject),
            Part::IgnoreIfEmpty(inner) => {
                return Some(match self.flow(inner)? {
                    Flow::Value(value) if value.is_null_or_empty() => Flow::IgnoreAttribute,
                    other => other,
                });
            }
            Part::Unusual => None,
        };
        value.map(Flow::Value)
    }

    fn flow(&self, part: &'a Part) -> Option<Flow<'a>> {
        match self.text(part) {
            Some(text) => Some(Flow::Value(Value::Text(text))),
            None => self.other(part),
        }
    }

    /// Gives the text of a part, without a call where it takes none, and so takes most of the calls away.
    #[inline(always)]
    pub(super) fn text_at_once(&self, part: &'a Part) -> Option<&'a str> {
        match part {
            Part::Attribute(slot) => match self.record.value(*slot, self.bump) {
                Value::Text(text) => Some(text),
                _ => None,
            },
            Part::Constant(Constant::Text(text)) => Some(text),
            Part::Constant(_) => None,
            _ => self.text(part),
        }
    }

    /// Gives the value of a part that is used by another one.
    #[inline(always)]
    fn value(&self, part: &'a Part) -> Option<Value<'a>> {
        match part {
            Part::Attribute(slot) => Some(self.record.value(*slot, self.bump)),
            Part::Constant(constant) => Some(constant.value()),
            _ => match self.flow(part)? {
                Flow::Value(value) => Some(value),
                Flow::IgnoreAttribute | Flow::IgnoreObject => None,
            },
        }
    }

    #[inline(always)]
    fn is_null(&self, part: &'a Part) -> bool {
        self.value(part).is_some_and(Value::is_null)
    }

    #[inline]
    fn chosen(&self, choose: &'a Choose) -> Option<&'a Part> {
        Some(if self.answer(&choose.question)? { &choose.yes } else { &choose.no })
    }

    fn answer(&self, question: &'a Question) -> Option<bool> {
        match question {
            Question::Test(test, part) => tested(*test, self.value(part)?),
            Question::Compare(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                (has_text(left) && has_text(right)).then(|| compared(*operator, left, right, self.bump))
            }
            Question::IsTrue(part) => self.value(part).filter(|value| has_text(*value)).map(Value::is_true),
        }
    }

    #[inline]
    fn found(&self, find: &'a Find) -> Option<&'a Part> {
        let source = match self.text_at_once(&find.source) {
            Some(text) => text,
            // A null source equals the key `""`.
            None => self.is_null(&find.source).then_some("")?,
        };
        Some(find.keys.find(source).map_or(&find.default, |index| &find.values[index]))
    }

    /// Gives the first part that is not null, or the last.
    #[inline]
    fn first(&self, parts: &'a [Part]) -> Option<&'a Part> {
        let (last, others) = parts.split_last()?;
        Some(others.iter().find(|part| !self.is_null(part)).unwrap_or(last))
    }

    #[inline]
    fn cut(&self, cut: &'a Cut) -> Option<&'a str> {
        self.text_at_once(&cut.source).map(|text| characters(text, cut.skipped, cut.length))
    }

    /// Gives the text of a piece, which is empty for null if that is what null means.
    #[inline(always)]
    pub(super) fn piece(&self, piece: &'a Piece) -> Option<&'a str> {
        match self.text_at_once(&piece.source) {
            Some(text) => Some(text),
            None => (piece.if_null == IfNull::Empty && self.is_null(&piece.source)).then_some(""),
        }
    }

    /// Puts pieces together as they are.
    #[inline(never)]
    fn joined(&self, pieces: &'a [Piece]) -> Option<&'a str> {
        let mut out = BumpString::with_capacity_in(LINE_BYTES, self.bump);
        for piece in pieces {
            let text = self.piece(piece)?;
            if text.is_empty() {
                continue;
            }
            let separator = piece.separator.as_deref().filter(|_| !out.is_empty()).unwrap_or_default();
            if separator.len() + text.len() > LINE_BYTES - out.len() {
                return None;
            }
            out.push_str(separator);
            out.push_str(text);
        }
        Some(out.into_bump_str())
    }

    /// Puts pieces together with changed letters.
    #[inline(never)]
    fn line(&self, pieces: &'a [Piece]) -> Option<&'a str> {
        let mut line = Line::new_in(self.bump);
        self.put_all(pieces, &mut line)?;
        line.finish()
    }

    #[inline(never)]
    fn without(&self, without: &'a Without) -> Option<&'a str> {
        line::without(self.text_at_once(&without.source)?, &without.removed, self.bump)
    }

    #[inline(never)]
    fn date(&self, date: &'a Date) -> Option<&'a str> {
        let mut line = Line::new_in(self.bump);
        date.copy.write(self.text_at_once(&date.source)?, |word, bytes| line.push(word, bytes))?;
        line.finish()
    }
}

/// Says whether a value has a text form: others are refused as operands.
#[inline]
fn has_text(value: Value<'_>) -> bool {
    !matches!(value, Value::List(_) | Value::Binary(_) | Value::Role(_))
}
