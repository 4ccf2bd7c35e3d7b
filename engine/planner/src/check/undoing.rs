//! Is a plan that undoes earlier cycles fit? It is not made from the source, so nothing that is said of the source
//! counts; everything that is said of the target does.
//!
//! Whether it undoes what was done, only the provisioning log knows. Here it is judged as what it does to the target: it
//! touches what belongs to the job and nothing else (R2), knows what it overwrites, and is held back by the same limits.

use provisio_model::{Mutability, SourceId, Value};

use super::attributes::is_only;
use super::facts::{
    Facts, Reference, Subject, Written, is_membership, mapped, positions, references, written,
};
use super::report::Report;
use super::violation::ViolationKind;
use super::{
    containers, exchange, identity, limits, protection, sequence, staged, unique, values, waits, writes,
};
use crate::plan::{Action, Change, ChangeWrite, Plan, Reason, TargetRef, Why};
use crate::situation::Situation;

/// Tells whether a plan undoes earlier cycles. One that does does nothing else.
pub(super) fn is_meant(plan: &Plan) -> bool {
    !plan.undoes().is_empty()
}

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    let protection = protection::Protection::of(facts.input);
    for subject in facts.subjects(report) {
        let mut rule = Rule { facts, subject: &subject, report };
        rule.reason();
        rule.right();
        if rule.identity() {
            rule.attributes();
            rule.references();
        }
        check_lost(facts, &subject, report);
        protection.check(facts, &subject, report);
        waits::check(facts, &subject, report);
    }
    let writers = writes::check(facts, report);
    unique::check(facts, &writers, report);
    containers::check(facts, report);
    sequence::check(facts, report);
    limits::check(facts, report);
    staged::check_acts(facts, report);
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

    fn reason(&mut self) {
        let operation = self.subject.operation;
        let fits = match operation.reason {
            Reason::Undoes { .. } => true,
            Reason::ReferenceDeferred | Reason::ValueDeferred => {
                matches!(operation.action, Action::Update { .. })
            }
            _ => false,
        };
        if !fits {
            self.find(ViolationKind::ReasonDoesNotFit);
        }
        if operation.situation != Situation::RolledBack {
            self.find(ViolationKind::OtherSituation { expected: Situation::RolledBack });
        }
        let is_empty = match &operation.action {
            Action::ChangeMembers { add, remove, .. } => add.is_empty() && remove.is_empty(),
            Action::Create { .. } | Action::Adopt { .. } | Action::Delete | Action::Unlink => false,
            action => action.changes().is_empty(),
        };
        if is_empty {
            self.find(ViolationKind::Empty);
        }
    }

    /// What the mapping does not allow, nobody undoes by it.
    fn right(&mut self) {
        let allowed = self.subject.mapping.operations;
        let is_new = matches!(self.subject.operation.target, TargetRef::Created(_));
        let is_allowed = match &self.subject.operation.action {
            Action::Create { .. } => allowed.create,
            Action::Delete => allowed.delete,
            Action::Unlink => true,
            Action::Adopt { changes } => changes.is_empty() || allowed.update,
            _ => allowed.update || is_new,
        };
        if !is_allowed {
            let action = self.subject.operation.action.kind();
            self.find(ViolationKind::NotAllowed { action });
        }
    }

    /// Tells whether it is known whose object it is.
    fn identity(&mut self) -> bool {
        let Subject { at, operation, mapping_at, mapping, .. } = *self.subject;
        let source = operation.source.as_str();
        let link = self.facts.links(mapping_at).and_then(|it| it.of_source(source));
        match (&operation.action, &operation.target) {
            (Action::Create { .. }, TargetRef::Created(id)) if *id == at => {
                if let Some(link) = link {
                    self.find(ViolationKind::SourceIsLinked { target: link.target.clone() });
                }
                true
            }
            (Action::Create { .. }, _) => {
                self.find(ViolationKind::NotItsOwnObject);
                false
            }
            (Action::Adopt { .. }, target) => {
                if let Some(link) = link {
                    self.find(ViolationKind::SourceIsLinked { target: link.target.clone() });
                }
                let (TargetRef::Existing(id), Some(_)) = (target, self.subject.target) else {
                    self.find(ViolationKind::UnknownTarget { target: target.clone() });
                    return false;
                };
                if let Some((_, source)) = self.facts.holders(mapping.target, id.as_str()).next() {
                    self.find(ViolationKind::TargetIsLinked { source: SourceId::new(source) });
                }
                true
            }
            (Action::Unlink, target) => {
                let is_linked = link.is_some_and(|it| TargetRef::Existing(it.target.clone()) == *target);
                if !is_linked {
                    self.find(ViolationKind::NotLinked { target: target.clone() });
                }
                for (first, other) in positions(self.facts.plan) {
                    if (other.mapping, &other.source) == (operation.mapping, &operation.source) && first != at
                    {
                        self.report.depends(at, first, Why::Undone);
                    }
                }
                false
            }
            _ => identity::check_known(self.facts, self.subject, self.report),
        }
    }

    fn attributes(&mut self) {
        let Subject { operation, mapping, .. } = *self.subject;
        let layout = &self.facts.input.spec.targets[mapping.target];
        for (name, written) in written(operation) {
            let Some(slot) = layout.slot(name.as_str()) else {
                self.find(ViolationKind::UnknownAttribute { attribute: name.clone() });
                continue;
            };
            if !mapping.written().contains(&slot) {
                self.find(ViolationKind::UnmappedAttribute { attribute: name.clone() });
                continue;
            }
            let schema = layout.attribute(slot);
            if is_membership(schema) != matches!(written, Written::Members { .. }) {
                self.find(ViolationKind::NotByMembers { attribute: name.clone() });
                continue;
            }
            match written {
                Written::Values(planned) => values::check(self.subject, schema, planned, self.report),
                Written::Change(change) => {
                    if let Some(planned) = &change.after {
                        values::check(self.subject, schema, planned, self.report);
                    }
                    if schema.mutability != Mutability::ReadWrite
                        && !matches!(operation.target, TargetRef::Created(_))
                    {
                        self.find(ViolationKind::CreateOnly { attribute: name.clone() });
                    }
                    if change.write == ChangeWrite::Temporary {
                        exchange::check_temporary(self.facts, self.subject, slot, change, self.report);
                        continue;
                    }
                    if exchange::held(self.facts, self.subject, slot) != change.before {
                        self.find(ViolationKind::BeforeDiffers { attribute: name.clone() });
                    }
                    if schema.required && change.after.is_none() {
                        self.find(ViolationKind::RequiredMissing { attribute: name.clone() });
                    }
                }
                Written::Members { add, remove } => {
                    let Some(group) = self.subject.target else { continue };
                    let is_in = |target: &TargetRef| match target {
                        TargetRef::Existing(id) => {
                            let id = Value::Reference(id.text().clone());
                            let rule = provisio_model::CompareRule::of(schema);
                            group.values(slot).iter().any(|it| rule.same(it, id.borrow()))
                        }
                        TargetRef::Created(_) => false,
                    };
                    for member in add.iter().filter(|it| is_in(&it.target)) {
                        self.find(ViolationKind::AlreadyMember { member: member.target.clone() });
                    }
                    for member in remove.iter().filter(|it| !is_in(&it.target)) {
                        self.find(ViolationKind::NotAMember { member: member.target.clone() });
                    }
                }
            }
        }
        self.required();
        self.status(operation.action.changes());
    }

    fn required(&mut self) {
        let Action::Create { attributes } = &self.subject.operation.action else { return };
        let layout = &self.facts.input.spec.targets[self.subject.mapping.target];
        for (_, schema) in layout.attributes() {
            let is_required =
                schema.required && schema.mutability != Mutability::ReadOnly && !is_membership(schema);
            if is_required && !attributes.iter().any(|(name, _)| *name == schema.name) {
                self.find(ViolationKind::RequiredMissing { attribute: schema.name.clone() });
            }
        }
    }

    /// What disables, or marks as deleted, must be counted as such.
    fn status(&mut self, changes: &[Change]) {
        let mapping = self.subject.mapping;
        let layout = &self.facts.input.spec.targets[mapping.target];
        let becomes = |slot, wanted: &Value| {
            let schema = layout.attribute(slot);
            let after =
                changes.iter().filter(|it| it.attribute == schema.name).find_map(|it| it.after.as_ref());
            after.is_some_and(|it| is_only(it, schema, wanted))
        };
        let disables = mapping.status.as_ref().is_some_and(|it| becomes(it.slot, &it.disabled));
        let marks = mapping.leaving.soft_delete.as_ref().is_some_and(|it| becomes(it.slot, &it.deleted));
        let wrong = match self.subject.operation.action {
            Action::SoftDelete { .. } => !marks,
            Action::Disable { .. } => !disables || marks,
            Action::Adopt { .. } => marks,
            _ => disables || marks,
        };
        if wrong {
            self.find(ViolationKind::StatusDiffers);
        }
    }

    /// What is referred to is there, or is created before, and is not deleted.
    fn references(&mut self) {
        let layout = &self.facts.input.spec.targets[self.subject.mapping.target];
        for (name, written) in written(self.subject.operation) {
            let Some(slot) = layout.slot(name.as_str()) else { continue };
            let Some(attribute) = mapped(self.subject.mapping, slot).filter(|it| it.is_reference()) else {
                continue;
            };
            let given = match &written {
                Written::Values(planned) => references(planned),
                Written::Change(change) => change.after.as_ref().map_or_else(Vec::new, references),
                Written::Members { add, .. } => add.iter().map(|it| Reference::to(&it.target)).collect(),
            };
            let types: Vec<usize> = self.facts.refers_to(attribute).iter().map(|it| it.1.target).collect();
            for reference in given {
                let (attribute, target) = (name.clone(), reference.to_target());
                match reference {
                    Reference::Created(by) => self.report.depends(self.subject.at, by, Why::Created),
                    Reference::Existing(id)
                        if !types.iter().any(|&at| self.facts.target(at, id).is_some()) =>
                    {
                        self.find(ViolationKind::UnknownReferent { attribute, target });
                    }
                    Reference::Existing(id) => {
                        let deleted = |at: &usize| self.facts.deleted.get(&(*at, id)).copied();
                        if let Some(by) = types.iter().find_map(deleted) {
                            self.find(ViolationKind::DeletedReferent { attribute, by });
                        }
                    }
                }
            }
        }
    }
}

/// Is what a delete takes away what the object held?
pub(super) fn check_lost(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
    let operation = subject.operation;
    if operation.action != Action::Delete {
        if let Some((attribute, _)) = operation.lost.first() {
            report.add(Some(subject.at), ViolationKind::BeforeDiffers { attribute: attribute.clone() });
        }
        return;
    }
    let Some(record) = subject.target else { return };
    let layout = &facts.input.spec.targets[subject.mapping.target];
    for slot in subject.mapping.written() {
        let attribute = &layout.attribute(slot).name;
        let lost = operation.lost.iter().find(|(name, _)| name == attribute).map(|(_, it)| it);
        if lost != record.values(slot).to_values().as_ref() {
            report.add(Some(subject.at), ViolationKind::BeforeDiffers { attribute: attribute.clone() });
        }
    }
}
