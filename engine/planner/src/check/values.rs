//! Do values fit the target attribute: type, number, length, and no secret that would be seen (R11)?

use provisio_model::{AttributeSchema, Value, ValueKind};

use super::facts::Subject;
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::PlannedValues;

pub(super) fn check(
    subject: &Subject<'_>,
    attribute: &AttributeSchema,
    planned: &PlannedValues,
    report: &mut Report,
) {
    let name = || attribute.name.clone();
    let mut find = |kind| report.add(Some(subject.at), kind);
    let count = match planned {
        PlannedValues::Values(values) => {
            for value in values.as_slice() {
                if shows_secret(value, attribute) {
                    find(ViolationKind::SecretShown { attribute: name() });
                } else if value.kind() != attribute.kind {
                    find(ViolationKind::WrongKind {
                        attribute: name(),
                        found: value.kind(),
                        wanted: attribute.kind,
                    });
                } else if is_too_long(value, attribute) {
                    find(ViolationKind::TooLong { attribute: name() });
                }
            }
            values.len()
        }
        PlannedValues::References(referents) => {
            if attribute.kind != ValueKind::Reference {
                let (found, wanted) = (ValueKind::Reference, attribute.kind);
                find(ViolationKind::WrongKind { attribute: name(), found, wanted });
            }
            referents.len()
        }
    };
    if count == 0 || (count > 1 && !attribute.multi_valued) {
        find(ViolationKind::WrongCount { attribute: name(), found: count });
    }
}

/// Tells whether a secret is in an attribute that is not secret, or a secret attribute holds what is not
/// redacted.
fn shows_secret(value: &Value, attribute: &AttributeSchema) -> bool {
    match value {
        Value::Complex(inner) => {
            attribute.kind == ValueKind::Secret
                || inner.iter().any(|(name, values)| {
                    let sub_attribute = attribute.sub_attributes.iter().find(|it| it.name == *name);
                    sub_attribute
                        .is_some_and(|it| values.as_slice().iter().any(|value| shows_secret(value, it)))
                })
        }
        value => (value.kind() == ValueKind::Secret) != (attribute.kind == ValueKind::Secret),
    }
}

fn is_too_long(value: &Value, attribute: &AttributeSchema) -> bool {
    match (value, attribute.length_max) {
        (Value::Text(text), Some(most)) => text.chars().nth(most).is_some(),
        _ => false,
    }
}
