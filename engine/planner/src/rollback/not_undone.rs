//! Why does something stay as it is although it was to be undone?

use std::fmt;

use provisio_model::{EscapedText, SourceId, TargetId, Text};

use super::deed::NotNoted;
use crate::plan::ActionKind;

/// Why something that an earlier cycle did is not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotUndone {
    /// Somebody else changed the attribute since, or a later cycle that is not undone.
    ChangedSince {
        /// The cycle that wrote something else.
        cycle: Text,
        /// What it holds now.
        found: Text,
    },
    /// What it held before was not recorded.
    NotNoted(NotNoted),
    /// The target object is gone.
    TargetGone {
        /// Which one.
        target: TargetId,
    },
    /// The target object was not seen in a read that was not complete.
    TargetUnseen {
        /// Which one.
        target: TargetId,
    },
    /// The target object does not belong to the source object any more.
    NotLinked {
        /// Which one.
        target: TargetId,
    },
    /// The target object belongs to another source object now.
    LinkedElsewhere {
        /// Which one.
        other: SourceId,
    },
    /// The source object has another target object by now.
    LinkedAnew,
    /// The mapping does not write the attribute any more.
    Unmapped,
    /// There is no such object mapping any more.
    UnknownMapping {
        /// Its name.
        mapping: Text,
    },
    /// The attribute can be set when an object is created, and not later.
    CannotBeWritten,
    /// The target object is protected.
    Protected,
    /// The mapping, or the target, does not allow it.
    NotAllowed {
        /// What.
        action: ActionKind,
    },
    /// The mapping leaves objects alone whose source object is gone, and nobody asked to delete this one.
    StaysCreated,
}

impl fmt::Display for NotUndone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChangedSince { cycle, found } => write!(
                formatter,
                "it was changed since cycle {} wrote it, and holds {found} now",
                EscapedText(cycle)
            ),
            Self::NotNoted(NotNoted::Secret) => formatter.write_str("secrets are not recorded"),
            Self::NotNoted(NotNoted::Personal) => {
                formatter.write_str("the log does not tell personal data")
            }
            Self::NotNoted(NotNoted::TooLarge) => {
                formatter.write_str("what it held is too large to be recorded as a whole")
            }
            Self::NotNoted(NotNoted::Unknown) => formatter.write_str("what it held was not recorded"),
            Self::TargetGone { target } => write!(formatter, "the target object `{target}` is gone"),
            Self::TargetUnseen { target } => {
                write!(formatter, "the target object `{target}` was not seen in an incomplete read")
            }
            Self::NotLinked { target } => {
                write!(formatter, "the target object `{target}` does not belong to it any more")
            }
            Self::LinkedElsewhere { other } => write!(formatter, "the target object belongs to `{other}` now"),
            Self::LinkedAnew => formatter.write_str("it has another target object, or has it again"),
            Self::Unmapped => formatter.write_str(
                "the mapping does not write it any more; roll back with the mapping that wrote it",
            ),
            Self::UnknownMapping { mapping } => write!(
                formatter,
                "there is no object mapping `{}` any more; roll back with the mapping that did it",
                EscapedText(mapping)
            ),
            Self::CannotBeWritten => formatter.write_str("it can only be set when an object is created"),
            Self::Protected => formatter.write_str("the target object is protected"),
            Self::NotAllowed { action } => write!(formatter, "{action} is not allowed"),
            Self::StaysCreated => formatter.write_str(
                "it was created, and the mapping neither disables nor marks such objects; it goes only if deleting \
                 what was created is asked for",
            ),
        }
    }
}
