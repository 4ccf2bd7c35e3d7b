//! Who is in scope: some group of which every clause is true; everybody, if there is no group.

use provisio::model::{Object, ObjectSchema, Value};
use provisio::spec::{Clause, Operator, ScopingFilter};
use regex::Regex;

use super::place;

pub(super) fn is_in_scope(filter: &ScopingFilter, schema: &ObjectSchema, object: &Object) -> bool {
    filter.groups.is_empty()
        || filter.groups.iter().any(|group| group.clauses.iter().all(|it| is_true(it, schema, object)))
}

fn is_true(clause: &Clause, schema: &ObjectSchema, object: &Object) -> bool {
    let attribute = schema.resolve(&clause.attribute);
    let values = attribute.map(|it| place::read(&it, &object.attributes)).unwrap_or_default();
    let is_empty = |it: &Value| matches!(it, Value::Text(text) if text.is_empty());
    let has_value = !values.iter().all(is_empty);
    match clause.operator {
        Operator::IsNull => !has_value,
        Operator::IsNotNull => has_value,
        operator => has_value && values.iter().all(|it| !is_empty(it) && passes(operator, clause, it)),
    }
}

fn passes(operator: Operator, clause: &Clause, value: &Value) -> bool {
    let wanted = clause.value.as_ref().map(text).unwrap_or_default();
    let found = text(value);
    let is_match = || Regex::new(&wanted).is_ok_and(|it| it.is_match(&found));
    let numbers = || Some((whole_number(value)?, wanted.trim().parse::<i64>().ok()?));
    match operator {
        Operator::Equals => found == wanted,
        Operator::NotEquals => found != wanted,
        Operator::IsTrue => is_bool(value, true),
        Operator::IsFalse => is_bool(value, false),
        Operator::RegexMatch => is_match(),
        Operator::NotRegexMatch => !is_match(),
        Operator::GreaterThan => numbers().is_some_and(|(found, wanted)| found > wanted),
        Operator::GreaterThanOrEquals => numbers().is_some_and(|(found, wanted)| found >= wanted),
        Operator::Includes => found.contains(&wanted),
        Operator::StartsWith => found.starts_with(&wanted),
        Operator::EndsWith => found.ends_with(&wanted),
        _ => false,
    }
}

fn is_bool(value: &Value, wanted: bool) -> bool {
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

/// What tests of text see: a number as it is written, a boolean as `True` or `False`.
fn text(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Reference(text) => text.to_string(),
        Value::Bool(bool) => if *bool { "True" } else { "False" }.to_owned(),
        other => other.to_string(),
    }
}
