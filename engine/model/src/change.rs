//! What a source says about changes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Object, ObjectType, SourceId};

/// Where an incremental read starts: opaque bytes that only their connector understands.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Watermark(Vec<u8>);

impl Watermark {
    /// Keeps the bytes of a connector.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Returns them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Watermark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Watermark({} bytes)", self.0.len())
    }
}

/// One change of one source object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// The object is new or changed, and this is how it is now.
    Upsert(Object),
    /// The source says that the object is gone: a proof of absence of its own.
    Deleted {
        /// What kind of object it was.
        object_type: ObjectType,
        /// Which one.
        id: SourceId,
    },
}
