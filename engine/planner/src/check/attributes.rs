//! Which attributes are written, and may they be?

use provisio_model::{AttrName, AttributeSchema, CompareRule, Mutability, Slot, Value, ValueRef, Values};

use super::facts::{Facts, Reference, Subject, is_membership, mapped, references};
use super::report::Report;
use super::violation::ViolationKind;
use super::{blend, exchange, origin, sent, values};
use crate::compiled::{CompiledAttribute, CompiledStatus};
use crate::plan::{Action, Change, ChangeWrite, PlannedValues, TargetRef};
use crate::spec::{Apply, Export};

pub(super) fn check(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
    let mut rule = Rule { facts, subject, report };
    match &subject.operation.action {
        Action::Create { attributes } => rule.create(attributes),
        Action::ChangeMembers { .. } => {}
        action => {
            for change in action.changes() {
                rule.change(change);
            }
            rule.status(action);
        }
    }
}

/// An attribute that may be written: by a mapping, or as the status attribute.
enum Writable<'a> {
    Mapped(&'a CompiledAttribute),
    Status(&'a CompiledStatus),
    /// The attribute that marks an object as deleted.
    Mark,
}

struct Rule<'r, 'a> {
    facts: &'r Facts<'a>,
    subject: &'r Subject<'a>,
    report: &'r mut Report,
}

impl<'a> Rule<'_, 'a> {
    fn find(&mut self, kind: ViolationKind) {
        self.report.add(Some(self.subject.at), kind);
    }

    /// Finds the attribute by its name, or reports why it cannot be written.
    fn writable(&mut self, name: &AttrName) -> Option<(Slot, &'a AttributeSchema, Writable<'a>)> {
        let mapping = self.subject.mapping;
        let layout = &self.facts.input.spec.targets[mapping.target];
        let Some(slot) = layout.slot(name.as_str()) else {
            self.find(ViolationKind::UnknownAttribute { attribute: name.clone() });
            return None;
        };
        let schema = layout.attribute(slot);
        let status = mapping.status.as_ref().filter(|it| it.slot == slot);
        let marks = mapping.leaving.soft_delete.as_ref().is_some_and(|it| it.slot == slot);
        let writable = match (mapped(mapping, slot), status) {
            (Some(attribute), _) => Writable::Mapped(attribute),
            (None, Some(status)) => Writable::Status(status),
            (None, None) if marks => Writable::Mark,
            (None, None) => {
                self.find(ViolationKind::UnmappedAttribute { attribute: name.clone() });
                return None;
            }
        };
        if is_membership(schema) {
            self.find(ViolationKind::NotByMembers { attribute: name.clone() });
            return None;
        }
        Some((slot, schema, writable))
    }

    fn create(&mut self, attributes: &[(AttrName, PlannedValues)]) {
        let mapping = self.subject.mapping;
        for (name, planned) in attributes {
            let Some((slot, schema, writable)) = self.writable(name) else { continue };
            values::check(self.subject, schema, planned, self.report);
            match writable {
                Writable::Mapped(attribute) => {
                    origin::check_created(self.facts, self.subject, attribute, planned, self.report);
                }
                Writable::Status(status) if !is_only(planned, schema, &status.enabled) => {
                    self.find(ViolationKind::StatusDiffers);
                }
                Writable::Mark => self.find(ViolationKind::StatusDiffers),
                Writable::Status(_) => {}
            }
            let status = mapping.status.as_ref().filter(|it| it.slot == slot && it.mapped.is_some());
            if status.is_some_and(|it| !it.create_disabled && is_only(planned, schema, &it.disabled)) {
                self.find(ViolationKind::CreatedDisabled);
            }
        }
        let layout = &self.facts.input.spec.targets[mapping.target];
        for (_, schema) in layout.attributes() {
            let is_required =
                schema.required && schema.mutability != Mutability::ReadOnly && !is_membership(schema);
            if is_required && !attributes.iter().any(|(name, _)| *name == schema.name) {
                self.find(ViolationKind::RequiredMissing { attribute: schema.name.clone() });
            }
        }
    }

    fn change(&mut self, change: &Change) {
        let name = || change.attribute.clone();
        let Some((slot, schema, writable)) = self.writable(&change.attribute) else { return };
        let is_new = matches!(self.subject.operation.target, TargetRef::Created(_));
        let create_only = match writable {
            // A reference whose create could not hold it yet is part of the create.
            Writable::Mapped(it) => it.apply == Apply::OnCreate && !is_new,
            Writable::Status(_) | Writable::Mark => false,
        };
        if create_only || schema.mutability == Mutability::Immutable {
            self.find(ViolationKind::CreateOnly { attribute: name() });
        }
        if let Some(planned) = &change.after {
            values::check(self.subject, schema, planned, self.report);
        }
        if let Writable::Mapped(attribute) = writable
            && attribute.write_only
        {
            if !create_only {
                sent::check_unreadable(self.facts, self.subject, attribute, change, self.report);
            }
            return;
        }
        if change.write == ChangeWrite::Temporary {
            return exchange::check_temporary(self.facts, self.subject, slot, change, self.report);
        }
        let held = exchange::held(self.facts, self.subject, slot);
        if held != change.before {
            self.find(ViolationKind::BeforeDiffers { attribute: name() });
        } else if is_unchanged(schema, held.as_ref(), change.after.as_ref()) {
            if self.repeats(&writable, change) {
                return;
            }
            self.find(ViolationKind::ChangesNothing { attribute: name() });
        } else if change.after.is_none() && schema.required {
            self.find(ViolationKind::RequiredMissing { attribute: name() });
        } else if let Writable::Mapped(attribute) = writable {
            if !is_new {
                let can = self.facts.input.capabilities.update_with_add_remove;
                blend::check(self.subject, attribute, change, can, self.report);
            }
            origin::check_change(self.facts, self.subject, attribute, change, self.report);
        }
    }

    /// May a value be sent again because something else changes?
    fn repeats(&self, writable: &Writable<'_>, change: &Change) -> bool {
        let Writable::Mapped(attribute) = writable else { return false };
        let others = self.subject.operation.action.changes();
        attribute.export == Export::Always
            && change.repeats()
            && others.iter().any(|it| it.attribute != change.attribute && !it.repeats())
    }

    /// Does an action mark its object as deleted, and does it take the mark away?
    fn mark(&self, action: &Action) -> (bool, bool) {
        let Some(mark) = &self.subject.mapping.leaving.soft_delete else { return (false, false) };
        let schema = self.facts.input.spec.targets[self.subject.mapping.target].attribute(mark.slot);
        let change = action.changes().iter().find(|it| it.attribute == mark.name);
        let becomes = |wanted: &Value| {
            change.and_then(|it| it.after.as_ref()).is_some_and(|it| is_only(it, schema, wanted))
        };
        (becomes(&mark.deleted), becomes(&mark.kept))
    }

    /// Does the status attribute become what the action says?
    fn status(&mut self, action: &Action) {
        let status = self.subject.mapping.status.as_ref();
        let becomes = |wanted: &Value| {
            status.is_some_and(|status| {
                let layout = &self.facts.input.spec.targets[self.subject.mapping.target];
                let schema = layout.attribute(status.slot);
                let change = action.changes().iter().find(|it| it.attribute == status.name && !it.repeats());
                let after = change.and_then(|it| it.after.as_ref());
                after.is_some_and(|it| is_only(it, schema, wanted))
            })
        };
        let is_status = |it: &Change| status.is_some_and(|status| it.attribute == status.name);
        let (enables, disables) =
            (status.is_some_and(|it| becomes(&it.enabled)), status.is_some_and(|it| becomes(&it.disabled)));
        let leaves = self.subject.trigger().is_some();
        let (marks, unmarks) = self.mark(action);
        let unmapped = status.is_some_and(|it| it.mapped.is_none());
        let wrong = match action {
            Action::Disable { .. } => !disables || (unmapped && !leaves),
            Action::Enable { .. } => !enables,
            // What is disabled must be counted as such.
            Action::Update { .. } => disables,
            // Being in scope means being enabled where no mapping says otherwise.
            Action::Adopt { changes } => unmapped && changes.iter().any(is_status) && !enables,
            _ => false,
        };
        let marks_wrongly = match action {
            Action::SoftDelete { .. } => !marks && !disables,
            Action::Restore { .. } => !unmarks,
            Action::Adopt { .. } => marks,
            _ => marks || unmarks,
        };
        if wrong || marks_wrongly {
            self.find(ViolationKind::StatusDiffers);
        }
        let mark = self.subject.mapping.leaving.soft_delete.as_ref();
        let is_mark = |it: &Change| mark.is_some_and(|mark| it.attribute == mark.name);
        let mapping = self.subject.mapping;
        let goes_with = |it: &Change| {
            mapping
                .leaving
                .attributes
                .iter()
                .any(|write| mapping.attributes[write.mapped].name == it.attribute)
        };
        let is_other = |it: &&Change| !is_status(it) && !is_mark(it) && !goes_with(it);
        if leaves && let Some(other) = action.changes().iter().find(is_other) {
            self.find(ViolationKind::NotFromSource { attribute: other.attribute.clone() });
        }
    }
}

/// Tells whether this value alone is written.
pub(super) fn is_only(planned: &PlannedValues, schema: &AttributeSchema, wanted: &Value) -> bool {
    match planned {
        PlannedValues::Values(values) => {
            values.single().is_some_and(|it| CompareRule::of(schema).same(it.borrow(), wanted.borrow()))
        }
        PlannedValues::References(_) => false,
    }
}

fn is_unchanged(schema: &AttributeSchema, held: Option<&Values>, after: Option<&PlannedValues>) -> bool {
    match (held, after) {
        (None, None) => true,
        (Some(held), Some(PlannedValues::Values(after))) => CompareRule::of(schema)
            .same_set(held.as_slice().iter().map(Value::borrow), after.as_slice().iter().map(Value::borrow)),
        (Some(held), Some(after @ PlannedValues::References(_))) => {
            let mut before: Vec<&str> = held.iter().filter_map(reference).collect();
            let after = references(after);
            let mut ids: Vec<&str> = after.iter().filter_map(existing).collect();
            before.sort_unstable();
            ids.sort_unstable();
            ids.len() == after.len() && ids == before
        }
        _ => false,
    }
}

fn reference(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::Reference(id) => Some(id),
        _ => None,
    }
}

fn existing<'a>(reference: &Reference<'a>) -> Option<&'a str> {
    match reference {
        Reference::Existing(id) => Some(id),
        Reference::Created(_) => None,
    }
}
