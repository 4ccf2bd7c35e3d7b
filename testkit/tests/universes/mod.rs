//! The universes hold what makes planning hard.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use provisio::Plan;
use provisio::plan::{Action, Change, ChangeWrite, Reason};
use provisio::planner::FindingKind;
use provisio_testkit::strategies::universe;
use provisio_testkit::world::World;

const UNIVERSES: usize = 1_000;

/// Of so many universes each hard case occurs at least in this part.
const PER_MILLE_MIN: usize = 10;

#[test]
fn hard_cases_really_occur() {
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<&str, usize> = HARD_CASES.iter().map(|it| (*it, 0)).collect();
    for _ in 0..UNIVERSES {
        let world = universe().new_tree(&mut runner).expect("universes are never refused").current();
        for case in hard_cases(&world) {
            *counts.entry(case).or_insert(0) += 1;
        }
    }
    assert_eq!(counts.len(), HARD_CASES.len(), "a case that is not listed: {counts:?}");
    let rare: Vec<_> =
        counts.iter().filter(|(_, count)| **count * 1_000 < UNIVERSES * PER_MILLE_MIN).collect();
    assert!(rare.is_empty(), "too rare: {rare:?}\nof {counts:#?}");
}

const HARD_CASES: [&str; 28] = [
    "adopt",
    "ambiguous source",
    "ambiguous target",
    "attribute cleared",
    "create",
    "delete",
    "disable",
    "enable",
    "held back",
    "match is linked",
    "match not adopted",
    "member joins and leaves",
    "member removed",
    "nested group",
    "nothing to do",
    "not unique",
    "out of scope",
    "partial source",
    "partial target",
    "recreated",
    "reference cycle",
    "reference to what is created",
    "same matching value",
    "sent with every update",
    "unlink",
    "unresolved reference",
    "update",
    "value joins and value stays",
];

fn hard_cases(world: &World) -> Vec<&'static str> {
    let Ok(planning) = world.plan() else { return vec!["cannot be planned"] };
    let planned = planning.planned;
    let plan = &planned.plan;
    let mut cases = Vec::new();
    let mut note = |case, occurs: bool| {
        if occurs {
            cases.push(case);
        }
    };
    let any = |test: fn(&Action) -> bool| plan.operations.iter().any(|it| test(&it.action));
    let found = |test: fn(&FindingKind) -> bool| planned.findings.iter().any(|it| test(&it.kind));
    note("create", any(|it| matches!(it, Action::Create { .. })));
    note("adopt", any(|it| matches!(it, Action::Adopt { .. })));
    note("update", any(|it| matches!(it, Action::Update { .. })));
    note("enable", any(|it| matches!(it, Action::Enable { .. })));
    note("disable", any(|it| matches!(it, Action::Disable { .. })));
    note("delete", any(|it| matches!(it, Action::Delete)));
    note("unlink", any(|it| matches!(it, Action::Unlink)));
    note("attribute cleared", any(|it| it.changes().iter().any(|it| it.after.is_none())));
    let changes = |test: fn(&Change) -> bool| any_change(plan, test);
    note("sent with every update", changes(Change::repeats));
    let joins_others = changes(|it| {
        let (_, join) = it.by_value();
        it.write == ChangeWrite::ByValue && !join.is_empty() && it.before.is_some()
    });
    note("value joins and value stays", joins_others);
    let members = |test: fn(bool, bool) -> bool| {
        plan.operations.iter().any(|it| match &it.action {
            Action::ChangeMembers { add, remove, .. } => test(!add.is_empty(), !remove.is_empty()),
            _ => false,
        })
    };
    note("member removed", members(|_, leaves| leaves));
    note("member joins and leaves", members(|joins, leaves| joins && leaves));
    note("reference cycle", plan.operations.iter().any(|it| it.reason == Reason::ReferenceDeferred));
    note("recreated", plan.operations.iter().any(|it| it.reason == Reason::TargetGone));
    note("reference to what is created", plan.operations.iter().any(|it| !it.after.is_empty()));
    note("held back", !plan.held.is_empty());
    note("nothing to do", plan.is_empty());
    note("out of scope", plan.text().to_string().contains("out of scope"));
    note("ambiguous source", found(|it| matches!(it, FindingKind::AmbiguousSource { .. })));
    note("ambiguous target", found(|it| matches!(it, FindingKind::AmbiguousTarget { .. })));
    note("match is linked", found(|it| matches!(it, FindingKind::MatchIsLinked { .. })));
    note("match not adopted", found(|it| matches!(it, FindingKind::MatchNotAdopted { .. })));
    note("same matching value", found(|it| matches!(it, FindingKind::SameMatchingValue { .. })));
    note("not unique", found(|it| matches!(it, FindingKind::NotUnique { .. })));
    note("unresolved reference", found(|it| matches!(it, FindingKind::Unresolved { .. })));
    note("partial source", found(|it| matches!(it, FindingKind::SourceIncomplete { .. })));
    note("partial target", found(|it| matches!(it, FindingKind::TargetIncomplete { .. })));
    let is_group = |id: &str| id.starts_with('t');
    let nested = world.source.objects.iter().any(|it| {
        let members = it.attributes.get("members").into_iter().flat_map(|it| it.as_slice());
        members.into_iter().any(|it| matches!(it, provisio::model::Value::Reference(id) if is_group(id)))
    });
    note("nested group", nested);
    cases
}

fn any_change(plan: &Plan, test: fn(&Change) -> bool) -> bool {
    plan.operations.iter().flat_map(|it| it.action.changes()).any(test)
}
