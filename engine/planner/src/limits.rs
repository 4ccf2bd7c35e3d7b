//! What is held back until somebody says yes (R4): counted over the whole plan, before the first write.

use provisio_model::ValueRef;

use crate::compiled::CompiledObject;
use crate::draft::{Drafts, linked};
use crate::input::PlanInput;
use crate::plan::{Action, Change, Held, LimitKind, MappingId, Operation, PlannedValues, TargetRef};
use crate::spec::{Limit, Limits};

/// Takes out of the drafts what a limit holds back: exactly the operations of the kind that is too many, under
/// the mapping where it is too many. A group keeps the members that join; only the removals are held.
pub(crate) fn hold_back(input: &PlanInput<'_>, drafts: &mut Drafts) -> Vec<Held> {
    let mut all = Vec::new();
    for at in 0..input.spec.mappings.len() {
        let id = MappingId(u16::try_from(at).unwrap_or(u16::MAX));
        for kind in LimitKind::ALL {
            let mapping = &input.spec.mappings[at];
            let of_mapping = drafts.operations.iter().filter(|it| it.mapping == id);
            let number = of_mapping.map(|it| acts(kind, mapping, it)).sum();
            let limit = of_kind(&input.spec.limits, kind);
            if number == 0 || input.released.has(kind) {
                continue;
            }
            let of = stock(input, at, kind);
            if limit.trips(number, of) {
                let operations = take(drafts, id, mapping, kind);
                all.push(Held { limit: kind, mapping: id, number, of, operations });
            }
        }
    }
    all
}

fn of_kind(limits: &Limits, kind: LimitKind) -> Limit {
    match kind {
        LimitKind::Deletes => limits.deletes,
        LimitKind::Disables => limits.disables,
        LimitKind::MemberRemovals => limits.member_removals,
    }
}

/// How many single acts of a kind an operation is. Taking an account over and disabling it disables it.
fn acts(kind: LimitKind, mapping: &CompiledObject, operation: &Operation) -> u64 {
    match (kind, &operation.action) {
        (LimitKind::Deletes, Action::Delete | Action::SoftDelete { .. })
        | (LimitKind::Disables, Action::Disable { .. }) => 1,
        (LimitKind::Disables, Action::Adopt { changes }) => u64::from(disables(mapping, changes)),
        (LimitKind::MemberRemovals, Action::ChangeMembers { remove, .. }) => remove.len() as u64,
        _ => 0,
    }
}

fn disables(mapping: &CompiledObject, changes: &[Change]) -> bool {
    mapping.status.as_ref().is_some_and(|status| {
        let change = changes.iter().find(|it| it.attribute == status.name);
        match change.and_then(|it| it.after.as_ref()) {
            Some(PlannedValues::Values(values)) => {
                values.single().is_some_and(|it| status.rule.same(it.borrow(), status.disabled.borrow()))
            }
            _ => false,
        }
    })
}

/// How many there could be at most.
pub(crate) fn stock(input: &PlanInput<'_>, at: usize, kind: LimitKind) -> u64 {
    if kind != LimitKind::MemberRemovals {
        return linked(input, at);
    }
    if let Some(evidence) = input.evidence {
        return evidence.totals(at).memberships;
    }
    let mapping = &input.spec.mappings[at];
    let links = input.links.of(&mapping.name);
    let records = input.target[mapping.target].records();
    let groups =
        links.into_iter().flat_map(|it| it.iter()).filter_map(|link| records.find(link.target.as_str()));
    let members = groups.map(|row| {
        let attributes = mapping.attributes.iter().filter(|it| it.is_membership());
        let values = attributes.flat_map(|it| records.record(row).values(it.slot).iter());
        values.filter(|it| matches!(it, ValueRef::Reference(_))).count() as u64
    });
    members.sum()
}

fn take(drafts: &mut Drafts, id: MappingId, mapping: &CompiledObject, kind: LimitKind) -> Vec<Operation> {
    let mut held = Vec::new();
    drafts.retain(|operation| {
        if operation.mapping != id || acts(kind, mapping, operation) == 0 {
            return true;
        }
        let mut taken = operation.clone();
        let rest = split(operation, &mut taken);
        drop_created(&mut taken);
        held.push(taken);
        rest
    });
    held.sort_by(|left, right| (&left.label, &left.source).cmp(&(&right.label, &right.source)));
    held
}

/// Leaves in `operation` what is not held, and in `taken` what is; tells whether something is left.
fn split(operation: &mut Operation, taken: &mut Operation) -> bool {
    match (&mut operation.action, &mut taken.action) {
        (Action::ChangeMembers { add, remove, .. }, Action::ChangeMembers { add: taken_add, .. }) => {
            remove.clear();
            taken_add.clear();
            !add.is_empty()
        }
        _ => false,
    }
}

/// What is held back is shown, not carried out: a reference to an object that this plan creates has no place
/// in it.
fn drop_created(operation: &mut Operation) {
    if let Action::Disable { changes } | Action::Adopt { changes } = &mut operation.action {
        changes.retain(|change| match &change.after {
            Some(PlannedValues::References(referents)) => {
                !referents.iter().any(|it| matches!(it.target, TargetRef::Created(_)))
            }
            _ => true,
        });
    }
}
