//! How are the functions lowered that hold patterns and formats? Constants are prepared, and refused here if
//! they can never be used.

use super::forms::Arranged;
use super::{Compiler, Lowered, compound};
use crate::ast::{Node, Span};
use crate::dotnet::date_copy::DateCopy;
use crate::dotnet::date_format::DateFormat;
use crate::dotnet::date_styles::Styles;
use crate::dotnet::regex::Pattern;
use crate::dotnet::replacement::Replacement;
use crate::error::{Fault, code};
use crate::function::Function;
use crate::op::{FormatDateTime, FormatSource, Op, OpKind, StyleSource};
use crate::replace::{GroupSource, Mode, PatternSource, Replace, ReplacementSource};

/// The positions of `Replace`.
mod position {
    pub(super) const SOURCE: usize = 0;
    pub(super) const OLD: usize = 1;
    pub(super) const PATTERN: usize = 2;
    pub(super) const GROUP: usize = 3;
    pub(super) const NEW: usize = 4;
    pub(super) const OTHER: usize = 5;
    pub(super) const TEMPLATE: usize = 6;
}

impl Compiler<'_> {
    pub(super) fn replace(
        &mut self,
        node: &Node,
        function: &Function,
        arguments: Arranged<'_, '_>,
    ) -> Lowered {
        let source = self.required(arguments, function, position::SOURCE).op;
        let mut take = |index| self.optional(arguments, function, index).map(|lowered| lowered.op);
        let old = take(position::OLD);
        let pattern = take(position::PATTERN);
        let group = take(position::GROUP);
        let new = take(position::NEW);
        let other = take(position::OTHER);
        let template = take(position::TEMPLATE);
        let mode = match (old, pattern, group, new, other, template) {
            (Some(old), None, None, Some(new), None, None) => Mode::Literal { old, new },
            (Some(old), None, None, None, None, Some(template)) => Mode::Template { old, template },
            (None, Some(pattern), None, Some(new), None, None) => {
                let pattern = self.pattern(pattern);
                let replacement = replacement(&pattern, new);
                Mode::Regex { pattern, replacement }
            }
            (None, Some(pattern), Some(group), Some(new), None, None) => {
                let pattern = self.pattern(pattern);
                let group = self.group_name(&pattern, group);
                Mode::Group { pattern, group, new }
            }
            (None, Some(pattern), Some(group), None, Some(other), None) => {
                let pattern = self.pattern(pattern);
                let group = self.group_name(&pattern, group);
                Mode::Fallback { pattern, group, other }
            }
            _ => {
                let message = "`Replace` has no meaning for this combination of arguments";
                let help = "give `oldValue` with `replacementValue` or `template`, or `regexPattern` with \
                            `replacementValue`, with `regexGroupName` and `replacementValue`, or with \
                            `regexGroupName` and `replacementAttributeName`";
                self.error(code::ARITY, node.span, message, Some(help.to_owned()));
                return super::unknown(node.span);
            }
        };
        self.text(node.span, OpKind::Replace(Box::new(Replace { source, mode })))
    }

    fn pattern(&mut self, op: Op) -> PatternSource {
        let Some(text) = op.constant_text() else { return PatternSource::Evaluated(op) };
        match Pattern::compile(text) {
            Ok(pattern) => PatternSource::Prepared(Box::new(pattern)),
            Err(fault) => {
                self.refuse(code::REGEX, op.span, fault);
                PatternSource::Evaluated(super::unknown(op.span).op)
            }
        }
    }

    fn group_name(&mut self, pattern: &PatternSource, op: Op) -> GroupSource {
        let (PatternSource::Prepared(pattern), Some(name)) = (pattern, op.constant_text()) else {
            return GroupSource::Evaluated(op);
        };
        let groups = pattern.groups().named(name);
        if groups.is_empty() {
            let message = format!("the regular expression has no group `{name}`");
            let known = pattern.groups().all.iter().filter_map(|(_, name)| name.as_deref());
            let help = provisio_model::closest(name, known).map(|known| format!("did you mean `{known}`?"));
            self.error(code::REGEX, op.span, message, help);
        }
        GroupSource::Prepared(groups)
    }

    pub(super) fn format_date_time(
        &mut self,
        span: Span,
        function: &Function,
        arguments: Arranged<'_, '_>,
    ) -> Lowered {
        let source = self.required(arguments, function, 0).op;
        let styles = match self.optional(arguments, function, 1).map(|styles| styles.op) {
            None => StyleSource::Prepared(Styles::DEFAULT),
            Some(op) => match op.constant_text().map(Styles::parse) {
                None => StyleSource::Evaluated(op),
                Some(Ok(styles)) => StyleSource::Prepared(styles),
                Some(Err(fault)) => {
                    self.refuse(code::DATE_FORMAT, op.span, fault);
                    StyleSource::Prepared(Styles::DEFAULT)
                }
            },
        };
        let input = self.required(arguments, function, 2).op;
        let input = self.date_format(input, DateFormat::parse_for_input);
        let output = self.required(arguments, function, 3).op;
        let output = self.date_format(output, DateFormat::parse);
        let needs_today = match &input {
            FormatSource::Prepared(format) => format.lacks_year(),
            FormatSource::Evaluated(_) => true,
        };
        self.needs.clock |= needs_today;
        let copy = match (&input, &output) {
            (FormatSource::Prepared(input), FormatSource::Prepared(output)) => DateCopy::new(input, output),
            _ => None,
        };
        let kind = OpKind::FormatDateTime(Box::new(FormatDateTime { source, styles, input, output, copy }));
        if needs_today {
            return Lowered { op: compound(span, kind), shape: crate::shape::Shape::TEXT };
        }
        self.text(span, kind)
    }

    fn date_format(&mut self, op: Op, parse: fn(&str) -> Result<DateFormat, Fault>) -> FormatSource {
        match op.constant_text().map(parse) {
            None => FormatSource::Evaluated(op),
            Some(Ok(format)) => FormatSource::Prepared(format),
            Some(Err(fault)) => {
                self.refuse(code::DATE_FORMAT, op.span, fault);
                FormatSource::Evaluated(super::unknown(op.span).op)
            }
        }
    }

    /// Reports a constant that can never be used.
    fn refuse(&mut self, code: &'static str, span: Span, fault: Fault) {
        self.error(code, span, fault.message, None);
    }
}

fn replacement(pattern: &PatternSource, op: Op) -> ReplacementSource {
    match (pattern, op.constant_text()) {
        (PatternSource::Prepared(pattern), Some(text)) => {
            ReplacementSource::Prepared(Replacement::parse(text, pattern.groups()))
        }
        _ => ReplacementSource::Evaluated(op),
    }
}
