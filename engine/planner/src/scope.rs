//! Stage 1: which source objects are in scope.

use std::borrow::Cow;

use provisio_model::{EscapedText, Record, SourceSide, Text, ValueRef, ValuesRef};

use crate::compiled::{CompiledClause, CompiledFilter, Test};
use crate::plan::FailedClause;

/// Tells whether an object passes; otherwise, which clause it fails (of the first group that it fails).
pub(crate) fn failing_clause<'f>(
    filter: &'f CompiledFilter,
    record: Record<'_, SourceSide>,
) -> Option<Failing<'f>> {
    let mut first = None;
    for (group, clauses) in filter.groups.iter().enumerate() {
        let position = clauses.iter().position(|clause| !passes(clause, record))?;
        first.get_or_insert(Failing { group, position, clause: &clauses[position] });
    }
    first
}

/// A clause that an object fails, and where it stands in the filter.
#[derive(Clone, Copy)]
pub(crate) struct Failing<'f> {
    group: usize,
    position: usize,
    clause: &'f CompiledClause,
}

/// Tells whether an object passes one clause. Nothing but `IS NULL` passes on an absent or empty value; of
/// several values each must pass.
pub(crate) fn passes(clause: &CompiledClause, record: Record<'_, SourceSide>) -> bool {
    let values = record.values(clause.slot);
    let has_value = values.iter().any(|it| !is_empty(it));
    match &clause.test {
        Test::IsNull => !has_value,
        Test::IsNotNull => has_value,
        test => has_value && values.iter().all(|value| !is_empty(value) && value_passes(test, value)),
    }
}

fn is_empty(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(""))
}

fn value_passes(test: &Test, value: ValueRef<'_>) -> bool {
    match test {
        Test::IsTrue => is_bool(value, true),
        Test::IsFalse => is_bool(value, false),
        Test::Greater(than) => integer(value).is_some_and(|it| it > *than),
        Test::GreaterOrEqual(than) => integer(value).is_some_and(|it| it >= *than),
        Test::Equals(text) => *text_form(value) == **text,
        Test::NotEquals(text) => *text_form(value) != **text,
        Test::Regex(pattern) => pattern.is_match(&text_form(value)),
        Test::NotRegex(pattern) => !pattern.is_match(&text_form(value)),
        Test::Includes(text) => text_form(value).contains(&**text),
        Test::StartsWith(text) => text_form(value).starts_with(&**text),
        Test::EndsWith(text) => text_form(value).ends_with(&**text),
        Test::IsNull | Test::IsNotNull => false,
    }
}

fn is_bool(value: ValueRef<'_>, wanted: bool) -> bool {
    match value {
        ValueRef::Bool(bool) => bool == wanted,
        ValueRef::Text(text) => text.eq_ignore_ascii_case(if wanted { "true" } else { "false" }),
        _ => false,
    }
}

fn integer(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Int(int) => Some(int),
        ValueRef::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The text that operators on text see: booleans are `True` and `False`, as in expressions.
fn text_form(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => Cow::Borrowed(text),
        ValueRef::Bool(bool) => Cow::Borrowed(if bool { "True" } else { "False" }),
        other => Cow::Owned(other.to_string()),
    }
}

/// Says why an object is out of scope: the clause and the value that fails it.
pub(crate) fn failed(failing: Failing<'_>, record: Record<'_, SourceSide>) -> FailedClause {
    let Failing { group, position, clause } = failing;
    let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
    let attribute = record.layout().attribute(clause.slot).name.as_str();
    FailedClause::new(at(group), at(position), clause.text.clone())
        .tested(attribute, found(record.values(clause.slot)))
}

/// What an object has, shortened and on one line.
fn found(values: ValuesRef<'_>) -> Option<Text> {
    const LONGEST: usize = 40;
    if values.is_empty() {
        return None;
    }
    let shown: String =
        values.iter().map(|it| EscapedText(&text_form(it)).to_string()).collect::<Vec<_>>().join(", ");
    let short: String = shown.chars().take(LONGEST).collect();
    let dots = if short.len() < shown.len() { "…" } else { "" };
    Some(Text::new(format!("{short}{dots}")))
}
