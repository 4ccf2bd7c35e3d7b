//! Why is something done, and why is something left alone?

use std::fmt;

use provisio_model::{AttrName, EscapedText, SourceId, TargetId, Text, Timestamp};

use super::{ActionKind, FailedClause, MappingId};
use crate::memory::LeavingStep;
use crate::situation::Situation;

/// Why an operation is planned.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The source object is in scope and no target object matches it.
    NoMatch,
    /// The linked target object is proved to be gone, so it is created again.
    TargetGone,
    /// An unlinked target object has the same value of a matching attribute.
    Matched {
        /// Which target attribute.
        attribute: AttrName,
    },
    /// What the source gives differs from what the target holds.
    AttributesDiffer,
    /// The source object is in scope and its target object was disabled.
    InScope,
    /// The source object is no longer assigned, neither directly nor through a group.
    Unassigned,
    /// The source object no longer passes the scoping filter.
    OutOfScope(Box<FailedClause>),
    /// The source object says that it is disabled.
    SourceDisabled,
    /// The source object is proved to be gone.
    SourceDeleted,
    /// The source object is back, and its former target object was deleted meanwhile.
    Returned {
        /// The target object that it had.
        target: TargetId,
    },
    /// The group in the source has other members than in the target.
    MembersDiffer,
    /// A reference could not be set with the rest of its object: the two wait for each other.
    ReferenceDeferred,
    /// A unique value could not be set with the rest of its object, since another object had to give it up first.
    ValueDeferred,
    /// Somebody rolls back what an earlier cycle did.
    Undoes {
        /// Which cycle; of several that did something to the object, the first.
        cycle: Text,
    },
}

/// A source object that is left alone on purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Skipped {
    /// Which object mapping.
    pub mapping: MappingId,
    /// Which source object.
    pub source: SourceId,
    /// What it is, seen from both sides.
    pub situation: Situation,
    /// Why.
    pub why: SkipReason,
}

/// Why a source object is left alone.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SkipReason {
    /// It does not pass the input filter: it is as if it had not been read.
    Filtered(Box<FailedClause>),
    /// It is not assigned and has no target object.
    Unassigned,
    /// It does not pass the scoping filter and has no target object.
    OutOfScope(Box<FailedClause>),
    /// It left the scope, and the mapping leaves such objects alone.
    LeftAlone,
    /// Its target object is protected.
    Protected,
    /// It left, and what happens next to its target object waits for its time.
    Waiting(Box<Waiting>),
    /// It is disabled, and the mapping does not create such objects.
    Disabled,
    /// The mapping does not allow the operation.
    NotAllowed(ActionKind),
    /// An expression says `IgnoreObjectFlow`.
    Ignored,
}

/// What happens next to the target object of a leaver, and when.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a sentence: what is, since when, what comes, when")]
pub struct Waiting {
    /// What was done last.
    pub step: LeavingStep,
    /// Since when that is so.
    pub since: Timestamp,
    /// What will be done.
    pub next: ActionKind,
    /// Not before this instant.
    pub until: Timestamp,
}

impl fmt::Display for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = match self.step {
            LeavingStep::Noticed => "left",
            LeavingStep::Disabled => "disabled",
            LeavingStep::SoftDeleted => "marked as deleted",
            LeavingStep::Deleted => "deleted",
        };
        let will = match self.next {
            ActionKind::Disable => "disabled",
            ActionKind::SoftDelete => "marked as deleted",
            ActionKind::Delete => "deleted",
            _ => "left alone",
        };
        write!(formatter, "{is} since {}, will be {will} at {}", self.since, self.until)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filtered(failed) => write!(formatter, "not looked at: {failed}"),
            Self::Unassigned => formatter.write_str("not assigned"),
            Self::OutOfScope(failed) => write!(formatter, "out of scope: {failed}"),
            Self::LeftAlone => formatter.write_str("left, and the mapping leaves its object alone"),
            Self::Protected => formatter.write_str("its target object is protected"),
            Self::Waiting(waiting) => write!(formatter, "waits: {waiting}"),
            Self::Disabled => formatter.write_str("disabled, so not created"),
            Self::NotAllowed(ActionKind::ChangeMembers) => {
                formatter.write_str("changing members is not allowed")
            }
            Self::NotAllowed(kind) => write!(formatter, "{kind} is not allowed"),
            Self::Ignored => formatter.write_str("an expression says to ignore it"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMatch => formatter.write_str("in scope, no match"),
            Self::TargetGone => formatter.write_str("in scope, its target object is gone"),
            Self::Matched { attribute } => write!(formatter, "matches by {attribute}"),
            Self::AttributesDiffer => formatter.write_str("attributes differ"),
            Self::InScope => formatter.write_str("in scope"),
            Self::Unassigned => formatter.write_str("no longer assigned"),
            Self::OutOfScope(failed) => write!(formatter, "out of scope: {failed}"),
            Self::SourceDisabled => formatter.write_str("disabled in the source"),
            Self::SourceDeleted => formatter.write_str("gone from the source"),
            Self::Returned { target } => {
                write!(formatter, "is back; its object {} was deleted", EscapedText(target.as_str()))
            }
            Self::MembersDiffer => formatter.write_str("members differ"),
            Self::ReferenceDeferred => formatter.write_str("reference set after both exist"),
            Self::ValueDeferred => formatter.write_str("unique value set once it is free"),
            Self::Undoes { cycle } => write!(formatter, "undoes cycle {}", EscapedText(cycle)),
        }
    }
}
