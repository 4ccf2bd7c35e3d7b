//! What became of a plan.

use provisio_model::{Failure, SourceId, Text, Timestamp};

use crate::plan::{ActionKind, Counts, MappingId, OpId, Operation};

/// What became of one operation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fate {
    /// It is done, or there was nothing to do.
    Done,
    /// The target refused it.
    Failed(Failure),
    /// Nobody knows: it was sent, and no answer came. The next read shows it.
    Unknown(Failure),
    /// It was not sent, because this operation failed.
    Blocked(OpId),
    /// It was not sent, because the run ended before.
    NotSent,
    /// It was not sent: it failed before, and is not tried again before this instant.
    Postponed(Timestamp),
}

/// An operation that was not done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Failed {
    /// Which operation.
    pub operation: OpId,
    /// Under which object mapping.
    pub mapping: MappingId,
    /// Of which source object.
    pub source: SourceId,
    /// What people call it.
    pub label: Text,
    /// What it would have done.
    pub action: ActionKind,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a plan, counted.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// What was done.
    pub done: Counts,
    /// What was not done, and why, in the order in which it became known.
    pub failed: Vec<Failed>,
    /// References that were left out since their object could not be created, by operation.
    pub left_out: Vec<(OpId, usize)>,
}

impl Summary {
    /// Tells whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.left_out.is_empty()
    }

    /// Counts the operations that were not done for a reason like this.
    pub fn count_failed(&self, like: impl Fn(&Fate) -> bool) -> usize {
        self.failed.iter().filter(|it| like(&it.fate)).count()
    }

    pub(super) fn count(&mut self, operation: &Operation, fate: &Fate) {
        if *fate == Fate::Done {
            self.done.add(operation.action.kind());
            return;
        }
        self.failed.push(Failed {
            operation: operation.id,
            mapping: operation.mapping,
            source: operation.source.clone(),
            label: operation.label.clone(),
            action: operation.action.kind(),
            fate: fate.clone(),
        });
    }

    pub(super) fn leave_out(&mut self, operation: OpId, references: usize) {
        self.left_out.push((operation, references));
    }
}
