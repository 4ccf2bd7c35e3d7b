//! Does the reason fit the action, and does the mapping allow it?

use super::facts::Subject;
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::{Action, Reason, TargetRef};
use crate::spec::{Adoption, Deprovision, TargetMissing};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    if !fits(subject) {
        report.add(Some(subject.at), ViolationKind::ReasonDoesNotFit);
    } else if !is_allowed(subject) {
        let action = subject.operation.action.kind();
        report.add(Some(subject.at), ViolationKind::NotAllowed { action });
    }
    let is_empty = match &subject.operation.action {
        Action::Update { changes } | Action::Enable { changes } | Action::Disable { changes } => {
            changes.is_empty()
        }
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
        (Action::Create { .. }, Reason::NoMatch | Reason::TargetGone)
        | (Action::Adopt { .. }, Reason::Matched { .. })
        | (Action::Enable { .. }, Reason::AttributesDiffer | Reason::InScope)
        | (
            Action::Disable { .. },
            Reason::AttributesDiffer | Reason::Unassigned | Reason::OutOfScope(_) | Reason::SourceDeleted,
        )
        | (Action::Delete, Reason::Unassigned | Reason::OutOfScope(_) | Reason::SourceDeleted)
        | (Action::ChangeMembers { .. }, Reason::MembersDiffer)
        | (Action::Unlink, Reason::SourceDeleted) => true,
        (Action::Update { .. }, Reason::ReferenceDeferred) => is_new,
        (Action::Update { .. }, Reason::AttributesDiffer) => !is_new,
        _ => false,
    }
}

fn is_allowed(subject: &Subject<'_>) -> bool {
    let mapping = subject.mapping;
    let allowed = mapping.operations;
    let is_new = matches!(subject.operation.target, TargetRef::Created(_));
    let chosen = |wanted: Deprovision| match &subject.operation.reason {
        Reason::Unassigned | Reason::OutOfScope(_) => mapping.out_of_scope == wanted,
        Reason::SourceDeleted => mapping.source_deleted == wanted,
        _ => true,
    };
    match &subject.operation.action {
        Action::Create { .. } => {
            let again = subject.operation.reason == Reason::TargetGone;
            allowed.create && (!again || mapping.target_missing == TargetMissing::Recreate)
        }
        Action::Adopt { changes } => {
            mapping.adoption == Adoption::Link && (changes.is_empty() || allowed.update)
        }
        Action::Update { .. } | Action::ChangeMembers { .. } => allowed.update || is_new,
        Action::Enable { .. } => allowed.update,
        Action::Disable { .. } => allowed.update && chosen(Deprovision::Disable),
        Action::Delete => allowed.delete && chosen(Deprovision::Delete),
        Action::Unlink => true,
    }
}
