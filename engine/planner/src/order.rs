//! Stage 6: what comes before what.
//!
//! Dependencies make a graph ([`Why`] says for what reason each edge is there); where creates refer to each
//! other in a circle, the references are taken out and set by a later update. Within what the graph allows,
//! access is taken away before it is given, and ties are broken by ids, so that the order of the input does not
//! show.

mod cycle;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use provisio_model::{SourceId, TargetId, ValueRef, Values};

use crate::compiled::CompiledSpec;
use crate::draft::each_target;
use crate::input::PlanError;
use crate::plan::{Action, MappingId, OpId, Operation, PlannedValues, TargetRef};

/// Why one operation must be done before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// The second writes a reference to the object that the first creates, or writes that object itself.
    Created,
    /// The first links the object whose members the second changes.
    Adopted,
    /// The first takes away a reference to the object that the second deletes.
    ReferenceRemoved,
}

/// A dependency between two drafted operations, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) first: u32,
    pub(crate) second: u32,
    pub(crate) why: Why,
}

/// Puts drafted operations in order, numbers them, and notes in each what must have been done before.
pub(crate) fn order(
    spec: &CompiledSpec,
    mut operations: Vec<Operation>,
) -> Result<Vec<Operation>, PlanError> {
    let most = u64::from(u32::MAX / 2);
    if operations.len() as u64 > most {
        return Err(PlanError::TooLarge { what: "operations", most });
    }
    cycle::detach(spec, &mut operations);
    let edges = edges(&operations);
    let sequence = sequence(&operations, &edges);
    Ok(renumber(operations, &sequence, &edges))
}

/// All dependencies, sorted, each pair once.
pub(crate) fn edges(operations: &[Operation]) -> Vec<Edge> {
    let mut edges = Vec::new();
    // An id alone may stand for objects of several types.
    let mut deletes: BTreeMap<&TargetId, Vec<u32>> = BTreeMap::new();
    let mut adopts: BTreeMap<&TargetId, Vec<u32>> = BTreeMap::new();
    for (at, operation) in positions(operations) {
        match (&operation.action, &operation.target) {
            (Action::Delete, TargetRef::Existing(id)) => deletes.entry(id).or_default().push(at),
            (Action::Adopt { .. }, TargetRef::Existing(id)) => adopts.entry(id).or_default().push(at),
            _ => {}
        }
    }
    for (at, operation) in positions(operations) {
        each_created(operation, |first| {
            if first != at {
                edges.push(Edge { first, second: at, why: Why::Created });
            }
        });
        if let Action::ChangeMembers { remove, .. } = &operation.action
            && !adopts.is_empty()
        {
            // The group, and who leaves it: what is taken away must be ours by then.
            let touched = std::iter::once(&operation.target).chain(remove.iter().map(|it| &it.target));
            for target in touched {
                let TargetRef::Existing(id) = target else { continue };
                for &first in adopts.get(id).into_iter().flatten() {
                    edges.push(Edge { first, second: at, why: Why::Adopted });
                }
            }
        }
        if !deletes.is_empty() {
            each_released(operation, |target| {
                for &second in deletes.get(target).into_iter().flatten().filter(|it| **it != at) {
                    edges.push(Edge { first: at, second, why: Why::ReferenceRemoved });
                }
            });
        }
    }
    edges.sort_unstable();
    edges.dedup_by_key(|it| (it.first, it.second));
    edges
}

pub(crate) fn positions(operations: &[Operation]) -> impl Iterator<Item = (u32, &Operation)> {
    operations.iter().enumerate().map(|(at, it)| (u32::try_from(at).unwrap_or(u32::MAX), it))
}

/// The creates that an operation waits for: of its own object, and of every object that it refers to.
fn each_created(operation: &Operation, mut visit: impl FnMut(u32)) {
    let mut see = |target: &TargetRef| {
        if let TargetRef::Created(id) = target {
            visit(id.0);
        }
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

/// The existing objects that an operation takes a reference away from.
fn each_released(operation: &Operation, mut visit: impl FnMut(&TargetId)) {
    if let Action::ChangeMembers { remove, .. } = &operation.action {
        for referent in remove {
            if let TargetRef::Existing(id) = &referent.target {
                visit(id);
            }
        }
    }
    for value in operation.action.changes().iter().filter_map(|it| it.before.as_ref()).flat_map(Values::iter)
    {
        if let ValueRef::Reference(id) = value {
            visit(&TargetId::new(id));
        }
    }
}

/// The positions in the order in which they are done: Kahn's algorithm over the rank of each operation.
fn sequence(operations: &[Operation], edges: &[Edge]) -> Vec<u32> {
    let mut by_key: Vec<u32> = positions(operations).map(|(at, _)| at).collect();
    by_key.sort_unstable_by(|&left, &right| {
        key(&operations[left as usize]).cmp(&key(&operations[right as usize])).then(left.cmp(&right))
    });
    if edges.is_empty() {
        return by_key;
    }
    let mut rank = vec![0_u32; operations.len()];
    for (place, &at) in positions_of(&by_key) {
        rank[at as usize] = place;
    }
    let mut waits_for = vec![0_u32; operations.len()];
    for edge in edges {
        waits_for[edge.second as usize] += 1;
    }
    let ready =
        by_key.iter().filter(|&&at| waits_for[at as usize] == 0).map(|&at| Reverse((rank[at as usize], at)));
    let mut ready: BinaryHeap<Reverse<(u32, u32)>> = ready.collect();
    let mut sequence = Vec::with_capacity(operations.len());
    while let Some(Reverse((_, at))) = ready.pop() {
        sequence.push(at);
        let start = edges.partition_point(|it| it.first < at);
        for edge in edges[start..].iter().take_while(|it| it.first == at) {
            let waits = &mut waits_for[edge.second as usize];
            *waits -= 1;
            if *waits == 0 {
                ready.push(Reverse((rank[edge.second as usize], edge.second)));
            }
        }
    }
    // INVARIANT: circles were detached, so everything became ready.
    debug_assert_eq!(sequence.len(), operations.len());
    sequence
}

fn positions_of(list: &[u32]) -> impl Iterator<Item = (u32, &u32)> {
    list.iter().enumerate().map(|(place, at)| (u32::try_from(place).unwrap_or(u32::MAX), at))
}

/// What decides between operations that do not depend on each other: access is taken away before it is given.
fn key(operation: &Operation) -> (u8, MappingId, &SourceId, Option<&TargetId>, Option<&str>) {
    let (rank, attribute) = match &operation.action {
        Action::Disable { .. } | Action::SoftDelete { .. } => (0, None),
        Action::ChangeMembers { attribute, add, .. } if add.is_empty() => (1, Some(attribute.as_str())),
        Action::Delete => (2, None),
        Action::Unlink => (3, None),
        Action::Create { .. } => (4, None),
        Action::Adopt { .. } => (5, None),
        Action::Update { .. } => (6, None),
        Action::Enable { .. } | Action::Restore { .. } => (7, None),
        Action::ChangeMembers { attribute, .. } => (8, Some(attribute.as_str())),
    };
    let target = match &operation.target {
        TargetRef::Existing(id) => Some(id),
        TargetRef::Created(_) => None,
    };
    (rank, operation.mapping, &operation.source, target, attribute)
}

fn renumber(operations: Vec<Operation>, sequence: &[u32], edges: &[Edge]) -> Vec<Operation> {
    let mut place_of = vec![OpId(0); operations.len()];
    for (place, &at) in positions_of(sequence) {
        place_of[at as usize] = OpId(place);
    }
    let mut operations: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    let mut ordered: Vec<Operation> =
        sequence.iter().filter_map(|&at| operations[at as usize].take()).collect();
    for (operation, &at) in ordered.iter_mut().zip(sequence) {
        operation.id = place_of[at as usize];
        each_target(operation, |target, _| {
            if let TargetRef::Created(id) = target {
                *id = place_of[id.position()];
            }
        });
    }
    for edge in edges {
        ordered[place_of[edge.second as usize].position()].after.push(place_of[edge.first as usize]);
    }
    for operation in &mut ordered {
        operation.after.sort_unstable();
    }
    ordered
}
