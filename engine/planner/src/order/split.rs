//! Operations that become several, since one part waits for what another must not wait for.

use provisio_model::AttrName;

use crate::plan::{Action, Change, ChangeWrite, OpId, Operation, PlannedValues, Reason, Referent, TargetRef};

/// Takes who joins a group out of its change of members where somebody of them is created by this plan and somebody
/// else leaves: who leaves does not wait for that.
///
/// Everything else stays together: one operation for a group. A change of members that waits for nothing that is
/// created comes after the operations that only take away, and before those that give.
pub(super) fn removals_from_joins(operations: &mut Vec<Operation>) {
    let mut joins = Vec::new();
    for operation in operations.iter_mut() {
        let Action::ChangeMembers { attribute, add, remove } = &mut operation.action else { continue };
        let waits = |it: &Referent| matches!(it.target, TargetRef::Created(_));
        if remove.is_empty() || !add.iter().any(waits) {
            continue;
        }
        let (attribute, add) = (attribute.clone(), std::mem::take(add));
        let action = Action::ChangeMembers { attribute, add, remove: Vec::new() };
        joins.push(beside(operation, action, operation.reason.clone()));
    }
    operations.append(&mut joins);
}

/// What of an operation waits.
pub(super) struct Waiting<'a> {
    /// Tells whether a reference to what this operation creates waits.
    pub(super) created: &'a dyn Fn(OpId) -> bool,
    /// The unique attributes whose values are given up by others.
    pub(super) values: &'a [AttrName],
}

/// Takes out of a change of attributes what waits: references and unique values, each as an update of its own. The
/// operation keeps at least one change that it is needed for.
pub(super) fn waiting_changes(operation: &mut Operation, waiting: &Waiting<'_>) -> Vec<Operation> {
    let is_adoption = matches!(operation.action, Action::Adopt { .. });
    let (Action::Adopt { changes }
    | Action::Update { changes }
    | Action::Enable { changes }
    | Action::Disable { changes }
    | Action::SoftDelete { changes }
    | Action::Restore { changes }) = &mut operation.action
    else {
        return Vec::new();
    };
    let refers = |it: &Change| match &it.after {
        Some(PlannedValues::References(referents)) => referents
            .iter()
            .any(|it| matches!(it.target, TargetRef::Created(create) if (waiting.created)(create))),
        _ => false,
    };
    let takes = |it: &Change| it.write != ChangeWrite::Temporary && waiting.values.contains(&it.attribute);
    let mut deferred = Vec::new();
    let mut take = |changes: &mut Vec<Change>, waits: &dyn Fn(&Change) -> bool, reason: Reason| {
        let rest = |it: &Change| !waits(it) && !it.repeats();
        if changes.iter().any(waits) && (is_adoption || changes.iter().any(rest)) {
            deferred.push((changes.extract_if(.., |it| waits(it)).collect::<Vec<Change>>(), reason));
        }
    };
    take(changes, &refers, Reason::ReferenceDeferred);
    take(changes, &takes, Reason::ValueDeferred);
    deferred
        .into_iter()
        .map(|(changes, reason)| beside(operation, Action::Update { changes }, reason))
        .collect()
}

/// An operation on the same object.
pub(crate) fn beside(operation: &Operation, action: Action, reason: Reason) -> Operation {
    Operation { action, reason, after: Vec::new(), ..operation.clone() }
}
