//! What a profile knows better about an attribute than the schema of the server.

use provisio_model::{AttributeSchema, Mutability, Uniqueness};
use serde::{Deserialize, Serialize};

/// What is known better about an attribute. What is not said stays as the schema has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AttributeOverride {
    /// Whether the server does not have it, whatever its schema says.
    pub omit: bool,
    /// Whether an object must have it.
    pub required: Option<bool>,
    /// Whether it can be written.
    pub mutability: Option<Mutability>,
    /// Whether its values are unique.
    pub unique: Option<bool>,
    /// Whether upper and lower case differ.
    pub case_exact: Option<bool>,
    /// The longest text that it takes, in characters.
    pub length_max: Option<usize>,
    /// How many values it takes; more are refused before anything is sent.
    pub values_max: Option<usize>,
    /// Characters that it does not take; a text with one is refused before anything is sent.
    pub forbidden_characters: Option<String>,
}

impl AttributeOverride {
    /// Changes the schema of the attribute.
    pub(crate) fn apply(&self, attribute: &mut AttributeSchema) {
        attribute.required = self.required.unwrap_or(attribute.required);
        attribute.case_exact = self.case_exact.unwrap_or(attribute.case_exact);
        attribute.length_max = self.length_max.or(attribute.length_max);
        attribute.mutability = self.mutability.unwrap_or(attribute.mutability);
        if let Some(unique) = self.unique {
            attribute.uniqueness = if unique { Uniqueness::System } else { Uniqueness::None };
        }
    }
}
