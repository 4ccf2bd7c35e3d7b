//! Is every attribute of an object written once, and nothing of an object that is deleted?

use std::collections::BTreeMap;

use provisio_model::{AttrName, Slot};

use super::facts::{Facts, Reference, positions, written};
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::{Action, ChangeWrite, OpId, Operation, Referent, TargetRef};

/// Which operation writes an attribute of an object: the object's type, the object, the attribute.
pub(super) type Writers<'a> = BTreeMap<(usize, Reference<'a>, Slot), OpId>;

/// Reports what is written twice, and returns who writes what.
pub(super) fn check<'a>(facts: &Facts<'a>, report: &mut Report) -> Writers<'a> {
    let mut writers = Writers::new();
    for (at, operation) in positions(facts.plan) {
        let Some(mapping) = facts.input.spec.mappings.get(usize::from(operation.mapping.0)) else { continue };
        let layout = &facts.input.spec.targets[mapping.target];
        if let TargetRef::Existing(id) = &operation.target
            && let Some(&by) = facts.deleted.get(&(mapping.target, id.as_str())).filter(|it| **it != at)
        {
            report.add(Some(at), ViolationKind::DeletedToo { by });
        }
        for (name, _) in written(operation) {
            let Some(slot) = layout.slot(name.as_str()) else { continue };
            let other = *writers
                .entry((mapping.target, Reference::to(&operation.target), slot))
                .and_modify(|other| {
                    if may_both_write(facts, *other, at, name) {
                        return;
                    }
                    let kind = ViolationKind::WrittenTwice { attribute: name.clone(), other: *other };
                    report.add(Some(at), kind);
                })
                .or_insert(at);
            debug_assert!(other <= at);
        }
    }
    writers
}

/// Two operations may write the same attribute of the same object in two cases: one writes a temporary value, and the
/// other, later, what is to stay; or some members leave, and others, created by this plan, join.
fn may_both_write(facts: &Facts<'_>, first: OpId, second: OpId, name: &AttrName) -> bool {
    let (Some(first), Some(second)) = (facts.operation(first), facts.operation(second)) else { return false };
    let is_temporary = |it: &Operation| {
        let change = it.action.changes().iter().find(|it| it.attribute == *name);
        change.is_some_and(|it| it.write == ChangeWrite::Temporary)
    };
    if is_temporary(first) && !is_temporary(second) {
        return second.after.iter().any(|it| it.operation == first.id);
    }
    matches!((members(first), members(second)), (Some(left), Some(right)) if
        is_split(left, right) || is_split(right, left))
}

type Members<'a> = (&'a [Referent], &'a [Referent]);

fn members(operation: &Operation) -> Option<Members<'_>> {
    match &operation.action {
        Action::ChangeMembers { add, remove, .. } => Some((add, remove)),
        _ => None,
    }
}

fn is_split(leaving: Members<'_>, joining: Members<'_>) -> bool {
    let is_new = |it: &Referent| matches!(it.target, TargetRef::Created(_));
    leaving.0.is_empty() && joining.1.is_empty() && joining.0.iter().any(is_new)
}
