//! What waits for what: every dependency between drafted operations, with its reason.

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{
    CompareRule, Record, Slot, TargetId, TargetSide, Uniqueness, Value, ValueKind, ValueRef, Values,
};

use super::{Edge, positions};
use crate::container;
use crate::input::PlanInput;
use crate::plan::{Action, ChangeWrite, Operation, PlannedValues, TargetRef, Why};

/// Finds all dependencies, sorted, each pair once, with the strongest of its reasons.
pub(super) fn edges(input: &PlanInput<'_>, operations: &[Operation]) -> Vec<Edge> {
    let known = Known::of(input, operations);
    let mut edges = Vec::new();
    for (at, operation) in positions(operations) {
        known.created(at, operation, &mut edges);
        known.adopted(at, operations, &mut edges);
        known.removed(at, operation, &mut edges);
    }
    let_go(operations, &mut edges);
    known.temporary(operations, &mut edges);
    known.released_values(operations, &mut edges);
    container::moves(input, operations, |first, second| {
        edges.push(Edge { first, second, why: Why::ContainerMoved });
    });
    edges.sort_unstable();
    edges.dedup_by_key(|it| (it.first, it.second));
    edges
}

/// What is looked up for every operation.
struct Known<'a> {
    input: &'a PlanInput<'a>,
    /// An id alone may stand for objects of several types.
    deletes: BTreeMap<&'a str, Vec<u32>>,
    adopts: BTreeMap<&'a str, Vec<u32>>,
    /// By the type of target object: the attribute that says in which container an object is.
    containers: Vec<Option<Slot>>,
    /// References that operations take away: the type of the object, the object, the attribute, the reference.
    /// Only those to objects that are deleted.
    taken_away: BTreeSet<(usize, &'a str, Slot, &'a str)>,
}

impl<'a> Known<'a> {
    fn of(input: &'a PlanInput<'a>, operations: &'a [Operation]) -> Self {
        let mut deletes: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let mut adopts: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (at, operation) in positions(operations) {
            let TargetRef::Existing(id) = &operation.target else { continue };
            match &operation.action {
                Action::Delete => deletes.entry(id.as_str()).or_default().push(at),
                Action::Adopt { .. } => adopts.entry(id.as_str()).or_default().push(at),
                _ => {}
            }
        }
        let containers = input.spec.targets.iter().map(|it| container::slot(it)).collect();
        let mut known = Self { input, deletes, adopts, containers, taken_away: BTreeSet::new() };
        if !known.deletes.is_empty() {
            let mut taken_away = BTreeSet::new();
            for operation in operations {
                let TargetRef::Existing(holder) = &operation.target else { continue };
                known.each_taken_away(operation, |slot, id| {
                    if known.deletes.contains_key(id) {
                        taken_away.insert((target_type(input, operation), holder.as_str(), slot, id));
                    }
                });
            }
            known.taken_away = taken_away;
        }
        known
    }

    /// Visits the references that an operation takes away, with their attribute.
    fn each_taken_away(&self, operation: &'a Operation, mut visit: impl FnMut(Slot, &'a str)) {
        let layout = &self.input.spec.targets[target_type(self.input, operation)];
        if let Action::ChangeMembers { attribute, remove, .. } = &operation.action
            && let Some(slot) = layout.slot(attribute.as_str())
        {
            for referent in remove {
                if let TargetRef::Existing(id) = &referent.target {
                    visit(slot, id.as_str());
                }
            }
        }
        for change in operation.action.changes() {
            let Some(slot) = layout.slot(change.attribute.as_str()) else { continue };
            for value in change.before.iter().flat_map(Values::iter) {
                if let ValueRef::Reference(id) = value {
                    visit(slot, id);
                }
            }
        }
    }

    fn record(&self, operation: &Operation) -> Option<Record<'a, TargetSide>> {
        let TargetRef::Existing(id) = &operation.target else { return None };
        let records = self.input.target[target_type(self.input, operation)].records();
        records.find(id.as_str()).map(|row| records.record(row))
    }

    /// The creates that an operation waits for: of its own object, and of every object that it refers to.
    fn created(&self, at: u32, operation: &Operation, edges: &mut Vec<Edge>) {
        let mut see = |target: &TargetRef| match target {
            TargetRef::Created(create) if create.0 != at => {
                edges.push(Edge { first: create.0, second: at, why: Why::Created });
            }
            _ => {}
        };
        see(&operation.target);
        let mut see_all = |values: &PlannedValues| {
            if let PlannedValues::References(referents) = values {
                referents.iter().for_each(|it| see(&it.target));
            }
        };
        match &operation.action {
            Action::Create { attributes } => attributes.iter().for_each(|(_, values)| see_all(values)),
            Action::ChangeMembers { add, .. } => add.iter().for_each(|it| see(&it.target)),
            action => action.changes().iter().filter_map(|it| it.after.as_ref()).for_each(see_all),
        }
    }

    /// What is written later, or leaves a group: it must be ours by then.
    fn adopted(&self, at: u32, operations: &[Operation], edges: &mut Vec<Edge>) {
        let operation = &operations[at as usize];
        if self.adopts.is_empty() || matches!(operation.action, Action::Adopt { .. }) {
            return;
        }
        let mut link = |target: &TargetRef, of_type: Option<usize>| {
            let TargetRef::Existing(id) = target else { return };
            for &first in self.adopts.get(id.as_str()).into_iter().flatten() {
                let found = target_type(self.input, &operations[first as usize]);
                if of_type.is_none_or(|it| it == found) {
                    edges.push(Edge { first, second: at, why: Why::Adopted });
                }
            }
        };
        link(&operation.target, Some(target_type(self.input, operation)));
        if let Action::ChangeMembers { remove, .. } = &operation.action {
            remove.iter().for_each(|it| link(&it.target, None));
        }
    }

    /// References that are gone, or that are still held, when what they refer to is deleted.
    fn removed(&self, at: u32, operation: &'a Operation, edges: &mut Vec<Edge>) {
        if self.deletes.is_empty() {
            return;
        }
        let of_type = target_type(self.input, operation);
        let container = self.containers[of_type];
        let mut before = |id: &str, why: Why| {
            for &second in self.deletes.get(id).into_iter().flatten().filter(|it| **it != at) {
                edges.push(Edge { first: at, second, why });
            }
        };
        self.each_taken_away(operation, |slot, id| {
            let is_container = container == Some(slot);
            before(id, if is_container { Why::ContainerEmptied } else { Why::ReferenceRemoved });
        });
        let held = match operation.action {
            Action::Delete => Why::ReferrerDeleted,
            Action::Unlink | Action::Create { .. } => return,
            _ => Why::ReferrerWritten,
        };
        let Some(record) = self.record(operation) else { return };
        for (slot, attribute) in record.layout().attributes() {
            if attribute.kind != ValueKind::Reference {
                continue;
            }
            let is_emptied = held == Why::ReferrerDeleted && container == Some(slot);
            for value in record.values(slot).iter() {
                let ValueRef::Reference(id) = value else { continue };
                if self.deletes.contains_key(id)
                    && !self.taken_away.contains(&(of_type, record.id_str(), slot, id))
                {
                    before(id, if is_emptied { Why::ContainerEmptied } else { held });
                }
            }
        }
    }

    /// The value that makes way comes before the one that stays.
    fn temporary(&self, operations: &[Operation], edges: &mut Vec<Edge>) {
        let mut first_of: BTreeMap<(usize, &TargetId, &provisio_model::AttrName), u32> = BTreeMap::new();
        for (at, operation) in positions(operations) {
            let TargetRef::Existing(id) = &operation.target else { continue };
            for change in operation.action.changes().iter().filter(|it| it.write == ChangeWrite::Temporary) {
                first_of.insert((target_type(self.input, operation), id, &change.attribute), at);
            }
        }
        if first_of.is_empty() {
            return;
        }
        for (second, operation) in positions(operations) {
            let TargetRef::Existing(id) = &operation.target else { continue };
            for change in operation.action.changes() {
                let key = (target_type(self.input, operation), id, &change.attribute);
                if let Some(&first) = first_of.get(&key).filter(|it| **it != second) {
                    edges.push(Edge { first, second, why: Why::Temporary });
                }
            }
        }
    }

    /// Who takes a unique value waits for who gives it up.
    fn released_values(&self, operations: &[Operation], edges: &mut Vec<Edge>) {
        for (target, layout) in self.input.spec.targets.iter().enumerate() {
            for (slot, attribute) in layout.attributes().filter(|(_, it)| it.uniqueness == Uniqueness::System)
            {
                let rule = CompareRule::of(attribute);
                let of_type = |it: &&(u32, &Operation)| target_type(self.input, it.1) == target;
                let mut taken: BTreeMap<String, Vec<u32>> = BTreeMap::new();
                for (at, operation) in positions(operations).filter(|it| of_type(&it)) {
                    taken_values(operation, attribute.name.as_str(), |value| {
                        taken.entry(rule.key(value.borrow())).or_default().push(at);
                    });
                }
                if taken.is_empty() {
                    continue;
                }
                for (first, operation) in positions(operations).filter(|it| of_type(&it)) {
                    let mut release = |key: &str| {
                        for &second in taken.get(key).into_iter().flatten() {
                            let same = operations[second as usize].target == operation.target;
                            if !same {
                                edges.push(Edge { first, second, why: Why::ValueReleased });
                            }
                        }
                    };
                    self.released(operation, slot, attribute.name.as_str(), rule, &mut release);
                }
            }
        }
    }

    fn released(
        &self,
        operation: &Operation,
        slot: Slot,
        name: &str,
        rule: CompareRule,
        release: &mut dyn FnMut(&str),
    ) {
        if operation.action == Action::Delete {
            let values = self.record(operation);
            values.iter().flat_map(|it| it.values(slot).iter()).for_each(|it| release(&rule.key(it)));
            return;
        }
        let Some(change) = operation.action.changes().iter().find(|it| it.attribute.is(name)) else { return };
        let kept: Vec<String> = after(change.after.as_ref()).iter().map(|it| rule.key(it.borrow())).collect();
        for value in change.before.iter().flat_map(Values::iter) {
            let key = rule.key(value);
            if !kept.contains(&key) {
                release(&key);
            }
        }
    }
}

/// An object is brought back to what it was before it is let go of.
fn let_go(operations: &[Operation], edges: &mut Vec<Edge>) {
    let unlinks = positions(operations).filter(|it| it.1.action == Action::Unlink);
    let unlinks: BTreeMap<_, u32> = unlinks.map(|(at, it)| ((it.mapping, &it.source), at)).collect();
    if unlinks.is_empty() {
        return;
    }
    for (first, operation) in positions(operations) {
        if let Some(&second) = unlinks.get(&(operation.mapping, &operation.source))
            && first != second
        {
            edges.push(Edge { first, second, why: Why::Undone });
        }
    }
}

/// Visits the values that an operation gives to an attribute.
fn taken_values<'o>(operation: &'o Operation, name: &str, mut visit: impl FnMut(&'o Value)) {
    if let Action::Create { attributes } = &operation.action {
        let planned = attributes.iter().find(|(it, _)| it.is(name)).map(|(_, it)| it);
        return after(planned).iter().for_each(visit);
    }
    let change = operation.action.changes().iter().find(|it| it.attribute.is(name));
    after(change.and_then(|it| it.after.as_ref())).iter().for_each(&mut visit);
}

fn after(planned: Option<&PlannedValues>) -> &[Value] {
    match planned {
        Some(PlannedValues::Values(values)) => values.as_slice(),
        _ => &[],
    }
}

fn target_type(input: &PlanInput<'_>, operation: &Operation) -> usize {
    input.spec.mappings[usize::from(operation.mapping.0)].target
}
