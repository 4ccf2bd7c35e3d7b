//! Is what is read what was written?

use provisio::model::{
    AttributeSchema, Attributes, CompareRule, Dialect, ObjectSchema, Value, ValueKind, Values,
};

use crate::conformance::sample::is_hidden;

/// Says what of `sent` was not kept, attribute by attribute; what the dialect says is kept otherwise is.
pub(super) fn not_kept(
    schema: &ObjectSchema,
    dialect: &Dialect,
    sent: &Attributes,
    read: &Attributes,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, values) in sent.iter() {
        let Some(attribute) = schema.attribute(name.as_str()).filter(|it| !is_hidden(it)) else { continue };
        let found = read.get(name.as_str());
        let expected = match dialect.of(&schema.object_type, name) {
            Some(habit) => habit.keep(values),
            None => Some(values.clone()),
        };
        if !same(attribute, expected.as_ref(), found) {
            differences.push(format!("`{name}` is {} instead of {}", shown(found), shown(expected.as_ref())));
        }
    }
    differences
}

/// Tells whether an attribute holds what it should, to the letter.
pub(super) fn same(attribute: &AttributeSchema, expected: Option<&Values>, found: Option<&Values>) -> bool {
    match (expected, found) {
        (None, None) => true,
        (Some(expected), Some(found)) if attribute.kind == ValueKind::Complex => {
            let (expected, found) = (expected.as_slice(), found.as_slice());
            expected.len() == found.len()
                && expected.iter().all(|it| found.iter().any(|found| has_parts(it, found)))
        }
        (Some(expected), Some(found)) => {
            expected.len() == found.len() && CompareRule::CaseExact.same_set(expected.iter(), found.iter())
        }
        _ => false,
    }
}

/// A system may add parts of its own, such as a display name.
fn has_parts(expected: &Value, found: &Value) -> bool {
    let (Value::Complex(expected), Value::Complex(found)) = (expected, found) else {
        return expected == found;
    };
    expected.iter().all(|(name, values)| {
        let part = AttributeSchema::new(name.clone(), values.as_slice()[0].kind());
        same(&part, Some(values), found.get(name.as_str()))
    })
}

/// Shows values in one line, not too long.
pub(super) fn shown(values: Option<&Values>) -> String {
    cut(&values.map_or_else(|| "nothing".to_owned(), ToString::to_string))
}

/// Cuts what is too long for a line.
pub(super) fn cut(text: &str) -> String {
    const SHOWN_MAX: usize = 160;
    if text.chars().count() <= SHOWN_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    format!("{cut}... ({} characters)", text.chars().count())
}

/// Joins a list for people, the first few of it.
pub(super) fn some_of<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    const SHOWN_MAX: usize = 4;
    let items: Vec<String> = items.into_iter().map(|it| it.to_string()).collect();
    let more = items.len().saturating_sub(SHOWN_MAX);
    let mut text = items.into_iter().take(SHOWN_MAX).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
