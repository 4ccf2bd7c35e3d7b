//! What came of a write.

use crate::{Attributes, Failure, TargetId, Text};

/// What came of a [`crate::Write`]. Each write has exactly one outcome.
///
/// Exhaustive on purpose: a new kind of outcome must break whoever decides what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done, and this is what the target says.
    Applied(Applied),
    /// There was nothing to do: what should be deleted is gone, what should be set is set.
    AlreadySatisfied,
    /// The target refuses it; nothing was changed.
    Rejected(Failure),
    /// The object is not as the write expected: another version, a taken name.
    Conflict(Failure),
    /// Nobody knows whether it was done (R9): it must be looked up before it is sent again.
    Unknown(Failure),
}

/// What a target says after a write.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// The id of the object; for a create, the new one.
    pub id: TargetId,
    /// Its version now.
    pub version: Option<Text>,
    /// All that it holds now, as a read would show it, where the target says so: it may differ from what was sent. An answer
    /// that shows only a part of the object says nothing here.
    pub observed: Option<Attributes>,
}

impl Applied {
    /// Reports a write to this object.
    pub fn to(id: TargetId) -> Self {
        Self { id, version: None, observed: None }
    }
}
