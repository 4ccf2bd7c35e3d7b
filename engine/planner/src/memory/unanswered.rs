//! Was an object created although nobody heard of it?
//!
//! Before a create is sent, it is noted with the values that its object would be found by; the note goes with the
//! answer. One that is there when a cycle begins tells of a create whose answer was lost: the object is looked for
//! before anything is created again (R9).

use provisio_model::{AttrName, CompareRule, Text, Timestamp, Value, ValueKind, ValueRef};

use crate::compiled::CompiledSpec;
use crate::plan::{Action, Operation, PlannedValues};

/// A create that was sent, or was about to be, and whose answer is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unanswered {
    /// When it was sent.
    pub at: Timestamp,
    /// The values that its object would be found by, all of them together.
    pub values: Vec<SentValue>,
}

impl Unanswered {
    /// Makes a note of a create that is sent with these values.
    pub fn new(at: Timestamp, values: impl IntoIterator<Item = SentValue>) -> Self {
        Self { at, values: values.into_iter().collect() }
    }
}

/// A matching value as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "a store must see all that it has to keep")]
pub struct SentValue {
    /// For which attribute.
    pub attribute: AttrName,
    /// Of which type.
    pub kind: ValueKind,
    /// The value: text as it was sent, others in their canonical form.
    pub text: Text,
}

impl SentValue {
    /// Notes a value.
    pub fn new(attribute: AttrName, value: ValueRef<'_>) -> Self {
        Self { attribute, kind: value.kind(), text: text_of(value) }
    }

    /// Returns the value; `None` for a type that is not looked for by value.
    pub fn to_value(&self) -> Option<Value> {
        match self.kind {
            ValueKind::Text => Some(Value::Text(self.text.clone())),
            ValueKind::Reference => Some(Value::Reference(self.text.clone())),
            ValueKind::Int => self.text.parse().ok().map(Value::Int),
            _ => None,
        }
    }

    /// Tells whether a value of a target object is this one.
    pub fn is(&self, value: ValueRef<'_>, rule: CompareRule) -> bool {
        match value {
            ValueRef::Text(text) => self.kind == ValueKind::Text && rule.same_text(text, &self.text),
            other => self.kind == other.kind() && self.text == text_of(other),
        }
    }
}

fn text_of(value: ValueRef<'_>) -> Text {
    match value {
        ValueRef::Text(text) => Text::new(text),
        other => Text::new(CompareRule::CaseExact.key(other)),
    }
}

impl CompiledSpec {
    /// Returns the values that the object of a create would be found by: those of the first matching attribute, or group
    /// of them, that it has.
    pub fn sent_values(&self, create: &Operation) -> Vec<SentValue> {
        let Action::Create { attributes } = &create.action else { return Vec::new() };
        let Some(mapping) = self.mappings.get(usize::from(create.mapping.0)) else { return Vec::new() };
        let first = |name: &AttrName| {
            let (_, values) = attributes.iter().find(|(it, _)| it == name)?;
            match values {
                PlannedValues::Values(values) => {
                    let value = values.iter().next().filter(|it| it.kind() != ValueKind::Secret)?;
                    Some(SentValue::new(name.clone(), value))
                }
                PlannedValues::References(_) => None,
            }
        };
        let of_rule = mapping.matching.iter().find_map(|rule| {
            mapping.attributes_of(rule).map(|it| first(&it.name)).collect::<Option<Vec<SentValue>>>()
        });
        of_rule.unwrap_or_default()
    }
}
