//! How are the functions lowered that the compiler knows by name?

use super::{Compiler, Lowered, Place, compound};
use crate::ast::{Node, Span};
use crate::dotnet::culture::Culture;
use crate::error::code;
use crate::function::{Form, Function};
use crate::op::{Constant, Integer, Join, Left, LetterCase, Mid, Op, OpKind, Switch, SwitchKeys, Transform};
use crate::shape::Shape;
use crate::switch_table::SwitchTable;
use crate::value::{INT_TEXT_MAX, bool_text, int_text};

/// The arguments of a call in the positions of its parameters.
pub(super) type Arranged<'x, 'n> = &'x [Option<&'n Node>];

impl Compiler<'_> {
    pub(super) fn form(
        &mut self,
        node: &Node,
        function: &Function,
        form: Form,
        arguments: Arranged<'_, '_>,
        place: Place,
    ) -> Lowered {
        let span = node.span;
        match form {
            Form::Append => {
                let source = self.required(arguments, function, 0);
                let suffix = self.required(arguments, function, 1);
                self.text(span, OpKind::Append(Box::new([source.op, suffix.op])))
            }
            Form::Join => {
                let separator = self.required(arguments, function, 0).op;
                let sources = (1..arguments.len()).map(|index| self.required(arguments, function, index).op);
                let sources = sources.collect();
                self.text(span, OpKind::Join(Box::new(Join { separator, sources })))
            }
            Form::StripSpaces => self.transform(span, function, arguments, Transform::StripSpaces),
            Form::NormalizeDiacritics => {
                self.transform(span, function, arguments, Transform::NormalizeDiacritics)
            }
            Form::ToLower => self.letter_case(span, function, arguments, LetterCase::Lower),
            Form::ToUpper => self.letter_case(span, function, arguments, LetterCase::Upper),
            Form::Left => {
                let source = self.required(arguments, function, 0).op;
                let count = Integer::of(self.required(arguments, function, 1).op);
                self.text(span, OpKind::Left(Box::new(Left { source, count })))
            }
            Form::Mid => {
                let source = self.required(arguments, function, 0).op;
                let start = Integer::of(self.required(arguments, function, 1).op);
                let length = self.optional(arguments, function, 2).map(|length| Integer::of(length.op));
                self.text(span, OpKind::Mid(Box::new(Mid { source, start, length })))
            }
            Form::Test(test) => {
                let inner = self.required(arguments, function, 0).op;
                self.chosen(span, OpKind::Test(test, Box::new(inner)), Shape::BOOLEAN)
            }
            Form::Iif => self.iif(span, function, arguments),
            Form::Switch => self.switch(span, function, arguments),
            Form::Coalesce => {
                let (ops, shape) = self.alternatives(arguments, function);
                self.chosen(span, OpKind::Coalesce(ops.into()), shape)
            }
            Form::SelectUniqueValue => {
                if place == Place::Inside {
                    let message = "`SelectUniqueValue` may only be the outermost function";
                    let help = "put the other functions inside each of its candidates".to_owned();
                    self.error(code::NESTING, span, message, Some(help));
                }
                let (ops, shape) = self.alternatives(arguments, function);
                Lowered { op: compound(span, OpKind::Unique(ops.into())), shape }
            }
            Form::IgnoreFlowIfNullOrEmpty => {
                let inner = self.required(arguments, function, 0);
                let shape = inner.shape.outside(Shape::NULL) | Shape::MARKER;
                self.chosen(span, OpKind::IgnoreIfEmpty(Box::new(inner.op)), shape)
            }
            Form::Redact => {
                let inner = self.required(arguments, function, 0);
                Lowered { op: compound(span, OpKind::Redact(Box::new(inner.op))), shape: inner.shape }
            }
            Form::Replace => self.replace(node, function, arguments),
            Form::FormatDateTime => self.format_date_time(span, function, arguments),
        }
    }

    fn iif(&mut self, span: Span, function: &Function, arguments: Arranged<'_, '_>) -> Lowered {
        let condition = self.required(arguments, function, 0).op;
        self.conditional += 1;
        let yes = self.required(arguments, function, 1);
        let no = self.required(arguments, function, 2);
        self.conditional -= 1;
        let shape = yes.shape | no.shape;
        self.chosen(span, OpKind::Iif(Box::new([condition, yes.op, no.op])), shape)
    }

    fn switch(&mut self, span: Span, function: &Function, arguments: Arranged<'_, '_>) -> Lowered {
        let source = self.required(arguments, function, 0).op;
        self.conditional += 1;
        let mut shape = Shape::NULL;
        let mut branch = |compiler: &mut Self, index| {
            let lowered = compiler.optional(arguments, function, index)?;
            shape = shape | lowered.shape;
            Some(lowered.op)
        };
        let default = branch(self, 1);
        let mut keys = Vec::new();
        let mut values = Vec::new();
        for index in (2..arguments.len()).step_by(2) {
            keys.push(self.required(arguments, function, index).op);
            values.push(branch(self, index + 1));
        }
        self.conditional -= 1;
        let texts: Option<Vec<Box<str>>> = keys.iter().map(|key| key.constant().map(key_text)).collect();
        let keys = match texts {
            Some(texts) => {
                self.warn_of_repeated_keys(&keys, &texts);
                SwitchKeys::Table(SwitchTable::new(texts))
            }
            None => SwitchKeys::Evaluated(keys.into()),
        };
        let switch = Switch { source, default, keys, values: values.into() };
        self.chosen(span, OpKind::Switch(Box::new(switch)), shape)
    }

    fn warn_of_repeated_keys(&mut self, keys: &[Op], texts: &[Box<str>]) {
        let mut seen = std::collections::BTreeSet::new();
        for (key, text) in keys.iter().zip(texts) {
            if !seen.insert(text) {
                let message = format!("key `{text}` is listed before; this one is never used");
                self.warning(code::REPEATED_KEY, key.span, message, None);
            }
        }
    }

    /// Lowers arguments of which later ones may not be evaluated.
    fn alternatives(&mut self, arguments: Arranged<'_, '_>, function: &Function) -> (Vec<Op>, Shape) {
        let mut shape = Shape::NULL;
        let mut ops = Vec::new();
        for index in 0..arguments.len() {
            let later = usize::from(index > 0);
            self.conditional += later;
            let lowered = self.required(arguments, function, index);
            self.conditional -= later;
            shape = shape | lowered.shape;
            ops.push(lowered.op);
        }
        (ops, shape)
    }

    fn transform(
        &mut self,
        span: Span,
        function: &Function,
        arguments: Arranged<'_, '_>,
        transform: Transform,
    ) -> Lowered {
        let source = self.required(arguments, function, 0).op;
        self.text(span, OpKind::Transform(transform, Box::new(source)))
    }

    fn letter_case(
        &mut self,
        span: Span,
        function: &Function,
        arguments: Arranged<'_, '_>,
        letter_case: LetterCase,
    ) -> Lowered {
        let source = self.required(arguments, function, 0).op;
        let kind = match self.optional(arguments, function, 1).map(|culture| culture.op) {
            None => OpKind::Transform(Transform::Case(letter_case, Culture::Invariant), Box::new(source)),
            Some(culture) => match culture.constant_text().map(Culture::find) {
                Some(culture) => OpKind::Transform(Transform::Case(letter_case, culture), Box::new(source)),
                None => OpKind::CaseIn(letter_case, Box::new([source, culture])),
            },
        };
        self.text(span, kind)
    }

    /// Finishes an operation that yields text.
    pub(super) fn text(&mut self, span: Span, kind: OpKind) -> Lowered {
        Lowered { op: self.fold(compound(span, kind)), shape: Shape::TEXT }
    }

    /// Finishes an operation that yields what one of its operands is.
    fn chosen(&mut self, span: Span, kind: OpKind, shape: Shape) -> Lowered {
        Lowered { op: self.fold(compound(span, kind)), shape }
    }

    /// Lowers an argument that [`arrange`](Compiler::arrange) has found to be there.
    pub(super) fn required(
        &mut self,
        arguments: Arranged<'_, '_>,
        function: &Function,
        index: usize,
    ) -> Lowered {
        match self.optional(arguments, function, index) {
            Some(lowered) => lowered,
            None => super::constant(Span::default(), Constant::Null),
        }
    }

    pub(super) fn optional(
        &mut self,
        arguments: Arranged<'_, '_>,
        function: &Function,
        index: usize,
    ) -> Option<Lowered> {
        let node = arguments.get(index).copied().flatten()?;
        Some(self.argument(node, function, index))
    }
}

fn key_text(constant: &Constant) -> Box<str> {
    match constant {
        Constant::Null => "".into(),
        Constant::Text(text) => text.clone(),
        Constant::Int(value) => int_text(*value, &mut [0; INT_TEXT_MAX]).into(),
        Constant::Decimal(value) => value.to_string().into(),
        Constant::Bool(value) => bool_text(*value).into(),
    }
}
