//! What happens when a source object is in scope again whose target object was on its way out.

use provisio_model::{Record, SourceSide, TargetSide, Values};

use crate::compiled::{CompiledObject, CompiledSoftDelete};
use crate::diff::Diff;
use crate::input::PlanInput;
use crate::memory::{Leaving, NoteChange};
use crate::plan::{ActionKind, Change, PlannedValues, Reason};
use crate::situation::Situation;

/// Returns what is noted of the target object that a source object had and that was deleted, while that is remembered.
pub(crate) fn former<'a>(
    input: &PlanInput<'a>,
    mapping: &CompiledObject,
    source: &str,
) -> Option<&'a Leaving> {
    let lasts = mapping.leaving.tombstone?.lasts();
    input.memory.note(&mapping.name, source)?.buried(lasts, input.now)
}

impl Diff<'_, '_> {
    /// Returns what was noted of a source object when it left.
    fn left(&self, record: Record<'_, SourceSide>) -> Option<&Leaving> {
        self.notes.and_then(|it| it.get(record.id_str())?.leaving.as_ref())
    }

    /// The note of a leaver goes once it has its operation, or at once if it needs none.
    pub(crate) fn settle(&mut self, record: Record<'_, SourceSide>, once: Option<ActionKind>) {
        if self.left(record).is_some() {
            self.drafts.note(self.id, record.id(), NoteChange::Settles, once);
        }
    }

    /// Whoever gets a new object in the place of one that was deleted is no newcomer.
    pub(crate) fn reason_to_create(&mut self, record: Record<'_, SourceSide>, reason: Reason) -> Reason {
        let former = former(self.references.input, self.mapping, record.id_str());
        match former.filter(|_| reason == Reason::NoMatch) {
            Some(leaving) => {
                self.situation = Situation::Rehired;
                Reason::Returned { target: leaving.target.clone() }
            }
            None => reason,
        }
    }

    /// Takes the mark of a deleted object away.
    pub(crate) fn restoring(&self, current: Record<'_, TargetSide>) -> Option<Change> {
        let mark: &CompiledSoftDelete = self.mapping.leaving.soft_delete.as_ref()?;
        mark.is_deleted(current).then(|| {
            Change::whole(
                mark.name.clone(),
                current.values(mark.slot).to_values(),
                Some(PlannedValues::Values(Values::one(mark.kept.clone()))),
            )
        })
    }

    /// Tells whether changes restore an object that was marked as deleted.
    pub(crate) fn restores(&self, changes: &[Change]) -> bool {
        let mark = self.mapping.leaving.soft_delete.as_ref();
        mark.is_some_and(|mark| changes.iter().any(|it| it.attribute == mark.name))
    }
}
