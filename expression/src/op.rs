//! What is a compiled expression made of? [`Op`]s: a tree with constants folded, attributes resolved to
//! slots, and patterns, formats and tables prepared.

use crate::ast::{Operator, Span};
use crate::decimal::Decimal;
use crate::dotnet::culture::Culture;
use crate::dotnet::date_copy::DateCopy;
use crate::dotnet::date_format::DateFormat;
use crate::dotnet::date_styles::Styles;
use crate::error::EvalError;
use crate::function::Function;
use crate::record::Slot;
use crate::replace::Replace;
use crate::switch_table::SwitchTable;
use crate::value::Value;
use std::sync::Arc;

/// One operation and where it was written.
#[derive(Debug)]
pub(crate) struct Op {
    pub(crate) span: Span,
    /// A trace must not show the value.
    pub(crate) secret: bool,
    pub(crate) kind: OpKind,
}

#[derive(Debug)]
pub(crate) enum OpKind {
    Constant(Constant),
    Attribute(Slot),
    /// An attribute that the schema does not have, where that is allowed: null for every object.
    Absent,
    Variable(Box<str>),
    Ignore(Ignored),
    Compare(Operator, Box<[Op; 2]>),
    /// `a & b`: null is empty.
    Concat(Box<[Op]>),
    /// `Append(a, b)`: a null `a` gives null.
    Append(Box<[Op; 2]>),
    Join(Box<Join>),
    Transform(Transform, Box<Op>),
    /// `ToLower` or `ToUpper` with a culture that is not a constant.
    CaseIn(LetterCase, Box<[Op; 2]>),
    Mid(Box<Mid>),
    Left(Box<Left>),
    Test(Test, Box<Op>),
    Iif(Box<[Op; 3]>),
    Switch(Box<Switch>),
    Coalesce(Box<[Op]>),
    Unique(Box<[Op]>),
    IgnoreIfEmpty(Box<Op>),
    Redact(Box<Op>),
    Replace(Box<Replace>),
    FormatDateTime(Box<FormatDateTime>),
    Call(Box<Call>),
    /// A part that always fails, but is not always evaluated.
    Fail(Box<EvalError>),
}

/// A value that the program owns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Null,
    Text(Box<str>),
    Int(i64),
    Decimal(Decimal),
    Bool(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    Attribute,
    Object,
}

#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) separator: Op,
    pub(crate) sources: Box<[Op]>,
}

/// A change of text that can be made in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transform {
    Case(LetterCase, Culture),
    StripSpaces,
    NormalizeDiacritics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LetterCase {
    Lower,
    Upper,
}

#[derive(Debug)]
pub(crate) struct Mid {
    pub(crate) source: Op,
    pub(crate) start: Integer,
    pub(crate) length: Option<Integer>,
}

#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) source: Op,
    pub(crate) count: Integer,
}

/// A whole number that is needed.
#[derive(Debug)]
pub(crate) enum Integer {
    Constant(i64, Span),
    Evaluated(Op),
}

/// A question about one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    IsNull,
    IsNullOrEmpty,
    IsPresent,
    Not,
}

#[derive(Debug)]
pub(crate) struct Switch {
    pub(crate) source: Op,
    pub(crate) default: Option<Op>,
    pub(crate) keys: SwitchKeys,
    /// One for each key, in the order written.
    pub(crate) values: Box<[Option<Op>]>,
}

#[derive(Debug)]
pub(crate) enum SwitchKeys {
    /// All keys are constants.
    Table(SwitchTable),
    /// Some key must be evaluated; they are tried in order.
    Evaluated(Box<[Op]>),
}

#[derive(Debug)]
pub(crate) struct FormatDateTime {
    pub(crate) source: Op,
    pub(crate) styles: StyleSource,
    pub(crate) input: FormatSource,
    pub(crate) output: FormatSource,
    /// The fast path, where the formats allow it.
    pub(crate) copy: Option<DateCopy>,
}

#[derive(Debug)]
pub(crate) enum StyleSource {
    Prepared(Styles),
    Evaluated(Op),
}

#[derive(Debug)]
pub(crate) enum FormatSource {
    Prepared(DateFormat),
    Evaluated(Op),
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function: Arc<Function>,
    pub(crate) arguments: Box<[Option<Op>]>,
    /// Which of the calls that need randomness this is.
    pub(crate) site: u32,
}

impl Constant {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(text),
            Self::Int(value) => Value::Int(*value),
            Self::Decimal(value) => Value::Decimal(*value),
            Self::Bool(value) => Value::Bool(*value),
        }
    }

    /// Keeps a folded value, if a constant can hold it.
    pub(crate) fn of(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Text(text) => Self::Text(text.into()),
            Value::Int(value) => Self::Int(value),
            Value::Decimal(value) => Self::Decimal(value),
            Value::Bool(value) => Self::Bool(value),
            Value::List(_) | Value::Binary(_) | Value::Role(_) => return None,
        })
    }
}

impl Op {
    pub(crate) fn constant(&self) -> Option<&Constant> {
        match &self.kind {
            OpKind::Constant(constant) => Some(constant),
            _ => None,
        }
    }

    /// Gives the text of a constant that has one and is not null.
    pub(crate) fn constant_text(&self) -> Option<&str> {
        match self.constant() {
            Some(Constant::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl Op {
    /// Calls `visit` for every operation directly below this one, in the order written.
    pub(crate) fn operands<'o>(&'o self, visit: &mut dyn FnMut(&'o Self)) {
        match &self.kind {
            OpKind::Constant(_)
            | OpKind::Attribute(_)
            | OpKind::Absent
            | OpKind::Variable(_)
            | OpKind::Ignore(_)
            | OpKind::Fail(_) => {}
            OpKind::Compare(_, pair) | OpKind::Append(pair) | OpKind::CaseIn(_, pair) => {
                pair.iter().for_each(visit);
            }
            OpKind::Iif(parts) => parts.iter().for_each(visit),
            OpKind::Concat(operands) | OpKind::Coalesce(operands) | OpKind::Unique(operands) => {
                operands.iter().for_each(visit);
            }
            OpKind::Join(join) => {
                visit(&join.separator);
                join.sources.iter().for_each(visit);
            }
            OpKind::Transform(_, inner)
            | OpKind::Test(_, inner)
            | OpKind::IgnoreIfEmpty(inner)
            | OpKind::Redact(inner) => visit(inner),
            OpKind::Left(left) => {
                visit(&left.source);
                left.count.operand(visit);
            }
            OpKind::Mid(mid) => {
                visit(&mid.source);
                mid.start.operand(visit);
                mid.length.iter().for_each(|length| length.operand(visit));
            }
            OpKind::Switch(switch) => {
                visit(&switch.source);
                switch.default.iter().for_each(&mut *visit);
                if let SwitchKeys::Evaluated(keys) = &switch.keys {
                    keys.iter().for_each(&mut *visit);
                }
                switch.values.iter().flatten().for_each(visit);
            }
            OpKind::Replace(replace) => replace.operands(visit),
            OpKind::FormatDateTime(format) => {
                visit(&format.source);
                if let StyleSource::Evaluated(op) = &format.styles {
                    visit(op);
                }
                for source in [&format.input, &format.output] {
                    if let FormatSource::Evaluated(op) = source {
                        visit(op);
                    }
                }
            }
            OpKind::Call(call) => call.arguments.iter().flatten().for_each(visit),
        }
    }
}

impl Integer {
    /// Takes an operation, and its number if it is a constant.
    pub(crate) fn of(op: Op) -> Self {
        match op.kind {
            OpKind::Constant(Constant::Int(value)) => Self::Constant(value, op.span),
            _ => Self::Evaluated(op),
        }
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Constant(_, span) => *span,
            Self::Evaluated(op) => op.span,
        }
    }

    fn operand<'o>(&'o self, visit: &mut dyn FnMut(&'o Op)) {
        if let Self::Evaluated(op) = self {
            visit(op);
        }
    }
}
