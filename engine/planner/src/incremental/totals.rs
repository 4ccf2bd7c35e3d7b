//! What are limits in percent counted against, before a plan and after it?

use provisio_model::ValueRef;

use super::baseline::Totals;
use crate::input::PlanInput;
use crate::limits::stock;
use crate::plan::{Action, LimitKind, OpId, Operation, Plan, TargetRef};

/// [`Totals`] before a plan, and what each of its operations changes in them.
#[derive(Clone, Debug)]
pub struct Tally {
    before: Vec<Totals>,
    /// Operation, object mapping, links and members that come or go.
    changes: Vec<(OpId, usize, i64, i64)>,
}

impl Tally {
    /// Counts for a plan that was made from this input.
    pub fn new(input: &PlanInput<'_>, plan: &Plan) -> Self {
        let count = |at| {
            let linked = stock(input, at, LimitKind::Deletes);
            Totals::new(linked, stock(input, at, LimitKind::MemberRemovals))
        };
        let changes = plan.operations.iter().filter_map(|it| change(input, it));
        Self { before: (0..input.spec.mappings.len()).map(count).collect(), changes: changes.collect() }
    }

    /// Returns the totals after those operations that were done, by object mapping, in the order of the spec.
    pub fn after(&self, is_done: impl Fn(OpId) -> bool) -> Vec<Totals> {
        let mut all = self.before.clone();
        for (_, at, links, members) in self.changes.iter().filter(|it| is_done(it.0)) {
            if let Some(totals) = all.get_mut(*at) {
                totals.linked = totals.linked.saturating_add_signed(*links);
                totals.memberships = totals.memberships.saturating_add_signed(*members);
            }
        }
        all
    }
}

fn change(input: &PlanInput<'_>, operation: &Operation) -> Option<(OpId, usize, i64, i64)> {
    let at = usize::from(operation.mapping.0);
    let number = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
    let (links, members) = match &operation.action {
        Action::Create { .. } | Action::Adopt { .. } => (1, 0),
        Action::Delete | Action::Unlink => (-1, -number(members_of(input, at, &operation.target))),
        Action::ChangeMembers { add, remove, .. } => (0, number(add.len()) - number(remove.len())),
        _ => return None,
    };
    Some((operation.id, at, links, members))
}

fn members_of(input: &PlanInput<'_>, mapping: usize, target: &TargetRef) -> usize {
    let TargetRef::Existing(id) = target else { return 0 };
    let mapping = &input.spec.mappings[mapping];
    let records = input.target[mapping.target].records();
    let Some(row) = records.find(id.as_str()) else { return 0 };
    let attributes = mapping.attributes.iter().filter(|it| it.is_membership());
    let values = attributes.flat_map(|it| records.record(row).values(it.slot).iter());
    values.filter(|it| matches!(it, ValueRef::Reference(_))).count()
}
