//! How do values stand in the log?

use provisio_model::{Text, Value, Values};
use provisio_planner::{Action, Change, PlannedValues, Referent, TargetRef};

use super::privacy::PersonalData;
use super::record::{LogValue, Property};

/// How many values of an attribute are listed on each side; the others are counted.
pub const VALUES_MAX: usize = 1_000;
/// How many characters of a text are kept.
pub const CHARACTERS_MAX: usize = 4_096;

/// Returns what an action changes.
pub(super) fn properties(action: &Action, privacy: &PersonalData) -> Vec<Property> {
    match action {
        Action::Create { attributes } => attributes
            .iter()
            .map(|(name, planned)| {
                let (new, more) = planned_values(planned, privacy);
                Property { attribute: Text::new(name.as_str()), old: Vec::new(), new, more }
            })
            .collect(),
        Action::ChangeMembers { attribute, add, remove } => {
            let (new, more_new) = referents(add, privacy);
            let (old, more_old) = referents(remove, privacy);
            vec![Property { attribute: Text::new(attribute.as_str()), old, new, more: more_new + more_old }]
        }
        other => other.changes().iter().filter(|it| !it.repeats()).map(|it| change(it, privacy)).collect(),
    }
}

fn change(change: &Change, privacy: &PersonalData) -> Property {
    let (old, more_old) = change.before.as_ref().map(|it| known(it, privacy)).unwrap_or_default();
    let (new, more_new) = change.after.as_ref().map(|it| planned_values(it, privacy)).unwrap_or_default();
    Property { attribute: Text::new(change.attribute.as_str()), old, new, more: more_old + more_new }
}

fn planned_values(planned: &PlannedValues, privacy: &PersonalData) -> (Vec<LogValue>, usize) {
    match planned {
        PlannedValues::Values(values) => known(values, privacy),
        PlannedValues::References(all) => referents(all, privacy),
    }
}

fn known(values: &Values, privacy: &PersonalData) -> (Vec<LogValue>, usize) {
    let all = values.as_slice();
    let shown = all.iter().take(VALUES_MAX).map(|it| value(it, privacy)).collect();
    (shown, all.len().saturating_sub(VALUES_MAX))
}

fn referents(all: &[Referent], privacy: &PersonalData) -> (Vec<LogValue>, usize) {
    let shown = all.iter().take(VALUES_MAX).map(|it| LogValue::Reference {
        reference: match &it.target {
            TargetRef::Existing(id) => Some(privacy.id(id.text())),
            TargetRef::Created(_) => None,
        },
        name: privacy.name(&it.label),
    });
    (shown.collect(), all.len().saturating_sub(VALUES_MAX))
}

fn value(value: &Value, privacy: &PersonalData) -> LogValue {
    match value {
        // R11: whatever else is said, a secret never leaves.
        Value::Secret(_) => LogValue::Withheld { withheld: "secret".into() },
        Value::Bool(bool) => LogValue::Bool(*bool),
        Value::Binary(bytes) => LogValue::Binary { bytes: bytes.len() },
        Value::Reference(id) => LogValue::Reference { reference: Some(privacy.id(id)), name: None },
        Value::Text(text) => privacy.value(|| LogValue::Text(cut(text)), || text.to_string()),
        Value::Int(int) => privacy.value(|| LogValue::Int(*int), || int.to_string()),
        Value::Decimal(decimal) => privacy.value(|| LogValue::Decimal(*decimal), || decimal.to_string()),
        Value::Timestamp(at) => privacy.value(|| LogValue::Timestamp { timestamp: *at }, || at.to_string()),
        other => privacy
            .value(|| LogValue::Complex { complex: cut(&other.to_string().into()) }, || other.to_string()),
    }
}

/// Cuts a text that is longer than what is kept, and marks where.
fn cut(text: &Text) -> Text {
    if text.len() <= CHARACTERS_MAX {
        return text.clone();
    }
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.clone(),
    }
}
