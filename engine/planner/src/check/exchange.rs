//! Is a temporary value needed, allowed, and replaced by a later operation of the plan?

use provisio_model::{Mutability, Slot, Uniqueness, Values};

use super::facts::{Facts, Subject, mapped};
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::{After, Change, ChangeWrite, OpId, Operation, PlannedValues, Reason, TargetRef, Why};

/// What an attribute holds when an operation comes to it: what was read, or the temporary value of an earlier one.
pub(super) fn held(facts: &Facts<'_>, subject: &Subject<'_>, slot: Slot) -> Option<Values> {
    let read = || subject.target.and_then(|it| it.values(slot).to_values());
    let TargetRef::Existing(id) = &subject.operation.target else { return read() };
    let first = facts.temporary.get(&(subject.mapping.target, id.as_str(), slot));
    let Some(first) = first.filter(|it| **it < subject.at).and_then(|it| facts.operation(*it)) else {
        return read();
    };
    let name = &facts.input.spec.targets[subject.mapping.target].attribute(slot).name;
    match first.action.changes().iter().find(|it| it.attribute == *name).map(|it| &it.after) {
        Some(Some(PlannedValues::Values(values))) => Some(values.clone()),
        Some(_) => None,
        None => read(),
    }
}

pub(super) fn check_temporary(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    slot: Slot,
    change: &Change,
    report: &mut Report,
) {
    let name = || change.attribute.clone();
    let schema = facts.input.spec.targets[subject.mapping.target].attribute(slot);
    if subject.target.and_then(|it| it.values(slot).to_values()) != change.before {
        report.add(Some(subject.at), ViolationKind::BeforeDiffers { attribute: name() });
    }
    if schema.required && change.after.is_none() {
        report.add(Some(subject.at), ViolationKind::RequiredMissing { attribute: name() });
    }
    let is_allowed = schema.uniqueness == Uniqueness::System
        && schema.mutability == Mutability::ReadWrite
        && mapped(subject.mapping, slot).is_none_or(|it| it.temporary);
    // Somebody takes what makes way.
    let is_needed = facts.waiting(subject.at).any(|it| it.1 == Why::ValueReleased);
    if !is_allowed || !is_needed {
        report.add(Some(subject.at), ViolationKind::TemporaryWithoutNeed { attribute: name() });
    }
    let Some(last) = last(facts, subject, change) else {
        return report.add(Some(subject.at), ViolationKind::TemporaryStays { attribute: name() });
    };
    report.depends(last, subject.at, Why::Temporary);
    // It waits for somebody else; otherwise its own value could have been written at once.
    let is_waiting = |it: &After| it.why == Why::ValueReleased && it.operation != subject.at;
    if is_allowed && is_needed && !facts.operation(last).is_some_and(|it| it.after.iter().any(is_waiting)) {
        report.add(Some(subject.at), ViolationKind::TemporaryWithoutNeed { attribute: name() });
    }
}

/// The operation that replaces a temporary value.
fn last(facts: &Facts<'_>, subject: &Subject<'_>, change: &Change) -> Option<OpId> {
    let writes = |it: &&Operation| {
        it.target == subject.operation.target
            && it.mapping == subject.operation.mapping
            && it.reason == Reason::ValueDeferred
            && it
                .action
                .changes()
                .iter()
                .any(|it| it.attribute == change.attribute && it.write != ChangeWrite::Temporary)
    };
    let waiting = facts.waiting(subject.at).filter_map(|it| facts.operation(it.0));
    waiting.into_iter().find(writes).map(|it| it.id)
}
