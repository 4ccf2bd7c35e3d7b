//! What is held back: too many deeds of a kind under one mapping, all of them.

use provisio::model::{Value, Values};
use provisio::plan::LimitKind;

use super::deed::{Deed, What};
use super::rules::Rules;
use super::state::State;

pub(super) fn hold_back(rules: &Rules<'_>, state: &State, deeds: &mut Vec<Deed>) {
    for mapping in 0..rules.mappings.len() {
        for kind in [LimitKind::Deletes, LimitKind::Disables, LimitKind::MemberRemovals] {
            let number =
                deeds.iter().filter(|it| it.mapping == mapping).map(|it| acts(rules, it, kind)).sum();
            if !rules.world.released.has(kind)
                && trips(rules, kind, number, stock(rules, state, mapping, kind))
            {
                deeds.retain_mut(|it| it.mapping != mapping || without(rules, it, kind));
            }
        }
    }
}

/// How many acts of a kind a deed is.
fn acts(rules: &Rules<'_>, deed: &Deed, kind: LimitKind) -> usize {
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
        (LimitKind::MemberRemovals, What::Members { leave, .. }) => leave.len(),
        _ => 0,
    }
}

/// Too many are more than are free, and more than the count or than the part of all that there are.
fn trips(rules: &Rules<'_>, kind: LimitKind, number: usize, of: usize) -> bool {
    let limits = &rules.world.spec.limits;
    let limit = match kind {
        LimitKind::Deletes => limits.deletes,
        LimitKind::Disables => limits.disables,
        LimitKind::MemberRemovals => limits.member_removals,
    };
    let over_count = limit.count.is_some_and(|most| number as u64 > most);
    let over_percent = limit.percent.is_some_and(|most| number as f64 * 100.0 > most * of as f64);
    number as u64 > limit.free && (over_count || over_percent)
}

/// All linked objects of the mapping, or all members of its linked groups.
fn stock(rules: &Rules<'_>, state: &State, at: usize, kind: LimitKind) -> usize {
    let mapping = &rules.mappings[at];
    let targets = state.links.iter().filter(|((it, _), _)| *it == at).map(|(_, (target, _))| target);
    if kind != LimitKind::MemberRemovals {
        return targets.count();
    }
    let groups = targets.filter_map(|it| state.object(&mapping.spec.target, it));
    let members = groups.flat_map(|group| {
        let memberships = mapping.attributes.iter().filter(|it| it.is_membership());
        memberships.filter_map(|it| group.get(it.target.name.as_str())).flat_map(|it| it.as_slice())
    });
    members.filter(|it| matches!(it, Value::Reference(_))).count()
}

/// Takes out of a deed what is held back; tells whether something is left. A group keeps who joins.
fn without(rules: &Rules<'_>, deed: &mut Deed, kind: LimitKind) -> bool {
    let acts = acts(rules, deed, kind);
    match &mut deed.what {
        What::Members { leave, .. } if kind == LimitKind::MemberRemovals => {
            leave.clear();
            true
        }
        _ => acts == 0,
    }
}
