//! How is an object of the directory identified?

use provisio_model::Text;

/// The position of an object type in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TypeIndex(pub(crate) u16);

/// Identifies an object in the directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) object_type: TypeIndex,
    pub(crate) id: Text,
}
