//! Does everything that is referred to exist, or is it created before; and is a reference taken away before
//! what it refers to is deleted?

use provisio_model::{AttrName, ValueRef, Values};

use super::facts::{Facts, Reference, Subject, Written, is_create, mapped, references, written};
use super::origin::is_named;
use super::report::Report;
use super::violation::ViolationKind;
use crate::compiled::CompiledAttribute;
use crate::plan::{OpId, Why};

pub(super) fn check(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
    let layout = &facts.input.spec.targets[subject.mapping.target];
    for (name, written) in written(subject.operation) {
        let slot = layout.slot(name.as_str());
        let attribute = slot.and_then(|it| mapped(subject.mapping, it)).filter(|it| it.is_reference());
        let Some(attribute) = attribute else { continue };
        let (given, taken) = match &written {
            Written::Values(values) => (references(values), Vec::new()),
            Written::Change(change) => {
                let after = change.after.as_ref().map_or_else(Vec::new, references);
                (after, held(change.before.as_ref()))
            }
            Written::Members { add, remove } => (
                add.iter().map(|it| Reference::to(&it.target)).collect(),
                remove.iter().map(|it| Reference::to(&it.target)).collect(),
            ),
        };
        for reference in &given {
            check_given(facts, subject, name, attribute, *reference, report);
        }
        for reference in taken {
            // Small where it is not a membership, and a membership has nothing to keep.
            let keeps = matches!(written, Written::Change(_)) && given.contains(&reference);
            if let Some(delete) = deletes(facts, attribute, reference).filter(|_| !keeps) {
                let why = if attribute.container { Why::ContainerEmptied } else { Why::ReferenceRemoved };
                report.depends(delete, subject.at, why);
            }
        }
    }
}

fn held(before: Option<&Values>) -> Vec<Reference<'_>> {
    let values = before.into_iter().flat_map(Values::iter);
    let references = values.filter_map(|it| match it {
        ValueRef::Reference(id) => Some(Reference::Existing(id)),
        _ => None,
    });
    references.collect()
}

fn check_given(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    name: &AttrName,
    attribute: &CompiledAttribute,
    reference: Reference<'_>,
    report: &mut Report,
) {
    let mut find = |kind| report.add(Some(subject.at), kind);
    let (attribute_name, target) = (name.clone(), reference.to_target());
    let stands_for = facts.stands_for(attribute, reference);
    match reference {
        Reference::Created(at) if facts.operation(at).is_none_or(|it| !is_create(it)) => {
            find(ViolationKind::NotACreate { operation: at });
        }
        Reference::Created(at) => {
            if stands_for.is_empty() {
                find(ViolationKind::WrongReferent { attribute: attribute_name, target });
            }
            report.depends(subject.at, at, Why::Created);
        }
        // What it is given as a leaver; whether it is there is asked all the same.
        Reference::Existing(id) if is_named(subject, attribute, id) => {
            if !(0..facts.input.target.len()).any(|at| facts.target(at, id).is_some()) {
                find(ViolationKind::UnknownReferent { attribute: attribute_name, target });
            } else if let Some(&by) = facts.deleted_ids.get(id).and_then(|it| it.first()) {
                find(ViolationKind::DeletedReferent { attribute: attribute_name, by });
            }
        }
        Reference::Existing(id) if stands_for.is_empty() => {
            let types: Vec<usize> = facts.refers_to(attribute).iter().map(|it| it.1.target).collect();
            let is_in = |at: usize| facts.target(at, id).is_some() || facts.holders(at, id).next().is_some();
            find(if types.iter().any(|&at| is_in(at)) {
                ViolationKind::UnmanagedReferent { attribute: attribute_name, target }
            } else if (0..facts.input.target.len()).any(is_in) {
                ViolationKind::WrongReferent { attribute: attribute_name, target }
            } else {
                ViolationKind::UnknownReferent { attribute: attribute_name, target }
            });
        }
        Reference::Existing(id) => {
            let deleted = |at: usize| facts.deleted.get(&(facts.mapping(at).target, id)).copied();
            let deletes: Option<Vec<OpId>> = stands_for.iter().map(|it| deleted(it.0)).collect();
            if let Some(&by) = deletes.as_ref().and_then(|it| it.first()) {
                find(ViolationKind::DeletedReferent { attribute: attribute_name, by });
            }
        }
    }
}

/// The operation that deletes what a reference stands for, if it cannot stand for anything else.
fn deletes(facts: &Facts<'_>, attribute: &CompiledAttribute, reference: Reference<'_>) -> Option<OpId> {
    let Reference::Existing(id) = reference else { return None };
    let mut types: Vec<usize> = facts.refers_to(attribute).iter().map(|it| it.1.target).collect();
    types.sort_unstable();
    types.dedup();
    let mut there = types.into_iter().filter(|&at| facts.target(at, id).is_some());
    match (there.next(), there.next()) {
        (Some(only), None) => facts.deleted.get(&(only, id)).copied(),
        _ => None,
    }
}
