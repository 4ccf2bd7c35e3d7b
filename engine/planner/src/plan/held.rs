//! What does a plan hold back, and which limit says so (R4)?

use std::fmt;
use std::time::Duration;

use provisio_model::{EscapedText, Text, Timestamp};

use super::{ActionKind, MappingId, Operation, Plan};

/// Operations that a limit holds back: all of its kind, and not only those above the number.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Held {
    /// Which limit.
    pub limit: LimitKind,
    /// Which object mapping.
    pub mapping: MappingId,
    /// What was exceeded: the limit on one run, or that on a window of time.
    pub bound: Bound,
    /// How many single acts there are in this plan, also those that somebody released: objects deleted or disabled,
    /// members removed, members of privileged groups changed. What another limit holds back already does not count.
    pub number: u64,
    /// How many there could be at most: linked objects, memberships, members of the group or groups concerned.
    pub of: u64,
    /// What would have been done. The ids have no meaning. For [`LimitKind::GroupRemovals`], of one group.
    pub operations: Vec<HeldOperation>,
}

impl Held {
    /// Iterates over what would have been done.
    pub fn each(&self) -> impl ExactSizeIterator<Item = &Operation> {
        self.operations.iter().map(|it| &it.operation)
    }
}

impl Held {
    /// Says which limit holds back and how it is exceeded, in words.
    pub fn text(&self, plan: &Plan) -> impl fmt::Display {
        let mapping = plan.mapping(self.mapping).map_or_else(Text::default, |it| it.name.clone());
        let group = match self.limit {
            LimitKind::GroupRemovals => self.each().next().map(|it| it.label.clone()),
            _ => None,
        };
        let (limit, bound, number, of) = (self.limit, self.bound, self.number, self.of);
        HeldText { limit, bound, number, of, mapping, group }
    }
}

/// What of a [`Held`] is shown.
struct HeldText {
    limit: LimitKind,
    bound: Bound,
    number: u64,
    of: u64,
    mapping: Text,
    group: Option<Text>,
}

/// `the limit on deletes within 24 hours: 3 after 4 earlier ones, of 60 linked objects of users`
impl fmt::Display for HeldText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, bound, number, of, mapping, group } = self;
        match bound {
            Bound::Run => write!(formatter, "the limit on {limit}: {number} of {of} ")?,
            Bound::Window { lasts, earlier } => {
                write!(formatter, "the limit on {limit} within {}: ", Lasts(*lasts))?;
                write!(formatter, "{number} after {earlier} earlier, of {of} ")?;
            }
        }
        match group {
            Some(group) => write!(formatter, "members of {}, of {mapping}", EscapedText(group)),
            None => write!(formatter, "{} of {mapping}", limit.stock()),
        }
    }
}

/// A time in the largest unit that fits: `24 hours`.
struct Lasts(Duration);

impl fmt::Display for Lasts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (number, unit) = match seconds {
            it if it % 3_600 == 0 => (it / 3_600, "hour"),
            it if it % 60 == 0 => (it / 60, "minute"),
            it => (it, "second"),
        };
        write!(formatter, "{number} {unit}{}", if number == 1 { "" } else { "s" })
    }
}

/// An operation that is held back.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct HeldOperation {
    /// What would have been done.
    pub operation: Operation,
    /// Since when it is held back; `None` if this plan is the first to do so.
    pub since: Option<Timestamp>,
}

/// What a limit is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever shows a plan has to know both")]
pub enum Bound {
    /// The plan alone.
    Run,
    /// The plan, and what was done before it within a rolling window of time.
    Window {
        /// How far back it reaches.
        lasts: Duration,
        /// How many acts there were in it before this plan.
        earlier: u64,
    },
}

/// Which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "stores and documents have to know each")]
pub enum LimitKind {
    /// Objects deleted.
    Deletes,
    /// Objects disabled.
    Disables,
    /// Members removed from groups, all together.
    MemberRemovals,
    /// Members removed from one group.
    GroupRemovals,
    /// Members who join or leave privileged groups.
    PrivilegedChanges,
}

impl LimitKind {
    /// All limits.
    pub const ALL: [Self; 5] =
        [Self::Deletes, Self::Disables, Self::MemberRemovals, Self::GroupRemovals, Self::PrivilegedChanges];

    /// Returns its name in TOML, in plans and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deletes => "deletes",
            Self::Disables => "disables",
            Self::MemberRemovals => "member_removals",
            Self::GroupRemovals => "group_removals",
            Self::PrivilegedChanges => "privileged_changes",
        }
    }

    /// Finds a limit by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Says what its acts are counted against.
    pub fn stock(self) -> &'static str {
        match self {
            Self::Deletes | Self::Disables => "linked objects",
            Self::MemberRemovals => "memberships",
            Self::GroupRemovals => "members of a group",
            Self::PrivilegedChanges => "members of privileged groups",
        }
    }

    /// Tells whether it counts operations of this kind, or some of them.
    pub fn counts(self, action: ActionKind) -> bool {
        match self {
            Self::Deletes => matches!(action, ActionKind::Delete | ActionKind::SoftDelete),
            Self::Disables => matches!(action, ActionKind::Disable | ActionKind::Adopt),
            Self::MemberRemovals | Self::GroupRemovals | Self::PrivilegedChanges => {
                action == ActionKind::ChangeMembers
            }
        }
    }

    /// Tells whether it counts changes of members.
    pub fn is_of_members(self) -> bool {
        matches!(self, Self::MemberRemovals | Self::GroupRemovals | Self::PrivilegedChanges)
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
