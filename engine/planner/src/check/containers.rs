//! Is nothing put into itself, is every container empty before it goes, and where it belongs before something is put
//! into it?

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{Import, LookUp, Slot, TargetId, ValueRef};

use super::facts::{Facts, Reference, is_create, positions, references};
use super::report::Report;
use super::violation::ViolationKind;
use crate::container::slot;
use crate::plan::{Action, OpId, TargetRef, Why};

/// An object: its type, where it is known, and what it goes by.
type Place<'a> = (Option<usize>, Reference<'a>);

struct Containers<'f, 'a> {
    facts: &'f Facts<'a>,
    slots: Vec<Option<Slot>>,
    /// What the plan puts where: by which operation, and into what.
    placed: BTreeMap<Place<'a>, (OpId, Option<Place<'a>>)>,
}

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    let slots: Vec<Option<Slot>> = facts.input.spec.targets.iter().map(|it| slot(it)).collect();
    if slots.iter().all(Option::is_none) {
        return;
    }
    let mut containers = Containers { facts, slots, placed: BTreeMap::new() };
    containers.note_placed();
    containers.check_placed(report);
    containers.check_deleted(report);
}

impl<'a> Containers<'_, 'a> {
    fn note_placed(&mut self) {
        for (at, operation) in positions(self.facts.plan) {
            let Some(mapping) = self.facts.input.spec.mappings.get(usize::from(operation.mapping.0)) else {
                continue;
            };
            let Some(slot) = self.slots[mapping.target] else { continue };
            let name = &self.facts.input.spec.targets[mapping.target].attribute(slot).name;
            let planned = match &operation.action {
                Action::Create { attributes } => attributes.iter().find(|it| it.0 == *name).map(|it| &it.1),
                action => match action.changes().iter().find(|it| it.attribute == *name) {
                    Some(change) => change.after.as_ref(),
                    None => continue,
                },
            };
            let object = match Reference::to(&operation.target) {
                created @ Reference::Created(_) => (None, created),
                existing @ Reference::Existing(_) => (Some(mapping.target), existing),
            };
            let into = planned.and_then(|it| references(it).into_iter().next());
            let into = into.map(|it| self.place(mapping.target, slot, it));
            self.placed.entry(object).or_insert((at, into));
        }
    }

    /// What an attribute refers to.
    fn place(&self, target: usize, slot: Slot, reference: Reference<'a>) -> Place<'a> {
        let Reference::Existing(id) = reference else { return (None, reference) };
        let types = &self.facts.input.spec.targets[target].attribute(slot).references;
        let layouts = self.facts.input.spec.targets.iter().enumerate();
        let mut fitting =
            layouts.filter(|(_, it)| types.is_empty() || types.contains(it.object_type())).map(|(at, _)| at);
        (fitting.find(|&at| self.facts.target(at, id).is_some()), reference)
    }

    /// What an object is in when the plan is done.
    fn above(&self, object: Place<'a>) -> Option<Place<'a>> {
        match self.placed.get(&object) {
            Some((_, into)) => *into,
            None => self.read(object),
        }
    }

    /// What an object was read to be in.
    fn read(&self, object: Place<'a>) -> Option<Place<'a>> {
        let (Some(target), Reference::Existing(id)) = object else { return None };
        let slot = self.slots[target]?;
        match self.facts.target(target, id)?.single(slot)? {
            ValueRef::Reference(above) => Some(self.place(target, slot, Reference::Existing(above))),
            _ => None,
        }
    }

    /// Walks up from everything that is placed: to the nearest container that is moved, and not back to itself.
    fn check_placed(&self, report: &mut Report) {
        for (&object, &(at, into)) in &self.placed {
            let mut seen = BTreeSet::from([object]);
            let mut mover = None;
            let mut next = into;
            while let Some(above) = next {
                if above == object {
                    report.add(Some(at), ViolationKind::ContainerCircle);
                    break;
                }
                if mover.is_none() {
                    mover = self.placed.get(&above).map(|it| it.0);
                }
                if !seen.insert(above) {
                    break;
                }
                next = self.above(above);
            }
            let Some(mover) = mover.filter(|it| *it != at) else { continue };
            if self.facts.operation(mover).is_some_and(is_create) {
                report.may_depend(at, mover, Why::ContainerMoved);
            } else {
                report.depends(at, mover, Why::ContainerMoved);
            }
        }
    }

    /// Is it known of a container what is in it (R1)?
    fn check_known(&self, report: &mut Report) {
        for (&(of_type, id), &delete) in &self.facts.deleted {
            let object_type = self.facts.input.spec.targets[of_type].object_type();
            for (target, slot) in self.slots.iter().enumerate() {
                let Some(slot) = *slot else { continue };
                let types = &self.facts.input.spec.targets[target].attribute(slot).references;
                let is_known = match &self.facts.input.target[target] {
                    Import::Complete(snapshot) => snapshot.unreadable().is_empty(),
                    Import::Partial(_) => false,
                    Import::LookedUp(it) => it.of_value(slot, ValueRef::Reference(id)) == LookUp::Answered,
                };
                if !is_known && (types.is_empty() || types.contains(object_type)) {
                    report.add(Some(delete), ViolationKind::TargetAbsenceNotProved);
                }
            }
        }
    }

    fn check_deleted(&self, report: &mut Report) {
        if self.facts.deleted.is_empty() {
            return;
        }
        self.check_known(report);
        for (target, slot) in self.slots.iter().enumerate() {
            if slot.is_none() {
                continue;
            }
            for record in self.facts.input.target[target].records().iter() {
                let object = (Some(target), Reference::Existing(record.id_str()));
                let own = self.facts.deleted.get(&(target, record.id_str()));
                let place = if own.is_some() { self.read(object) } else { self.above(object) };
                let Some((Some(of_type), Reference::Existing(id))) = place else { continue };
                let Some(&delete) = self.facts.deleted.get(&(of_type, id)) else { continue };
                match own {
                    Some(&own) if own != delete => report.depends(delete, own, Why::ContainerEmptied),
                    Some(_) => {}
                    None => {
                        let holds = TargetId::new(record.id_str());
                        report.add(Some(delete), ViolationKind::ContainerNotEmpty { holds });
                    }
                }
            }
        }
        for (&object, (at, into)) in &self.placed {
            let Some((Some(of_type), Reference::Existing(id))) = into else { continue };
            let delete = self.facts.deleted.get(&(*of_type, id));
            if let (Some(&delete), Reference::Created(_)) = (delete, object.1)
                && let Some(TargetRef::Created(_)) = self.facts.operation(*at).map(|it| &it.target)
            {
                let holds = TargetId::new(self.facts.operation(*at).map_or("", |it| it.source.as_str()));
                report.add(Some(delete), ViolationKind::ContainerNotEmpty { holds });
            }
        }
    }
}
