//! Stage 5: what happens to a target object whose source object left.
//!
//! A source object that was not read is not a source object that is gone: deprovisioning for that reason takes
//! the [`Absence`] that only a complete read gives (R1).

use provisio_model::{Absence, Record, SourceId, SourceSide, TargetSide, Text, Values};

use crate::compiled::CompiledObject;
use crate::diff::{existing, is_only_value};
use crate::draft::{Drafts, skipped};
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::matching::{LinkEnd, Pair, Pairs};
use crate::plan::{
    Action, ActionKind, Change, MappingId, OpId, Operation, PlannedValues, Reason, SkipReason, Skipped,
    TargetRef,
};
use crate::scope;
use crate::spec::Deprovision;

/// Drafts what happens to the objects of one mapping that are out of scope or gone from the source.
pub(crate) fn leave(
    input: &PlanInput<'_>,
    id: MappingId,
    mapping: &CompiledObject,
    pairs: &Pairs,
    drafts: &mut Drafts,
    findings: &mut Vec<Finding>,
) {
    let mut stage = Leaving { input, id, mapping, drafts };
    for record in input.source[mapping.source].records().iter() {
        match pairs.of(record.row()) {
            Pair::OutOfScope => stage.skip_out_of_scope(record),
            Pair::Leaving(end) => stage.left_scope(record, end),
            _ => {}
        }
    }
    let mut missing = 0;
    for orphan in &pairs.orphans {
        match &orphan.absence {
            Some(absence) => stage.source_deleted(absence, orphan.end, &orphan.target),
            None => missing += 1,
        }
    }
    if let Some(why) = input.source[mapping.source].incomplete() {
        let kind = FindingKind::SourceIncomplete { why: why.to_string().into(), missing };
        findings.push(Finding::about_mapping(id, kind));
    }
}

struct Leaving<'a, 'o> {
    input: &'a PlanInput<'a>,
    id: MappingId,
    mapping: &'a CompiledObject,
    drafts: &'o mut Drafts,
}

impl Leaving<'_, '_> {
    fn skip_out_of_scope(&mut self, record: Record<'_, SourceSide>) {
        let because = self.because(record);
        self.drafts.skip(skipped(self.id, record, SkipReason::OutOfScope { because }));
    }

    fn because(&self, record: Record<'_, SourceSide>) -> Text {
        scope::failing_clause(&self.mapping.scope, record)
            .map_or_else(Text::default, |it| scope::reason(it, record))
    }

    fn left_scope(&mut self, record: Record<'_, SourceSide>, end: LinkEnd) {
        let reason = Reason::OutOfScope { because: self.because(record) };
        self.deprovision(self.mapping.out_of_scope, record.id(), end, reason);
    }

    /// Only who holds the proof can come here.
    fn source_deleted(
        &mut self,
        absence: &Absence<SourceSide>,
        end: LinkEnd,
        target: &provisio_model::TargetId,
    ) {
        if end == LinkEnd::Gone {
            self.unlink(absence.id().clone(), target.clone(), Reason::SourceDeleted);
        } else {
            self.deprovision(self.mapping.source_deleted, absence.id().clone(), end, Reason::SourceDeleted);
        }
    }

    fn deprovision(&mut self, action: Deprovision, source: SourceId, end: LinkEnd, reason: Reason) {
        let row = match end {
            LinkEnd::Row(row) => row,
            LinkEnd::Gone => {
                // There is nothing to take away. The link stays until the source object is gone, too.
                self.drafts.unchanged += 1;
                return;
            }
            // Nothing is known about it; matching reports that it waits.
            LinkEnd::Unseen => return,
        };
        let current = self.input.target[self.mapping.target].records().record(row);
        match action {
            Deprovision::Leave => self.skip(source, SkipReason::LeftAlone),
            Deprovision::Delete if !self.input.operations(self.mapping).delete => {
                self.skip(source, SkipReason::NotAllowed(ActionKind::Delete));
            }
            Deprovision::Delete => self.add(source, current, Action::Delete, reason),
            Deprovision::Disable => self.disable(source, current, reason),
        }
    }

    fn disable(&mut self, source: SourceId, current: Record<'_, TargetSide>, reason: Reason) {
        let Some(status) = &self.mapping.status else { return };
        if is_only_value(current, status, &status.disabled) {
            self.drafts.unchanged += 1;
            return;
        }
        if !self.input.operations(self.mapping).update {
            self.skip(source, SkipReason::NotAllowed(ActionKind::Disable));
            return;
        }
        let change = Change {
            attribute: status.name.clone(),
            before: current.values(status.slot).to_values(),
            after: Some(PlannedValues::Values(Values::one(status.disabled.clone()))),
        };
        self.add(source, current, Action::Disable { changes: vec![change] }, reason);
    }

    fn unlink(&mut self, source: SourceId, target: provisio_model::TargetId, reason: Reason) {
        self.drafts.add(Operation {
            id: OpId(0),
            mapping: self.id,
            label: target.text().clone(),
            source,
            target: TargetRef::Existing(target),
            version: None,
            action: Action::Unlink,
            reason,
            after: Vec::new(),
        });
    }

    fn add(&mut self, source: SourceId, current: Record<'_, TargetSide>, action: Action, reason: Reason) {
        self.drafts.add(existing(self.id, self.mapping, source, current, action, reason));
    }

    fn skip(&mut self, source: SourceId, why: SkipReason) {
        self.drafts.skip(Skipped { mapping: self.id, source, why });
    }
}
