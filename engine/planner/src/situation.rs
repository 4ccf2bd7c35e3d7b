//! What can an object be, seen from both sides? One word for each case, and no case without a word.
//!
//! A situation is a fact about what was read, what is linked and what the scope says; what is done about it is the
//! policy's business ([`Response`](crate::Response)). Every operation and every skip of a plan names the situation
//! that it answers, and [`explain`](fn@crate::explain) names it for objects that a plan leaves as they are.

use std::fmt;

use crate::memory::Trigger;

/// What a source object, or a target object that a link knows, is at the time of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "who reports on situations has to know all of them")]
pub enum Situation {
    /// It fails the input filter, so it is as if it had not been read, linked or not.
    Filtered,
    /// Whether it is in scope cannot be told, linked or not.
    ScopeUnknown,
    /// Not assigned and without a link.
    Unassigned,
    /// Out of scope and without a link.
    OutOfScope,
    /// In scope, without a link, and a complete read shows that nothing in the target matches.
    Unmatched,
    /// In scope, without a link; the read of the target does not prove that nothing matches, or nothing else does.
    MatchUnproved,
    /// In scope, without a link, and an object may have been created for it, of which nobody knows.
    CreateUnanswered,
    /// In scope, without a link, and exactly one target object matches, which nobody has.
    Matched,
    /// In scope, without a link, and the target object that matches is linked to another source object.
    MatchTaken,
    /// In scope, without a link, and several target objects match.
    AmbiguousTarget,
    /// In scope, without a link, and another source object matches the same target object.
    AmbiguousSource,
    /// In scope, without a link, and another source object has the same matching value.
    SameMatchingValue,
    /// In scope, without a link, and no matching attribute has a value.
    NoMatchingValue,
    /// In scope, without a link, and a matching value could not be computed.
    MatchingFailed,
    /// In scope, linked, and the target object is there.
    Linked,
    /// In scope, linked, and the target object was not seen in an incomplete read.
    LinkedUnseen,
    /// In scope, linked, and the target object is proved to be gone.
    LinkedGone,
    /// Linked and no longer assigned; the target object is there.
    LostAssignment,
    /// Linked and no longer assigned; the target object was not seen in an incomplete read.
    LostAssignmentUnseen,
    /// Linked and no longer assigned; the target object is proved to be gone.
    LostAssignmentGone,
    /// Linked and no longer in scope; the target object is there.
    LeftScope,
    /// Linked and no longer in scope; the target object was not seen in an incomplete read.
    LeftScopeUnseen,
    /// Linked and no longer in scope; the target object is proved to be gone.
    LeftScopeGone,
    /// In scope, without a link, and the source object says that it is disabled.
    DisabledUnlinked,
    /// In scope, without a link, nothing matches, and the target object that it had was deleted.
    Rehired,
    /// In scope and linked, and the source object says that it is disabled; the target object is there.
    SourceDisabled,
    /// In scope and linked, and the source object says that it is disabled; the target object was not seen in an
    /// incomplete read.
    SourceDisabledUnseen,
    /// In scope and linked, and the source object says that it is disabled; the target object is proved to be gone.
    SourceDisabledGone,
    /// Linked, and the source object is proved to be gone; the target object is there.
    SourceDeleted,
    /// Linked, and the source object is proved to be gone; the target object was not seen in an incomplete read.
    SourceDeletedUnseen,
    /// Linked, and both objects are proved to be gone.
    SourceDeletedGone,
    /// Linked, and the source object was not seen, which proves nothing.
    SourceUnproved,
    /// In scope, linked, and the target object is protected.
    Protected,
    /// In scope, without a link, and the one target object that matches is protected.
    ProtectedMatch,
    /// Linked and leaving for whatever reason, and the target object is protected.
    ProtectedLeaver,
    /// Whether the target object that is linked or matches is protected cannot be told.
    ProtectionUnknown,
    /// A target object that is not linked and that nothing in scope takes over.
    Unmanaged,
    /// A rollback takes back what an earlier cycle did to it, whatever the source says. No other plan has it.
    RolledBack,
}

impl Situation {
    /// All situations, in the order in which people read of them.
    pub const ALL: [Self; 37] = [
        Self::Filtered,
        Self::ScopeUnknown,
        Self::Unassigned,
        Self::OutOfScope,
        Self::Unmatched,
        Self::MatchUnproved,
        Self::CreateUnanswered,
        Self::Matched,
        Self::MatchTaken,
        Self::AmbiguousTarget,
        Self::AmbiguousSource,
        Self::SameMatchingValue,
        Self::NoMatchingValue,
        Self::MatchingFailed,
        Self::Linked,
        Self::LinkedUnseen,
        Self::LinkedGone,
        Self::LostAssignment,
        Self::LostAssignmentUnseen,
        Self::LostAssignmentGone,
        Self::LeftScope,
        Self::LeftScopeUnseen,
        Self::LeftScopeGone,
        Self::DisabledUnlinked,
        Self::Rehired,
        Self::SourceDisabled,
        Self::SourceDisabledUnseen,
        Self::SourceDisabledGone,
        Self::SourceDeleted,
        Self::SourceDeletedUnseen,
        Self::SourceDeletedGone,
        Self::SourceUnproved,
        Self::Protected,
        Self::ProtectedMatch,
        Self::ProtectedLeaver,
        Self::ProtectionUnknown,
        Self::Unmanaged,
    ];

    /// Returns why the target object is deprovisioned in this situation, if it is.
    pub fn trigger(self) -> Option<Trigger> {
        match self {
            Self::LostAssignment => Some(Trigger::Unassigned),
            Self::LeftScope => Some(Trigger::OutOfScope),
            Self::SourceDisabled => Some(Trigger::SourceDisabled),
            Self::SourceDeleted => Some(Trigger::SourceDeleted),
            _ => None,
        }
    }

    /// Returns its name in plans, stories and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::ScopeUnknown => "scope_unknown",
            Self::Unassigned => "unassigned",
            Self::OutOfScope => "out_of_scope",
            Self::Unmatched => "unmatched",
            Self::MatchUnproved => "match_unproved",
            Self::CreateUnanswered => "create_unanswered",
            Self::Matched => "matched",
            Self::MatchTaken => "match_taken",
            Self::AmbiguousTarget => "ambiguous_target",
            Self::AmbiguousSource => "ambiguous_source",
            Self::SameMatchingValue => "same_matching_value",
            Self::NoMatchingValue => "no_matching_value",
            Self::MatchingFailed => "matching_failed",
            Self::Linked => "linked",
            Self::LinkedUnseen => "linked_unseen",
            Self::LinkedGone => "linked_gone",
            Self::LostAssignment => "lost_assignment",
            Self::LostAssignmentUnseen => "lost_assignment_unseen",
            Self::LostAssignmentGone => "lost_assignment_gone",
            Self::LeftScope => "left_scope",
            Self::LeftScopeUnseen => "left_scope_unseen",
            Self::LeftScopeGone => "left_scope_gone",
            Self::DisabledUnlinked => "disabled_unlinked",
            Self::Rehired => "rehired",
            Self::SourceDisabled => "source_disabled",
            Self::SourceDisabledUnseen => "source_disabled_unseen",
            Self::SourceDisabledGone => "source_disabled_gone",
            Self::SourceDeleted => "source_deleted",
            Self::SourceDeletedUnseen => "source_deleted_unseen",
            Self::SourceDeletedGone => "source_deleted_gone",
            Self::SourceUnproved => "source_unproved",
            Self::Protected => "protected",
            Self::ProtectedMatch => "protected_match",
            Self::ProtectedLeaver => "protected_leaver",
            Self::ProtectionUnknown => "protection_unknown",
            Self::Unmanaged => "unmanaged",
            Self::RolledBack => "rolled_back",
        }
    }

    /// Finds a situation by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::RolledBack]).find(|it| it.name() == name)
    }

    /// Says what it means, in words that need no other.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Filtered => "fails the input filter: as if it had not been read",
            Self::ScopeUnknown => "whether it is in scope cannot be told",
            Self::Unassigned => "not assigned, not linked",
            Self::OutOfScope => "out of scope, not linked",
            Self::Unmatched => "in scope, not linked, nothing in the target matches",
            Self::MatchUnproved => "in scope, not linked, no sure match in an incomplete read of the target",
            Self::CreateUnanswered => {
                "in scope, not linked, an object may have been created for it, of which nobody knows"
            }
            Self::Matched => "in scope, not linked, one free target object matches",
            Self::MatchTaken => "in scope, not linked, the target object that matches is linked to another",
            Self::AmbiguousTarget => "in scope, not linked, several target objects match",
            Self::AmbiguousSource => {
                "in scope, not linked, another source object matches the same target object"
            }
            Self::SameMatchingValue => {
                "in scope, not linked, another source object has the same matching value"
            }
            Self::NoMatchingValue => "in scope, not linked, no matching attribute has a value",
            Self::MatchingFailed => "in scope, not linked, a matching value could not be computed",
            Self::Linked => "in scope, linked, the target object is there",
            Self::LinkedUnseen => "in scope, linked, the target object was not seen in an incomplete read",
            Self::LinkedGone => "in scope, linked, the target object is gone",
            Self::LostAssignment => "no longer assigned, linked, the target object is there",
            Self::LostAssignmentUnseen => {
                "no longer assigned, linked, the target object was not seen in an incomplete read"
            }
            Self::LostAssignmentGone => "no longer assigned, linked, the target object is gone",
            Self::LeftScope => "left the scope, linked, the target object is there",
            Self::LeftScopeUnseen => {
                "left the scope, linked, the target object was not seen in an incomplete read"
            }
            Self::LeftScopeGone => "left the scope, linked, the target object is gone",
            Self::DisabledUnlinked => "in scope, disabled in the source, not linked",
            Self::Rehired => {
                "in scope, not linked, nothing matches, and its former target object was deleted"
            }
            Self::SourceDisabled => "in scope, disabled in the source, linked, the target object is there",
            Self::SourceDisabledUnseen => {
                "in scope, disabled in the source, linked, the target object was not seen in an incomplete read"
            }
            Self::SourceDisabledGone => "in scope, disabled in the source, linked, the target object is gone",
            Self::SourceDeleted => "gone from the source, linked, the target object is there",
            Self::SourceDeletedUnseen => {
                "gone from the source, linked, the target object was not seen in an incomplete read"
            }
            Self::SourceDeletedGone => "gone from the source, linked, the target object is gone, too",
            Self::SourceUnproved => "not seen in the source, which proves nothing; linked",
            Self::Protected => "in scope, linked, the target object is protected",
            Self::ProtectedMatch => "in scope, not linked, the target object that matches is protected",
            Self::ProtectedLeaver => "left, linked, the target object is protected",
            Self::ProtectionUnknown => "whether the target object is protected cannot be told",
            Self::Unmanaged => "in the target only: not linked, and nothing in scope takes it over",
            Self::RolledBack => "a rollback takes back what an earlier cycle did to it",
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
