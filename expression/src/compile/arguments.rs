//! Do the arguments of a call fit its function? Arity, positions, kinds of constants.

use super::Compiler;
use crate::ast::{Call, Node};
use crate::error::code;
use crate::function::{Form, Function, Implementation, Parameter, Presence};
use crate::op::{Constant, Op};
use crate::record::ValueKind;
use crate::value::integer;

impl Compiler<'_> {
    /// Puts the arguments into the positions of the parameters, repeated ones after them; `None` when they
    /// do not fit, which is reported.
    pub(super) fn arrange<'n>(
        &mut self,
        node: &Node,
        call: &'n Call,
        function: &Function,
    ) -> Option<Vec<Option<&'n Node>>> {
        let mut given: Vec<Option<&Node>> = call.arguments.iter().map(Option::as_ref).collect();
        let is = |form| matches!(function.implementation, Implementation::Form(own) if own == form);
        // `FormatDateTime(source, inputFormat, outputFormat)` is older than the styles.
        if is(Form::FormatDateTime) && given.len() == 3 && given.iter().all(Option::is_some) {
            given.insert(1, None);
        }
        let fixed = fixed_count(function);
        let group = function.parameters.len() - fixed;
        if is(Form::Switch) && given.len() % 2 == 1 {
            self.arity(node, function, "`Switch` takes an even number of arguments".to_owned());
            return None;
        }
        if given.len() > fixed && group == 0 {
            let message =
                format!("`{}` takes at most {}, not {}", function.name, arguments(fixed), given.len());
            self.arity(node, function, message);
            return None;
        }
        if given.len() < fixed {
            given.resize(fixed, None);
        }
        for (parameter, argument) in function.parameters.iter().zip(&given) {
            if parameter.presence == Presence::Required && argument.is_none() {
                let message = format!("`{}` lacks its argument `{}`", function.name, parameter.name);
                self.arity(node, function, message);
                return None;
            }
        }
        if is(Form::Switch) {
            if given[fixed..].iter().step_by(2).any(Option::is_none) {
                self.arity(node, function, "a key of `Switch` is omitted".to_owned());
                return None;
            }
            return Some(given);
        }
        // An omitted position among repeated arguments counts as none.
        let repeated: Vec<Option<&Node>> =
            given.split_off(fixed).into_iter().filter(Option::is_some).collect();
        if let Some(Presence::Repeated { minimum }) = function.parameters.last().map(|last| last.presence)
            && repeated.len() < minimum
        {
            let name = &function.parameters[fixed].name;
            let message =
                format!("`{}` takes at least {minimum} `{name}`, not {}", function.name, repeated.len());
            self.arity(node, function, message);
            return None;
        }
        given.extend(repeated);
        Some(given)
    }

    pub(super) fn arity(&mut self, node: &Node, function: &Function, message: String) {
        self.error(code::ARITY, node.span, message, Some(format!("expected `{}`", function.signature())));
    }
}

/// Gives the parameter that the argument at `index` belongs to.
pub(super) fn parameter(function: &Function, index: usize) -> &Parameter {
    let fixed = fixed_count(function);
    let group = function.parameters.len() - fixed;
    let place = if index < fixed || group == 0 { index } else { fixed + (index - fixed) % group };
    &function.parameters[place]
}

fn fixed_count(function: &Function) -> usize {
    function
        .parameters
        .iter()
        .filter(|parameter| !matches!(parameter.presence, Presence::Repeated { .. }))
        .count()
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

/// Says whether everything directly below the operation is a constant.
pub(super) fn has_constant_operands(op: &Op) -> bool {
    let mut constant = true;
    op.operands(&mut |operand| constant &= operand.constant().is_some());
    constant
}

/// Says whether a constant result can be put into a target attribute of this kind.
pub(super) fn fits(constant: &Constant, kind: ValueKind) -> bool {
    match (constant, kind) {
        (Constant::Text(text), ValueKind::Int) => text.is_empty() || integer(text).is_some(),
        (Constant::Text(text), ValueKind::Bool) => {
            text.is_empty() || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        }
        (
            Constant::Bool(_),
            ValueKind::Int | ValueKind::Decimal | ValueKind::Timestamp | ValueKind::Binary,
        ) => false,
        _ => true,
    }
}

pub(super) fn kind_name(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Text | ValueKind::Reference | ValueKind::Any => "text",
        ValueKind::Int => "a whole number",
        ValueKind::Decimal => "a number",
        ValueKind::Bool => "a boolean",
        ValueKind::Timestamp => "a point in time",
        ValueKind::Binary => "bytes",
        ValueKind::Role => "a role",
    }
}
