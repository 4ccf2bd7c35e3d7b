//! Is everything held back that a limit holds back, and nothing else (R4)?

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{AttrName, ValueRef};

use super::attributes::is_only;
use super::facts::{Facts, is_membership, positions};
use super::report::Report;
use super::scope;
use super::violation::ViolationKind;
use crate::compiled::CompiledObject;
use crate::memory::Staged;
use crate::plan::{Action, Bound, Held, LimitKind, MappingId, Operation, TargetRef};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, mapping) in facts.input.spec.mappings.iter().enumerate() {
        let id = MappingId(u16::try_from(at).unwrap_or(u16::MAX));
        for kind in LimitKind::ALL {
            let counts = Counts { facts, id, mapping, kind };
            if kind == LimitKind::GroupRemovals {
                counts.groups().into_iter().for_each(|group| counts.check(Some(group), report));
            } else {
                counts.check(None, report);
            }
        }
    }
    for held in &facts.plan.held {
        check_held(facts, held, report);
    }
    check_done(facts, report);
}

/// The limit of one kind on one object mapping.
struct Counts<'a> {
    facts: &'a Facts<'a>,
    id: MappingId,
    mapping: &'a CompiledObject,
    kind: LimitKind,
}

impl<'a> Counts<'a> {
    /// All operations that count: those in the plan, and those that are held back by this limit or by one that is asked
    /// later. What is held back before does not come here.
    fn counted(&self) -> impl Iterator<Item = &'a Operation> + '_ {
        let held = self.facts.plan.held.iter().filter(|it| rank(it.limit) >= rank(self.kind));
        let all = self.facts.plan.operations.iter().chain(held.flat_map(Held::each));
        all.filter(|it| it.mapping == self.id && acts(self.facts, self.mapping, self.kind, it) > 0)
    }

    /// The groups that somebody leaves.
    fn groups(&self) -> BTreeSet<&'a TargetRef> {
        let held = self.held(None).filter_map(|it| Some(&it.each().next()?.target));
        self.counted().map(|it| &it.target).chain(held).collect()
    }

    /// What this limit holds back, of one group or in all.
    fn held(&self, group: Option<&'a TargetRef>) -> impl Iterator<Item = &'a Held> + '_ {
        let held = self.facts.plan.held.iter().filter(|it| (it.limit, it.mapping) == (self.kind, self.id));
        held.filter(move |it| group.is_none_or(|group| it.each().any(|it| it.target == *group)))
    }

    fn check(&self, group: Option<&'a TargetRef>, report: &mut Report) {
        let Self { facts, id: mapping, kind: limit, .. } = *self;
        let is_meant = |it: &&Operation| group.is_none_or(|group| it.target == *group);
        let of_kind = |it: &Operation| acts(facts, self.mapping, limit, it);
        let number: u64 = self.counted().filter(is_meant).map(of_kind).sum();
        if number == 0 && self.held(group).next().is_none() {
            return;
        }
        let of = self.stock(group);
        let bound = if facts.input.released.has(limit) { None } else { self.exceeded(number, of) };
        let may_pass = |it: &&Operation| !is_released(facts, self.mapping, limit, it);
        let done = facts.plan.operations.iter().filter(|it| it.mapping == mapping && of_kind(it) > 0);
        if bound.is_some() && done.filter(is_meant).any(|it| may_pass(&it)) {
            report.add(None, ViolationKind::LimitExceeded { limit, mapping, number, of });
        }
        for held in self.held(group) {
            match bound {
                None => report.add(None, ViolationKind::HeldWithoutNeed { limit, mapping }),
                Some(bound) => {
                    let is_right = (held.bound, held.number, held.of) == (bound, number, of);
                    let is_of_kind = held.each().all(|it| it.mapping == mapping && of_kind(it) > 0);
                    let is_of_one = held.each().all(|it| is_meant(&it));
                    if !is_right || !is_of_kind || !is_of_one {
                        report.add(None, ViolationKind::HeldMiscounted { limit, mapping });
                    }
                    if held.each().any(|it| !may_pass(&it)) {
                        report.add(None, ViolationKind::HeldWithoutNeed { limit, mapping });
                    }
                }
            }
        }
    }

    fn exceeded(&self, number: u64, of: u64) -> Option<Bound> {
        let limits = &self.mapping.limits;
        if limits.of(self.kind).trips(number, of) {
            return Some(Bound::Run);
        }
        let (lasts, limit) = limits.over_time(self.kind)?;
        let now = self.facts.input.now;
        let is_recent = |it: &crate::memory::LedgerEntry| {
            it.limit == self.kind && it.mapping == self.mapping.name && it.at.plus(lasts) > now
        };
        let earlier: u64 = self.facts.input.memory.ledger().filter(is_recent).map(|it| it.number).sum();
        let trips = earlier > 0 && limit.trips(number + earlier, of);
        trips.then_some(Bound::Window { lasts, earlier })
    }

    /// How many acts there could be at most: linked objects, or memberships.
    fn stock(&self, group: Option<&TargetRef>) -> u64 {
        let at = usize::from(self.id.0);
        let totals = self.facts.input.evidence.map(|it| it.totals(at));
        let linked = || self.facts.links(at).into_iter().flat_map(|it| it.iter());
        match (self.kind, totals) {
            (LimitKind::Deletes | LimitKind::Disables, Some(totals)) => totals.linked,
            (LimitKind::Deletes | LimitKind::Disables, None) => linked().count() as u64,
            (LimitKind::MemberRemovals, Some(totals)) => totals.memberships,
            (LimitKind::MemberRemovals, None) => linked().map(|it| self.members(it.target.as_str())).sum(),
            (LimitKind::GroupRemovals | LimitKind::PrivilegedChanges, _) => {
                let groups: BTreeSet<&TargetRef> = match group {
                    Some(group) => [group].into(),
                    None => self.counted().map(|it| &it.target).collect(),
                };
                let ids = groups.into_iter().filter_map(|it| match it {
                    TargetRef::Existing(id) => Some(id.as_str()),
                    TargetRef::Created(_) => None,
                });
                ids.map(|id| self.members(id)).sum()
            }
        }
    }

    /// How many members a group has.
    fn members(&self, id: &str) -> u64 {
        let layout = &self.facts.input.spec.targets[self.mapping.target];
        let slots = self.mapping.attributes.iter().map(|it| it.slot);
        let slots = slots.filter(|&slot| is_membership(layout.attribute(slot)));
        let Some(group) = self.facts.target(self.mapping.target, id) else { return 0 };
        let values = slots.flat_map(|slot| group.values(slot).iter());
        values.filter(|it| matches!(it, ValueRef::Reference(_))).count() as u64
    }
}

/// The order in which limits are asked that count the same acts: the narrow ones first.
fn rank(kind: LimitKind) -> u8 {
    match kind {
        LimitKind::PrivilegedChanges => 0,
        LimitKind::GroupRemovals => 1,
        LimitKind::Deletes | LimitKind::Disables | LimitKind::MemberRemovals => 2,
    }
}

/// How many single acts of a kind an operation is. Taking an account over and disabling it disables it.
pub(super) fn acts(
    facts: &Facts<'_>,
    mapping: &CompiledObject,
    kind: LimitKind,
    operation: &Operation,
) -> u64 {
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
        (LimitKind::MemberRemovals | LimitKind::GroupRemovals, Action::ChangeMembers { remove, .. }) => {
            remove.len() as u64
        }
        (LimitKind::PrivilegedChanges, Action::ChangeMembers { add, remove, .. }) => {
            let TargetRef::Existing(id) = &operation.target else { return 0 };
            let group = facts.target(mapping.target, id.as_str());
            let is_privileged = !mapping.privileged.groups.is_empty()
                && group
                    .is_some_and(|it| scope::passes(&mapping.privileged, facts.input.now, it) != Some(false));
            if is_privileged { (add.len() + remove.len()) as u64 } else { 0 }
        }
        _ => 0,
    }
}

fn is_released(facts: &Facts<'_>, mapping: &CompiledObject, kind: LimitKind, operation: &Operation) -> bool {
    let mut releases = facts.input.memory.releases();
    releases.any(|(it, until)| {
        facts.input.now < until && it.covers(kind, &mapping.name, operation.source.as_str())
    })
}

/// Is it said rightly since when something is held back?
fn check_held(facts: &Facts<'_>, held: &Held, report: &mut Report) {
    let Some(mapping) = facts.input.spec.mappings.get(usize::from(held.mapping.0)) else { return };
    let noted: BTreeMap<_, _> = facts.input.memory.staged().collect();
    let is_right = held.operations.iter().all(|it| {
        let staged = Staged::of(&mapping.name, &it.operation);
        noted.get(&staged).copied() == it.since
    });
    if !is_right {
        report.add(None, ViolationKind::HeldSinceAnotherTime { limit: held.limit, mapping: held.mapping });
    }
}

/// One act that a limit counts.
type Act<'a> = (LimitKind, MappingId, &'a TargetRef, Option<(&'a AttrName, &'a TargetRef)>);

fn each_act(operation: &Operation) -> Vec<Act<'_>> {
    let Operation { mapping, target, action, .. } = operation;
    match action {
        Action::Delete | Action::SoftDelete { .. } => vec![(LimitKind::Deletes, *mapping, target, None)],
        Action::Disable { .. } => vec![(LimitKind::Disables, *mapping, target, None)],
        Action::ChangeMembers { attribute, add, remove } => {
            let act = |kind, member| (kind, *mapping, target, Some((attribute, member)));
            let joins = add.iter().map(|it| act(LimitKind::PrivilegedChanges, &it.target));
            let leaves = remove.iter().map(|it| act(LimitKind::MemberRemovals, &it.target));
            joins.chain(leaves).collect()
        }
        _ => Vec::new(),
    }
}

/// What is held back must not be done.
fn check_done(facts: &Facts<'_>, report: &mut Report) {
    let held = facts.plan.held.iter().flat_map(Held::each);
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
