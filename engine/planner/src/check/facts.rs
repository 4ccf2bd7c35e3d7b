//! What the rules ask again and again: who is linked to whom, what the plan creates, adopts and deletes, and
//! which object an operation is about.

use std::collections::BTreeMap;

use provisio_model::{AttributeSchema, Links, Record, Row, Slot, SourceSide, TargetSide};

use super::memberships::{self as members, Membership};
use super::report::Report;
use super::scope::{self, Standing};
use super::violation::ViolationKind;
use crate::compiled::{CompiledAttribute, CompiledObject};
use crate::input::PlanInput;
use crate::memory::Trigger;
use crate::plan::{
    Action, Change, ChangeWrite, OpId, Operation, Plan, PlannedValues, Reason, Referent, TargetRef, Why,
};

/// A target object: which of the target's object types, by the position of its layout, and its id there.
pub(super) type TargetKey<'a> = (usize, &'a str);

/// What is looked up once for the whole plan.
pub(super) struct Facts<'a> {
    pub(super) input: &'a PlanInput<'a>,
    pub(super) plan: &'a Plan,
    /// The links of each mapping.
    links: Vec<Option<&'a Links>>,
    /// Who is a member of the groups that the scope of each mapping asks for.
    memberships: Vec<Vec<Membership<'a>>>,
    /// Which operation adopts an object, and for which source object under which mapping.
    pub(super) adopted: BTreeMap<TargetKey<'a>, (OpId, usize, &'a str)>,
    /// Which operation deletes an object.
    pub(super) deleted: BTreeMap<TargetKey<'a>, OpId>,
    /// Which operations adopt an object with this id, and which delete one, whatever its type.
    pub(super) adopted_ids: BTreeMap<&'a str, Vec<OpId>>,
    pub(super) deleted_ids: BTreeMap<&'a str, Vec<OpId>>,
    /// Which operation writes a temporary value: the object's type, the object, the attribute.
    pub(super) temporary: BTreeMap<(usize, &'a str, Slot), OpId>,
    /// What waits for what, as the plan has it: (first, second, reason), sorted.
    waiting: Vec<(OpId, OpId, Why)>,
    /// Which operation creates the object of a source object, by mapping and source id.
    pub(super) created: BTreeMap<(usize, &'a str), OpId>,
}

/// One operation with what it is about.
pub(super) struct Subject<'a> {
    pub(super) at: OpId,
    pub(super) operation: &'a Operation,
    /// The position of its mapping.
    pub(super) mapping_at: usize,
    pub(super) mapping: &'a CompiledObject,
    /// The source object, if it was read.
    pub(super) source: Option<Record<'a, SourceSide>>,
    /// Where it stands with the scope.
    pub(super) standing: Option<Standing<'a>>,
    /// The target object, if it exists and was read.
    pub(super) target: Option<Record<'a, TargetSide>>,
}

impl<'a> Subject<'a> {
    /// Tells whether the source object is in scope and says that it is disabled.
    pub(super) fn is_disabled(&self) -> bool {
        self.standing.as_ref().is_some_and(Standing::is_disabled)
    }

    /// Why the target object is deprovisioned, as the operation says.
    pub(super) fn trigger(&self) -> Option<Trigger> {
        match self.operation.reason {
            Reason::Unassigned => Some(Trigger::Unassigned),
            Reason::OutOfScope(_) => Some(Trigger::OutOfScope),
            Reason::SourceDisabled => Some(Trigger::SourceDisabled),
            Reason::SourceDeleted => Some(Trigger::SourceDeleted),
            _ => None,
        }
    }

    pub(super) fn is_in_scope(&self) -> bool {
        self.standing.as_ref().is_some_and(Standing::is_in_scope)
    }
}

/// A target object that a value refers to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reference<'a> {
    Existing(&'a str),
    Created(OpId),
}

impl<'a> Reference<'a> {
    pub(super) fn to(target: &'a TargetRef) -> Self {
        match target {
            TargetRef::Existing(id) => Self::Existing(id.as_str()),
            TargetRef::Created(id) => Self::Created(*id),
        }
    }

    pub(super) fn to_target(self) -> TargetRef {
        match self {
            Self::Existing(id) => TargetRef::Existing(provisio_model::TargetId::new(id)),
            Self::Created(id) => TargetRef::Created(id),
        }
    }
}

/// Returns what planned values refer to.
pub(super) fn references(values: &PlannedValues) -> Vec<Reference<'_>> {
    match values {
        PlannedValues::References(referents) => {
            referents.iter().map(|it| Reference::to(&it.target)).collect()
        }
        PlannedValues::Values(values) => {
            let ids = values.as_slice().iter().filter_map(|it| match it {
                provisio_model::Value::Reference(id) => Some(Reference::Existing(id.as_str())),
                _ => None,
            });
            ids.collect()
        }
    }
}

/// What an action writes to one attribute.
pub(super) enum Written<'a> {
    Values(&'a PlannedValues),
    Change(&'a Change),
    Members { add: &'a [Referent], remove: &'a [Referent] },
}

/// Returns what an operation writes, by the name of the attribute.
pub(super) fn written(operation: &Operation) -> Vec<(&provisio_model::AttrName, Written<'_>)> {
    match &operation.action {
        Action::Create { attributes } => {
            attributes.iter().map(|(name, values)| (name, Written::Values(values))).collect()
        }
        Action::ChangeMembers { attribute, add, remove } => {
            vec![(attribute, Written::Members { add, remove })]
        }
        action => action.changes().iter().map(|it| (&it.attribute, Written::Change(it))).collect(),
    }
}

impl<'a> Facts<'a> {
    pub(super) fn new(input: &'a PlanInput<'a>, plan: &'a Plan) -> Self {
        let links = input.spec.mappings.iter().map(|it| input.links.of(&it.name)).collect();
        let mut facts = Self {
            input,
            plan,
            links,
            memberships: input.spec.mappings.iter().map(|it| members::of_scope(input, it)).collect(),
            adopted: BTreeMap::new(),
            deleted: BTreeMap::new(),
            adopted_ids: BTreeMap::new(),
            deleted_ids: BTreeMap::new(),
            temporary: BTreeMap::new(),
            waiting: Vec::new(),
            created: BTreeMap::new(),
        };
        for (at, operation) in positions(plan) {
            facts.waiting.extend(operation.after.iter().map(|it| (it.operation, at, it.why)));
            let mapping_at = usize::from(operation.mapping.0);
            let Some(mapping) = input.spec.mappings.get(mapping_at) else { continue };
            let source = operation.source.as_str();
            match (&operation.action, &operation.target) {
                (Action::Create { .. }, _) => {
                    facts.created.entry((mapping_at, source)).or_insert(at);
                }
                (Action::Adopt { .. }, TargetRef::Existing(id)) => {
                    let key = (mapping.target, id.as_str());
                    facts.adopted.entry(key).or_insert((at, mapping_at, source));
                    facts.adopted_ids.entry(id.as_str()).or_default().push(at);
                }
                (Action::Delete, TargetRef::Existing(id)) => {
                    facts.deleted.entry((mapping.target, id.as_str())).or_insert(at);
                    facts.deleted_ids.entry(id.as_str()).or_default().push(at);
                }
                _ => {}
            }
            let TargetRef::Existing(id) = &operation.target else { continue };
            for change in operation.action.changes().iter().filter(|it| it.write == ChangeWrite::Temporary) {
                if let Some(slot) = input.spec.targets[mapping.target].slot(change.attribute.as_str()) {
                    facts.temporary.entry((mapping.target, id.as_str(), slot)).or_insert(at);
                }
            }
        }
        facts.waiting.sort_unstable();
        facts
    }

    /// Returns the operations whose mapping exists; reports the others.
    pub(super) fn subjects(&self, report: &mut Report) -> Vec<Subject<'a>> {
        let mut subjects = Vec::with_capacity(self.plan.operations.len());
        for (at, operation) in positions(self.plan) {
            let mapping_at = usize::from(operation.mapping.0);
            let Some(mapping) = self.input.spec.mappings.get(mapping_at) else {
                report.add(Some(at), ViolationKind::UnknownMapping { mapping: operation.mapping });
                continue;
            };
            let target = match &operation.target {
                TargetRef::Existing(id) => self.target(mapping.target, id.as_str()),
                TargetRef::Created(_) => None,
            };
            let source = self.source(mapping_at, operation.source.as_str());
            let standing = source.map(|it| self.standing(mapping_at, it));
            subjects.push(Subject { at, operation, mapping_at, mapping, source, standing, target });
        }
        subjects
    }

    /// Tells where a source object stands with the scope of a mapping.
    pub(super) fn standing(&self, mapping_at: usize, record: Record<'a, SourceSide>) -> Standing<'a> {
        let scope = &self.mapping(mapping_at).scope;
        scope::standing(scope, &self.memberships[mapping_at], self.input.now, record)
    }

    /// Returns the operations that wait for an operation, and why.
    pub(super) fn waiting(&self, at: OpId) -> impl Iterator<Item = (OpId, Why)> {
        let start = self.waiting.partition_point(|it| it.0 < at);
        self.waiting[start..].iter().take_while(move |it| it.0 == at).map(|it| (it.1, it.2))
    }

    pub(super) fn mapping(&self, at: usize) -> &'a CompiledObject {
        &self.input.spec.mappings[at]
    }

    pub(super) fn operation(&self, at: OpId) -> Option<&'a Operation> {
        self.plan.operations.get(at.position())
    }

    /// Returns the source object of a mapping, if it was read.
    pub(super) fn source(&self, mapping_at: usize, id: &str) -> Option<Record<'a, SourceSide>> {
        let records = self.input.source[self.mapping(mapping_at).source].records();
        records.find(id).map(|row: Row<SourceSide>| records.record(row))
    }

    /// Returns a target object, if it was read.
    pub(super) fn target(&self, target: usize, id: &str) -> Option<Record<'a, TargetSide>> {
        let records = self.input.target[target].records();
        records.find(id).map(|row| records.record(row))
    }

    pub(super) fn links(&self, mapping_at: usize) -> Option<&'a Links> {
        self.links[mapping_at]
    }

    /// Returns the source objects that a target object is linked to, each with the position of its mapping.
    pub(super) fn holders<'f>(
        &'f self,
        target: usize,
        id: &'f str,
    ) -> impl Iterator<Item = (usize, &'a str)> + 'f {
        let links = self.links.iter().enumerate().filter(move |(at, _)| self.mapping(*at).target == target);
        let links = links.filter_map(move |(at, links)| Some((at, links.as_ref()?.of_target(id)?)));
        links.map(|(at, link)| (at, link.source.as_str()))
    }

    /// Returns the object mappings that an attribute refers to; all, if it is not known.
    pub(super) fn refers_to(&self, attribute: &CompiledAttribute) -> Vec<(usize, &'a CompiledObject)> {
        attribute.refers_to.iter().map(|&at| (at, self.mapping(at))).collect()
    }

    /// Returns the source objects that a reference stands for, each with the position of its mapping.
    pub(super) fn stands_for(
        &self,
        attribute: &CompiledAttribute,
        reference: Reference<'a>,
    ) -> Vec<(usize, &'a str)> {
        let id = match reference {
            Reference::Existing(id) => id,
            Reference::Created(at) => {
                let create = self.operation(at).filter(|it| is_create(it));
                let found = create.map(|it| (usize::from(it.mapping.0), it.source.as_str()));
                return found.into_iter().filter(|it| attribute.refers_to.contains(&it.0)).collect();
            }
        };
        let mut found = Vec::new();
        for (at, mapping) in self.refers_to(attribute) {
            let link = self.links(at).and_then(|it| it.of_target(id));
            found.extend(link.map(|it| (at, it.source.as_str())));
            let adopted = self.adopted.get(&(mapping.target, id)).filter(|it| it.1 == at);
            found.extend(adopted.map(|it| (at, it.2)));
        }
        found
    }
}

pub(super) fn is_create(operation: &Operation) -> bool {
    matches!(operation.action, Action::Create { .. })
}

/// Returns the operations with their positions, which is what their ids should be.
pub(super) fn positions(plan: &Plan) -> impl Iterator<Item = (OpId, &Operation)> {
    plan.operations.iter().enumerate().map(|(at, it)| (OpId(u32::try_from(at).unwrap_or(u32::MAX)), it))
}

/// Members of a group are changed one by one.
pub(super) fn is_membership(attribute: &AttributeSchema) -> bool {
    attribute.kind == provisio_model::ValueKind::Reference && attribute.multi_valued
}

/// Returns the attribute mapping that writes a slot.
pub(super) fn mapped(mapping: &CompiledObject, slot: Slot) -> Option<&CompiledAttribute> {
    mapping.attributes.iter().find(|it| it.slot == slot)
}
