//! What is held back until somebody says yes (R4)? Counted over the whole plan, before the first write.
//!
//! Each limit is asked once for each object mapping, the narrow ones first: privileged groups, then each group by
//! itself, then all objects and memberships. What one limit holds back does not count for the next, since it is not
//! done. What somebody released does: a release lets single operations pass and moves no limit, so that the others
//! stay where they are.
//!
//! * `acts`: what counts, and how much there is to count it against;
//! * `facts`: what is to be remembered of it.

mod acts;
mod facts;

use std::collections::{BTreeMap, BTreeSet};

use crate::compiled::CompiledObject;
use crate::draft::Drafts;
use crate::input::PlanInput;
use crate::memory::Staged;
use crate::plan::{
    Action, Bound, Change, Held, HeldOperation, LimitKind, MappingId, Operation, PlannedValues, TargetRef,
};
use acts::Acts;

pub(crate) use facts::{remember, remember_acts};

/// Takes out of the drafts what a limit holds back: exactly the operations of the kind that is too many, under
/// the mapping where it is too many. A group keeps the members that join, unless it is privileged.
pub(crate) fn hold_back(input: &PlanInput<'_>, drafts: &mut Drafts) -> Vec<Held> {
    let mut all = Vec::new();
    let occurring = occurring(input, drafts);
    for (id, mapping) in mappings(input) {
        let acts = Acts { input, id, mapping };
        let occurs = |kind: LimitKind| occurring.contains(&(id, kind)) && !input.released.has(kind);
        if occurs(LimitKind::PrivilegedChanges) {
            all.extend(hold_kind(&acts, LimitKind::PrivilegedChanges, drafts));
        }
        if occurs(LimitKind::GroupRemovals) {
            hold_groups(&acts, drafts, &mut all);
        }
        for kind in [LimitKind::Deletes, LimitKind::Disables, LimitKind::MemberRemovals] {
            if occurs(kind) {
                all.extend(hold_kind(&acts, kind, drafts));
            }
        }
    }
    let first = |it: &Held| it.each().next().map(|it| (it.label.clone(), it.source.clone()));
    all.sort_by_cached_key(|it| (it.mapping, it.limit, first(it)));
    all
}

fn mappings<'a>(input: &PlanInput<'a>) -> impl Iterator<Item = (MappingId, &'a CompiledObject)> {
    let mappings = input.spec.mappings.iter().enumerate();
    mappings.map(|(at, mapping)| (MappingId(u16::try_from(at).unwrap_or(u16::MAX)), mapping))
}

/// Which kinds of acts there are, under which mappings.
fn occurring(input: &PlanInput<'_>, drafts: &Drafts) -> BTreeSet<(MappingId, LimitKind)> {
    let mut kinds = BTreeSet::new();
    for operation in &drafts.operations {
        let kind = match &operation.action {
            Action::Delete | Action::SoftDelete { .. } => LimitKind::Deletes,
            Action::Disable { .. } | Action::Adopt { .. } => LimitKind::Disables,
            Action::ChangeMembers { remove, .. } => {
                if !input.spec.mappings[usize::from(operation.mapping.0)].privileged.groups.is_empty() {
                    kinds.insert((operation.mapping, LimitKind::PrivilegedChanges));
                }
                if remove.is_empty() {
                    continue;
                }
                kinds.insert((operation.mapping, LimitKind::GroupRemovals));
                LimitKind::MemberRemovals
            }
            _ => continue,
        };
        kinds.insert((operation.mapping, kind));
    }
    kinds
}

/// How many acts of a kind there could be at most under a mapping: linked objects, or memberships of linked groups.
pub(crate) fn stock(input: &PlanInput<'_>, at: usize, kind: LimitKind) -> u64 {
    let id = MappingId(u16::try_from(at).unwrap_or(u16::MAX));
    let acts = Acts { input, id, mapping: &input.spec.mappings[at] };
    acts.stock(kind, std::iter::empty())
}

/// Holds back everything of a kind if it is too much.
fn hold_kind(acts: &Acts<'_>, kind: LimitKind, drafts: &mut Drafts) -> Option<Held> {
    let of_mapping = || drafts.operations.iter().filter(|it| it.mapping == acts.id);
    let number = of_mapping().map(|it| acts.of(kind, it)).sum();
    if number == 0 {
        return None;
    }
    let of = acts.stock(kind, of_mapping());
    let bound = exceeded(acts, kind, number, of)?;
    let operations = take(acts, kind, drafts, |_| true);
    (!operations.is_empty()).then_some(Held { limit: kind, mapping: acts.id, bound, number, of, operations })
}

/// Holds back those who leave a group if they are too many of its members.
fn hold_groups(acts: &Acts<'_>, drafts: &mut Drafts, all: &mut Vec<Held>) {
    let kind = LimitKind::GroupRemovals;
    let mut numbers: BTreeMap<TargetRef, u64> = BTreeMap::new();
    for operation in drafts.operations.iter().filter(|it| it.mapping == acts.id) {
        let number = acts.of(kind, operation);
        if number > 0 {
            *numbers.entry(operation.target.clone()).or_default() += number;
        }
    }
    let mut tripped: BTreeMap<TargetRef, (u64, u64)> = BTreeMap::new();
    for (group, number) in numbers {
        // Counting members costs more than a comparison.
        if number > acts.mapping.limits.group_removals.free {
            let of = acts.members_of(&group);
            if acts.mapping.limits.group_removals.trips(number, of) {
                tripped.insert(group, (number, of));
            }
        }
    }
    if tripped.is_empty() {
        return;
    }
    let mut taken: BTreeMap<TargetRef, Vec<HeldOperation>> = BTreeMap::new();
    for held in take(acts, kind, drafts, |it| tripped.contains_key(&it.target)) {
        taken.entry(held.operation.target.clone()).or_default().push(held);
    }
    for (group, operations) in taken {
        if let Some((number, of)) = tripped.get(&group).copied() {
            all.push(Held { limit: kind, mapping: acts.id, bound: Bound::Run, number, of, operations });
        }
    }
}

/// Tells which limit of a kind is exceeded, if one is.
fn exceeded(acts: &Acts<'_>, kind: LimitKind, number: u64, of: u64) -> Option<Bound> {
    let limits = &acts.mapping.limits;
    if limits.of(kind).trips(number, of) {
        return Some(Bound::Run);
    }
    let (lasts, limit) = limits.over_time(kind)?;
    let earlier = acts.input.memory.acts(&acts.mapping.name, kind, acts.input.now, lasts);
    let is_exceeded = earlier > 0 && limit.trips(number.saturating_add(earlier), of);
    is_exceeded.then_some(Bound::Window { lasts, earlier })
}

/// Takes out the acts of a kind that `is_meant` and nobody released.
fn take(
    acts: &Acts<'_>,
    kind: LimitKind,
    drafts: &mut Drafts,
    is_meant: impl Fn(&Operation) -> bool,
) -> Vec<HeldOperation> {
    let Acts { input, id, mapping } = *acts;
    let is_released =
        |it: &Operation| input.memory.is_released(kind, &mapping.name, it.source.as_str(), input.now);
    let mut held = Vec::new();
    drafts.retain(|operation| {
        if operation.mapping != id
            || acts.of(kind, operation) == 0
            || !is_meant(operation)
            || is_released(operation)
        {
            return true;
        }
        let mut taken = operation.clone();
        let rest = split(kind, operation, &mut taken);
        drop_created(&mut taken);
        held.push(taken);
        rest
    });
    held.sort_by(|left, right| {
        (&left.label, &left.source, left.attribute()).cmp(&(&right.label, &right.source, right.attribute()))
    });
    let since = |it: &Operation| input.memory.staged_since(&Staged::of(&mapping.name, it));
    held.into_iter().map(|operation| HeldOperation { since: since(&operation), operation }).collect()
}

/// Leaves in `operation` what is not held, and in `taken` what is; tells whether something is left.
fn split(kind: LimitKind, operation: &mut Operation, taken: &mut Operation) -> bool {
    match (&mut operation.action, &mut taken.action) {
        (Action::ChangeMembers { add, remove, .. }, Action::ChangeMembers { add: taken_add, .. })
            if kind != LimitKind::PrivilegedChanges =>
        {
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
    match &mut operation.action {
        Action::Disable { changes } | Action::Adopt { changes } | Action::SoftDelete { changes } => {
            changes.retain(|change: &Change| match &change.after {
                Some(PlannedValues::References(referents)) => {
                    !referents.iter().any(|it| matches!(it.target, TargetRef::Created(_)))
                }
                _ => true,
            });
        }
        Action::ChangeMembers { add, .. } => {
            add.retain(|it| !matches!(it.target, TargetRef::Created(_)));
        }
        _ => {}
    }
}
