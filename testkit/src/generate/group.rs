//! Who belongs together? Departments, teams, and everyone, as the HR system lists them.

use std::fmt;

use super::{Text, WorkerId};

/// The number of a group, which prints as `G00001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

impl fmt::Display for GroupId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "G{:05}", self.0)
    }
}

/// What a group stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// The whole organisation: all departments, and the chief executive.
    Everyone,
    /// A department: its teams, and its head.
    Department,
    /// A team: workers.
    Team,
}

impl GroupKind {
    /// Returns the word that the export uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Department => "department",
            Self::Team => "team",
        }
    }
}

/// A member of a group. The letter of the id tells which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// A worker.
    Worker(WorkerId),
    /// Another group with all that it contains.
    Group(GroupId),
}

impl fmt::Display for Member {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worker(worker) => worker.fmt(out),
            Self::Group(group) => group.fmt(out),
        }
    }
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The number of the group.
    pub id: GroupId,
    /// The name, unique in the organisation.
    pub name: Text,
    /// What the group stands for.
    pub kind: GroupKind,
    /// The group that has this one as a member.
    pub parent: Option<GroupId>,
    /// One sentence for people.
    pub description: Text,
    /// The members, groups first, without duplicates.
    ///
    /// Some teams still list a worker who has left, and contractors are members like everybody else.
    pub members: Vec<Member>,
}
