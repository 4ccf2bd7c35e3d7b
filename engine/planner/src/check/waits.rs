//! What may have to wait for what, beyond what must: deletes wait for what still refers to their object, so that the
//! versions that others expect stay true.

use provisio_model::{Slot, ValueKind, ValueRef, Values};

use super::facts::{Facts, Subject};
use super::report::Report;
use crate::container;
use crate::plan::{Action, OpId, TargetRef, Why};

/// Notes what an operation may wait for, and what may wait for it.
pub(super) fn check(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
    let Subject { at, operation, mapping, .. } = *subject;
    if let Action::ChangeMembers { remove, .. } = &operation.action {
        for id in remove.iter().filter_map(|it| existing(&it.target)) {
            for &first in facts.adopted_ids.get(id).into_iter().flatten() {
                report.may_depend(at, first, Why::Adopted);
            }
        }
    }
    if facts.deleted_ids.is_empty() {
        return;
    }
    let container = container::slot(&facts.input.spec.targets[mapping.target]);
    for (slot, id) in taken_away(facts, subject) {
        let why = if container == Some(slot) { Why::ContainerEmptied } else { Why::ReferenceRemoved };
        for &delete in facts.deleted_ids.get(id).into_iter().flatten() {
            report.may_depend(delete, at, why);
        }
    }
    let held = match operation.action {
        Action::Delete => Why::ReferrerDeleted,
        Action::Unlink | Action::Create { .. } => return,
        _ => Why::ReferrerWritten,
    };
    for (slot, id) in referred(subject) {
        let is_within = held == Why::ReferrerDeleted && container == Some(slot);
        let why = if is_within { Why::ContainerEmptied } else { held };
        for &delete in facts.deleted_ids.get(id).into_iter().flatten().filter(|it| **it != at) {
            report.may_depend(delete, at, why);
        }
    }
}

/// Tells whether an earlier operation deletes what the object refers to, as it was read.
pub(super) fn is_overtaken(facts: &Facts<'_>, subject: &Subject<'_>) -> bool {
    let is_earlier = |delete: &OpId| *delete < subject.at;
    referred(subject).any(|(_, id)| facts.deleted_ids.get(id).is_some_and(|it| it.iter().any(is_earlier)))
}

fn existing(target: &TargetRef) -> Option<&str> {
    match target {
        TargetRef::Existing(id) => Some(id.as_str()),
        TargetRef::Created(_) => None,
    }
}

/// The references that an operation takes away, with their attribute.
fn taken_away<'a>(facts: &Facts<'a>, subject: &Subject<'a>) -> Vec<(Slot, &'a str)> {
    let layout = &facts.input.spec.targets[subject.mapping.target];
    let mut taken = Vec::new();
    if let Action::ChangeMembers { attribute, remove, .. } = &subject.operation.action
        && let Some(slot) = layout.slot(attribute.as_str())
    {
        taken.extend(remove.iter().filter_map(|it| Some((slot, existing(&it.target)?))));
    }
    for change in subject.operation.action.changes() {
        let Some(slot) = layout.slot(change.attribute.as_str()) else { continue };
        let before = change.before.iter().flat_map(Values::iter);
        taken.extend(before.filter_map(|it| match it {
            ValueRef::Reference(id) => Some((slot, id)),
            _ => None,
        }));
    }
    taken
}

/// What the object of an operation refers to, as it was read.
fn referred<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (Slot, &'a str)> {
    subject.target.into_iter().flat_map(|record| {
        let attributes = record.layout().attributes().filter(|(_, it)| it.kind == ValueKind::Reference);
        let values = attributes
            .map(|(slot, _)| slot)
            .collect::<Vec<_>>()
            .into_iter()
            .flat_map(move |slot| record.values(slot).iter().map(move |it| (slot, it)));
        values.filter_map(|(slot, value)| match value {
            ValueRef::Reference(id) => Some((slot, id)),
            _ => None,
        })
    })
}
