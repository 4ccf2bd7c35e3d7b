//! Is it time for what happens to the target object of a leaver, and is it true what is to be remembered?
//!
//! Worked out from the steps of the mapping and from what earlier cycles noted.

use provisio_model::{LinkOrigin, Value, ValueRef};

use super::facts::{Facts, Subject};
use super::report::Report;
use super::violation::ViolationKind;
use crate::memory::{Fact, Leaving, LeavingStep, NoteChange, Remember};
use crate::plan::{Action, MappingId, OpId, Reason, TargetRef};
use crate::spec::{Adopted, Deprovision, Rehire};

/// Checks the step that an operation takes.
pub(super) fn check(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
    if let Reason::Returned { target } = &subject.operation.reason {
        let tombstone = subject.mapping.leaving.tombstone;
        let is_buried = buried(facts, subject).is_some_and(|it| it.target == *target);
        if !is_buried || tombstone.is_none_or(|it| it.rehire == Rehire::Report) {
            report.add(Some(subject.at), ViolationKind::ReasonDoesNotFit);
        }
    } else if matches!(subject.operation.reason, Reason::NoMatch)
        && buried(facts, subject).is_some()
        && matches!(subject.operation.action, Action::Create { .. })
    {
        report.add(Some(subject.at), ViolationKind::ReasonDoesNotFit);
    }
    if matches!(subject.operation.action, Action::Update { .. }) && subject.trigger().is_some() {
        // Attributes that go with a step, which was taken already.
        let is_step = |it: &Deprovision| is_due(facts, subject, *it);
        if ![Deprovision::Disable, Deprovision::SoftDelete].iter().any(is_step) {
            report.add(Some(subject.at), ViolationKind::TooEarly);
        }
        return;
    }
    let wanted = match subject.operation.action {
        Action::Disable { .. } => Deprovision::Disable,
        Action::SoftDelete { .. } => Deprovision::SoftDelete,
        Action::Delete => Deprovision::Delete,
        _ => return,
    };
    if subject.trigger().is_some() && !is_due(facts, subject, wanted) {
        report.add(Some(subject.at), ViolationKind::TooEarly);
    }
}

/// What is noted of the source object of an operation.
fn noted<'a>(facts: &Facts<'a>, subject: &Subject<'_>) -> Option<&'a Leaving> {
    let memory = facts.input.memory;
    memory.note(&subject.mapping.name, subject.operation.source.as_str())?.leaving.as_ref()
}

/// The target object that a source object had and that was deleted, while that is remembered.
pub(super) fn buried<'a>(facts: &Facts<'a>, subject: &Subject<'_>) -> Option<&'a Leaving> {
    let lasts = subject.mapping.leaving.tombstone?.lasts();
    let leaving = noted(facts, subject)?;
    let lives = leaving.step == LeavingStep::Deleted && facts.input.now < leaving.at.plus(lasts);
    lives.then_some(leaving)
}

fn is_due(facts: &Facts<'_>, subject: &Subject<'_>, wanted: Deprovision) -> bool {
    let (Some(trigger), TargetRef::Existing(target)) = (subject.trigger(), &subject.operation.target) else {
        return false;
    };
    let leaving = &subject.mapping.leaving;
    let link = facts.links(subject.mapping_at).and_then(|it| it.of_source(subject.operation.source.as_str()));
    let most = match (link.map(|it| it.origin), leaving.adopted) {
        (Some(LinkOrigin::Adopted), Adopted::Leave) => Deprovision::Leave,
        (Some(LinkOrigin::Adopted), Adopted::Disable) => Deprovision::Disable,
        _ => Deprovision::Delete,
    };
    if wanted > most {
        return false;
    }
    let now = facts.input.now;
    let note = noted(facts, subject).filter(|it| it.target == *target);
    let reached = rank(wanted);
    let mut before: Option<LeavingStep> = None;
    for step in leaving.steps(trigger).iter() {
        // An object that was taken over goes only so far, and stays there.
        let action = step.action.min(most);
        if action == wanted {
            return match (before, note) {
                (_, Some(note)) if note.step >= reached => true,
                (None, note) => note.map_or(now, |it| it.since).plus(step.after()) <= now,
                (Some(before), Some(note)) => note.step >= before && note.at.plus(step.after()) <= now,
                (Some(_), None) => false,
            };
        }
        before = Some(rank(step.action));
    }
    false
}

fn rank(action: Deprovision) -> LeavingStep {
    match action {
        Deprovision::Leave => LeavingStep::Noticed,
        Deprovision::Disable => LeavingStep::Disabled,
        Deprovision::SoftDelete => LeavingStep::SoftDeleted,
        Deprovision::Delete => LeavingStep::Deleted,
    }
}

/// Checks everything that is to be remembered.
pub(super) fn check_memory(facts: &Facts<'_>, report: &mut Report) {
    for Remember { once, fact } in &facts.plan.memory {
        if !is_true(facts, *once, fact) {
            report.add(*once, ViolationKind::RemembersWhatIsNot);
        }
    }
}

/// What is sent and read back is another rule's business.
fn is_true(facts: &Facts<'_>, once: Option<OpId>, fact: &Fact) -> bool {
    let Fact::Note { mapping, source, change } = fact else { return true };
    let (NoteChange::Leaves { .. } | NoteChange::Settles) = change else { return true };
    let operation = match once.map(|id| facts.operation(id)) {
        None => None,
        Some(Some(operation)) if (operation.mapping, &operation.source) == (*mapping, source) => {
            Some(operation)
        }
        Some(_) => return false,
    };
    let NoteChange::Leaves { step, target, .. } = change else { return true };
    match operation {
        None => holds(facts, *mapping, target.as_str(), *step),
        Some(operation) => {
            let fits = match operation.action {
                Action::Disable { .. } => *step == LeavingStep::Disabled,
                Action::SoftDelete { .. } => *step == LeavingStep::SoftDeleted,
                Action::Delete | Action::Unlink => *step == LeavingStep::Deleted,
                _ => false,
            };
            fits && operation.target == TargetRef::Existing(target.clone())
        }
    }
}

/// Tells whether a target object is as a step leaves it.
fn holds(facts: &Facts<'_>, mapping: MappingId, target: &str, step: LeavingStep) -> bool {
    let Some(mapping) = facts.input.spec.mappings.get(usize::from(mapping.0)) else { return false };
    let Some(record) = facts.target(mapping.target, target) else { return false };
    let is = |value: Option<ValueRef<'_>>, rule: provisio_model::CompareRule, wanted: &Value| {
        value.is_some_and(|it| rule.same(it, wanted.borrow()))
    };
    let disabled = || {
        let status = mapping.status.as_ref();
        status.is_some_and(|it| is(record.single(it.slot), it.rule, &it.disabled))
    };
    match step {
        LeavingStep::Noticed => true,
        LeavingStep::Disabled => disabled(),
        LeavingStep::SoftDeleted => {
            let mark = mapping.leaving.soft_delete.as_ref();
            mark.is_some_and(|it| is(record.single(it.slot), it.rule, &it.deleted))
        }
        LeavingStep::Deleted => false,
    }
}
