//! What is asked of a source.

use std::sync::Arc;

use provisio_model::{Layout, ObjectType};

/// A question for all objects of one type.
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
}

impl ReadQuery {
    /// Asks for all objects with these attributes.
    pub fn all(layout: impl Into<Arc<Layout>>) -> Self {
        Self { layout: layout.into() }
    }

    /// Returns which objects are wanted.
    pub fn object_type(&self) -> &ObjectType {
        self.layout.object_type()
    }
}
