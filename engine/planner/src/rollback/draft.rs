//! Which operations lead from what is now to where the way ends?

use std::collections::BTreeMap;

use provisio_model::{AttrName, CompareRule, Mutability, Slot, TargetId, Text, Value, Values};

use super::deed::Created;
use super::not_undone::NotUndone;
use super::way::{Way, same_set};
use crate::compiled::CompiledObject;
use crate::diff::existing;
use crate::draft::Drafts;
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::memory::{Fact, NoteChange, Trigger};
use crate::plan::{
    Action, ActionKind, Change, ChangeWrite, OpId, Operation, PlannedValues, Reason, Referent, TargetRef,
};
use crate::protect::{Shield, Shields, shields};
use crate::reference::label_text;
use crate::situation::Situation;
use crate::spec::Deprovision;

/// What is to be remembered, and which action makes it true.
type Noted = Vec<(Fact, Option<ActionKind>)>;

/// Drafts the operations of all objects.
pub(super) struct Drafting<'a, 'w, 'f> {
    input: &'a PlanInput<'a>,
    created: Created,
    ways: &'w [Way<'a>],
    findings: &'f mut Vec<Finding>,
    shields: Vec<std::sync::Arc<Shields>>,
    /// The objects that are created again, by their type and the id that they had: the number of the create.
    again: BTreeMap<(usize, &'w str), OpId>,
    drafts: Drafts,
    noted: Noted,
}

impl<'a, 'w, 'f> Drafting<'a, 'w, 'f> {
    pub(super) fn new(
        input: &'a PlanInput<'a>,
        created: Created,
        ways: &'w [Way<'a>],
        findings: &'f mut Vec<Finding>,
    ) -> Self {
        let is_again = |it: &&Way<'_>| it.is_there && it.current.is_none();
        let creates = ways.iter().filter(is_again);
        let again: BTreeMap<(usize, &str), OpId> = creates
            .zip(0..)
            .map(|(way, ticket)| ((way.mapping().target, way.target.as_str()), OpId(ticket)))
            .collect();
        let drafts = Drafts::with_creates(again.len());
        let shields = shields(input);
        Self { input, created, ways, findings, shields, again, drafts, noted: Vec::new() }
    }

    /// Drafts; gives the operations, and what is to be remembered once they are done.
    pub(super) fn draft(mut self) -> (Drafts, Noted) {
        for way in self.ways {
            match (way.current.is_some(), way.is_there) {
                (true, false) => self.deprovision(way),
                (false, true) => self.create(way),
                (true, true) => self.change(way),
                (false, false) => {}
            }
        }
        (self.drafts, self.noted)
    }

    /// Undoes a create.
    fn deprovision(&mut self, way: &Way<'a>) {
        let mapping = way.mapping();
        let allowed = self.input.operations(mapping);
        if self.created == Created::Delete {
            if !allowed.delete {
                return self.refuse(way, NotUndone::NotAllowed { action: ActionKind::Delete });
            }
            if let Some(slot) = way.changed_since {
                let name = self.schema(mapping, slot).name.clone();
                let found = Values::from_many(way.now(slot)).map_or("nothing".into(), |it| it.to_string());
                let why = NotUndone::ChangedSince { cycle: way.cycle.clone(), found: found.into() };
                let kind = FindingKind::NotUndone { why };
                self.findings.push(Finding::about_attribute(way.id, way.source.clone(), &name, kind));
                return;
            }
            return self.add(way, Action::Delete);
        }
        let step = mapping.leaving.steps(Trigger::SourceDeleted).get(0).map(|it| it.action);
        let mut changes = Vec::new();
        match step {
            None | Some(Deprovision::Leave) => return self.refuse(way, NotUndone::StaysCreated),
            Some(Deprovision::SoftDelete) => changes.extend(self.mark(way)),
            Some(Deprovision::Disable | Deprovision::Delete) => {}
        }
        let Some(status) = &mapping.status else {
            return match changes.is_empty() {
                true => self.refuse(way, NotUndone::StaysCreated),
                false => self.write(way, changes),
            };
        };
        let disabled = std::slice::from_ref(&status.disabled);
        if !same_set(status.rule, &way.now(status.slot), disabled) {
            changes.insert(0, self.whole(way, status.slot, &status.name, disabled));
        }
        self.write(way, changes);
    }

    /// The change that marks an object as deleted.
    fn mark(&self, way: &Way<'a>) -> Option<Change> {
        let mark = way.mapping().leaving.soft_delete.as_ref()?;
        let deleted = std::slice::from_ref(&mark.deleted);
        (!same_set(mark.rule, &way.now(mark.slot), deleted))
            .then(|| self.whole(way, mark.slot, &mark.name, deleted))
    }

    fn whole(&self, way: &Way<'a>, slot: Slot, name: &AttrName, values: &[Value]) -> Change {
        let after = Values::from_many(values.iter().cloned()).map(PlannedValues::Values);
        Change::whole(name.clone(), Values::from_many(way.now(slot)), after)
    }

    /// Undoes a delete: the object is made again from what was recorded.
    fn create(&mut self, way: &Way<'a>) {
        let mapping = way.mapping();
        if !self.input.operations(mapping).create {
            return self.refuse(way, NotUndone::NotAllowed { action: ActionKind::Create });
        }
        let Some(&ticket) = self.again.get(&(mapping.target, way.target.as_str())) else { return };
        let mut attributes = Vec::new();
        let mut members = Vec::new();
        for (&slot, values) in &way.values {
            let schema = self.schema(mapping, slot);
            if schema.mutability == Mutability::ReadOnly {
                continue;
            }
            let Some(planned) = self.planned(way, slot, values) else { continue };
            match planned {
                PlannedValues::References(add) if schema.multi_valued => {
                    members.push((schema.name.clone(), add));
                }
                planned => attributes.push((schema.name.clone(), planned)),
            }
        }
        let required = self.input.spec.targets[mapping.target].attributes().map(|it| it.1).find(|schema| {
            schema.required
                && !matches!(schema.mutability, Mutability::ReadOnly)
                && !attributes.iter().any(|(name, _)| *name == schema.name)
        });
        if let Some(schema) = required {
            let kind = FindingKind::RequiredMissing;
            self.findings.push(Finding::about_attribute(way.id, way.source.clone(), &schema.name, kind));
            return;
        }
        let make = |action| Operation {
            id: OpId(0),
            mapping: way.id,
            label: way.label.clone(),
            source: way.source.clone(),
            target: TargetRef::Created(ticket),
            version: None,
            situation: Situation::RolledBack,
            action,
            reason: Reason::Undoes { cycle: way.cycle.clone() },
            after: Vec::new(),
            lost: Vec::new(),
        };
        self.drafts.add(make(Action::Create { attributes }));
        for (attribute, add) in members {
            let add = self.unprotected(way, &attribute, add);
            if !add.is_empty() {
                self.drafts.add(make(Action::ChangeMembers { attribute, add, remove: Vec::new() }));
            }
        }
        self.settles(way, ActionKind::Create);
    }

    /// Undoes changes of an object that is there.
    fn change(&mut self, way: &Way<'a>) {
        let mapping = way.mapping();
        let mut changes = Vec::new();
        let mut members = Vec::new();
        for (&slot, values) in &way.values {
            let schema = self.schema(mapping, slot);
            let now = way.now(slot);
            if same_set(CompareRule::of(schema), &now, values) {
                continue;
            }
            let name = schema.name.clone();
            let problem = if values.is_empty() && schema.required {
                Some(FindingKind::RequiredMissing)
            } else if schema.mutability != Mutability::ReadWrite {
                Some(FindingKind::NotUndone { why: NotUndone::CannotBeWritten })
            } else {
                None
            };
            if let Some(kind) = problem {
                self.findings.push(Finding::about_attribute(way.id, way.source.clone(), &name, kind));
                continue;
            }
            if schema.multi_valued && schema.kind == provisio_model::ValueKind::Reference {
                let missing = |from: &[Value], among: &[Value]| -> Vec<Value> {
                    from.iter().filter(|it| !among.contains(it)).cloned().collect()
                };
                let add = self.referents(way, slot, &missing(values, &now));
                let remove = self.leaving(way, slot, &missing(&now, values));
                let (add, remove) = (self.unprotected(way, &name, add), self.unprotected(way, &name, remove));
                members.push((name, add, remove));
                continue;
            }
            let after = self.planned(way, slot, values);
            if after.is_none() && !values.is_empty() {
                // What it referred to is gone.
                continue;
            }
            let before = Values::from_many(now);
            let is_by_value = way.by_value.contains(&slot) && schema.multi_valued;
            let write = if is_by_value { ChangeWrite::ByValue } else { ChangeWrite::Whole };
            changes.push(Change { attribute: name, before, after, write });
        }
        let members = members.into_iter().filter(|(_, add, remove)| !add.is_empty() || !remove.is_empty());
        let members: Vec<_> = members.collect();
        let is_allowed = self.input.operations(mapping).update;
        if !is_allowed && (!changes.is_empty() || !members.is_empty()) {
            return self.refuse(way, NotUndone::NotAllowed { action: ActionKind::Update });
        }
        match (way.was_linked, way.is_linked) {
            (false, true) => self.add(way, Action::Adopt { changes }),
            _ => self.write(way, changes),
        }
        for (attribute, add, remove) in members {
            self.add(way, Action::ChangeMembers { attribute, add, remove });
        }
        if way.was_linked && !way.is_linked {
            self.add(way, Action::Unlink);
        }
    }

    /// Writes attributes by the action that they are.
    fn write(&mut self, way: &Way<'a>, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        if !self.input.operations(way.mapping()).update {
            return self.refuse(way, NotUndone::NotAllowed { action: ActionKind::Update });
        }
        let action = action_of(way.mapping(), changes);
        if matches!(action, Action::Enable { .. } | Action::Restore { .. }) {
            self.settles(way, action.kind());
        }
        self.add(way, action);
    }

    fn add(&mut self, way: &Way<'a>, action: Action) {
        let Some(current) = way.current else { return };
        let reason = Reason::Undoes { cycle: way.cycle.clone() };
        let of = (way.id, way.mapping(), Situation::RolledBack);
        self.drafts.add(existing(of, way.source.clone(), current, action, reason));
    }

    /// Whoever was leaving is not any more.
    fn settles(&mut self, way: &Way<'a>, once: ActionKind) {
        let note = self.input.memory.note(&way.mapping().name, way.source.as_str());
        if note.is_some_and(|it| it.leaving.is_some()) {
            let (mapping, source) = (way.id, way.source.clone());
            let fact = Fact::Note { mapping, source, change: NoteChange::Settles };
            self.noted.push((fact, Some(once)));
        }
    }

    fn refuse(&mut self, way: &Way<'a>, why: NotUndone) {
        let kind = FindingKind::NotUndone { why };
        self.findings.push(Finding::about_object(way.id, way.source.clone(), kind));
    }

    fn schema(&self, mapping: &CompiledObject, slot: Slot) -> &'a provisio_model::AttributeSchema {
        self.input.spec.targets[mapping.target].attribute(slot)
    }

    /// Values as a plan has them; `None` when there is none left.
    fn planned(&mut self, way: &Way<'a>, slot: Slot, values: &[Value]) -> Option<PlannedValues> {
        if self.schema(way.mapping(), slot).kind == provisio_model::ValueKind::Reference {
            let referents = self.referents(way, slot, values);
            return (!referents.is_empty()).then_some(PlannedValues::References(referents));
        }
        Values::from_many(values.iter().cloned()).map(PlannedValues::Values)
    }

    /// References to objects that are there, or that are created again; the others are reported.
    fn referents(&mut self, way: &Way<'a>, slot: Slot, values: &[Value]) -> Vec<Referent> {
        let mut referents = Vec::with_capacity(values.len());
        for value in values {
            let Value::Reference(id) = value else { continue };
            match self.referent(way, slot, id) {
                Some(referent) => referents.push(referent),
                None => {
                    let name = self.schema(way.mapping(), slot).name.clone();
                    let why = NotUndone::TargetGone { target: TargetId::new(id) };
                    let kind = FindingKind::NotUndone { why };
                    self.findings.push(Finding::about_attribute(way.id, way.source.clone(), &name, kind));
                }
            }
        }
        referents
    }

    fn referent(&self, way: &Way<'a>, slot: Slot, id: &Text) -> Option<Referent> {
        for at in self.mappings_of(way, slot) {
            let mapping = &self.input.spec.mappings[*at];
            let records = self.input.target[mapping.target].records();
            if let Some(row) = records.find(id) {
                let label = records.record(row).single(mapping.label).map(label_text);
                let label = label.filter(|it| !it.is_empty()).unwrap_or_else(|| id.clone());
                return Some(Referent { target: TargetRef::Existing(TargetId::new(id)), label });
            }
            if let Some(&ticket) = self.again.get(&(mapping.target, id.as_str())) {
                return Some(Referent { target: TargetRef::Created(ticket), label: id.clone() });
            }
        }
        None
    }

    /// Who leaves need not be there any more.
    fn leaving(&self, way: &Way<'a>, slot: Slot, values: &[Value]) -> Vec<Referent> {
        let ids = values.iter().filter_map(|it| match it {
            Value::Reference(id) => Some(id),
            _ => None,
        });
        let referent = |id: &Text| {
            self.referent(way, slot, id).unwrap_or_else(|| Referent {
                target: TargetRef::Existing(TargetId::new(id)),
                label: id.clone(),
            })
        };
        ids.map(referent).collect()
    }

    fn mappings_of(&self, way: &Way<'a>, slot: Slot) -> &'a [usize] {
        let attributes = &self.input.spec.mappings[usize::from(way.id.0)].attributes;
        attributes.iter().find(|it| it.slot == slot).map_or(&[][..], |it| &it.refers_to)
    }

    /// Nobody joins or leaves who is protected.
    fn unprotected(&mut self, way: &Way<'a>, name: &AttrName, referents: Vec<Referent>) -> Vec<Referent> {
        let Some(slot) = self.input.spec.targets[way.mapping().target].slot(name.as_str()) else {
            return referents;
        };
        let mut targets: Vec<usize> =
            self.mappings_of(way, slot).iter().map(|&at| self.input.spec.mappings[at].target).collect();
        targets.sort_unstable();
        targets.dedup();
        let (mut free, mut protected) = (Vec::new(), Vec::new());
        for referent in referents {
            let TargetRef::Existing(id) = &referent.target else {
                free.push(referent);
                continue;
            };
            let is_read = |at: &usize| self.input.target[*at].records().find(id.as_str()).is_some();
            let is_known = targets.iter().any(is_read);
            let mut of = targets.iter().filter(|it| !is_known || is_read(it));
            match of.all(|&at| self.shields[at].of_id(self.input, at, id.as_str()) == Shield::No) {
                true => free.push(referent),
                false => protected.push(id.clone()),
            }
        }
        for member in protected {
            let kind = FindingKind::MemberProtected { member };
            self.findings.push(Finding::about_attribute(way.id, way.source.clone(), name, kind));
        }
        free
    }
}

/// What changes of attributes are, by the status attribute and the mark of deleted objects.
fn action_of(mapping: &CompiledObject, changes: Vec<Change>) -> Action {
    let after = |name: &AttrName| {
        let change = changes.iter().find(|it| it.attribute == *name)?;
        match &change.after {
            Some(PlannedValues::Values(values)) => values.single().cloned().map(Some),
            _ => Some(None),
        }
    };
    let is = |value: Option<&Value>, rule: CompareRule, wanted: &Value| {
        value.is_some_and(|it| rule.same(it.borrow(), wanted.borrow()))
    };
    let mark = mapping.leaving.soft_delete.as_ref();
    let marked = mark.and_then(|mark| Some(is(after(&mark.name)?.as_ref(), mark.rule, &mark.deleted)));
    let status = mapping.status.as_ref();
    let disabled = status.and_then(|it| Some(is(after(&it.name)?.as_ref(), it.rule, &it.disabled)));
    match (marked, disabled) {
        (Some(true), _) => Action::SoftDelete { changes },
        (_, Some(true)) => Action::Disable { changes },
        (Some(false), _) => Action::Restore { changes },
        (None, Some(false)) => Action::Enable { changes },
        (None, None) => Action::Update { changes },
    }
}
