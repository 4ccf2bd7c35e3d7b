//! Does the reason fit the action, and does the mapping allow it?

use super::facts::Subject;
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::{Action, Change, PlannedValues, Reason, TargetRef};
use crate::spec::{Adoption, TargetMissing};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    if !fits(subject) {
        report.add(Some(subject.at), ViolationKind::ReasonDoesNotFit);
    } else if !is_allowed(subject) {
        let action = subject.operation.action.kind();
        report.add(Some(subject.at), ViolationKind::NotAllowed { action });
    }
    let is_empty = match &subject.operation.action {
        Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes }
        | Action::SoftDelete { changes }
        | Action::Restore { changes } => changes.is_empty(),
        Action::ChangeMembers { add, remove, .. } => add.is_empty() && remove.is_empty(),
        Action::Create { .. } | Action::Adopt { .. } | Action::Delete | Action::Unlink => false,
    };
    if is_empty {
        report.add(Some(subject.at), ViolationKind::Empty);
    }
}

pub(super) fn fits(subject: &Subject<'_>) -> bool {
    let is_new = matches!(subject.operation.target, TargetRef::Created(_));
    match (&subject.operation.action, &subject.operation.reason) {
        (Action::Create { .. }, Reason::NoMatch | Reason::TargetGone | Reason::Returned { .. })
        | (Action::Adopt { .. }, Reason::Matched { .. })
        | (Action::Enable { .. }, Reason::AttributesDiffer | Reason::InScope)
        | (
            Action::Disable { .. },
            Reason::AttributesDiffer
            | Reason::Unassigned
            | Reason::OutOfScope(_)
            | Reason::SourceDisabled
            | Reason::SourceDeleted,
        )
        | (
            Action::Delete | Action::SoftDelete { .. },
            Reason::Unassigned | Reason::OutOfScope(_) | Reason::SourceDisabled | Reason::SourceDeleted,
        )
        | (Action::Restore { .. }, Reason::InScope)
        | (Action::ChangeMembers { .. }, Reason::MembersDiffer)
        | (Action::Unlink, Reason::SourceDeleted) => true,
        (Action::Update { changes }, Reason::ReferenceDeferred) => {
            is_new || changes.iter().all(refers_to_new)
        }
        (
            Action::Update { .. },
            Reason::Unassigned | Reason::OutOfScope(_) | Reason::SourceDisabled | Reason::SourceDeleted,
        ) => !is_new && !subject.mapping.leaving.attributes.is_empty(),
        (Action::Update { .. }, Reason::ValueDeferred) => !is_new,
        (Action::Update { .. }, Reason::AttributesDiffer) => !is_new,
        _ => false,
    }
}

fn is_allowed(subject: &Subject<'_>) -> bool {
    let mapping = subject.mapping;
    let allowed = mapping.operations;
    let is_new = matches!(subject.operation.target, TargetRef::Created(_));
    match &subject.operation.action {
        Action::Create { .. } => {
            let again = subject.operation.reason == Reason::TargetGone;
            allowed.create && (!again || mapping.target_missing == TargetMissing::Recreate)
        }
        Action::Adopt { changes } => {
            mapping.adoption == Adoption::Link && (changes.is_empty() || allowed.update)
        }
        Action::Update { .. } | Action::ChangeMembers { .. } => allowed.update || is_new,
        Action::Enable { .. }
        | Action::Disable { .. }
        | Action::SoftDelete { .. }
        | Action::Restore { .. } => allowed.update,
        Action::Delete => allowed.delete,
        Action::Unlink => true,
    }
}

fn refers_to_new(change: &Change) -> bool {
    match &change.after {
        Some(PlannedValues::References(referents)) => {
            referents.iter().any(|it| matches!(it.target, TargetRef::Created(_)))
        }
        _ => false,
    }
}
