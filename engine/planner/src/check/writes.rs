//! Is every attribute of an object written once, and nothing of an object that is deleted?

use std::collections::BTreeMap;

use provisio_model::Slot;

use super::facts::{Facts, Reference, positions, written};
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::{OpId, TargetRef};

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
                    let kind = ViolationKind::WrittenTwice { attribute: name.clone(), other: *other };
                    report.add(Some(at), kind);
                })
                .or_insert(at);
            debug_assert!(other <= at);
        }
    }
    writers
}
