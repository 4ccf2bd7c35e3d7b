//! Is everything held back that a limit holds back (R4)?

use std::collections::BTreeSet;

use provisio_model::{AttrName, ValueRef};

use super::attributes::is_only;
use super::facts::{Facts, is_membership, positions};
use super::report::Report;
use super::violation::ViolationKind;
use crate::compiled::CompiledObject;
use crate::plan::{Action, Held, LimitKind, MappingId, Operation, TargetRef};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, mapping) in facts.input.spec.mappings.iter().enumerate() {
        let id = MappingId(u16::try_from(at).unwrap_or(u16::MAX));
        for kind in LimitKind::ALL {
            check_limit(facts, at, id, mapping, kind, report);
        }
    }
    check_done(facts, report);
}

fn check_limit(
    facts: &Facts<'_>,
    at: usize,
    id: MappingId,
    mapping: &CompiledObject,
    kind: LimitKind,
    report: &mut Report,
) {
    let limits = &facts.input.spec.limits;
    let limit = match kind {
        LimitKind::Deletes => limits.deletes,
        LimitKind::Disables => limits.disables,
        LimitKind::MemberRemovals => limits.member_removals,
    };
    let count = |operation: &Operation| {
        if operation.mapping == id { acts(facts, mapping, kind, operation) } else { 0 }
    };
    let done: u64 = facts.plan.operations.iter().map(count).sum();
    let all_held: Vec<&Held> =
        facts.plan.held.iter().filter(|it| (it.limit, it.mapping) == (kind, id)).collect();
    let held: u64 = all_held.iter().flat_map(|it| &it.operations).map(count).sum();
    let number = done + held;
    if all_held.is_empty() && (number <= limit.free || facts.input.released.has(kind)) {
        return;
    }
    let of = stock(facts, at, mapping, kind);
    let trips = limit.trips(number, of) && !facts.input.released.has(kind);
    if trips && done > 0 {
        report.add(None, ViolationKind::LimitExceeded { limit: kind, mapping: id, number, of });
    }
    if !trips && !all_held.is_empty() {
        report.add(None, ViolationKind::HeldWithoutNeed { limit: kind, mapping: id });
    }
    let counted = |it: &&Held| {
        let number: u64 = it.operations.iter().map(count).sum();
        (it.number, it.of) == (number, of) && it.operations.iter().all(|operation| count(operation) > 0)
    };
    if !all_held.iter().all(counted) {
        report.add(None, ViolationKind::HeldMiscounted { limit: kind, mapping: id });
    }
}

/// How many single acts of a kind an operation is. Taking an account over and disabling it disables it.
fn acts(facts: &Facts<'_>, mapping: &CompiledObject, kind: LimitKind, operation: &Operation) -> u64 {
    match (kind, &operation.action) {
        (LimitKind::Deletes, Action::Delete | Action::SoftDelete { .. })
        | (LimitKind::Disables, Action::Disable { .. }) => 1,
        (LimitKind::Disables, Action::Adopt { changes }) => {
            let Some(status) = &mapping.status else { return 0 };
            let schema = facts.input.spec.targets[mapping.target].attribute(status.slot);
            let after =
                changes.iter().filter(|it| it.attribute == status.name).find_map(|it| it.after.as_ref());
            u64::from(after.is_some_and(|it| is_only(it, schema, &status.disabled)))
        }
        (LimitKind::MemberRemovals, Action::ChangeMembers { remove, .. }) => remove.len() as u64,
        _ => 0,
    }
}

/// How many there could be at most: linked objects, or the memberships of linked groups.
fn stock(facts: &Facts<'_>, at: usize, mapping: &CompiledObject, kind: LimitKind) -> u64 {
    if let Some(evidence) = facts.input.evidence {
        let totals = evidence.totals(at);
        return if kind == LimitKind::MemberRemovals { totals.memberships } else { totals.linked };
    }
    let Some(links) = facts.links(at) else { return 0 };
    if kind != LimitKind::MemberRemovals {
        return links.len() as u64;
    }
    let layout = &facts.input.spec.targets[mapping.target];
    let memberships: Vec<_> = mapping
        .attributes
        .iter()
        .map(|it| it.slot)
        .filter(|&slot| is_membership(layout.attribute(slot)))
        .collect();
    let mut count = 0;
    for link in links.iter() {
        let Some(group) = facts.target(mapping.target, link.target.as_str()) else { continue };
        for &slot in &memberships {
            let members = group.values(slot).iter();
            count += members.filter(|it| matches!(it, ValueRef::Reference(_))).count() as u64;
        }
    }
    count
}

/// One act that a limit counts.
type Act<'a> = (LimitKind, MappingId, &'a TargetRef, Option<(&'a AttrName, &'a TargetRef)>);

fn each_act(operation: &Operation) -> Vec<Act<'_>> {
    let Operation { mapping, target, action, .. } = operation;
    match action {
        Action::Delete | Action::SoftDelete { .. } => vec![(LimitKind::Deletes, *mapping, target, None)],
        Action::Disable { .. } => vec![(LimitKind::Disables, *mapping, target, None)],
        Action::ChangeMembers { attribute, remove, .. } => {
            let acts = remove
                .iter()
                .map(|it| (LimitKind::MemberRemovals, *mapping, target, Some((attribute, &it.target))));
            acts.collect()
        }
        _ => Vec::new(),
    }
}

/// What is held back must not be done.
fn check_done(facts: &Facts<'_>, report: &mut Report) {
    let held = facts.plan.held.iter().flat_map(|it| &it.operations);
    let held: BTreeSet<Act<'_>> = held.flat_map(each_act).collect();
    if held.is_empty() {
        return;
    }
    for (at, operation) in positions(facts.plan) {
        if let Some(act) = each_act(operation).iter().find(|it| held.contains(it)) {
            report.add(Some(at), ViolationKind::HeldAndDone { limit: act.0 });
        }
    }
}
