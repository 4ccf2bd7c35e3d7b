//! What is in what: objects that are in containers, such as organisational units, which are in others.
//!
//! The schema says which attribute it is ([`AttributeSchema::container`]). A container is there before what is in it:
//! that is a reference like any other. Beyond that,
//!
//! * nothing ends up within itself: who would is left where it is ([`break_circles`]);
//! * a container is deleted only when this plan leaves nothing in it ([`filled`]): what is still there may be nobody's
//!   of this job, and some systems delete it all (R2);
//! * an object is put into a container only when that, and all above it, are where they will be ([`moves`]): so no
//!   object is ever moved into what is in it, for as long as that is.
//!
//! [`AttributeSchema::container`]: provisio_model::AttributeSchema::container

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{
    CompareRule, EscapedText, Layout, LookUp, Row, Slot, SourceId, TargetSide, Text, ValueKind, ValueRef,
};

use crate::draft::Drafts;
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::plan::{Action, Change, MappingId, Operation, PlannedValues, TargetRef};
use crate::value_index::ValueIndex;

/// Returns the attribute that says in which container an object of a type is.
pub(crate) fn slot(layout: &Layout) -> Option<Slot> {
    let is_container = |it: &provisio_model::AttributeSchema| {
        it.container && it.kind == ValueKind::Reference && !it.multi_valued
    };
    layout.attributes().find(|(_, it)| is_container(it)).map(|(slot, _)| slot)
}

/// An object that is in a container, or is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// By its type and row.
    Existing(usize, Row<TargetSide>),
    /// By what its create goes by: a ticket, or a position.
    Created(u32),
}

/// Who is in what, as the operations leave it.
struct Tree<'a> {
    input: &'a PlanInput<'a>,
    /// By the type of target object.
    slots: Vec<Option<Slot>>,
    /// Which operation says where an object is, and where; nowhere is a place, too.
    placed: BTreeMap<Node, (u32, Option<Node>)>,
}

impl<'a> Tree<'a> {
    /// Returns nothing where no object is in another.
    fn of(input: &'a PlanInput<'a>, operations: &[Operation]) -> Option<Self> {
        let slots: Vec<Option<Slot>> = input.spec.targets.iter().map(|it| slot(it)).collect();
        if slots.iter().all(Option::is_none) {
            return None;
        }
        let mut tree = Self { input, slots, placed: BTreeMap::new() };
        for (at, operation) in (0_u32..).zip(operations) {
            if let (Some(node), Some(place)) = (tree.node_of(operation), tree.place(operation)) {
                tree.placed.insert(node, (at, place));
            }
        }
        Some(tree)
    }

    fn node_of(&self, operation: &Operation) -> Option<Node> {
        match &operation.target {
            TargetRef::Created(id) => Some(Node::Created(id.0)),
            TargetRef::Existing(id) => {
                let target = self.input.spec.mappings[usize::from(operation.mapping.0)].target;
                let row = self.input.target[target].records().find(id.as_str())?;
                Some(Node::Existing(target, row))
            }
        }
    }

    /// Where an operation puts its object, if it does.
    fn place(&self, operation: &Operation) -> Option<Option<Node>> {
        let target = self.input.spec.mappings[usize::from(operation.mapping.0)].target;
        let slot = self.slots[target]?;
        let name = &self.input.spec.targets[target].attribute(slot).name;
        let planned = match &operation.action {
            Action::Create { attributes } => {
                attributes.iter().find(|(it, _)| it == name).map(|(_, values)| values)
            }
            action => action.changes().iter().find(|it| it.attribute == *name)?.after.as_ref(),
        };
        let Some(PlannedValues::References(referents)) = planned else { return Some(None) };
        Some(referents.first().and_then(|it| match &it.target {
            TargetRef::Created(id) => Some(Node::Created(id.0)),
            TargetRef::Existing(id) => self.existing(target, slot, id.as_str()),
        }))
    }

    /// The object that an attribute refers to by an id.
    fn existing(&self, target: usize, slot: Slot, id: &str) -> Option<Node> {
        let types = &self.input.spec.targets[target].attribute(slot).references;
        let mut layouts = self.input.spec.targets.iter().enumerate();
        layouts.find_map(|(at, layout)| {
            if !types.is_empty() && !types.contains(layout.object_type()) {
                return None;
            }
            self.input.ask_target(at, id);
            self.input.target[at].records().find(id).map(|row| Node::Existing(at, row))
        })
    }

    /// The container of an object now.
    fn current(&self, node: Node) -> Option<Node> {
        let Node::Existing(target, row) = node else { return None };
        let slot = self.slots[target]?;
        match self.input.target[target].records().record(row).single(slot)? {
            ValueRef::Reference(id) => self.existing(target, slot, id),
            _ => None,
        }
    }

    /// The container of an object after the plan.
    fn above(&self, node: Node) -> Option<Node> {
        self.placed.get(&node).map_or_else(|| self.current(node), |it| it.1)
    }

    /// The operations that put an object into itself, directly or not.
    fn circles(&self) -> BTreeSet<u32> {
        let mut circles = BTreeSet::new();
        // By object: the number of the walk that first came to it.
        let mut seen: BTreeMap<Node, usize> = BTreeMap::new();
        for (walk, &start) in self.placed.keys().enumerate() {
            let mut next = Some(start);
            let met = loop {
                let Some(node) = next else { break None };
                match seen.get(&node) {
                    Some(&earlier) => break (earlier == walk).then_some(node),
                    None => seen.insert(node, walk),
                };
                next = self.above(node);
            };
            // Once round, from where the walk came back to itself.
            let Some(first) = met else { continue };
            let mut node = first;
            loop {
                circles.extend(self.placed.get(&node).map(|it| it.0));
                match self.above(node).filter(|it| *it != first) {
                    Some(above) => node = above,
                    None => break,
                }
            }
        }
        circles
    }
}

/// Leaves out of the drafts what would put an object into itself, and reports it; tells whether there was anything.
pub(crate) fn break_circles(input: &PlanInput<'_>, drafts: &mut Drafts, findings: &mut Vec<Finding>) -> bool {
    let mut any = false;
    // Who is left where it is may close another circle.
    while let Some(tree) = Tree::of(input, &drafts.operations) {
        let circles = tree.circles();
        if circles.is_empty() {
            break;
        }
        any = true;
        let mut at = 0;
        drafts.retain(|operation| {
            let is_in_circle = circles.contains(&at);
            at += 1;
            !is_in_circle || leave_in_place(input, operation, findings)
        });
    }
    any
}

/// Takes the move out of an operation; tells whether something is left of it.
fn leave_in_place(input: &PlanInput<'_>, operation: &mut Operation, findings: &mut Vec<Finding>) -> bool {
    let target = input.spec.mappings[usize::from(operation.mapping.0)].target;
    let layout = &input.spec.targets[target];
    let Some(slot) = slot(layout) else { return true };
    let name = &layout.attribute(slot).name;
    findings.push(Finding::about_attribute(
        operation.mapping,
        operation.source.clone(),
        name,
        FindingKind::ContainerCircle,
    ));
    match &mut operation.action {
        Action::Create { .. } => false,
        Action::Adopt { changes } => {
            changes.retain(|it| it.attribute != *name);
            Change::keep_needed(changes);
            true
        }
        Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes }
        | Action::SoftDelete { changes }
        | Action::Restore { changes } => {
            changes.retain(|it| it.attribute != *name);
            Change::keep_needed(changes)
        }
        _ => true,
    }
}

/// Deletes of containers in which something would be left: by object mapping and source object, what is to be said.
pub(crate) type Filled = BTreeMap<(MappingId, SourceId), FindingKind>;

/// Finds the deletes of containers in which operations leave something.
pub(crate) fn filled(input: &PlanInput<'_>, operations: &[Operation]) -> Filled {
    let Some(tree) = Tree::of(input, operations) else { return Filled::new() };
    let mut deleted: BTreeMap<Node, usize> = BTreeMap::new();
    for (at, operation) in operations.iter().enumerate() {
        if let (Action::Delete, Some(node)) = (&operation.action, tree.node_of(operation)) {
            deleted.insert(node, at);
        }
    }
    if deleted.is_empty() {
        return Filled::new();
    }
    // What stays in a container that is deleted: how many, and the first by id.
    let mut left: BTreeMap<usize, (u64, Text)> = BTreeMap::new();
    let mut open: Vec<Node> = Vec::new();
    for (target, slot) in tree.slots.iter().enumerate() {
        let Some(slot) = *slot else { continue };
        let layout = &tree.input.spec.targets[target];
        let types = &layout.attribute(slot).references;
        let index = ValueIndex::new(tree.input, target, slot, CompareRule::CaseExact);
        for (node, &at) in &deleted {
            let Node::Existing(of_type, row) = *node else { continue };
            let records = tree.input.target[of_type].records();
            if !types.is_empty() && !types.contains(records.layout().object_type()) {
                continue;
            }
            let id = ValueRef::Reference(records.record(row).id_str());
            if index.knows(id) != LookUp::Answered {
                // Something may be in it that was not read (R1).
                left.entry(at).or_insert((0, Text::default()));
                open.push(*node);
            }
            let nodes = index.find(id).into_iter().map(|row| Node::Existing(target, row));
            open.extend(nodes.filter(|it| !deleted.contains_key(it)));
        }
    }
    while let Some(node) = open.pop() {
        let Some(container) = tree.above(node) else { continue };
        let Some(&at) = deleted.get(&container) else { continue };
        let name = name(&tree, node);
        match left.get_mut(&at) {
            Some((0, _)) => {}
            Some((number, first)) => {
                *number += 1;
                *first = first.clone().min(name);
            }
            None => {
                left.insert(at, (1, name));
                // It stays as well, in its own container.
                open.push(container);
            }
        }
    }
    let filled = left.into_iter().map(|(at, (number, first))| {
        let operation = &operations[at];
        ((operation.mapping, operation.source.clone()), FindingKind::ContainerNotEmpty { number, first })
    });
    filled.collect()
}

/// Drops and reports these deletes.
pub(crate) fn keep_filled(drafts: &mut Drafts, mut filled: Filled, findings: &mut Vec<Finding>) {
    if filled.is_empty() {
        return;
    }
    drafts.retain(|operation| {
        if operation.action != Action::Delete {
            return true;
        }
        let kind = filled.remove(&(operation.mapping, operation.source.clone()));
        let is_kept = kind.is_none();
        let finding = kind.map(|it| Finding::about_object(operation.mapping, operation.source.clone(), it));
        findings.extend(finding);
        is_kept
    });
}

/// Tells whether some operation deletes what may be a container.
pub(crate) fn deletes(input: &PlanInput<'_>, operations: &[Operation]) -> bool {
    let is_delete = |it: &Operation| it.action == Action::Delete;
    input.spec.targets.iter().any(|it| slot(it).is_some()) && operations.iter().any(is_delete)
}

fn name(tree: &Tree<'_>, node: Node) -> Text {
    match node {
        Node::Existing(target, row) => {
            let records = tree.input.target[target].records();
            let id = records.record(row).id();
            Text::new(format!("{} {}", records.layout().object_type(), EscapedText(id.as_str())))
        }
        Node::Created(_) => Text::default(),
    }
}

/// Visits each pair of operations of which the first moves a container and the second puts an object into it, or into
/// what is in it.
pub(crate) fn moves(input: &PlanInput<'_>, operations: &[Operation], mut visit: impl FnMut(u32, u32)) {
    let Some(tree) = Tree::of(input, operations) else { return };
    // By object that stays where it is: the operation that moves the nearest container above it.
    let mut nearest: BTreeMap<Node, Option<u32>> = BTreeMap::new();
    for &(second, container) in tree.placed.values() {
        let mut path = Vec::new();
        let mut next = container;
        let first = loop {
            let Some(node) = next else { break None };
            if let Some(&(first, _)) = tree.placed.get(&node) {
                break Some(first);
            }
            if let Some(&known) = nearest.get(&node) {
                break known;
            }
            // Also ends a walk through a target that is in a circle already.
            nearest.insert(node, None);
            path.push(node);
            next = tree.current(node);
        };
        for node in path {
            nearest.insert(node, first);
        }
        if let Some(first) = first.filter(|it| *it != second) {
            visit(first, second);
        }
    }
}
