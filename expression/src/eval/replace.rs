//! How are the arguments of `Replace` brought together?

use super::tracer::Tracer;
use super::{Evaluator, Raised, limit, raise};
use crate::dotnet::regex::Pattern;
use crate::dotnet::replacement::Replacement;
use crate::error::Fault;
use crate::limits::Limit;
use crate::op::Op;
use crate::record::Record;
use crate::replace::{
    GroupSource, Mode, Output, PatternSource, Replace, ReplacementSource, first_group, replace_group,
    replace_matches, replace_text,
};
use crate::value::Value;
use std::borrow::Cow;

impl<'a, R: Record + ?Sized, T: Tracer> Evaluator<'a, R, T> {
    #[inline(never)]
    pub(super) fn replace(&mut self, op: &'a Op, replace: &'a Replace) -> Result<Value<'a>, Raised> {
        let source = self.text(&replace.source)?;
        if let Mode::Fallback { pattern, group, other } = &replace.mode {
            return match source.filter(|source| !source.is_empty()) {
                Some(source) => Ok(Value::Text(source)),
                None => self.fallback(op, pattern, group, other),
            };
        }
        let Some(source) = source else { return Ok(Value::Null) };
        let replaced = match &replace.mode {
            Mode::Literal { old, new } => {
                let old = self.text(old)?.unwrap_or_default();
                let new = self.text(new)?.unwrap_or_default();
                replace_text(source, old, new, self.output())
            }
            Mode::Template { old, template } => {
                let old = self.text(old)?.unwrap_or_default();
                let template = self.text(template)?.unwrap_or_default();
                replace_text(template, old, source, self.output())
            }
            Mode::Regex { pattern, replacement } => {
                self.check_regex_input(op, source)?;
                let pattern = self.pattern(pattern)?;
                let replacement = match replacement {
                    ReplacementSource::Prepared(replacement) => Cow::Borrowed(replacement),
                    ReplacementSource::Evaluated(op) => {
                        let text = self.text(op)?.unwrap_or_default();
                        Cow::Owned(Replacement::parse(text, pattern.get().groups()))
                    }
                };
                replace_matches(source, pattern.get(), &replacement, self.output())
            }
            Mode::Group { pattern, group, new } => {
                self.check_regex_input(op, source)?;
                let pattern = self.pattern(pattern)?;
                let group = self.group(group, pattern.get())?;
                let new = self.text(new)?.unwrap_or_default();
                replace_group(source, pattern.get(), &group, new, self.output())
            }
            Mode::Fallback { .. } => Ok(source),
        };
        let replaced = replaced.map_err(|reached| limit(op, reached))?;
        self.charge(op, replaced.len())?;
        Ok(Value::Text(replaced))
    }

    fn fallback(
        &mut self,
        op: &'a Op,
        pattern: &'a PatternSource,
        group: &'a GroupSource,
        other: &'a Op,
    ) -> Result<Value<'a>, Raised> {
        let Some(other) = self.text(other)? else { return Ok(Value::Null) };
        self.check_regex_input(op, other)?;
        let pattern = self.pattern(pattern)?;
        let group = self.group(group, pattern.get())?;
        let found = first_group(other, pattern.get(), &group).map_err(|reached| limit(op, reached))?;
        Ok(found.map_or(Value::Null, Value::Text))
    }

    fn pattern(&mut self, source: &'a PatternSource) -> Result<Matching<'a>, Raised> {
        match source {
            PatternSource::Prepared(pattern) => Ok(Matching::Prepared(pattern)),
            PatternSource::Evaluated(op) => {
                let text = self.text(op)?.unwrap_or_default();
                self.check_regex_input(op, text)?;
                Pattern::compile(text)
                    .map(|pattern| Matching::Evaluated(Box::new(pattern)))
                    .map_err(|fault| raise(fault, op))
            }
        }
    }

    fn group(&mut self, source: &'a GroupSource, pattern: &Pattern) -> Result<Cow<'a, [usize]>, Raised> {
        match source {
            GroupSource::Prepared(groups) => Ok(Cow::Borrowed(groups)),
            GroupSource::Evaluated(op) => {
                let name = self.text(op)?.unwrap_or_default();
                let groups = pattern.groups().named(name);
                if groups.is_empty() {
                    return Err(raise(Fault::conversion("the regular expression has no such group"), op));
                }
                Ok(Cow::Owned(groups))
            }
        }
    }

    fn check_regex_input(&self, op: &Op, text: &str) -> Result<(), Raised> {
        if text.len() > self.context.limits.regex_input_bytes {
            return Err(limit(op, Limit::RegexInputBytes));
        }
        Ok(())
    }

    fn output(&self) -> Output<'a> {
        Output { bump: self.bump, bytes_max: self.text_left }
    }
}

/// A pattern of the program, or one made of a value.
enum Matching<'a> {
    Prepared(&'a Pattern),
    Evaluated(Box<Pattern>),
}

impl Matching<'_> {
    fn get(&self) -> &Pattern {
        match self {
            Self::Prepared(pattern) => pattern,
            Self::Evaluated(pattern) => pattern,
        }
    }
}
