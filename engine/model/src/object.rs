//! One object of a system, as a connector hands it over.

use crate::{Attributes, ObjectType, Text, Values};

/// One object of a system: its type, its id there, its attributes.
///
/// This is the comfortable form, for connectors and tests. Many objects are held packed, in
/// [`crate::Records`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Object {
    /// What kind of object it is.
    pub object_type: ObjectType,
    /// Its id in the system it comes from: unique within the type, stable over renames.
    pub id: Text,
    /// What it holds.
    pub attributes: Attributes,
    /// The version that the system gave it (ETag, uSNChanged), where it has one.
    pub version: Option<Text>,
}

impl Object {
    /// Makes an object without attributes.
    pub fn new(object_type: impl Into<ObjectType>, id: impl Into<Text>) -> Self {
        Self { object_type: object_type.into(), id: id.into(), attributes: Attributes::new(), version: None }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: &str, values: impl Into<Values>) -> Self {
        self.attributes.set(name, values);
        self
    }
}
