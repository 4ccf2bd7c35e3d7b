//! How many single acts is an operation, and how many could there be?

use provisio_model::{Record, TargetSide, ValueRef};

use crate::compiled::CompiledObject;
use crate::draft::linked;
use crate::input::PlanInput;
use crate::plan::{Action, Change, LimitKind, MappingId, Operation, PlannedValues, TargetRef};
use crate::scope::{Answer, of_filter};

/// Counts the acts of one object mapping.
#[derive(Clone, Copy)]
pub(super) struct Acts<'a> {
    pub(super) input: &'a PlanInput<'a>,
    pub(super) id: MappingId,
    pub(super) mapping: &'a CompiledObject,
}

impl<'a> Acts<'a> {
    /// How many single acts of a kind an operation is. Taking an account over and disabling it disables it.
    pub(super) fn of(&self, kind: LimitKind, operation: &Operation) -> u64 {
        match (kind, &operation.action) {
            (LimitKind::Deletes, Action::Delete | Action::SoftDelete { .. })
            | (LimitKind::Disables, Action::Disable { .. }) => 1,
            (LimitKind::Disables, Action::Adopt { changes }) => u64::from(self.disables(changes)),
            (LimitKind::MemberRemovals | LimitKind::GroupRemovals, Action::ChangeMembers { remove, .. }) => {
                remove.len() as u64
            }
            (LimitKind::PrivilegedChanges, Action::ChangeMembers { add, remove, .. })
                if self.is_privileged(&operation.target) =>
            {
                (add.len() + remove.len()) as u64
            }
            _ => 0,
        }
    }

    fn disables(&self, changes: &[Change]) -> bool {
        self.mapping.status.as_ref().is_some_and(|status| {
            let change = changes.iter().find(|it| it.attribute == status.name);
            match change.and_then(|it| it.after.as_ref()) {
                Some(PlannedValues::Values(values)) => {
                    values.single().is_some_and(|it| status.rule.same(it.borrow(), status.disabled.borrow()))
                }
                _ => false,
            }
        })
    }

    /// Tells whether a group is privileged as it is in the target. When that cannot be told it counts as privileged.
    fn is_privileged(&self, group: &TargetRef) -> bool {
        let filter = &self.mapping.privileged;
        !filter.groups.is_empty()
            && self.record(group).is_some_and(|it| of_filter(filter, it, self.input.now) != Answer::No)
    }

    fn record(&self, target: &TargetRef) -> Option<Record<'a, TargetSide>> {
        let TargetRef::Existing(id) = target else { return None };
        let records = self.input.target[self.mapping.target].records();
        records.find(id.as_str()).map(|row| records.record(row))
    }

    /// How many acts of a kind there could be at most.
    pub(super) fn stock<'o>(&self, kind: LimitKind, operations: impl Iterator<Item = &'o Operation>) -> u64 {
        let at = usize::from(self.id.0);
        match kind {
            LimitKind::Deletes | LimitKind::Disables => linked(self.input, at),
            LimitKind::MemberRemovals => match self.input.evidence {
                Some(evidence) => evidence.totals(at).memberships,
                None => self.memberships(),
            },
            LimitKind::GroupRemovals | LimitKind::PrivilegedChanges => {
                let mut groups: Vec<&TargetRef> =
                    operations.filter(|it| self.of(kind, it) > 0).map(|it| &it.target).collect();
                groups.sort_unstable();
                groups.dedup();
                groups.into_iter().map(|it| self.members_of(it)).sum()
            }
        }
    }

    /// How many members the linked groups have.
    fn memberships(&self) -> u64 {
        let links = self.input.links.of(&self.mapping.name);
        let records = self.input.target[self.mapping.target].records();
        let groups =
            links.into_iter().flat_map(|it| it.iter()).filter_map(|link| records.find(link.target.as_str()));
        groups.map(|row| self.members(records.record(row))).sum()
    }

    /// How many members a group has.
    pub(super) fn members_of(&self, group: &TargetRef) -> u64 {
        self.record(group).map_or(0, |it| self.members(it))
    }

    fn members(&self, group: Record<'_, TargetSide>) -> u64 {
        let attributes = self.mapping.attributes.iter().filter(|it| it.is_membership());
        let values = attributes.flat_map(|it| group.values(it.slot).iter());
        values.filter(|it| matches!(it, ValueRef::Reference(_))).count() as u64
    }
}
