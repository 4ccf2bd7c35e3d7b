//! Who is a member of the groups that a scope asks for?

use std::collections::VecDeque;

use provisio_model::{Import, Record, Row, SourceId, SourceSide, ValueRef};

use super::clause::is_bool;
use crate::compiled::{CompiledMembership, CompiledObject};
use crate::finding::Undecided;
use crate::input::PlanInput;

/// The members of some groups, by the row of a source object.
pub(crate) struct Members {
    of_row: Vec<Found>,
    /// Whether everybody who is not found is no member.
    is_certain: bool,
}

/// Whether an object is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    /// Of the group `direct`, which is one of those that are meant, `root`, or nested in it.
    Member {
        direct: Row<SourceSide>,
        root: Row<SourceSide>,
    },
    No,
    Unknown(Undecided),
}

#[derive(Clone, Copy)]
enum Found {
    Nowhere,
    In {
        direct: Row<SourceSide>,
        root: Row<SourceSide>,
    },
    /// Its id is that of a group, too.
    Unclear,
}

impl Members {
    /// Finds the members. A group that contains itself is looked at once; of several groups that have a member, the
    /// nearest to those that are meant counts, of equally near ones the one with the smallest id.
    pub(super) fn new(
        input: &PlanInput<'_>,
        mapping: &CompiledObject,
        membership: &CompiledMembership,
    ) -> Self {
        let (source, groups) = (&input.source[mapping.source], &input.source[membership.groups]);
        let mut search = Search {
            membership,
            source,
            groups,
            is_same_type: mapping.source == membership.groups,
            queue: VecDeque::new(),
            seen: vec![false; groups.records().len()],
            found: Self { of_row: vec![Found::Nowhere; source.records().len()], is_certain: true },
        };
        search.roots();
        while let Some((direct, root)) = search.queue.pop_front() {
            search.open(direct, root);
        }
        search.found
    }

    pub(crate) fn of(&self, row: Row<SourceSide>) -> Membership {
        match self.of_row[row.position()] {
            Found::In { direct, root } => Membership::Member { direct, root },
            Found::Nowhere if self.is_certain => Membership::No,
            Found::Nowhere => Membership::Unknown(Undecided::GroupsUnread),
            Found::Unclear => Membership::Unknown(Undecided::SeveralTypes),
        }
    }
}

struct Search<'a> {
    membership: &'a CompiledMembership,
    source: &'a Import<SourceSide>,
    groups: &'a Import<SourceSide>,
    /// Whether the groups are objects of the mapping themselves.
    is_same_type: bool,
    /// Groups to be opened, each with the one that is meant.
    queue: VecDeque<(Row<SourceSide>, Row<SourceSide>)>,
    seen: Vec<bool>,
    found: Members,
}

impl Search<'_> {
    /// Queues the groups that are meant.
    fn roots(&mut self) {
        let groups = self.groups.records();
        let mut roots: Vec<Record<'_, SourceSide>> = Vec::new();
        for id in &self.membership.ids {
            match groups.find(id) {
                Some(row) => roots.push(groups.record(row)),
                None if self.groups.prove_absent(&SourceId::new(id)).is_some() => {}
                None => self.found.is_certain = false,
            }
        }
        if let Some(slot) = self.membership.attribute {
            let is_meant = |it: &Record<'_, SourceSide>| {
                it.values(slot).iter().next().is_some_and(|value| is_bool(value, true))
            };
            roots.extend(groups.iter().filter(is_meant));
            self.found.is_certain &= self.groups.complete().is_some_and(|it| it.unreadable().is_empty());
        }
        roots.sort_unstable_by_key(|it| it.id_str());
        for root in roots {
            self.enqueue(root.row(), root.row());
        }
    }

    fn enqueue(&mut self, group: Row<SourceSide>, root: Row<SourceSide>) {
        if !std::mem::replace(&mut self.seen[group.position()], true) {
            self.queue.push_back((group, root));
        }
    }

    /// Notes the members of a group.
    fn open(&mut self, direct: Row<SourceSide>, root: Row<SourceSide>) {
        let record = self.groups.records().record(direct);
        let ids = record.values(self.membership.members).iter().filter_map(|it| match it {
            ValueRef::Reference(id) | ValueRef::Text(id) => Some(id),
            _ => None,
        });
        let mut ids: Vec<&str> = ids.collect();
        ids.sort_unstable();
        for id in ids {
            let object = self.source.records().find(id);
            let group = if self.is_same_type { object } else { self.groups.records().find(id) };
            if let (Some(row), Some(_), true) = (object, group, self.membership.is_ambiguous) {
                self.note(row, Found::Unclear);
                self.found.is_certain &= !self.membership.nested;
                continue;
            }
            if let Some(row) = object {
                self.note(row, Found::In { direct, root });
            }
            if !self.membership.nested {
                continue;
            }
            match group {
                Some(group) => self.enqueue(group, root),
                // Of a member that was not read nobody knows who is in it, unless it is no group.
                None if object.is_none() && self.groups.prove_absent(&SourceId::new(id)).is_none() => {
                    self.found.is_certain = false;
                }
                None => {}
            }
        }
    }

    /// Notes what was found; what is sure stays.
    fn note(&mut self, row: Row<SourceSide>, found: Found) {
        let place = &mut self.found.of_row[row.position()];
        if !matches!(place, Found::In { .. }) {
            *place = found;
        }
    }
}
