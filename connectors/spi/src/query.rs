//! What is asked of a source.

use std::sync::Arc;

use provisio_model::{AttrName, Layout, ObjectType, Text, Value};

/// A question for objects of one type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadQuery {
    /// The object type and the attributes that are wanted, in their slots. A connector may leave out everything
    /// else, and packs batches in this layout.
    ///
    /// A slot may be a part of a complex attribute ([`provisio_model::AttributeSchema::path`]). Objects then hold the
    /// whole attribute ([`Layout::whole_names`] says which), or the part under the slot's name; who packs objects
    /// attribute by attribute takes the part out with [`provisio_model::AttrPath::values`].
    pub layout: Arc<Layout>,
    /// Which objects are wanted. A connector may deliver others as well.
    pub wanted: Wanted,
}

/// Which objects of a type are wanted.
///
/// A read is complete when everything that is wanted, and exists, was delivered: after a complete read, an id that did
/// not come is the id of no object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Wanted {
    /// All of them.
    All,
    /// Those with these ids. Asked only of connectors with [`provisio_model::Capabilities::read_by_id`].
    WithIds(Vec<Text>),
    /// Those that have one of these values in this attribute, compared as its schema says. Asked only of connectors with
    /// [`provisio_model::Capabilities::read_by_value`].
    WithValues {
        /// In which attribute.
        attribute: AttrName,
        /// Which values.
        values: Vec<Value>,
    },
}

impl ReadQuery {
    /// Asks for all objects with these attributes.
    pub fn all(layout: impl Into<Arc<Layout>>) -> Self {
        Self { layout: layout.into(), wanted: Wanted::All }
    }

    /// Asks for the objects with these ids.
    pub fn with_ids(layout: impl Into<Arc<Layout>>, ids: impl IntoIterator<Item = Text>) -> Self {
        Self { layout: layout.into(), wanted: Wanted::WithIds(ids.into_iter().collect()) }
    }

    /// Asks for the objects that have one of these values in an attribute.
    pub fn with_values(
        layout: impl Into<Arc<Layout>>,
        attribute: AttrName,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        let values = values.into_iter().collect();
        Self { layout: layout.into(), wanted: Wanted::WithValues { attribute, values } }
    }

    /// Returns which type of objects is wanted.
    pub fn object_type(&self) -> &ObjectType {
        self.layout.object_type()
    }
}
