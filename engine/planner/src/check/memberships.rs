//! Who is a member of the groups that a scope asks for?
//!
//! Groups are added until no more come, then the lists of members are joined.

use std::collections::BTreeSet;

use provisio_model::{Import, Record, Slot, SourceId, SourceSide, ValueRef};

use crate::compiled::{CompiledMembership, CompiledObject};
use crate::input::PlanInput;

/// The members of some groups.
pub(super) struct Membership<'a> {
    members: BTreeSet<&'a str>,
    /// Members whose id is that of a group, too.
    unclear: BTreeSet<&'a str>,
    /// Whether everybody else is no member.
    is_all: bool,
}

impl Membership<'_> {
    /// Tells whether an object is a member; `None` if that is not known.
    pub(super) fn has(&self, id: &str) -> Option<bool> {
        match self.members.contains(id) {
            true => Some(true),
            false if self.is_all && !self.unclear.contains(id) => Some(false),
            false => None,
        }
    }
}

/// Works out the memberships that the scope of a mapping asks for.
pub(super) fn of_scope<'a>(input: &PlanInput<'a>, mapping: &CompiledObject) -> Vec<Membership<'a>> {
    mapping.scope.memberships.iter().map(|it| of(input, mapping, it)).collect()
}

fn of<'a>(input: &PlanInput<'a>, mapping: &CompiledObject, wanted: &CompiledMembership) -> Membership<'a> {
    let (objects, groups) = (&input.source[mapping.source], &input.source[wanted.groups]);
    let is_object = |id: &str| objects.records().find(id).is_some();
    let group = |id: &str| groups.records().find(id).map(|row| groups.records().record(row));
    let may_be_group = |id: &str| groups.prove_absent(&SourceId::new(id)).is_none();
    // An id of two types stands for nobody who is known.
    let is_unclear = |id: &str| wanted.is_ambiguous && is_object(id) && group(id).is_some();

    let (mut open, mut is_all) = chosen(groups, wanted);
    let mut all: BTreeSet<&str> = BTreeSet::new();
    let mut members = BTreeSet::new();
    let mut unclear = BTreeSet::new();
    while let Some(id) = open.pop_first() {
        let Some(record) = group(id).filter(|_| all.insert(id)) else { continue };
        for member in ids(record, wanted.members) {
            if is_unclear(member) {
                unclear.insert(member);
                is_all &= !wanted.nested;
                continue;
            }
            members.insert(member);
            if wanted.nested && group(member).is_some() {
                open.insert(member);
            } else if wanted.nested && !is_object(member) && may_be_group(member) {
                is_all = false;
            }
        }
    }
    Membership { members, unclear, is_all }
}

/// The ids of the groups that are meant, and whether these are all.
fn chosen<'a>(groups: &'a Import<SourceSide>, wanted: &CompiledMembership) -> (BTreeSet<&'a str>, bool) {
    let mut chosen = BTreeSet::new();
    let mut is_all = true;
    for record in groups.records().iter() {
        let is_marked = wanted.attribute.is_some_and(|slot| is_true(record, slot));
        if is_marked || wanted.ids.iter().any(|it| it.as_str() == record.id_str()) {
            chosen.insert(record.id_str());
        }
    }
    let is_known =
        |id: &str| groups.records().find(id).is_some() || groups.prove_absent(&SourceId::new(id)).is_some();
    is_all &= wanted.ids.iter().all(|it| is_known(it));
    if wanted.attribute.is_some() {
        is_all &= groups.complete().is_some_and(|it| it.unreadable().is_empty());
    }
    (chosen, is_all)
}

fn ids(record: Record<'_, SourceSide>, slot: Slot) -> impl Iterator<Item = &str> {
    record.values(slot).iter().filter_map(|it| match it {
        ValueRef::Reference(id) | ValueRef::Text(id) => Some(id),
        _ => None,
    })
}

/// Tells whether an attribute says true.
pub(super) fn is_true(record: Record<'_, SourceSide>, slot: Slot) -> bool {
    match record.values(slot).iter().next() {
        Some(ValueRef::Bool(bool)) => bool,
        Some(ValueRef::Text(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}
