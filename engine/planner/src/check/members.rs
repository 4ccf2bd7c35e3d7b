//! Who joins and who leaves: only managed members leave (R2), and only what changes is written.

use std::collections::BTreeSet;

use provisio_model::{Mutability, TargetId, ValueRef};

use super::facts::{Facts, Reference, Subject, is_membership, mapped};
use super::origin::{comes, given_ids, is_still_given};
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::{Action, TargetRef};
use crate::spec::{Apply, FlowType};

pub(super) fn check(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
    let Action::ChangeMembers { attribute: name, add, remove } = &subject.operation.action else { return };
    let mut find = |kind| report.add(Some(subject.at), kind);
    let layout = &facts.input.spec.targets[subject.mapping.target];
    let Some(slot) = layout.slot(name.as_str()) else {
        return find(ViolationKind::UnknownAttribute { attribute: name.clone() });
    };
    let schema = layout.attribute(slot);
    let Some(attribute) = mapped(subject.mapping, slot) else {
        return find(ViolationKind::UnmappedAttribute { attribute: name.clone() });
    };
    if !is_membership(schema) {
        return find(ViolationKind::NotByMembers { attribute: name.clone() });
    }
    let exists = matches!(subject.operation.target, TargetRef::Existing(_));
    if exists && (attribute.apply == Apply::OnCreate || schema.mutability == Mutability::Immutable) {
        find(ViolationKind::CreateOnly { attribute: name.clone() });
    }
    let held = subject.target.into_iter().flat_map(|it| it.values(slot).iter());
    let present: BTreeSet<&str> = held
        .filter_map(|it| match it {
            ValueRef::Reference(id) => Some(id),
            _ => None,
        })
        .collect();
    let ids = given_ids(attribute, subject.source);
    let mut named = BTreeSet::new();
    for member in add.iter().chain(remove).map(|it| &it.target) {
        if !named.insert(Reference::to(member)) {
            find(ViolationKind::MemberTwice { member: member.clone() });
        }
    }
    for member in add.iter().map(|it| &it.target) {
        let reference = Reference::to(member);
        if is_present(&present, reference) {
            find(ViolationKind::AlreadyMember { member: member.clone() });
        } else if ids.as_ref().is_some_and(|ids| !comes(facts, attribute, ids, reference)) {
            find(ViolationKind::NotFromSource { attribute: name.clone() });
        }
    }
    for member in remove.iter().map(|it| &it.target) {
        let manages = |id: &TargetId| {
            let links = attribute.refers_to.iter().filter_map(|&at| facts.links(at));
            let is_adopted =
                |at: &usize| facts.adopted.contains_key(&(facts.mapping(*at).target, id.as_str()));
            links.into_iter().any(|it| it.of_target(id.as_str()).is_some())
                || attribute.refers_to.iter().any(is_adopted)
        };
        match member {
            TargetRef::Existing(id) if present.contains(id.as_str()) => {
                if attribute.flow == FlowType::Add {
                    find(ViolationKind::TakenAway { attribute: name.clone() });
                } else if !manages(id) {
                    find(ViolationKind::UnmanagedMember { member: member.clone() });
                } else if ids.as_ref().is_some_and(|ids| is_still_given(facts, attribute, ids, id.as_str())) {
                    find(ViolationKind::StillMember { member: member.clone() });
                }
            }
            _ => find(ViolationKind::NotAMember { member: member.clone() }),
        }
    }
}

fn is_present(present: &BTreeSet<&str>, reference: Reference<'_>) -> bool {
    matches!(reference, Reference::Existing(id) if present.contains(id))
}
