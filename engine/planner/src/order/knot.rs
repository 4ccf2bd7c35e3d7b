//! Operations that wait for each other in a circle, for reasons of several kinds: somebody takes the name of the
//! manager who leaves, and is still led by him.
//!
//! Circles of creates, and of objects that exchange unique values, are gone before ([`super::cycle`],
//! [`crate::unique`]). What is left is untied in this order, each time only within the circle:
//!
//! 1. edges that only make things smoother are given up;
//! 2. references and unique values that wait are taken out of their operation, as updates of their own;
//! 3. an object is deleted before the last reference to it is gone. The target takes it away or lets it point to
//!    nothing, and the operation that was to take it away follows at once.
//!
//! Nothing can be left after that: what still waits are creates, updates of one value, and moves and deletes of
//! containers, and each of these is a tree.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use provisio_model::{AttrName, Uniqueness};

use super::split::{Waiting, waiting_changes};
use super::{Edge, edges, sequence};
use crate::input::PlanInput;
use crate::plan::{Action, OpId, Operation, Why};

/// What waits for what, without circles.
pub(super) struct Graph {
    /// Sorted; each pair once.
    pub(super) edges: Vec<Edge>,
    /// What was left out, since it contradicted something stronger.
    pub(super) given_up: Vec<Edge>,
    /// An order in which everything comes after what it waits for.
    pub(super) possible: Vec<u32>,
}

/// Finds the edges, and unties what waits for each other.
pub(super) fn untie(input: &PlanInput<'_>, operations: &mut Vec<Operation>) -> Graph {
    let mut given_up = Vec::new();
    let mut edges = edges::edges(input, operations);
    if let Some(possible) = sequence::possible(operations.len(), &edges) {
        return Graph { edges, given_up, possible };
    }
    give_up(operations.len(), &mut edges, &mut given_up, |it| !it.is_firm());
    let circles = Circles::of(operations.len(), &edges);
    if circles.split(input, operations, &edges) {
        // Positions stay, so what was given up is found again among the edges.
        given_up.clear();
        edges = edges::edges(input, operations);
        give_up(operations.len(), &mut edges, &mut given_up, |it| !it.is_firm());
    }
    give_up(operations.len(), &mut edges, &mut given_up, |it| it == Why::ReferenceRemoved);
    if let Some(possible) = sequence::possible(operations.len(), &edges) {
        return Graph { edges, given_up, possible };
    }
    // INVARIANT: see above. A plan in a doubtful order is better than one that lacks operations.
    debug_assert!(false, "operations wait for each other");
    give_up(operations.len(), &mut edges, &mut given_up, |it| it != Why::Created);
    let possible = sequence::possible(operations.len(), &edges);
    let possible = possible.unwrap_or_else(|| super::positions(operations).map(|(at, _)| at).collect());
    Graph { edges, given_up, possible }
}

/// Takes out the edges of a kind that lie within a circle.
fn give_up(count: usize, edges: &mut Vec<Edge>, given_up: &mut Vec<Edge>, kind: impl Fn(Why) -> bool) {
    let circles = Circles::of(count, edges);
    given_up.extend(edges.extract_if(.., |it| kind(it.why) && circles.has(it)));
}

/// Which operations wait for each other.
struct Circles {
    /// By position: the number of the circle, or 0.
    of: Vec<u32>,
}

impl Circles {
    fn of(count: usize, edges: &[Edge]) -> Self {
        let mut graph: DiGraph<(), (), u32> = DiGraph::with_capacity(count, edges.len());
        for _ in 0..count {
            graph.add_node(());
        }
        for edge in edges {
            graph.add_edge(NodeIndex::from(edge.first), NodeIndex::from(edge.second), ());
        }
        let mut of = vec![0; count];
        let circles = kosaraju_scc(&graph).into_iter().filter(|it| it.len() > 1);
        for (number, circle) in (1_u32..).zip(circles) {
            for at in circle {
                of[at.index()] = number;
            }
        }
        Self { of }
    }

    fn has(&self, edge: &Edge) -> bool {
        let (first, second) = (self.of[edge.first as usize], self.of[edge.second as usize]);
        first != 0 && first == second
    }

    /// Takes what waits within a circle out of its operation; tells whether there was any.
    fn split(&self, input: &PlanInput<'_>, operations: &mut Vec<Operation>, edges: &[Edge]) -> bool {
        let mut inner: Vec<&Edge> = edges.iter().filter(|it| self.has(it)).collect();
        inner.sort_unstable_by_key(|it| (it.second, it.first));
        let mut deferred = Vec::new();
        for waits in inner.chunk_by(|left, right| left.second == right.second) {
            let Some(at) = waits.first().map(|it| it.second as usize) else { continue };
            let takes = waits.iter().any(|it| it.why == Why::ValueReleased);
            let values = if takes { unique_attributes(input, &operations[at]) } else { Vec::new() };
            let created = |create: OpId| {
                waits
                    .binary_search_by_key(&create.0, |it| it.first)
                    .is_ok_and(|found| waits[found].why == Why::Created)
            };
            let waiting = Waiting { created: &created, values: &values };
            deferred.extend(waiting_changes(&mut operations[at], &waiting));
        }
        let any = !deferred.is_empty();
        operations.append(&mut deferred);
        any
    }
}

/// The unique attributes that an operation changes.
fn unique_attributes(input: &PlanInput<'_>, operation: &Operation) -> Vec<AttrName> {
    let target = input.spec.mappings[usize::from(operation.mapping.0)].target;
    let layout = &input.spec.targets[target];
    let unique = |name: &AttrName| {
        layout.slot(name.as_str()).is_some_and(|it| layout.attribute(it).uniqueness == Uniqueness::System)
    };
    match &operation.action {
        Action::Create { .. } => Vec::new(),
        action => action.changes().iter().map(|it| it.attribute.clone()).filter(unique).collect(),
    }
}
