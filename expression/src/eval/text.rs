//! How are texts built and cut? `Join`, `Append`, `&`, the transforms, `Mid` and `Left`.

use super::tracer::Tracer;
use super::{Evaluator, Raised, limit, raise};
use crate::dotnet::culture::Culture;
use crate::error::Fault;
use crate::function::one_value_needed;
use crate::limits::Limit;
use crate::op::{Integer, Join, Left, LetterCase, Mid, Op, OpKind, Transform};
use crate::record::Record;
use crate::transform::{transform_tail, transformed};
use crate::value::{INT_TEXT_MAX, Value, bool_text, int_text};
use bumpalo::collections::String as BumpString;
use std::fmt::Write as _;

/// Enough for most names and addresses without growing.
const TYPICAL_TEXT: usize = 64;

impl<'a, R: Record + ?Sized, T: Tracer> Evaluator<'a, R, T> {
    /// Evaluates an operation that builds text.
    pub(super) fn built(&mut self, op: &'a Op) -> Result<Value<'a>, Raised> {
        let mut out = BumpString::with_capacity_in(TYPICAL_TEXT, self.bump);
        let present = self.build(op, &mut out)?;
        self.charge(op, out.len())?;
        Ok(if present { Value::Text(out.into_bump_str()) } else { Value::Null })
    }

    pub(super) fn transform(
        &mut self,
        op: &'a Op,
        transform: Transform,
        inner: &'a Op,
    ) -> Result<Value<'a>, Raised> {
        if is_builder(inner) && !T::ENABLED {
            return self.built(op);
        }
        let Some(text) = self.text(inner)? else { return Ok(Value::Null) };
        self.charge(op, text.len())?;
        Ok(Value::Text(transformed(transform, text, self.bump)))
    }

    #[inline(never)]
    pub(super) fn case_in(
        &mut self,
        op: &'a Op,
        letter_case: LetterCase,
        parts: &'a [Op; 2],
    ) -> Result<Value<'a>, Raised> {
        let [source, culture] = parts;
        let Some(text) = self.text(source)? else { return Ok(Value::Null) };
        let culture = self.text(culture)?.map_or(Culture::Invariant, Culture::find);
        self.charge(op, text.len())?;
        Ok(Value::Text(transformed(Transform::Case(letter_case, culture), text, self.bump)))
    }

    /// Appends the text of an operation that builds text; says whether it is not null.
    fn build(&mut self, op: &'a Op, out: &mut BumpString<'a>) -> Result<bool, Raised> {
        match &op.kind {
            OpKind::Join(join) => {
                self.build_join(op, join, out)?;
                Ok(true)
            }
            OpKind::Concat(operands) => {
                for operand in operands {
                    self.write(operand, out)?;
                }
                Ok(true)
            }
            OpKind::Append(parts) => {
                let [source, suffix] = &**parts;
                let present = self.write(source, out)?;
                if present {
                    self.write(suffix, out)?;
                }
                Ok(present)
            }
            OpKind::Transform(transform, inner) => {
                let mark = out.len();
                let present = self.write(inner, out)?;
                transform_tail(*transform, out, mark);
                Ok(present)
            }
            _ => self.write(op, out),
        }
    }

    /// Appends the text form of any operation; says whether it is not null.
    fn write(&mut self, op: &'a Op, out: &mut BumpString<'a>) -> Result<bool, Raised> {
        if let Some(Value::Text(text)) = self.leaf(op) {
            return self.push_text(op, text, out).map(|()| true);
        }
        if writes(op) && !T::ENABLED {
            self.burn(op)?;
            return self.build(op, out);
        }
        let value = self.value(op)?;
        self.push(op, value, out)?;
        Ok(!value.is_null())
    }

    fn build_join(&mut self, op: &'a Op, join: &'a Join, out: &mut BumpString<'a>) -> Result<(), Raised> {
        let separator = match join.separator.constant_text() {
            Some(separator) => separator,
            None => self.text(&join.separator)?.unwrap_or_default(),
        };
        let start = out.len();
        for source in &join.sources {
            // The separator is written first and taken back if the source turns out to be empty.
            let mark = out.len();
            if mark > start {
                out.push_str(separator);
            }
            let content = out.len();
            if let Some(Value::Text(text)) = self.leaf(source) {
                self.push_text(op, text, out)?;
            } else if writes(source) && !T::ENABLED {
                self.burn(source)?;
                self.build(source, out)?;
            } else {
                match self.value(source)? {
                    Value::List(values) => self.push_list(op, values, separator, out)?,
                    single => self.push(source, single, out)?,
                }
            }
            if out.len() == content {
                out.truncate(mark);
            }
        }
        Ok(())
    }

    fn push_list(
        &self,
        op: &Op,
        values: &[Value<'a>],
        separator: &str,
        out: &mut BumpString<'a>,
    ) -> Result<(), Raised> {
        let start = out.len();
        for value in values {
            let mark = out.len();
            if mark > start {
                out.push_str(separator);
            }
            let content = out.len();
            self.push(op, *value, out)?;
            if out.len() == content {
                out.truncate(mark);
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn push_text(&self, op: &Op, text: &str, out: &mut BumpString<'a>) -> Result<(), Raised> {
        out.push_str(text);
        if out.len() > self.text_left { Err(limit(op, Limit::TextBytes)) } else { Ok(()) }
    }

    fn push(&self, op: &Op, value: Value<'a>, out: &mut BumpString<'a>) -> Result<(), Raised> {
        match value {
            Value::Text(text) => out.push_str(text),
            Value::Null => {}
            Value::Bool(value) => out.push_str(bool_text(value)),
            Value::Int(value) => out.push_str(int_text(value, &mut [0; INT_TEXT_MAX])),
            // Writing to a string cannot fail.
            Value::Decimal(value) => _ = write!(out, "{value}"),
            Value::List(_) | Value::Binary(_) | Value::Role(_) => {
                return Err(raise(one_value_needed(value), op));
            }
        }
        if out.len() > self.text_left {
            return Err(limit(op, Limit::TextBytes));
        }
        Ok(())
    }

    pub(super) fn mid(&mut self, mid: &'a Mid) -> Result<Value<'a>, Raised> {
        let Some(text) = self.text(&mid.source)? else { return Ok(Value::Null) };
        let start = self.integer(&mid.start)?;
        let length = match &mid.length {
            Some(length) => self.integer(length)?,
            None => i64::MAX,
        };
        let Some(skipped) = start.checked_sub(1).filter(|skipped| *skipped >= 0) else {
            return Err(raise_at(Fault::out_of_range("start counts from 1"), &mid.start));
        };
        let Ok(length) = usize::try_from(length) else {
            let length = mid.length.as_ref().unwrap_or(&mid.start);
            return Err(raise_at(Fault::out_of_range("length is negative"), length));
        };
        Ok(Value::Text(characters(text, usize::try_from(skipped).unwrap_or(usize::MAX), length)))
    }

    pub(super) fn left(&mut self, left: &'a Left) -> Result<Value<'a>, Raised> {
        let text = self.text(&left.source)?.unwrap_or_default();
        let count = self.integer(&left.count)?;
        // A negative count gives the whole input.
        Ok(Value::Text(characters(text, 0, usize::try_from(count).unwrap_or(usize::MAX))))
    }
}

#[cold]
fn raise_at(fault: Fault, integer: &Integer) -> Raised {
    Box::new(fault.at(integer.span()))
}

/// Says whether the operation makes a new text, whatever it is given.
fn is_builder(op: &Op) -> bool {
    match &op.kind {
        OpKind::Join(_) | OpKind::Append(_) | OpKind::Concat(_) => true,
        OpKind::Transform(_, inner) => is_builder(inner),
        _ => false,
    }
}

/// Says whether the operation can append to a text that is being built.
fn writes(op: &Op) -> bool {
    matches!(op.kind, OpKind::Join(_) | OpKind::Append(_) | OpKind::Concat(_) | OpKind::Transform(..))
}

/// Cuts `length` characters after the first `skipped`.
pub(crate) fn characters(text: &str, skipped: usize, length: usize) -> &str {
    if text.is_ascii() {
        let start = skipped.min(text.len());
        let end = start.saturating_add(length).min(text.len());
        return &text[start..end];
    }
    let offset = |text: &str, count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    let rest = &text[offset(text, skipped)..];
    &rest[..offset(rest, length)]
}
