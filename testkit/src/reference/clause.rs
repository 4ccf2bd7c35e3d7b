//! What a clause says of an object.

use std::cmp::Ordering;

use provisio::expression::Pattern;
use provisio::model::{AttributeSchema, Attributes, Object, Text, Timestamp, Value, ValueKind};
use provisio::spec::{Clause, Operator, Quantifier};

use super::convert::convert;
use super::members::{Groups, is_member};
use super::place;
use super::rules::{ObjectRules, Rules};
use super::scope::Answer;

pub(super) fn answer(
    rules: &Rules<'_>,
    mapping: &ObjectRules<'_>,
    clause: &Clause,
    object: &Object,
) -> Answer {
    if let Some(through) = &clause.through {
        let ids = clause.values.iter().map(|it| Text::new(text(it))).collect();
        let member = is_member(rules, mapping, &Groups { through, ids, attribute: None }, object);
        return if clause.operator == Operator::NotMemberOf { member.not() } else { member };
    }
    let Ok(attribute) = mapping.source.resolve(&clause.attribute) else { return Answer::Unknown };
    of_attribute(clause, &attribute, &object.attributes, rules.world.now)
}

/// What a clause says of one attribute of an object.
pub(super) fn of_attribute(
    clause: &Clause,
    attribute: &AttributeSchema,
    attributes: &Attributes,
    now: Timestamp,
) -> Answer {
    let values = place::read(attribute, attributes);
    let is_empty = |it: &Value| it.as_text() == Some("");
    let has_value = !values.iter().all(is_empty);
    match clause.operator {
        Operator::IsNull => return Answer::of(!has_value),
        Operator::IsNotNull => return Answer::of(has_value),
        Operator::NotMemberOf if !has_value => return Answer::Yes,
        _ if !has_value => return Answer::No,
        _ => {}
    }
    let test = Test { clause, kind: attribute.kind, now };
    // An empty value among others passes nothing.
    let answers = values.iter().map(|it| if is_empty(it) { Answer::No } else { test.passes(it) });
    let quantifier = match clause.operator {
        Operator::MemberOf => Quantifier::Any,
        Operator::NotMemberOf => Quantifier::None,
        _ => clause.quantifier,
    };
    match quantifier {
        Quantifier::Every => Answer::all(answers),
        Quantifier::Any => Answer::any(answers),
        Quantifier::None => Answer::any(answers).not(),
    }
}

/// A test of one value.
struct Test<'c> {
    clause: &'c Clause,
    /// What the attribute holds.
    kind: ValueKind,
    now: Timestamp,
}

impl Test<'_> {
    fn passes(&self, value: &Value) -> Answer {
        let is = Answer::of;
        let compared =
            |test: fn(Ordering) -> bool| self.numbers(value).map_or(Answer::Unknown, |it| is(test(it)));
        let timed =
            |test: fn(Ordering) -> bool| self.instants(value).map_or(Answer::Unknown, |it| is(test(it)));
        let found = self.cased(&text(value));
        let wanted = self.clause.values.first().map(|it| self.wanted(it)).unwrap_or_default();
        match self.clause.operator {
            Operator::IsTrue => is(is_bool(value, true)),
            Operator::IsFalse => is(is_bool(value, false)),
            Operator::Equals => is(found == wanted),
            Operator::NotEquals => is(found != wanted),
            Operator::In | Operator::MemberOf | Operator::NotMemberOf => is(self.is_listed(&found)),
            Operator::NotIn => is(!self.is_listed(&found)),
            Operator::Includes => is(found.contains(&wanted)),
            Operator::StartsWith => is(found.starts_with(&wanted)),
            Operator::EndsWith => is(found.ends_with(&wanted)),
            Operator::RegexMatch => self.matches(value),
            Operator::NotRegexMatch => self.matches(value).not(),
            Operator::GreaterThan => compared(Ordering::is_gt),
            Operator::GreaterThanOrEquals => compared(Ordering::is_ge),
            Operator::LessThan => compared(Ordering::is_lt),
            Operator::LessThanOrEquals => compared(Ordering::is_le),
            Operator::Before => timed(Ordering::is_lt),
            Operator::NotAfter => timed(Ordering::is_le),
            Operator::After => timed(Ordering::is_gt),
            Operator::NotBefore => timed(Ordering::is_ge),
            Operator::BitsSet => self.has_bits(value),
            Operator::BitsNotSet => self.has_bits(value).not(),
            _ => Answer::Unknown,
        }
    }

    fn is_listed(&self, found: &str) -> bool {
        self.clause.values.iter().any(|it| self.wanted(it) == found)
    }

    /// What is wanted, as a value of the attribute would be written.
    fn wanted(&self, value: &Value) -> String {
        let is_rewritten = matches!(self.kind, ValueKind::Decimal | ValueKind::Timestamp);
        let written = convert(value, self.kind).filter(|_| is_rewritten);
        self.cased(&text(written.as_ref().unwrap_or(value)))
    }

    fn cased(&self, text: &str) -> String {
        if self.clause.ignore_case {
            text.chars().flat_map(char::to_lowercase).collect()
        } else {
            text.to_owned()
        }
    }

    fn matches(&self, value: &Value) -> Answer {
        let pattern = self.clause.values.first().map(text).unwrap_or_default();
        let (start, end) = if self.clause.whole { ("\\A", "\\z") } else { ("", "") };
        let case = if self.clause.ignore_case { "(?i)" } else { "" };
        let pattern = Pattern::compile(&format!("{case}{start}(?:{pattern}){end}"));
        let found = pattern.ok().and_then(|it| it.is_match(&text(value)).ok());
        found.map_or(Answer::Unknown, Answer::of)
    }

    /// How the value compares with the number that is wanted.
    fn numbers(&self, value: &Value) -> Option<Ordering> {
        let wanted = self.clause.values.first()?;
        match (whole_number(value), whole_number(wanted)) {
            (Some(value), Some(wanted)) => Some(value.cmp(&wanted)),
            _ => number(value)?.partial_cmp(&number(wanted)?),
        }
    }

    fn has_bits(&self, value: &Value) -> Answer {
        let mask = self.clause.values.first().and_then(whole_number);
        match (whole_number(value), mask) {
            (Some(value), Some(mask)) => Answer::of(value & mask == mask),
            _ => Answer::Unknown,
        }
    }

    /// How the value compares with the instant that is wanted.
    fn instants(&self, value: &Value) -> Option<Ordering> {
        let wanted = match self.clause.values.first()? {
            Value::Timestamp(instant) => *instant,
            Value::Text(text) => self.relative(text).or_else(|| text.trim().parse().ok())?,
            _ => return None,
        };
        let value = match value {
            Value::Timestamp(instant) => *instant,
            Value::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        Some(value.cmp(&wanted))
    }

    /// Reads `now`, `now + 14 days`, `now - 6 hours`.
    fn relative(&self, text: &str) -> Option<Timestamp> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (sign, number, unit) = match words.as_slice() {
            ["now"] => return Some(self.now),
            ["now", "+", number, unit] => (1, number, unit),
            ["now", "-", number, unit] => (-1, number, unit),
            _ => return None,
        };
        let seconds = match unit.trim_end_matches('s') {
            "second" => 1,
            "minute" => 60,
            "hour" => 60 * 60,
            "day" => 24 * 60 * 60,
            "week" => 7 * 24 * 60 * 60,
            _ => return None,
        };
        let number: i64 = number.parse().ok()?;
        Some(Timestamp::from_parts(self.now.second() + sign * number * seconds, self.now.nanosecond()))
    }
}

pub(super) fn is_bool(value: &Value, wanted: bool) -> bool {
    match value {
        Value::Bool(bool) => *bool == wanted,
        Value::Text(text) => text.eq_ignore_ascii_case(if wanted { "true" } else { "false" }),
        _ => false,
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(int) => Some(*int),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(int) => Some(*int as f64),
        Value::Decimal(decimal) => Some(*decimal),
        Value::Text(text) => text.trim().parse().ok().filter(|it: &f64| it.is_finite()),
        _ => None,
    }
}

/// What tests of text see: a number as it is written, a boolean as `True` or `False`.
fn text(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Reference(text) => text.to_string(),
        Value::Bool(bool) => if *bool { "True" } else { "False" }.to_owned(),
        other => other.to_string(),
    }
}
