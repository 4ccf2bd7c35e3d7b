//! How many operations of which kind.

use std::fmt;

use super::Operation;

/// The kind of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ActionKind {
    /// Create an object.
    Create,
    /// Link an existing object.
    Adopt,
    /// Change attributes.
    Update,
    /// Enable an object.
    Enable,
    /// Disable an object.
    Disable,
    /// Mark an object as deleted.
    SoftDelete,
    /// Take the mark away.
    Restore,
    /// Delete an object.
    Delete,
    /// Change members.
    ChangeMembers,
    /// Remove a link.
    Unlink,
}

impl ActionKind {
    /// All kinds, in the order in which they are counted.
    pub const ALL: [Self; 10] = [
        Self::Create,
        Self::Adopt,
        Self::Update,
        Self::Enable,
        Self::Disable,
        Self::SoftDelete,
        Self::Restore,
        Self::Delete,
        Self::ChangeMembers,
        Self::Unlink,
    ];

    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Adopt => "adopt",
            Self::Update => "update",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::SoftDelete => "soft_delete",
            Self::Restore => "restore",
            Self::Delete => "delete",
            Self::ChangeMembers => "members",
            Self::Unlink => "unlink",
        }
    }

    /// Returns the sign for it in a plan.
    pub fn glyph(self) -> char {
        match self {
            Self::Create => '+',
            Self::Adopt => '=',
            Self::Update => '~',
            Self::Enable => 'o',
            Self::Disable => 'x',
            Self::SoftDelete => '%',
            Self::Restore => '^',
            Self::Delete => '-',
            Self::ChangeMembers => '*',
            Self::Unlink => '/',
        }
    }

    /// Finds a kind by its word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How many operations of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; ActionKind::ALL.len()]);

impl Counts {
    /// Counts operations.
    pub fn of<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Self {
        let mut counts = Self::default();
        for operation in operations {
            counts.add(operation.action.kind());
        }
        counts
    }

    /// Counts one more.
    pub fn add(&mut self, kind: ActionKind) {
        if let Some(at) = ActionKind::ALL.iter().position(|it| *it == kind) {
            self.0[at] += 1;
        }
    }

    /// Returns how many of a kind there are.
    pub fn get(&self, kind: ActionKind) -> u64 {
        ActionKind::ALL.iter().position(|it| *it == kind).map_or(0, |at| self.0[at])
    }

    /// Returns how many there are in all.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Lists what there is: `2 create, 1 update`.
impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = ActionKind::ALL.into_iter().filter(|it| self.get(*it) > 0);
        for (position, kind) in there.enumerate() {
            let separator = if position > 0 { ", " } else { "" };
            write!(formatter, "{separator}{} {kind}", self.get(kind))?;
        }
        Ok(())
    }
}
