//! Trouble with one object: it is left alone and reported, and everything else goes on (R8).

use std::cmp::Ordering;
use std::fmt;

use provisio_model::{AttrName, EscapedText, SourceId, TargetId, Text, Timestamp, ValueKind};

use crate::plan::{MappingId, Plan};
use crate::rollback::NotUndone;

/// What is wrong with one object or with one read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// Under which object mapping.
    pub mapping: MappingId,
    /// The source object, if it is about one.
    pub source: Option<SourceId>,
    /// The target attribute, if it is about one.
    pub attribute: Option<AttrName>,
    /// What it is.
    pub kind: FindingKind,
}

impl Finding {
    pub(crate) fn about_object(mapping: MappingId, source: SourceId, kind: FindingKind) -> Self {
        Self { mapping, source: Some(source), attribute: None, kind }
    }

    pub(crate) fn about_attribute(
        mapping: MappingId,
        source: SourceId,
        attribute: &AttrName,
        kind: FindingKind,
    ) -> Self {
        Self { attribute: Some(attribute.clone()), ..Self::about_object(mapping, source, kind) }
    }

    pub(crate) fn about_mapping(mapping: MappingId, kind: FindingKind) -> Self {
        Self { mapping, source: None, attribute: None, kind }
    }

    /// Shows the finding with the names that a plan has for mappings.
    pub fn text<'a>(&'a self, plan: &'a Plan) -> impl fmt::Display + 'a {
        FindingText { finding: self, plan }
    }
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FindingKind {
    /// An expression failed.
    ExpressionFailed {
        /// The kind of error and its message.
        error: Text,
    },
    /// A value is not what the target attribute holds.
    WrongKind {
        /// The type of the value.
        found: ValueKind,
        /// The type of the target attribute.
        wanted: ValueKind,
    },
    /// There are several values for an attribute that takes one.
    SeveralValues {
        /// How many.
        found: usize,
    },
    /// A text is too long for the target attribute.
    TooLong {
        /// Its length in characters.
        length: usize,
        /// The longest that fits.
        most: usize,
    },
    /// The target requires the attribute and there is no value.
    RequiredMissing,
    /// The object has no value for any matching attribute.
    NoMatchingValue,
    /// A create was sent, and its answer was lost; whether there is an object now could not be found out yet.
    CreateUnanswered {
        /// When it was sent.
        since: Timestamp,
    },
    /// Several target objects match.
    AmbiguousTarget {
        /// How many.
        count: usize,
        /// The first of them.
        first: TargetId,
    },
    /// Another source object matches the same target object.
    AmbiguousSource {
        /// The other source object.
        other: SourceId,
        /// The target object.
        target: TargetId,
    },
    /// Another source object in scope has the same value of the matching attribute: no match could tell them
    /// apart.
    SameMatchingValue {
        /// The other source object.
        other: SourceId,
        /// The value.
        value: Text,
    },
    /// The target object that matches is linked to another source object.
    MatchIsLinked {
        /// That source object.
        other: SourceId,
        /// The target object.
        target: TargetId,
    },
    /// It returned after its target object was deleted, and the mapping reports that.
    Rehired {
        /// The target object that it had.
        target: TargetId,
        /// When that was deleted.
        deleted: Timestamp,
        /// When it is forgotten.
        until: Timestamp,
    },
    /// A target object matches, and the mapping does not adopt.
    MatchNotAdopted {
        /// The target object.
        target: TargetId,
    },
    /// The target object that matches is protected.
    MatchProtected {
        /// The target object.
        target: TargetId,
    },
    /// Who would join or leave is protected, and stays as it is.
    MemberProtected {
        /// The target object.
        member: TargetId,
    },
    /// Whether target objects are protected cannot be told, so they are left alone.
    ProtectionUnknown {
        /// How many source objects wait.
        waiting: u64,
        /// Why, for the first of them.
        why: Undecided,
    },
    /// The linked target object is gone, and the mapping does not create it again.
    TargetMissing {
        /// The target object.
        target: TargetId,
    },
    /// Another object has, or will have, the value, which must be unique.
    NotUnique {
        /// The value.
        value: Text,
        /// Who has it.
        holder: Text,
    },
    /// A value was sent and the target holds another one, each time. It is not sent again until one of the two changes.
    NotKept {
        /// How often it was sent.
        times: u32,
    },
    /// A value is changed in the target again and again after it was sent: something else writes it, too.
    ChangedBack {
        /// How often it was sent already.
        times: u32,
    },
    /// Another object has the value, which must be unique, and gives it up only if this one gives up its own first, and
    /// no temporary value can stand in.
    CannotExchange {
        /// The value.
        value: Text,
        /// Who has it.
        holder: Text,
        /// Why there is no temporary value.
        why: NoTemporary,
    },
    /// The object would end up within itself.
    ContainerCircle,
    /// The object would be deleted, and this plan leaves others in it.
    ContainerNotEmpty {
        /// How many; none when that is not known, since the target was not completely read.
        number: u64,
        /// The first of them.
        first: Text,
    },
    /// A reference cannot be set now. It is set as soon as it can.
    Unresolved {
        /// The source id that is referred to.
        reference: Text,
        /// Why.
        why: Unresolved,
    },
    /// Whether the object is in scope cannot be told.
    ScopeUnknown {
        /// The clause that says neither yes nor no.
        clause: Text,
        /// Why.
        why: Undecided,
    },
    /// Groups that say who is in scope were not completely read: whoever may be a member is left alone.
    GroupsUnread {
        /// How many source objects wait.
        waiting: u64,
    },
    /// The source was not completely read: linked objects that are missing from it are left alone.
    SourceIncomplete {
        /// Why.
        why: Text,
        /// How many.
        missing: u64,
    },
    /// What an earlier cycle did is not undone, and stays as it is.
    NotUndone {
        /// Why.
        why: NotUndone,
    },
    /// The target was not completely read: what is missing from it is neither created nor concluded to be gone.
    TargetIncomplete {
        /// Why.
        why: Text,
        /// How many source objects wait.
        waiting: u64,
    },
    /// The plan knows the target by what is remembered of it, and nothing is remembered here that would be needed. The
    /// next plan that everything is read for decides.
    TargetNotRemembered {
        /// How many source objects wait.
        waiting: u64,
    },
    /// Target objects could not be read: what is not found may be among them, so it is not created.
    TargetUnreadable {
        /// How many cannot be read.
        count: u64,
        /// How many source objects wait.
        waiting: u64,
    },
}

/// Why a clause says neither yes nor no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undecided {
    /// The search for the pattern takes too long on this value.
    PatternTooCostly,
    /// The value is no number.
    NotANumber,
    /// The value is no instant.
    NotAnInstant,
    /// Groups that may have the object as a member were not read.
    GroupsUnread,
    /// The target object was not read.
    TargetUnread,
    /// A group has a member whose id stands for the object and for a group.
    SeveralTypes,
}

impl fmt::Display for Undecided {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PatternTooCostly => "the search for the pattern takes too long on this value",
            Self::NotANumber => "the value is no number",
            Self::NotAnInstant => "the value is no date and time",
            Self::GroupsUnread => "groups were not read",
            Self::TargetUnread => "it was not read",
            Self::SeveralTypes => "a group has a member with its id, which is that of a group, too",
        })
    }
}

/// Why no temporary value can stand in while objects exchange a unique value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoTemporary {
    /// The mapping does not want any.
    Forbidden,
    /// The attribute must have a value, and is not text; or it cannot be changed.
    Impossible,
    /// The attribute is too short: all that fit are taken.
    NoRoom,
}

impl fmt::Display for NoTemporary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Forbidden => "the mapping does not want a temporary value",
            Self::Impossible => "the attribute cannot hold a temporary value",
            Self::NoRoom => "every temporary value that fits is taken",
        })
    }
}

/// Why a reference cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unresolved {
    /// No object with this id was read.
    NotFound,
    /// The object is not in scope.
    OutOfScope,
    /// The object is not in the target, and cannot be created now.
    NotInTarget,
    /// The id stands for objects of several types.
    SeveralTypes,
}

impl Unresolved {
    fn text(self) -> &'static str {
        match self {
            Self::NotFound => "was not read from the source",
            Self::OutOfScope => "is out of scope",
            Self::NotInTarget => "is not in the target",
            Self::SeveralTypes => "stands for objects of several types",
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

impl FindingKind {
    /// The order of what is wrong with the same attribute of the same object: that of its text. Most are members of one
    /// group that cannot be resolved, for which no text is made.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (
                Self::Unresolved { reference, why },
                Self::Unresolved { reference: other_reference, why: other_why },
            ) => (reference, why.text()).cmp(&(other_reference, other_why.text())),
            _ if self == other => Ordering::Equal,
            _ => self.to_string().cmp(&other.to_string()),
        }
    }

    /// Returns the word for it in logs and counters. It stays when the text changes.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ExpressionFailed { .. } => "expression_failed",
            Self::WrongKind { .. } => "wrong_kind",
            Self::SeveralValues { .. } => "several_values",
            Self::TooLong { .. } => "too_long",
            Self::RequiredMissing => "required_missing",
            Self::NoMatchingValue => "no_matching_value",
            Self::CreateUnanswered { .. } => "create_unanswered",
            Self::AmbiguousTarget { .. } => "ambiguous_target",
            Self::AmbiguousSource { .. } => "ambiguous_source",
            Self::SameMatchingValue { .. } => "same_matching_value",
            Self::MatchIsLinked { .. } => "match_is_linked",
            Self::Rehired { .. } => "rehired",
            Self::MatchNotAdopted { .. } => "match_not_adopted",
            Self::MatchProtected { .. } => "match_protected",
            Self::MemberProtected { .. } => "member_protected",
            Self::ProtectionUnknown { .. } => "protection_unknown",
            Self::TargetMissing { .. } => "target_missing",
            Self::NotUnique { .. } => "not_unique",
            Self::CannotExchange { .. } => "cannot_exchange",
            Self::ContainerCircle => "container_circle",
            Self::ContainerNotEmpty { .. } => "container_not_empty",
            Self::Unresolved { .. } => "unresolved",
            Self::SourceIncomplete { .. } => "source_incomplete",
            Self::TargetIncomplete { .. } => "target_incomplete",
            Self::TargetNotRemembered { .. } => "target_not_remembered",
            Self::TargetUnreadable { .. } => "target_unreadable",
            Self::NotKept { .. } => "not_kept",
            Self::ChangedBack { .. } => "changed_back",
            Self::ScopeUnknown { .. } => "scope_unknown",
            Self::GroupsUnread { .. } => "groups_unread",
            Self::NotUndone { .. } => "not_undone",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExpressionFailed { error } => write!(formatter, "the expression failed: {error}"),
            Self::WrongKind { found, wanted } => write!(formatter, "the value is {found}, not {wanted}"),
            Self::SeveralValues { found } => write!(formatter, "there are {found} values, and it takes one"),
            Self::TooLong { length, most } => {
                write!(formatter, "the value has {length} characters, and it takes {most}")
            }
            Self::RequiredMissing => formatter.write_str("the target requires it, and there is no value"),
            Self::NoMatchingValue => formatter.write_str("no matching attribute has a value"),
            Self::CreateUnanswered { since } => write!(
                formatter,
                "a create was sent at {since} and its answer was lost; it waits until the target tells whether the \
                 object is there"
            ),
            Self::AmbiguousTarget { count, first } => {
                write!(formatter, "{count} target objects match, `{first}` among them")
            }
            Self::AmbiguousSource { other, target } => {
                write!(formatter, "`{other}` matches the same target object `{target}`")
            }
            Self::SameMatchingValue { other, value } => {
                write!(
                    formatter,
                    "`{other}` has the same value `{}`, and nothing else tells them apart",
                    EscapedText(value)
                )
            }
            Self::MatchIsLinked { other, target } => {
                write!(formatter, "the target object `{target}` matches, and it is linked to `{other}`")
            }
            Self::Rehired { target, deleted, until } => {
                let target = EscapedText(target.as_str());
                write!(
                    formatter,
                    "is back; its object {target} was deleted at {deleted}, so a new one waits until {until}"
                )
            }
            Self::MatchNotAdopted { target } => {
                write!(formatter, "the target object `{target}` matches, and the mapping does not adopt it")
            }
            Self::MatchProtected { target } => {
                write!(formatter, "the target object `{target}` matches, and it is protected")
            }
            Self::MemberProtected { member } => {
                write!(formatter, "`{member}` is protected, so it neither joins nor leaves")
            }
            Self::ProtectionUnknown { waiting: 1, why } => write!(
                formatter,
                "whether 1 target object is protected cannot be told ({why}), so it is left alone"
            ),
            Self::ProtectionUnknown { waiting, why } => write!(
                formatter,
                "whether {waiting} target objects are protected cannot be told ({why}), so they are left alone"
            ),
            Self::TargetMissing { target } => write!(formatter, "its target object `{target}` is gone"),
            Self::NotUnique { value, holder } => {
                write!(
                    formatter,
                    "`{}` must be unique, and `{}` has it",
                    EscapedText(value),
                    EscapedText(holder)
                )
            }
            Self::NotKept { times } => write!(
                formatter,
                "it was sent {times} times and the target holds another value, so it is left as it is"
            ),
            Self::ChangedBack { times } => write!(
                formatter,
                "it was sent {times} times and changed in the target each time: something else writes it, too"
            ),
            Self::CannotExchange { value, holder, why } => {
                let (value, holder) = (EscapedText(value), EscapedText(holder));
                write!(
                    formatter,
                    "`{value}` must be unique, and `{holder}` can give it up only in exchange: {why}"
                )
            }
            Self::ContainerCircle => formatter.write_str("it would end up within itself"),
            Self::ContainerNotEmpty { number: 0, .. } => formatter.write_str(
                "it is not deleted: the target was not completely read, so something may be in it",
            ),
            Self::ContainerNotEmpty { number, first } => {
                let objects = if *number == 1 { "object is" } else { "objects are" };
                write!(formatter, "it is not deleted: {number} {objects} still in it, `{first}` first")
            }
            Self::Unresolved { reference, why } => write!(formatter, "`{}` {why}", EscapedText(reference)),
            Self::ScopeUnknown { clause, why } => {
                write!(formatter, "whether it passes {clause} cannot be told: {why}")
            }
            Self::NotUndone { why } => write!(formatter, "not undone: {why}"),
            Self::GroupsUnread { waiting } => {
                formatter.write_str("groups that say who is in scope were not completely read; ")?;
                write_left_alone(formatter, *waiting, "object", "not known to be a member")
            }
            Self::SourceIncomplete { why, missing: 0 } => {
                write!(
                    formatter,
                    "the source was not completely read ({why}); no linked object is missing from it"
                )
            }
            Self::SourceIncomplete { why, missing } => {
                write!(formatter, "the source was not completely read ({why}); ")?;
                write_left_alone(formatter, *missing, "linked object", "missing from it")
            }
            Self::TargetIncomplete { why, waiting } => {
                write!(formatter, "the target was not completely read ({why}); ")?;
                write_left_alone(formatter, *waiting, "object", "not surely found in it")
            }
            Self::TargetNotRemembered { waiting } => {
                formatter
                    .write_str("the target cannot be asked, and is read again in the next full cycle; ")?;
                write_left_alone(formatter, *waiting, "object", "not remembered")
            }
            Self::TargetUnreadable { count, waiting } => {
                let objects = if *count == 1 { "target object" } else { "target objects" };
                write!(formatter, "{count} {objects} cannot be read; ")?;
                write_left_alone(formatter, *waiting, "object", "not surely found")
            }
        }
    }
}

fn write_left_alone(formatter: &mut fmt::Formatter<'_>, count: u64, what: &str, which: &str) -> fmt::Result {
    match count {
        1 => write!(formatter, "1 {what} that is {which} is left alone"),
        more => write!(formatter, "{more} {what}s that are {which} are left alone"),
    }
}

struct FindingText<'a> {
    finding: &'a Finding,
    plan: &'a Plan,
}

impl fmt::Display for FindingText<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { mapping, source, attribute, kind } = self.finding;
        let mapping = self.plan.mapping(*mapping);
        match source {
            Some(source) => {
                let object_type = mapping.map_or("object", |it| it.source.as_str());
                write!(formatter, "{object_type} {}", EscapedText(source.as_str()))?;
            }
            None => formatter.write_str(mapping.map_or("mapping", |it| &it.name))?,
        }
        if let Some(attribute) = attribute {
            write!(formatter, ", {attribute}")?;
        }
        write!(formatter, ": {kind}")
    }
}
