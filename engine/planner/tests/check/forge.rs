//! Changing a plan in ways that the planner never would.

use provisio_model::{AttrName, TargetId, Text, Value, Values};
use provisio_planner::{
    Action, ActionKind, After, Change, OpId, Operation, Plan, PlannedValues, Referent, TargetRef, Why,
};

/// Finds the first operation of a kind on the object with this label or source id.
pub(super) fn of_kind(plan: &Plan, kind: ActionKind, label: &str) -> usize {
    let is_it = |it: &Operation| &*it.label == label || it.source.as_str() == label;
    let found = plan.operations.iter().position(|it| it.action.kind() == kind && is_it(it));
    found.unwrap_or_else(|| panic!("no {kind} {label} in\n{}", plan.text()))
}

/// Returns an operation to be changed.
pub(super) fn operation<'p>(plan: &'p mut Plan, kind: ActionKind, label: &str) -> &'p mut Operation {
    let at = of_kind(plan, kind, label);
    &mut plan.operations[at]
}

/// Appends a changed copy of an operation.
pub(super) fn append(plan: &mut Plan, kind: ActionKind, label: &str, change: impl FnOnce(&mut Operation)) {
    let mut copy = operation(plan, kind, label).clone();
    copy.id = OpId(u32::try_from(plan.operations.len()).expect("small"));
    change(&mut copy);
    plan.operations.push(copy);
}

/// Removes an operation that nothing depends on and closes the gap.
pub(super) fn remove(plan: &mut Plan, at: usize) -> Operation {
    let removed = plan.operations.remove(at);
    plan.memory.retain(|it| it.once != Some(removed.id));
    renumber(plan, |id| {
        assert_ne!(*id, removed.id, "nothing depends on it");
        if *id > removed.id {
            id.0 -= 1;
        }
    });
    removed
}

/// Moves an operation to the end and renumbers, without a look at what depends on it.
pub(super) fn move_to_end(plan: &mut Plan, at: usize) {
    let last = OpId(u32::try_from(plan.operations.len() - 1).expect("small"));
    let moved = plan.operations.remove(at);
    let old = moved.id;
    plan.operations.push(moved);
    renumber(plan, |id| {
        if *id == old {
            *id = last;
        } else if *id > old {
            id.0 -= 1;
        }
    });
}

/// Gives operations other ids, wherever a plan has them.
fn renumber(plan: &mut Plan, other: impl Fn(&mut OpId)) {
    for operation in &mut plan.operations {
        other(&mut operation.id);
        operation.after.iter_mut().for_each(|it| other(&mut it.operation));
        each_target(operation, |target| {
            if let TargetRef::Created(id) = target {
                other(id);
            }
        });
    }
    plan.memory.iter_mut().filter_map(|it| it.once.as_mut()).for_each(other);
    plan.memory.sort_by_key(|it| it.once);
}

fn each_target(operation: &mut Operation, mut visit: impl FnMut(&mut TargetRef)) {
    visit(&mut operation.target);
    if let Action::ChangeMembers { add, remove, .. } = &mut operation.action {
        return add.iter_mut().chain(remove).for_each(|it| visit(&mut it.target));
    }
    let see = |values: &mut PlannedValues| {
        if let PlannedValues::References(referents) = values {
            referents.iter_mut().for_each(|it| visit(&mut it.target));
        }
    };
    match &mut operation.action {
        Action::Create { attributes } => attributes.iter_mut().map(|(_, it)| it).for_each(see),
        Action::Adopt { changes }
        | Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes } => changes.iter_mut().filter_map(|it| it.after.as_mut()).for_each(see),
        _ => {}
    }
}

/// Returns the changes of an operation; none of one that has no such list.
pub(super) fn changes(operation: &mut Operation) -> &mut Vec<Change> {
    match &mut operation.action {
        Action::Adopt { changes }
        | Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes } => changes,
        other => panic!("no changes in {}", other.kind()),
    }
}

/// Returns the change of one attribute.
pub(super) fn change<'o>(operation: &'o mut Operation, attribute: &str) -> &'o mut Change {
    changes(operation).iter_mut().find(|it| it.attribute.is(attribute)).expect("changes")
}

/// Returns the attributes of a create.
pub(super) fn attributes(operation: &mut Operation) -> &mut Vec<(AttrName, PlannedValues)> {
    match &mut operation.action {
        Action::Create { attributes } => attributes,
        other => panic!("no create but {}", other.kind()),
    }
}

/// Sets an attribute of a create.
pub(super) fn set(operation: &mut Operation, attribute: &str, values: PlannedValues) {
    attributes(operation).retain(|(name, _)| !name.is(attribute));
    attributes(operation).push((attribute.into(), values));
}

/// Returns who joins and who leaves.
pub(super) fn members(operation: &mut Operation) -> (&mut Vec<Referent>, &mut Vec<Referent>) {
    match &mut operation.action {
        Action::ChangeMembers { add, remove, .. } => (add, remove),
        other => panic!("no members but {}", other.kind()),
    }
}

/// Makes a change.
pub(super) fn changed(attribute: &str, before: Option<Values>, after: Option<PlannedValues>) -> Change {
    Change::whole(attribute.into(), before, after)
}

/// Makes a planned value.
pub(super) fn value(value: impl Into<Value>) -> PlannedValues {
    PlannedValues::Values(Values::one(value))
}

/// Makes a reference to an object that exists.
pub(super) fn existing(id: &str) -> Referent {
    Referent { target: TargetRef::Existing(TargetId::new(id)), label: Text::new(id) }
}

/// Makes a planned reference to an object that exists.
pub(super) fn referring(id: &str) -> PlannedValues {
    PlannedValues::References(vec![existing(id)])
}

/// Makes a dependency.
pub(super) fn after(operation: OpId, why: Why) -> After {
    After { operation, why }
}

/// Returns the operation by which members join a group.
pub(super) fn joining<'p>(plan: &'p mut Plan, label: &str) -> &'p mut Operation {
    let joins = |it: &&mut Operation| {
        matches!(&it.action, Action::ChangeMembers { add, .. } if !add.is_empty()) && &*it.label == label
    };
    plan.operations.iter_mut().find(joins).expect("members join")
}
