//! What a plan says is to be remembered.

use provisio_model::{AttrName, SourceId, TargetId};

use super::{LeavingStep, Sent, Trigger};
use crate::plan::{ActionKind, LimitKind, MappingId, OpId};

/// One thing that is to be remembered, and from when on it is true.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Remember {
    /// The operation that makes it true when it is done; `None` for what is true as it is.
    pub once: Option<OpId>,
    /// What.
    pub fact: Fact,
}

/// Something to be remembered. When it was is filled in when it comes true.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fact {
    /// What is noted of a source object changes.
    Note {
        /// Under which object mapping.
        mapping: MappingId,
        /// Which source object.
        source: SourceId,
        /// How.
        change: NoteChange,
    },
    /// Acts that a limit over a window of time counts.
    Acts {
        /// Under which object mapping.
        mapping: MappingId,
        /// Which limit.
        limit: LimitKind,
        /// How many.
        number: u64,
    },
    /// An operation is held back for the first time.
    Staged {
        /// Under which object mapping.
        mapping: MappingId,
        /// Which source object.
        source: SourceId,
        /// What would be done.
        action: ActionKind,
        /// For a change of members: which attribute.
        attribute: Option<AttrName>,
    },
    /// An operation is held back no longer: it is released, done, or not needed any more.
    Unstaged {
        /// Under which object mapping.
        mapping: MappingId,
        /// Which source object.
        source: SourceId,
        /// What would have been done.
        action: ActionKind,
        /// For a change of members: which attribute.
        attribute: Option<AttrName>,
    },
}

impl Fact {
    /// Returns the source object that it is about, if it is about one.
    pub fn source(&self) -> Option<&SourceId> {
        match self {
            Self::Note { source, .. } | Self::Staged { source, .. } | Self::Unstaged { source, .. } => {
                Some(source)
            }
            Self::Acts { .. } => None,
        }
    }

    /// Tells whether it says nothing that the operations of the plan do not say: what was sent for an attribute, how
    /// much was done, and what is held back.
    pub fn is_plain(&self) -> bool {
        match self {
            Self::Note { change, .. } => {
                matches!(change, NoteChange::Sent { .. } | NoteChange::Forgets { .. })
            }
            Self::Acts { .. } | Self::Staged { .. } => true,
            Self::Unstaged { .. } => false,
        }
    }

    /// Returns the object mapping that it belongs to.
    pub fn mapping(&self) -> MappingId {
        match self {
            Self::Note { mapping, .. }
            | Self::Acts { mapping, .. }
            | Self::Staged { mapping, .. }
            | Self::Unstaged { mapping, .. } => *mapping,
        }
    }
}

/// How a note changes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NoteChange {
    /// It left, and its target object came this far on its way out. A step that was noted before keeps its time.
    Leaves {
        /// What happened to the source object.
        trigger: Trigger,
        /// What was done last.
        step: LeavingStep,
        /// Which target object it is, or was.
        target: TargetId,
    },
    /// It is back, or there is nothing left to wait for.
    Settles,
    /// This was sent, or read back after it was sent.
    Sent {
        /// For which attribute.
        attribute: AttrName,
        /// What.
        sent: Sent,
    },
    /// What was sent for an attribute is of no more use.
    Forgets {
        /// Which attribute.
        attribute: AttrName,
    },
}
