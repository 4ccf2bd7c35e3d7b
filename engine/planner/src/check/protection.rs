//! Does everything stay as it is that is protected, or may be?
//!
//! Groups are added until no more come; whoever is in one is protected, and so are they.

use std::collections::BTreeSet;

use provisio_model::{TargetId, ValueRef};

use super::facts::{Facts, Subject, mapped};
use super::report::Report;
use super::scope::passes;
use super::violation::ViolationKind;
use crate::input::PlanInput;
use crate::plan::{Action, TargetRef};

/// What is known of the protection of the objects of one type.
#[derive(Default)]
struct OfType<'a> {
    /// Whether the spec protects any of them.
    is_asked: bool,
    protected: BTreeSet<&'a str>,
    /// Whether everything else may be protected, too.
    is_open: bool,
    unknown: BTreeSet<&'a str>,
}

/// What is protected, by the position of the target's object type.
pub(super) struct Protection<'a>(Vec<OfType<'a>>);

impl<'a> Protection<'a> {
    pub(super) fn of(input: &PlanInput<'a>) -> Self {
        let mut all: Vec<OfType<'a>> = input.spec.targets.iter().map(|_| OfType::default()).collect();
        for (at, protection) in input.spec.protection.iter().enumerate() {
            let Some(protection) = protection else { continue };
            all[at].is_asked = true;
            all[at].protected.extend(protection.ids.iter().map(|it| it.as_str()));
            for record in input.target[at].records().iter() {
                let found = match passes(&protection.filter, input.now, record) {
                    Some(false) => continue,
                    Some(true) => &mut all[at].protected,
                    None => &mut all[at].unknown,
                };
                found.insert(record.id_str());
            }
            for wanted in &protection.groups {
                let groups = &input.target[wanted.groups];
                let objects = input.target[at].records();
                let mut reached: BTreeSet<&str> = wanted.ids.iter().map(|it| it.as_str()).collect();
                let mut members: BTreeSet<&str> = BTreeSet::new();
                loop {
                    let before = (reached.len(), members.len());
                    for record in groups.records().iter().filter(|it| reached.contains(it.id_str())) {
                        members.extend(record.values(wanted.members).iter().filter_map(|it| match it {
                            ValueRef::Reference(id) | ValueRef::Text(id) => Some(id),
                            _ => None,
                        }));
                    }
                    if wanted.nested {
                        let is_object = |id: &str| wanted.groups != at && objects.find(id).is_some();
                        let is_group = |id: &str| groups.records().find(id).is_some() || !is_object(id);
                        reached.extend(members.iter().copied().filter(|id| is_group(id)));
                    }
                    if before == (reached.len(), members.len()) {
                        break;
                    }
                }
                let is_known = |id: &str| {
                    groups.records().find(id).is_some() || groups.prove_absent(&TargetId::new(id)).is_some()
                };
                let is_open = !reached.iter().all(|id| is_known(id));
                all[at].is_open |= is_open;
                // A group that was not read may lead to any other.
                all[wanted.groups].is_open |= is_open && wanted.nested;
                all[at].protected.extend(members);
                all[wanted.groups].is_asked = true;
                let found = reached.into_iter().filter(|id| groups.records().find(id).is_some());
                all[wanted.groups].protected.extend(found);
            }
        }
        Self(all)
    }

    /// Tells whether an object is sure not to be protected.
    fn is_free(&self, facts: &Facts<'_>, target: usize, id: &str) -> bool {
        let of_type = &self.0[target];
        let is_known = || {
            facts.target(target, id).is_some()
                || facts.input.target[target].prove_absent(&TargetId::new(id)).is_some()
        };
        !of_type.is_asked
            || (!of_type.protected.contains(id)
                && !of_type.unknown.contains(id)
                && !of_type.is_open
                && is_known())
    }

    pub(super) fn check(&self, facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
        let operation = subject.operation;
        if let TargetRef::Existing(id) = &operation.target
            // A link may go whose object is gone.
            && operation.action != Action::Unlink
            && !self.is_free(facts, subject.mapping.target, id.as_str())
        {
            report.add(Some(subject.at), ViolationKind::Protected { target: id.clone() });
        }
        let Action::ChangeMembers { attribute, add, remove } = &operation.action else { return };
        let slot = facts.input.spec.targets[subject.mapping.target].slot(attribute.as_str());
        let Some(attribute) = slot.and_then(|it| mapped(subject.mapping, it)) else { return };
        let types: BTreeSet<usize> = facts.refers_to(attribute).iter().map(|it| it.1.target).collect();
        for member in add.iter().chain(remove) {
            let TargetRef::Existing(id) = &member.target else { continue };
            let is_read = |at: &usize| facts.target(*at, id.as_str()).is_some();
            let is_known = types.iter().any(is_read);
            let mut of = types.iter().filter(|it| !is_known || is_read(it));
            if !of.all(|&at| self.is_free(facts, at, id.as_str())) {
                report.add(Some(subject.at), ViolationKind::ProtectedMember { member: id.clone() });
            }
        }
    }
}
