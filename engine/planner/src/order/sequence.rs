//! The order in which operations are done: Kahn's algorithm with a heap, most urgent first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use provisio_model::{SourceId, TargetId};

use super::knot::Graph;
use super::{Edge, positions};
use crate::plan::{Action, Change, ChangeWrite, MappingId, Operation, TargetRef, Why};
use crate::prefix::first_bytes;

/// Returns some order in which everything comes after what it waits for, or `None` if there is none.
pub(super) fn possible(count: usize, edges: &[Edge]) -> Option<Vec<u32>> {
    let mut waits_for = waits_for(count, edges);
    let all = (0..count).map(|at| u32::try_from(at).unwrap_or(u32::MAX));
    let mut ready: VecDeque<u32> = all.filter(|&at| waits_for[at as usize] == 0).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(at) = ready.pop_front() {
        order.push(at);
        for edge in dependents(edges, at) {
            let waits = &mut waits_for[edge.second as usize];
            *waits -= 1;
            if *waits == 0 {
                ready.push_back(edge.second);
            }
        }
    }
    (order.len() == count).then_some(order)
}

/// The positions in the order in which they are done.
pub(super) fn sequence(operations: &[Operation], graph: &Graph) -> Vec<u32> {
    let by_key = by_key(operations);
    if graph.edges.is_empty() {
        return by_key.into_iter().map(|it| it.1).collect();
    }
    let mut rank = vec![0_u32; operations.len()];
    for (place, (_, at)) in (0_u32..).zip(&by_key) {
        rank[*at as usize] = place;
    }
    let urgency = urgency(&rank, graph);
    let class = |place: u32| by_key[place as usize].0;
    // What takes access away and waits for nothing does not wait for what another such operation waits for.
    let entry = |at: u32| {
        let (urgency, rank) = (urgency[at as usize], rank[at as usize]);
        Reverse((class(urgency), class(rank), urgency, rank, at))
    };
    let mut waits_for = waits_for(operations.len(), &graph.edges);
    // What is as urgent as its place says is in order already, and that is most.
    let at_once = by_key.iter().map(|it| it.1).filter(|&at| waits_for[at as usize] == 0);
    let (in_order, urgent): (Vec<u32>, Vec<u32>) =
        at_once.partition(|&at| urgency[at as usize] == rank[at as usize]);
    let mut in_order = in_order.into_iter().map(entry).peekable();
    let mut ready: BinaryHeap<_> = urgent.into_iter().map(entry).collect();
    let mut sequence = Vec::with_capacity(operations.len());
    loop {
        let is_in_order = match (in_order.peek(), ready.peek()) {
            (Some(next), Some(urgent)) => next > urgent,
            (next, _) => next.is_some(),
        };
        let next = if is_in_order { in_order.next() } else { ready.pop() };
        let Some(Reverse((.., at))) = next else { break };
        sequence.push(at);
        for edge in dependents(&graph.edges, at) {
            let waits = &mut waits_for[edge.second as usize];
            *waits -= 1;
            if *waits == 0 {
                ready.push(entry(edge.second));
            }
        }
    }
    // INVARIANT: what waits for each other was untied, so everything became ready.
    debug_assert_eq!(sequence.len(), operations.len());
    sequence
}

/// The positions in the order of their keys, and what each operation does to access.
fn by_key(operations: &[Operation]) -> Vec<(Class, u32)> {
    // Operations are large and lie apart, so most are told apart by the beginning of their keys.
    let beginning = |(at, operation): (u32, &Operation)| {
        let (rank, mapping, source, ..) = key(operation);
        ((rank, mapping, first_bytes(source.as_str())), at)
    };
    let mut by_key: Vec<_> = positions(operations).map(beginning).collect();
    let whole = |at: u32| (key(&operations[at as usize]), at);
    by_key.sort_unstable_by(|left, right| {
        left.0.cmp(&right.0).then_with(|| whole(left.1).cmp(&whole(right.1)))
    });
    by_key.into_iter().map(|((rank, ..), at)| (class(rank), at)).collect()
}

/// How urgent each operation is: as urgent as the most urgent one that waits for it.
fn urgency(rank: &[u32], graph: &Graph) -> Vec<u32> {
    let mut urgency = rank.to_vec();
    for &at in graph.possible.iter().rev() {
        // That only a link goes is not urgent.
        let waiting = dependents(&graph.edges, at).filter(|it| it.why != Why::Undone);
        let most = waiting.map(|it| urgency[it.second as usize]).min();
        if let Some(most) = most {
            urgency[at as usize] = urgency[at as usize].min(most);
        }
    }
    urgency
}

fn waits_for(count: usize, edges: &[Edge]) -> Vec<u32> {
    let mut waits_for = vec![0_u32; count];
    for edge in edges {
        waits_for[edge.second as usize] += 1;
    }
    waits_for
}

/// The edges that begin at an operation.
fn dependents(edges: &[Edge], at: u32) -> impl Iterator<Item = &Edge> {
    let start = edges.partition_point(|it| it.first < at);
    edges[start..].iter().take_while(move |it| it.first == at)
}

/// What an operation does to access, by the first part of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Takes,
    TakesAndGives,
    Rest,
}

fn class(rank: u8) -> Class {
    match rank {
        0..=4 => Class::Takes,
        5 => Class::TakesAndGives,
        _ => Class::Rest,
    }
}

/// What decides between operations that do not depend on each other: access is taken away before it is given.
fn key(operation: &Operation) -> (u8, MappingId, &SourceId, Option<&TargetId>, Option<&str>) {
    let (rank, attribute) = match &operation.action {
        Action::Disable { .. } | Action::SoftDelete { .. } => (0, None),
        Action::ChangeMembers { attribute, add, .. } if add.is_empty() => (1, Some(attribute.as_str())),
        Action::Update { changes } if only_take_away(changes) => (2, None),
        Action::Delete => (3, None),
        Action::Unlink => (4, None),
        Action::ChangeMembers { attribute, remove, .. } if !remove.is_empty() => {
            (5, Some(attribute.as_str()))
        }
        Action::Create { .. } => (6, None),
        Action::Adopt { .. } => (7, None),
        Action::Update { .. } => (8, None),
        Action::Enable { .. } | Action::Restore { .. } => (9, None),
        Action::ChangeMembers { attribute, .. } => (10, Some(attribute.as_str())),
    };
    let target = match &operation.target {
        TargetRef::Existing(id) => Some(id),
        TargetRef::Created(_) => None,
    };
    (rank, operation.mapping, &operation.source, target, attribute)
}

/// Tells whether values go and none come.
fn only_take_away(changes: &[Change]) -> bool {
    let takes_away = |it: &Change| match it.write {
        _ if it.after.is_none() => true,
        ChangeWrite::ByValue => it.by_value().1.is_empty(),
        ChangeWrite::Whole | ChangeWrite::Temporary => false,
    };
    changes.iter().any(takes_away) && changes.iter().all(|it| takes_away(it) || it.repeats())
}
