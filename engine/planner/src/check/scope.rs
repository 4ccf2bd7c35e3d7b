//! Is a source object in scope?
//!
//! Groups are alternatives, the clauses of a group must all be true, and without groups everything is in scope.
//! An absent or empty attribute passes `IS NULL` only; of several values each must pass.

use provisio_model::{Record, SourceSide, ValueRef};

use crate::compiled::{CompiledClause, CompiledFilter, Test};

pub(super) fn includes(filter: &CompiledFilter, record: Record<'_, SourceSide>) -> bool {
    filter.groups.is_empty()
        || filter.groups.iter().any(|group| group.iter().all(|clause| is_true(clause, record)))
}

fn is_true(clause: &CompiledClause, record: Record<'_, SourceSide>) -> bool {
    let texts: Vec<String> = record.values(clause.slot).iter().map(as_text).collect();
    let is_null = texts.iter().all(String::is_empty);
    match clause.test {
        Test::IsNull => is_null,
        Test::IsNotNull => !is_null,
        ref test => !is_null && texts.iter().all(|text| !text.is_empty() && passes(test, text)),
    }
}

fn passes(test: &Test, text: &str) -> bool {
    let integer = || text.trim().parse::<i64>().ok();
    match test {
        Test::Equals(wanted) => text == wanted.as_str(),
        Test::NotEquals(unwanted) => text != unwanted.as_str(),
        Test::IsTrue => text.eq_ignore_ascii_case("true"),
        Test::IsFalse => text.eq_ignore_ascii_case("false"),
        Test::Regex(pattern) => pattern.is_match(text),
        Test::NotRegex(pattern) => !pattern.is_match(text),
        Test::Greater(bound) => integer() > Some(*bound),
        Test::GreaterOrEqual(bound) => integer() >= Some(*bound),
        Test::Includes(part) => text.contains(part.as_str()),
        Test::StartsWith(part) => text.starts_with(part.as_str()),
        Test::EndsWith(part) => text.ends_with(part.as_str()),
        Test::IsNull | Test::IsNotNull => false,
    }
}

/// What a filter sees of a value; booleans are `True` and `False`.
fn as_text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => text.to_owned(),
        ValueRef::Bool(true) => "True".to_owned(),
        ValueRef::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}
