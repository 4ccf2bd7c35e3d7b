//! Creates that refer to each other in a circle: the references of the circle are taken out of the creates and
//! set by an update after all of them exist.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::positions;
use crate::compiled::CompiledSpec;
use crate::plan::{Action, Change, OpId, Operation, PlannedValues, Reason, TargetRef};

/// Detaches every circle of creates. A reference that must be there from the start stays; that not all of a
/// circle are such references is seen to when the spec is compiled.
pub(super) fn detach(spec: &CompiledSpec, operations: &mut Vec<Operation>) {
    for circle in circles(operations) {
        for &at in &circle {
            let deferred = take_references(spec, &mut operations[at as usize], &circle);
            if !deferred.is_empty() {
                let update = deferred_update(&operations[at as usize], at, deferred);
                operations.push(update);
            }
        }
    }
}

/// The circles, each as the sorted positions of its creates.
fn circles(operations: &[Operation]) -> Vec<Vec<u32>> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    let mut references = Vec::new();
    for (at, operation) in positions(operations) {
        if let Action::Create { attributes } = &operation.action {
            for (_, values) in attributes {
                references.extend(created(values).map(|referent| (referent, at)));
            }
        }
    }
    if references.is_empty() {
        return Vec::new();
    }
    for _ in operations {
        graph.add_node(());
    }
    let node = |at: u32| NodeIndex::new(at as usize);
    for &(referent, at) in &references {
        graph.add_edge(node(referent), node(at), ());
    }
    let itself = |at: NodeIndex| graph.contains_edge(at, at);
    // Not Tarjan's algorithm, which petgraph does by recursion: a line of reports may be very long.
    let circles =
        kosaraju_scc(&graph).into_iter().filter(|it| it.len() > 1 || it.iter().any(|&at| itself(at)));
    let mut circles: Vec<Vec<u32>> = circles
        .map(|circle| {
            let mut circle: Vec<u32> =
                circle.into_iter().map(|it| u32::try_from(it.index()).unwrap_or(u32::MAX)).collect();
            circle.sort_unstable();
            circle
        })
        .collect();
    circles.sort_unstable();
    circles
}

fn created(values: &PlannedValues) -> impl Iterator<Item = u32> + '_ {
    let referents = match values {
        PlannedValues::References(referents) => referents.as_slice(),
        PlannedValues::Values(_) => &[],
    };
    referents.iter().filter_map(|it| match it.target {
        TargetRef::Created(id) => Some(id.0),
        TargetRef::Existing(_) => None,
    })
}

/// Takes the references into the circle out of a create, as changes for later.
fn take_references(spec: &CompiledSpec, operation: &mut Operation, circle: &[u32]) -> Vec<Change> {
    let mapping = &spec.mappings[usize::from(operation.mapping.0)];
    let Action::Create { attributes } = &mut operation.action else { return Vec::new() };
    let mut deferred = Vec::new();
    attributes.retain(|(name, values)| {
        let must_stay = mapping.attributes.iter().any(|it| it.name == *name && it.is_set_at_creation());
        let in_circle = !must_stay && created(values).any(|referent| circle.binary_search(&referent).is_ok());
        if in_circle {
            deferred.push(Change::whole(name.clone(), None, Some(values.clone())));
        }
        !in_circle
    });
    deferred
}

fn deferred_update(create: &Operation, at: u32, changes: Vec<Change>) -> Operation {
    Operation {
        id: OpId(0),
        mapping: create.mapping,
        label: create.label.clone(),
        source: create.source.clone(),
        target: TargetRef::Created(OpId(at)),
        version: None,
        situation: create.situation,
        action: Action::Update { changes },
        reason: Reason::ReferenceDeferred,
        after: Vec::new(),
        lost: Vec::new(),
    }
}
