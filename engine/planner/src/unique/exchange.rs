//! Objects that wait for each other's values: A takes what B has, and B what A has, or longer rings.
//!
//! One object of the ring makes way: it gets a temporary value first, with whatever else changes of it. Then the
//! others get theirs, one after the other, and last the first one gets its own. A run that ends in between leaves a
//! chain without a ring, which the next plan carries on.
//!
//! Where values are several for one object, a ring may be a net; then as many objects make way as it takes.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use provisio_model::{AttrName, Mutability, Values};

use super::Verdict;
use super::claims::{Claims, Need, first, shown};
use super::temporary::temporary;
use crate::finding::{FindingKind, NoTemporary};
use crate::order::beside;
use crate::plan::{Action, Change, ChangeWrite, Operation, PlannedValues, Reason};

/// Decides for each ring who makes way, or that nobody gets anything.
pub(super) fn settle(claims: &mut Claims<'_, '_>) {
    let nets = nets(claims);
    let mut given = BTreeSet::new();
    let mut made_way = Vec::new();
    for net in &nets {
        match break_net(claims, net, &mut given) {
            Ok(ways) => made_way.push(ways),
            Err(why) => refuse(claims, net, why),
        }
    }
    claims.spread();
    for (at, values) in made_way.into_iter().flatten() {
        // The first verdict stays: who loses, since a ring that it waits for is refused, does not make way.
        claims.verdict(at, Verdict::MakesWay(values));
    }
}

/// The operations that wait for each other, each net sorted by who comes first.
fn nets(claims: &Claims<'_, '_>) -> Vec<Vec<u32>> {
    let alive: Vec<&Need<'_>> = claims.needs.iter().filter(|it| !claims.loses(it.taker)).collect();
    let mut nodes: Vec<u32> = alive.iter().flat_map(|it| [it.taker, it.giver]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let node = |at: u32| NodeIndex::new(nodes.binary_search(&at).unwrap_or_default());
    let mut graph: DiGraph<(), (), u32> = DiGraph::with_capacity(nodes.len(), alive.len());
    for _ in &nodes {
        graph.add_node(());
    }
    for need in alive {
        graph.add_edge(node(need.giver), node(need.taker), ());
    }
    let order = |at: &u32| first(&claims.operations[*at as usize]);
    let nets = kosaraju_scc(&graph).into_iter().filter(|it| it.len() > 1).map(|net| {
        let mut net: Vec<u32> = net.into_iter().map(|it| nodes[it.index()]).collect();
        net.sort_unstable_by(|left, right| order(left).cmp(&order(right)));
        net
    });
    let mut nets: Vec<Vec<u32>> = nets.collect();
    // Temporary values differ by who was served before.
    nets.sort_unstable_by(|left, right| left.first().map(order).cmp(&right.first().map(order)));
    nets
}

type Ways = Vec<(u32, Option<PlannedValues>)>;

/// Lets the first objects make way until nobody waits in a circle.
fn break_net(
    claims: &Claims<'_, '_>,
    net: &[u32],
    given: &mut BTreeSet<String>,
) -> Result<Ways, NoTemporary> {
    let mut members: Vec<(u32, usize)> = net.iter().copied().zip(0..).collect();
    members.sort_unstable();
    let place = |at: u32| members.binary_search_by_key(&at, |it| it.0).ok().map(|found| members[found].1);
    let mut takers: Vec<Vec<usize>> = vec![Vec::new(); net.len()];
    let mut waits_for = vec![0_u32; net.len()];
    for (giver, &at) in net.iter().enumerate() {
        let start = claims.needs.partition_point(|it| it.giver < at);
        for need in claims.needs[start..].iter().take_while(|it| it.giver == at) {
            if let Some(taker) = place(need.taker) {
                takers[giver].push(taker);
                waits_for[taker] += 1;
            }
        }
    }
    let mut ways: Ways = Vec::new();
    let mut refused = NoTemporary::Forbidden;
    let mut released = vec![false; net.len()];
    let mut ready: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
    let mut next = 0;
    let mut left = net.len();
    while left > 0 {
        if let Some(Reverse(giver)) = ready.pop() {
            left -= 1;
            release(giver, &mut released, &takers, &mut waits_for, &mut ready);
            continue;
        }
        // Everybody left waits: the first who can makes way.
        let Some(&at) = net.get(next) else { return Err(refused) };
        let waits = waits_for[next] > 0 && !released[next];
        if waits {
            match way_of(claims, at, given) {
                Ok(values) => {
                    ways.push((at, values));
                    release(next, &mut released, &takers, &mut waits_for, &mut ready);
                }
                Err(why) => refused = refused.max(why),
            }
        }
        next += 1;
    }
    Ok(ways)
}

/// Counts that an object gave its values up.
fn release(
    giver: usize,
    released: &mut [bool],
    takers: &[Vec<usize>],
    waits_for: &mut [u32],
    ready: &mut BinaryHeap<Reverse<usize>>,
) {
    if std::mem::replace(&mut released[giver], true) {
        return;
    }
    for &taker in &takers[giver] {
        waits_for[taker] -= 1;
        if waits_for[taker] == 0 {
            ready.push(Reverse(taker));
        }
    }
}

/// What an object holds while it makes way.
fn way_of(
    claims: &Claims<'_, '_>,
    at: u32,
    given: &mut BTreeSet<String>,
) -> Result<Option<PlannedValues>, NoTemporary> {
    let unique = claims.unique;
    let operation = &claims.operations[at as usize];
    let mapping = &unique.input.spec.mappings[usize::from(operation.mapping.0)];
    let attribute = mapping.attributes.iter().find(|it| it.slot == unique.slot);
    if attribute.is_some_and(|it| !it.temporary) {
        return Err(NoTemporary::Forbidden);
    }
    let schema = unique.schema;
    let Some(change) = unique.change(operation).filter(|_| schema.mutability == Mutability::ReadWrite) else {
        return Err(NoTemporary::Impossible);
    };
    if schema.multi_valued {
        // It keeps what it will hold as well; the rest is what others wait for.
        let stays = change.before.iter().flat_map(|it| it.as_slice()).filter(|it| {
            unique.given(operation).iter().any(|after| unique.rule.same(after.borrow(), it.borrow()))
        });
        if let Some(values) = Values::from_many(stays.cloned()) {
            return Ok(Some(PlannedValues::Values(values)));
        }
    }
    let id = super::existing(operation).map_or("", |it| it.as_str());
    let before = change.before.as_ref().and_then(|it| it.as_slice().first());
    match before.and_then(|it| it.as_text()) {
        Some(text) => {
            let value = temporary(schema, id, text, |value| {
                claims.is_free(value) && !given.contains(&unique.rule.key(value.borrow()))
            });
            let value = value.ok_or(NoTemporary::NoRoom)?;
            given.insert(unique.rule.key(value.borrow()));
            Ok(Some(PlannedValues::Values(Values::one(value))))
        }
        None if schema.required => Err(NoTemporary::Impossible),
        None => Ok(None),
    }
}

/// Nobody of the net gets a value.
fn refuse(claims: &mut Claims<'_, '_>, net: &[u32], why: NoTemporary) {
    let mut members = net.to_vec();
    members.sort_unstable();
    let inner: Vec<Need<'_>> = claims
        .needs
        .iter()
        .filter(|it| members.binary_search(&it.taker).is_ok() && members.binary_search(&it.giver).is_ok())
        .copied()
        .collect();
    for need in inner {
        let Some(id) = super::existing(&claims.operations[need.giver as usize]) else { continue };
        let (value, holder) = (shown(need.value), claims.unique.holder(id));
        let kind = FindingKind::CannotExchange { value, holder, why };
        claims.verdict(need.taker, Verdict::Loses(kind));
    }
}

/// Gives an operation the temporary value, and returns the one that writes what is to stay.
pub(super) fn make_way(
    operation: &mut Operation,
    name: &AttrName,
    temporary: Option<PlannedValues>,
) -> Option<Operation> {
    let (Action::Adopt { changes }
    | Action::Update { changes }
    | Action::Enable { changes }
    | Action::Disable { changes }
    | Action::SoftDelete { changes }
    | Action::Restore { changes }) = &mut operation.action
    else {
        return None;
    };
    let change = changes.iter_mut().find(|it| it.attribute == *name)?;
    let before = match &temporary {
        Some(PlannedValues::Values(values)) => Some(values.clone()),
        _ => None,
    };
    let last = Change { before, ..change.clone() };
    change.after = temporary;
    change.write = ChangeWrite::Temporary;
    Some(beside(operation, Action::Update { changes: vec![last] }, Reason::ValueDeferred))
}
