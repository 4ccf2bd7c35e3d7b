//! What is held back: too many deeds of a kind under one mapping, all of them. The narrow limits are asked first, and
//! what one holds back the next does not see.

use std::collections::BTreeSet;

use provisio::model::{Object, Text, Value, Values};
use provisio::plan::LimitKind;

use super::deed::{Deed, What};
use super::rules::Rules;
use super::scope::{self, Answer};
use super::state::State;

/// Limits in the order in which they are asked.
const KINDS: [LimitKind; 5] = [
    LimitKind::PrivilegedChanges,
    LimitKind::GroupRemovals,
    LimitKind::Deletes,
    LimitKind::Disables,
    LimitKind::MemberRemovals,
];

pub(super) fn hold_back(rules: &Rules<'_>, state: &State, deeds: &mut Vec<Deed>) {
    for mapping in 0..rules.mappings.len() {
        for kind in KINDS.into_iter().filter(|it| !rules.world.released.has(*it)) {
            let counted: Vec<&Deed> =
                deeds.iter().filter(|it| it.mapping == mapping && acts(rules, state, it, kind) > 0).collect();
            let groups: BTreeSet<Text> = counted.iter().map(|it| it.target.clone()).collect();
            let too_many: BTreeSet<Text> = if kind == LimitKind::GroupRemovals {
                let is_too_much = |group: &&Text| {
                    let of_group = counted.iter().filter(|it| it.target == **group);
                    let number = of_group.map(|it| acts(rules, state, it, kind)).sum();
                    trips(rules, state, mapping, kind, number, members(rules, state, mapping, group))
                };
                groups.iter().filter(is_too_much).cloned().collect()
            } else {
                let number = counted.iter().map(|it| acts(rules, state, it, kind)).sum();
                let of = stock(rules, state, mapping, kind, &groups);
                if trips(rules, state, mapping, kind, number, of) { groups } else { BTreeSet::new() }
            };
            deeds.retain_mut(|it| {
                it.mapping != mapping || !too_many.contains(&it.target) || without(rules, state, it, kind)
            });
        }
    }
}

/// How many acts of a kind a deed is.
pub(super) fn acts(rules: &Rules<'_>, state: &State, deed: &Deed, kind: LimitKind) -> usize {
    match (kind, &deed.what) {
        (LimitKind::Deletes, What::Delete) => 1,
        (LimitKind::Disables, What::Change { values, .. }) => {
            let mapping = &rules.mappings[deed.mapping];
            let says_disabled = |it: &Option<Values>| {
                mapping.says_disabled(it.as_ref().map(Values::as_slice).unwrap_or_default())
            };
            let disables = values.iter().any(|(name, it)| mapping.is_status_name(name) && says_disabled(it));
            usize::from(disables)
        }
        (LimitKind::MemberRemovals | LimitKind::GroupRemovals, What::Members { leave, .. }) => leave.len(),
        (LimitKind::PrivilegedChanges, What::Members { join, leave, .. })
            if is_privileged(rules, state, deed) =>
        {
            join.len() + leave.len()
        }
        _ => 0,
    }
}

/// A group that is there is privileged if it passes the filter, and if nobody can tell whether it does.
fn is_privileged(rules: &Rules<'_>, state: &State, deed: &Deed) -> bool {
    let mapping = &rules.mappings[deed.mapping];
    let filter = &mapping.spec.privileged;
    let Some(attributes) = state.object(&mapping.spec.target, &deed.target) else { return false };
    let mut group = Object::new(mapping.spec.target.clone(), deed.target.clone());
    group.attributes = attributes.clone();
    !filter.groups.is_empty() && scope::privileged(rules, mapping, filter, &group) != Answer::No
}

/// Too many are more than are free, and more than the count or than the part of all that there are: in this cycle, or
/// with all that was done in the window of time before it.
fn trips(
    rules: &Rules<'_>,
    state: &State,
    mapping: usize,
    kind: LimitKind,
    number: usize,
    of: usize,
) -> bool {
    if number == 0 {
        return false;
    }
    let mapping_spec = rules.mappings[mapping].spec;
    let limits = rules.world.spec.limits_of(mapping_spec);
    let (number, of) = (number as u64, of as u64);
    let within_time = limits.over_time(kind).is_some_and(|(lasts, limit)| {
        let noted = rules.world.memory.acts(&mapping_spec.name, kind, rules.world.now, lasts);
        let earlier = noted + state.acts.get(&(mapping, kind)).copied().unwrap_or_default();
        earlier > 0 && limit.trips(number + earlier, of)
    });
    limits.of(kind).trips(number, of) || within_time
}

/// All linked objects of the mapping, or all members of its linked groups, or of those that change.
fn stock(rules: &Rules<'_>, state: &State, at: usize, kind: LimitKind, changed: &BTreeSet<Text>) -> usize {
    let targets = || state.links.iter().filter(|((it, _), _)| *it == at).map(|(_, (target, _))| target);
    match kind {
        LimitKind::Deletes | LimitKind::Disables => targets().count(),
        LimitKind::MemberRemovals => targets().map(|it| members(rules, state, at, it)).sum(),
        LimitKind::GroupRemovals | LimitKind::PrivilegedChanges => {
            changed.iter().map(|it| members(rules, state, at, it)).sum()
        }
    }
}

fn members(rules: &Rules<'_>, state: &State, at: usize, group: &Text) -> usize {
    let mapping = &rules.mappings[at];
    let Some(group) = state.object(&mapping.spec.target, group) else { return 0 };
    let memberships = mapping.attributes.iter().filter(|it| it.is_membership());
    let members =
        memberships.filter_map(|it| group.get(it.target.name.as_str())).flat_map(|it| it.as_slice());
    members.filter(|it| matches!(it, Value::Reference(_))).count()
}

/// Takes out of a deed what is held back; tells whether something is left. A group keeps who joins, unless it is
/// privileged.
fn without(rules: &Rules<'_>, state: &State, deed: &mut Deed, kind: LimitKind) -> bool {
    let acts = acts(rules, state, deed, kind);
    match &mut deed.what {
        What::Members { leave, .. }
            if matches!(kind, LimitKind::MemberRemovals | LimitKind::GroupRemovals) =>
        {
            leave.clear();
            true
        }
        _ => acts == 0,
    }
}
