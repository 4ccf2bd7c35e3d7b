//! Stage 6: what comes before what.
//!
//! Dependencies make a graph; [`Why`](crate::plan::Why) says for what reason each edge is there. The stage does, in
//! this order:
//!
//! * `cycle`: where creates refer to each other in a circle, the references are taken out and set by a later update;
//! * `split`: who leaves a group does not wait for who joins and is yet to be created, so such a change of members
//!   becomes two;
//! * `edges`: what waits for what;
//! * `knot`: where reasons of several kinds contradict each other, what waits within an operation is taken out of it;
//! * `sequence`: within what the graph allows, access is taken away before it is given. Whatever a revocation waits
//!   for is as urgent as the revocation. Ties are broken by ids, so that the order of the input does not show.

mod cycle;
mod edges;
mod knot;
mod sequence;
mod split;

pub(crate) use split::beside;

use crate::draft::each_target;
use crate::input::{PlanError, PlanInput};
use crate::plan::{After, OpId, Operation, TargetRef, Why};
use crate::prefix::put_in_place;

/// A dependency between two drafted operations, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    first: u32,
    second: u32,
    why: Why,
}

/// Puts drafted operations in order, numbers them, and notes in each what must have been done before.
pub(crate) fn order(
    input: &PlanInput<'_>,
    mut operations: Vec<Operation>,
) -> Result<Vec<Operation>, PlanError> {
    // Every operation may become three.
    let most = u64::from(u32::MAX / 4);
    if operations.len() as u64 > most {
        return Err(PlanError::TooLarge { what: "operations", most });
    }
    cycle::detach(input.spec, &mut operations);
    split::removals_from_joins(&mut operations);
    let mut graph = knot::untie(input, &mut operations);
    let sequence = sequence::sequence(&operations, &graph);
    let place_of = places(&sequence);
    for edge in &graph.given_up {
        // The delete comes first and changes the version of what refers to its object.
        if place_of[edge.second as usize] < place_of[edge.first as usize] {
            operations[edge.first as usize].version = None;
        } else {
            // It happens to be kept; at the same time, one would change the version that the other expects.
            graph.edges.push(*edge);
        }
    }
    graph.edges.sort_unstable();
    renumber(&mut operations, &place_of, &graph.edges);
    Ok(operations)
}

fn positions(operations: &[Operation]) -> impl Iterator<Item = (u32, &Operation)> {
    operations.iter().enumerate().map(|(at, it)| (u32::try_from(at).unwrap_or(u32::MAX), it))
}

fn places(sequence: &[u32]) -> Vec<OpId> {
    let mut place_of = vec![OpId(0); sequence.len()];
    for (place, &at) in (0_u32..).zip(sequence) {
        place_of[at as usize] = OpId(place);
    }
    place_of
}

/// Puts operations in their places and says so in them.
fn renumber(operations: &mut [Operation], place_of: &[OpId], edges: &[Edge]) {
    put_in_place(operations, place_of.iter().map(|it| it.position()).collect());
    for (operation, id) in operations.iter_mut().zip(0..) {
        operation.id = OpId(id);
        each_target(operation, |target, _| {
            if let TargetRef::Created(id) = target {
                *id = place_of[id.position()];
            }
        });
    }
    for edge in edges {
        let after = After { operation: place_of[edge.first as usize], why: edge.why };
        operations[place_of[edge.second as usize].position()].after.push(after);
    }
    for operation in operations {
        operation.after.sort_unstable();
    }
}
