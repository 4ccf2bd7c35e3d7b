//! What attributes hold while a leaver is disabled or marked as deleted.
//!
//! They are written with the step, and stay what is wanted until the person is back: then what differs from the
//! attribute mappings is written as ever. What needs the source object stays as it is once that is gone.

use bumpalo::Bump;
use provisio_expression::EvalContext;
use provisio_model::{Record, SourceId, SourceSide, TargetId, TargetSide};

use super::Stage;
use crate::compiled::{AttributeSource, CompiledAttribute, LeavingGiven};
use crate::expressions::ExpressionRecord;
use crate::finding::{Finding, FindingKind, Unresolved};
use crate::flow::{Flowed, flow};
use crate::plan::{Change, PlannedValues, Referent, TargetRef};
use crate::sent::{Judgement, judge};

impl Stage<'_, '_> {
    /// Returns what differs from what a leaver should hold.
    pub(super) fn leaving_changes(
        &mut self,
        source: &SourceId,
        current: Record<'_, TargetSide>,
    ) -> Vec<Change> {
        let mapping = self.mapping;
        if mapping.leaving.attributes.is_empty() {
            return Vec::new();
        }
        let records = self.input.source[mapping.source].records();
        let record = records.find(source.as_str()).map(|row| records.record(row));
        let bump = Bump::new();
        let mut changes = Vec::new();
        for write in &mapping.leaving.attributes {
            let attribute = &mapping.attributes[write.mapped];
            let before = current.values(attribute.slot);
            let change = match &write.value {
                LeavingGiven::Nothing if before.is_empty() => None,
                LeavingGiven::Nothing => {
                    Some(Change::whole(attribute.name.clone(), before.to_values(), None))
                }
                LeavingGiven::Target { id, types } => self.named(source, attribute, id, types, current),
                LeavingGiven::Flow(given) => self.given(source, attribute, given, record, current, &bump),
            };
            changes.extend(self.judged(source, attribute, change));
        }
        changes
    }

    fn given(
        &mut self,
        source: &SourceId,
        attribute: &CompiledAttribute,
        given: &CompiledAttribute,
        record: Option<Record<'_, SourceSide>>,
        current: Record<'_, TargetSide>,
        bump: &Bump,
    ) -> Option<Change> {
        let before = current.values(attribute.slot);
        let context: EvalContext<'_> = crate::planning::evaluation(self.input);
        let expression_record = record.map(ExpressionRecord);
        let flowed = match (&given.source, &expression_record) {
            (AttributeSource::Constant(values), _) => {
                let same = attribute.rule.same_set(values.iter(), before.iter());
                let after = || Some(PlannedValues::Values(values.clone()));
                return (!same).then(|| Change::whole(attribute.name.clone(), before.to_values(), after()));
            }
            (_, Some(record)) => flow(given, record, &context, bump),
            (_, None) => return None,
        };
        match flowed {
            Ok(flowed @ (Flowed::One(_) | Flowed::Many(_))) => {
                let same = attribute.rule.same_set(flowed.values().iter().copied(), before.iter());
                let after = flowed.to_values().filter(|_| !same).map(PlannedValues::Values)?;
                Some(Change::whole(attribute.name.clone(), before.to_values(), Some(after)))
            }
            Ok(Flowed::Nothing | Flowed::Keep | Flowed::IgnoreObject) => None,
            // Whoever leaves is disabled all the same.
            Err(kind) => {
                let finding = Finding::about_attribute(self.id, source.clone(), &attribute.name, kind);
                self.findings.push(finding);
                None
            }
        }
    }

    /// The reference to an object of the target, if that is there.
    fn named(
        &mut self,
        source: &SourceId,
        attribute: &CompiledAttribute,
        id: &str,
        types: &[usize],
        current: Record<'_, TargetSide>,
    ) -> Option<Change> {
        let before = current.values(attribute.slot);
        if crate::diff::is_reference_to(before.single(), id) {
            return None;
        }
        let is_there = |at: &usize| self.input.target[*at].records().find(id).is_some();
        if !types.iter().any(is_there) {
            types.iter().for_each(|&at| self.input.ask_target(at, id));
            let kind = FindingKind::Unresolved { reference: id.into(), why: Unresolved::NotInTarget };
            self.findings.push(Finding::about_attribute(self.id, source.clone(), &attribute.name, kind));
            return None;
        }
        let referent = Referent { target: TargetRef::Existing(TargetId::new(id)), label: id.into() };
        let after = PlannedValues::References(vec![referent]);
        Some(Change::whole(attribute.name.clone(), before.to_values(), Some(after)))
    }

    /// A change in the light of what was sent before: a target may keep a value in a form of its own.
    fn judged(
        &mut self,
        source: &SourceId,
        attribute: &CompiledAttribute,
        change: Option<Change>,
    ) -> Option<Change> {
        let note = self.notes.and_then(|it| it.get(source.as_str()));
        let Some(noted) = note.and_then(|it| it.sent.get(&attribute.name)) else { return change };
        let Some(change) = change else {
            self.sent.settled(self.id, source.clone(), &attribute.name);
            return None;
        };
        let (kind, is_sent) = match judge(noted, self.mapping, source.as_str(), attribute, &change) {
            Judgement::Send => return Some(change),
            Judgement::Kept => return None,
            Judgement::ChangedBack(times) => (FindingKind::ChangedBack { times }, true),
            Judgement::NotKept(times) => (FindingKind::NotKept { times }, false),
        };
        self.findings.push(Finding::about_attribute(self.id, source.clone(), &attribute.name, kind));
        is_sent.then_some(change)
    }
}
