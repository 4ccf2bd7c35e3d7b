//! How is a compiled expression evaluated? One pass over the [`Op`] tree, lazily, within limits.
//!
//! Text is built in a bump string that the whole chain of `Join`, `Append`, `ToLower` and their kin shares:
//! an inner call appends to it, an outer call changes the tail in place ([`text`]). What is not changed is
//! lent as it is.

mod call;
pub(crate) mod compare;
mod date;
mod replace;
pub(crate) mod text;
pub(crate) mod tracer;

use crate::ast::Operator;
use crate::context::EvalContext;
use crate::error::{EvalError, Fault};
use crate::function::one_value_needed;
use crate::limits::Limit;
use crate::op::{Ignored, Integer, Op, OpKind, Switch, SwitchKeys, Test};
use crate::record::Record;
use crate::value::{Flow, Value};
use bumpalo::Bump;
use compare::{compared, tested};
use tracer::Tracer;

/// An error on its way out; boxed because results are moved about at every step.
pub(crate) type Raised = Box<EvalError>;

pub(crate) struct Evaluator<'a, R: ?Sized, T> {
    record: &'a R,
    context: &'a EvalContext<'a>,
    bump: &'a Bump,
    fuel: u32,
    text_left: usize,
    pub(crate) tracer: T,
}

impl<'a, R: Record + ?Sized, T: Tracer> Evaluator<'a, R, T> {
    pub(crate) fn new(record: &'a R, context: &'a EvalContext<'a>, bump: &'a Bump, tracer: T) -> Self {
        let limits = &context.limits;
        Self { record, context, bump, fuel: limits.fuel, text_left: limits.text_bytes, tracer }
    }

    /// Evaluates an operation that may yield a flow marker.
    #[inline(always)]
    pub(crate) fn flow(&mut self, op: &'a Op) -> Result<Flow<'a>, Raised> {
        match self.leaf(op) {
            Some(value) => Ok(Flow::Value(value)),
            None => self.branch(op),
        }
    }

    /// Gives the value of a leaf of the tree at once, unless every part is watched; a leaf costs nothing that
    /// is worth counting.
    #[inline(always)]
    fn leaf(&self, op: &'a Op) -> Option<Value<'a>> {
        match &op.kind {
            _ if T::ENABLED => None,
            OpKind::Attribute(slot) => Some(self.record.value(*slot, self.bump)),
            OpKind::Constant(constant) => Some(constant.value()),
            _ => None,
        }
    }

    fn branch(&mut self, op: &'a Op) -> Result<Flow<'a>, Raised> {
        self.burn(op)?;
        if !T::ENABLED {
            return self.step(op);
        }
        self.tracer.enter(op);
        let outcome = self.step(op);
        self.tracer.leave(&outcome);
        outcome
    }

    fn step(&mut self, op: &'a Op) -> Result<Flow<'a>, Raised> {
        let value = match &op.kind {
            OpKind::Constant(constant) => constant.value(),
            OpKind::Attribute(slot) => self.record.value(*slot, self.bump),
            OpKind::Absent => Value::Null,
            OpKind::Iif(parts) => {
                let [condition, yes, no] = &**parts;
                let chosen = if self.condition(condition)? { yes } else { no };
                return self.flow(chosen);
            }
            OpKind::Switch(switch) => return self.switch(switch),
            OpKind::Coalesce(sources) => return self.coalesce(sources),
            OpKind::Ignore(Ignored::Attribute) => return Ok(Flow::IgnoreAttribute),
            OpKind::Ignore(Ignored::Object) => return Ok(Flow::IgnoreObject),
            OpKind::IgnoreIfEmpty(inner) => {
                return Ok(match self.flow(inner)? {
                    Flow::Value(value) if value.is_null_or_empty() => Flow::IgnoreAttribute,
                    other => other,
                });
            }
            OpKind::Redact(inner) => return self.flow(inner),
            OpKind::Unique(candidates) => return self.unique(op, candidates),
            OpKind::Test(test, inner) => Value::Bool(self.test(*test, inner)?),
            OpKind::Compare(operator, operands) => self.compare(*operator, operands)?,
            OpKind::Concat(_) | OpKind::Append(_) | OpKind::Join(_) => self.built(op)?,
            OpKind::Transform(transform, inner) => self.transform(op, *transform, inner)?,
            OpKind::CaseIn(letter_case, parts) => self.case_in(op, *letter_case, parts)?,
            OpKind::Mid(mid) => self.mid(mid)?,
            OpKind::Left(parts) => self.left(parts)?,
            OpKind::Variable(name) => self.variable(op, name)?,
            OpKind::Replace(replace) => self.replace(op, replace)?,
            OpKind::FormatDateTime(format) => self.format_date_time(op, format)?,
            OpKind::Call(call) => self.call(op, call)?,
            OpKind::Fail(error) => return Err(error.clone()),
        };
        Ok(Flow::Value(value))
    }

    /// Evaluates an operation whose value is used by another one.
    #[inline(always)]
    fn value(&mut self, op: &'a Op) -> Result<Value<'a>, Raised> {
        match self.leaf(op) {
            Some(value) => Ok(value),
            None => self.value_of_branch(op),
        }
    }

    fn value_of_branch(&mut self, op: &'a Op) -> Result<Value<'a>, Raised> {
        match self.branch(op)? {
            Flow::Value(value) => Ok(value),
            Flow::IgnoreAttribute | Flow::IgnoreObject => Err(marker_as_operand(op)),
        }
    }

    /// Evaluates to the text form, `None` for null.
    #[inline(always)]
    fn text(&mut self, op: &'a Op) -> Result<Option<&'a str>, Raised> {
        match self.value(op)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            other => self.text_form(op, other).map(Some),
        }
    }

    #[inline(never)]
    fn text_form(&self, op: &Op, value: Value<'a>) -> Result<&'a str, Raised> {
        value.text(self.bump).ok_or_else(|| raise(one_value_needed(value), op))
    }

    /// Evaluates to a whole number; null has none.
    #[inline]
    fn integer(&mut self, integer: &'a Integer) -> Result<i64, Raised> {
        match integer {
            Integer::Constant(value, _) => Ok(*value),
            Integer::Evaluated(op) => self.integer_of(op),
        }
    }

    fn integer_of(&mut self, op: &'a Op) -> Result<i64, Raised> {
        let value = self.value(op)?;
        if let Value::Int(number) = value {
            return Ok(number);
        }
        let fault = match value {
            Value::List(_) | Value::Binary(_) | Value::Role(_) => one_value_needed(value),
            _ => match value.number().and_then(crate::Decimal::to_integer) {
                Some(number) => return Ok(number),
                None => Fault::conversion(format!("{} is not a whole number", value.kind_name())),
            },
        };
        Err(raise(fault, op))
    }

    fn condition(&mut self, op: &'a Op) -> Result<bool, Raised> {
        match self.value(op)? {
            Value::Bool(value) => Ok(value),
            list @ (Value::List(_) | Value::Binary(_) | Value::Role(_)) => {
                Err(raise(one_value_needed(list), op))
            }
            other => Ok(other.is_true()),
        }
    }

    fn test(&mut self, test: Test, inner: &'a Op) -> Result<bool, Raised> {
        let value = self.value(inner)?;
        tested(test, value).ok_or_else(|| raise(one_value_needed(value), inner))
    }

    fn compare(&mut self, operator: Operator, operands: &'a [Op; 2]) -> Result<Value<'a>, Raised> {
        let [left_op, right_op] = operands;
        let left = self.value(left_op)?;
        let right = self.value(right_op)?;
        for (value, op) in [(left, left_op), (right, right_op)] {
            if matches!(value, Value::List(_) | Value::Binary(_) | Value::Role(_)) {
                return Err(raise(one_value_needed(value), op));
            }
        }
        Ok(Value::Bool(compared(operator, left, right, self.bump)))
    }

    fn switch(&mut self, switch: &'a Switch) -> Result<Flow<'a>, Raised> {
        // A null source equals the key `""`.
        let source = self.text(&switch.source)?.unwrap_or_default();
        let found = match &switch.keys {
            SwitchKeys::Table(table) => table.find(source),
            SwitchKeys::Evaluated(keys) => {
                let mut found = None;
                for (index, key) in keys.iter().enumerate() {
                    if self.text(key)?.unwrap_or_default() == source {
                        found = Some(index);
                        break;
                    }
                }
                found
            }
        };
        let chosen = match found {
            Some(index) => switch.values[index].as_ref(),
            None => switch.default.as_ref(),
        };
        match chosen {
            Some(op) => self.flow(op),
            None => Ok(Flow::Value(Value::Null)),
        }
    }

    fn coalesce(&mut self, sources: &'a [Op]) -> Result<Flow<'a>, Raised> {
        for source in sources {
            match self.flow(source)? {
                Flow::Value(Value::Null) => {}
                found => return Ok(found),
            }
        }
        Ok(Flow::Value(Value::Null))
    }

    #[inline(never)]
    fn unique(&mut self, op: &'a Op, candidates: &'a [Op]) -> Result<Flow<'a>, Raised> {
        let mut tried = 0;
        for candidate in candidates {
            let value = match self.flow(candidate)? {
                Flow::Value(value) => value,
                marker => return Ok(marker),
            };
            if value.is_null() {
                continue;
            }
            let Some(text) = value.text(self.bump) else {
                return Err(raise(one_value_needed(value), candidate));
            };
            if !self.context.unique.is_taken(text) {
                return Ok(Flow::Value(value));
            }
            tried += 1;
        }
        if tried == 0 {
            return Ok(Flow::Value(Value::Null));
        }
        Err(Box::new(EvalError::NotUnique { span: op.span, candidates: tried }))
    }

    #[inline(never)]
    fn variable(&self, op: &Op, name: &str) -> Result<Value<'a>, Raised> {
        match self.context.variables.variable(name) {
            Some(value) => Ok(Value::Text(value)),
            None => Err(Box::new(EvalError::UnknownVariable { span: op.span, name: name.to_owned() })),
        }
    }

    fn burn(&mut self, op: &Op) -> Result<(), Raised> {
        match self.fuel.checked_sub(1) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => Err(limit(op, Limit::Fuel)),
        }
    }

    /// Counts text that has been produced.
    fn charge(&mut self, op: &Op, bytes: usize) -> Result<(), Raised> {
        match self.text_left.checked_sub(bytes) {
            Some(left) => {
                self.text_left = left;
                Ok(())
            }
            None => Err(limit(op, Limit::TextBytes)),
        }
    }
}

#[cold]
fn marker_as_operand(op: &Op) -> Raised {
    Box::new(EvalError::Type {
        span: op.span,
        message: "a flow marker is the whole result and cannot be used as an operand".to_owned(),
    })
}

#[cold]
fn raise(fault: Fault, op: &Op) -> Raised {
    Box::new(fault.at(op.span))
}

#[cold]
fn limit(op: &Op, limit: Limit) -> Raised {
    Box::new(EvalError::Limit { span: op.span, limit })
}
