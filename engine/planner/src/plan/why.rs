//! Why one operation waits for another.

use std::fmt;

use super::OpId;

/// An operation that must have been done before, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct After {
    /// Which operation.
    pub operation: OpId,
    /// Why. Of several reasons the first, in the order of [`Why::ALL`].
    pub why: Why,
}

/// Why one operation must be done before another.
///
/// Where reasons contradict each other, so that operations wait for each other in a circle, `order` first leaves out
/// what is [not firm](Why::is_firm), then splits operations, and last deletes an object before the last reference to
/// it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The first creates the object that the second writes or refers to.
    Created,
    /// The first links the object that the second writes, or that it takes out of a group.
    Adopted,
    /// The first writes a temporary value, which the second replaces.
    Temporary,
    /// The first gives up a unique value that the second takes, by another value, by none or by a delete.
    ValueReleased,
    /// The first takes an object out of the container that the second deletes, or deletes it.
    ContainerEmptied,
    /// The first moves the container into which the second puts an object, or one above it.
    ContainerMoved,
    /// The first takes away a reference to the object that the second deletes.
    ReferenceRemoved,
    /// The first deletes an object that refers to the one that the second deletes.
    ReferrerDeleted,
    /// The first writes an object that refers to the one that the second deletes. A system that takes what it deletes
    /// out of all references would change the version that the first expects.
    ReferrerWritten,
    /// The first brings the object back to what it was, and the second lets go of it.
    Undone,
}

impl Why {
    /// All reasons, the strongest first.
    pub const ALL: [Self; 10] = [
        Self::Created,
        Self::Adopted,
        Self::Temporary,
        Self::ValueReleased,
        Self::ContainerEmptied,
        Self::ContainerMoved,
        Self::ReferenceRemoved,
        Self::ReferrerDeleted,
        Self::ReferrerWritten,
        Self::Undone,
    ];

    /// Returns its name in plan documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted => "adopted",
            Self::Temporary => "temporary",
            Self::ValueReleased => "value_released",
            Self::ContainerEmptied => "container_emptied",
            Self::ContainerMoved => "container_moved",
            Self::ReferenceRemoved => "reference_removed",
            Self::ReferrerDeleted => "referrer_deleted",
            Self::ReferrerWritten => "referrer_written",
            Self::Undone => "undone",
        }
    }

    /// Finds a reason by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Tells whether the second cannot be done rightly before the first. Otherwise it only goes more smoothly.
    pub fn is_firm(self) -> bool {
        !matches!(self, Self::ReferrerDeleted | Self::ReferrerWritten)
    }

    /// Tells whether the second is not sent when the first was not done: the target would refuse it, or something
    /// would be lost.
    pub fn is_needed(self) -> bool {
        match self {
            Self::ValueReleased
            | Self::Temporary
            | Self::ContainerEmptied
            | Self::ReferenceRemoved
            | Self::Undone => true,
            // What could not be created is left out of members and references; the rest is written.
            Self::Created | Self::Adopted | Self::ContainerMoved => false,
            Self::ReferrerDeleted | Self::ReferrerWritten => false,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Created => "creates it",
            Self::Adopted => "links it",
            Self::Temporary => "makes way",
            Self::ValueReleased => "frees the value",
            Self::ContainerEmptied => "empties the container",
            Self::ContainerMoved => "moves the container",
            Self::ReferenceRemoved => "removes the reference",
            Self::ReferrerDeleted | Self::ReferrerWritten => "refers to it",
            Self::Undone => "undoes what was done to it",
        })
    }
}
