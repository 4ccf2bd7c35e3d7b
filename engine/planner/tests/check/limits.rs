//! Corruptions of what limits hold back over time, for one group and for privileged groups, and of what is remembered
//! of them.

use std::time::Duration;

use provisio_model::{SourceId, Timestamp};
use provisio_planner::spec::{Clause, FilterGroup, Limit, Operator};
use provisio_planner::{
    ActionKind, Bound, Fact, LedgerEntry, LimitKind, MemoryChange, Release, Remember, Staged, plan,
};

use super::corruptions::{Corruption, forged, misplaced};
use super::universe::GROUPS;

/// A little before the time of the plan.
fn today() -> Timestamp {
    Timestamp::from_second(1_779_999_000)
}

/// After it.
fn tomorrow() -> Timestamp {
    Timestamp::from_second(1_780_090_000)
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Corruptions of a plan that no limit holds back.
pub(super) const LIMITS: &[Corruption] = &[
    misplaced(
        "a limit on one group",
        |it| it.spec.limits.group_removals = Limit::at_most(0),
        &["LimitExceeded", "OtherSpec"],
    ),
    misplaced(
        "a limit on privileged groups",
        |it| {
            let all = Clause::new("displayName", Operator::IsNotNull, None);
            let mut group = FilterGroup::default();
            group.clauses.push(all);
            it.mapping(GROUPS).privileged.groups.push(group);
            it.spec.limits.privileged_changes = Limit::at_most(0);
        },
        &["LimitExceeded", "NotRemembered", "OtherSpec"],
    ),
    misplaced(
        "what was done before counts too",
        |it| {
            it.spec.limits.set(LimitKind::Disables, Limit::at_most(9));
            let act = LedgerEntry {
                at: today(),
                mapping: it.spec.objects[0].name.clone(),
                limit: LimitKind::Disables,
                number: 9,
            };
            it.memory.apply(&MemoryChange { acts: vec![act], ..MemoryChange::default() });
        },
        &["LimitExceeded", "OtherSpec"],
    ),
    forged(
        "acts are not remembered",
        |plan| plan.memory.retain(|it| !matches!(it.fact, Fact::Acts { .. })),
        &["NotRemembered"],
    ),
    forged(
        "more acts are remembered than there are",
        |plan| {
            let acts = plan.memory.iter_mut().find_map(|it| match &mut it.fact {
                Fact::Acts { number, .. } => Some(number),
                _ => None,
            });
            *acts.expect("acts") += 1;
        },
        &["RemembersWhatIsNot"],
    ),
];

/// Corruptions of a plan that holds something back.
pub(super) const HELD: &[Corruption] = &[
    misplaced(
        "held although that object is released",
        |it| {
            let release = Release { limit: Some(LimitKind::Deletes), ..Release::default() };
            it.memory.apply(&MemoryChange {
                releases: vec![(release, Some(tomorrow()))],
                ..MemoryChange::default()
            });
        },
        &["HeldWithoutNeed"],
    ),
    forged(
        "held since another time",
        |plan| plan.held[0].operations[0].since = Some(tomorrow()),
        &["HeldSinceAnotherTime"],
    ),
    forged(
        "held by a window of time",
        |plan| plan.held[0].bound = Bound::Window { lasts: DAY, earlier: 3 },
        &["HeldMiscounted"],
    ),
    misplaced(
        "held although that was noted before",
        |it| {
            let plan = it.with(|input| plan(input).expect("can be planned").plan);
            let held = &plan.held[0].operations[0].operation;
            let staged = Staged::of(&plan.mappings[usize::from(held.mapping.0)].name, held);
            it.memory
                .apply(&MemoryChange { staged: vec![(staged, Some(today()))], ..MemoryChange::default() });
        },
        &["HeldSinceAnotherTime", "RemembersWhatIsNot"],
    ),
    forged(
        "nobody remembers what is held",
        |plan| plan.memory.retain(|it| !matches!(it.fact, Fact::Staged { .. })),
        &["NotRemembered"],
    ),
    forged(
        "something is remembered as held that is not",
        |plan| {
            let fact = |it: &Remember| match &it.fact {
                Fact::Staged { mapping, action, attribute, .. } => Some(Fact::Staged {
                    mapping: *mapping,
                    source: SourceId::new("nobody"),
                    action: *action,
                    attribute: attribute.clone(),
                }),
                _ => None,
            };
            let fact = plan.memory.iter().find_map(fact).expect("held");
            plan.memory.insert(0, Remember { once: None, fact });
        },
        &["RemembersWhatIsNot"],
    ),
    misplaced(
        "what was held and is no longer is not forgotten",
        |it| {
            let staged = Staged {
                mapping: it.spec.objects[0].name.clone(),
                source: SourceId::new("nobody"),
                action: ActionKind::Delete,
                attribute: None,
            };
            it.memory
                .apply(&MemoryChange { staged: vec![(staged, Some(today()))], ..MemoryChange::default() });
        },
        &["NotRemembered"],
    ),
];
