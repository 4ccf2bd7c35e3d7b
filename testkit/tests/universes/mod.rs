//! The universes hold what makes planning hard, and the edits what makes planning again hard.

mod large;
mod shapes;

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use provisio::Plan;
use provisio::plan::{Action, Change, ChangeWrite, Operation, Reason, SkipReason, Why};
use provisio::planner::FindingKind;
use provisio_testkit::strategies::{Edit, edits, universe};
use provisio_testkit::world::World;

const CASES: usize = 1_000;

#[test]
fn hard_cases_really_occur() {
    let counts = count(universe(), |world| {
        let mut cases = hard_cases(world);
        cases.extend(shapes::shapes(world));
        cases
    });
    judge(&counts, &HARD_CASES);
}

#[test]
fn every_edit_really_occurs() {
    let counts = count(edits(), |edits| edits.iter().map(name_of).collect());
    judge(&counts, &EDITS);
}

/// Of so many cases, in how many each thing occurs.
#[expect(clippy::expect_used, reason = "a failed check fails the test that asked for it")]
fn count<S: Strategy>(
    strategy: S,
    things: impl Fn(&S::Value) -> Vec<&'static str>,
) -> BTreeMap<&'static str, usize> {
    let mut runner = TestRunner::deterministic();
    let mut counts = BTreeMap::new();
    for _ in 0..CASES {
        let case = strategy.new_tree(&mut runner).expect("cases are never refused").current();
        let mut found = things(&case);
        found.sort_unstable();
        found.dedup();
        for thing in found {
            *counts.entry(thing).or_insert(0) += 1;
        }
    }
    counts
}

/// Fails when a thing is rarer than it must be, in thousandths of the cases, or is not listed.
fn judge(counts: &BTreeMap<&'static str, usize>, listed: &[(&str, usize)]) {
    let unlisted: Vec<_> = counts.keys().filter(|it| !listed.iter().any(|(name, _)| name == *it)).collect();
    assert!(unlisted.is_empty(), "cases that are not listed: {unlisted:?}");
    let occurs = |name: &str| counts.get(name).copied().unwrap_or(0);
    let rare: Vec<_> = listed.iter().filter(|(name, least)| occurs(name) * 1_000 < CASES * least).collect();
    assert!(rare.is_empty(), "rarer than they must be: {rare:?}\nof {counts:#?}");
}

/// What occurs in universes, and in how many thousandths of them at least.
const HARD_CASES: [(&str, usize); 47] = [
    ("chain of unique values", 10),
    ("container circle", 10),
    ("container emptied", 3),
    ("container moved", 3),
    ("exchange by a temporary value", 10),
    ("exchange forbidden", 3),
    ("members split", 10),
    ("unique value released", 10),
    ("adopt", 10),
    ("ambiguous source", 10),
    ("ambiguous target", 10),
    ("attribute cleared", 10),
    ("circle of groups", 10),
    ("circle of managers", 10),
    ("create", 10),
    ("delete", 10),
    ("disable", 10),
    ("enable", 10),
    ("groups not read", 10),
    ("held back", 10),
    ("lost assignment", 10),
    ("match is linked", 10),
    ("match not adopted", 10),
    ("member joins and leaves", 10),
    ("member removed", 10),
    ("nested group", 10),
    ("not unique", 10),
    ("not looked at", 10),
    ("nothing to do", 10),
    ("out of scope", 10),
    ("own manager", 10),
    ("partial source", 10),
    ("partial target", 10),
    ("recreated", 10),
    ("reference cycle", 10),
    ("reference to what is created", 10),
    ("renamed", 10),
    ("same matching value", 10),
    ("scope unknown", 10),
    ("sent with every update", 10),
    ("unlink", 10),
    ("unresolved reference", 10),
    ("update", 10),
    ("user name wanted by somebody else", 10),
    ("user names rotated", 10),
    ("user names swapped", 10),
    ("value joins and value stays", 10),
];

/// What occurs in scripts of edits, and in how many thousandths of them at least.
const EDITS: [(&str, usize); 13] = [
    ("drop team", 100),
    ("employ", 100),
    ("join", 100),
    ("join team", 100),
    ("leave", 100),
    ("leave team", 100),
    ("move", 100),
    ("nest", 100),
    ("new manager", 100),
    ("new team", 100),
    ("promote", 100),
    ("rename", 100),
    ("swap", 100),
];

fn name_of(edit: &Edit) -> &'static str {
    match edit {
        Edit::Join { .. } => "join",
        Edit::Leave { .. } => "leave",
        Edit::Move { .. } => "move",
        Edit::Rename { .. } => "rename",
        Edit::Swap { .. } => "swap",
        Edit::Promote { .. } => "promote",
        Edit::NewManager { .. } => "new manager",
        Edit::Employ { .. } => "employ",
        Edit::JoinTeam { .. } => "join team",
        Edit::LeaveTeam { .. } => "leave team",
        Edit::NewTeam { .. } => "new team",
        Edit::DropTeam { .. } => "drop team",
        Edit::Nest { .. } => "nest",
        _ => "an edit that this test does not know",
    }
}

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
    note("lost assignment", plan.operations.iter().any(|it| it.reason == Reason::Unassigned));
    note("not looked at", plan.skipped.iter().any(|it| matches!(it.why, SkipReason::Filtered(_))));
    note("scope unknown", found(|it| matches!(it, FindingKind::ScopeUnknown { .. })));
    note("groups not read", found(|it| matches!(it, FindingKind::GroupsUnread { .. })));
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
    let waits = |it: &Operation, why: Why| it.after.iter().any(|after| after.why == why);
    let any_waits = |why: Why| plan.operations.iter().any(|it| waits(it, why));
    note("unique value released", any_waits(Why::ValueReleased));
    note("exchange by a temporary value", any_waits(Why::Temporary));
    note("exchange forbidden", found(|it| matches!(it, FindingKind::CannotExchange { .. })));
    let released = plan.operations.iter().filter(|it| waits(it, Why::ValueReleased));
    let chained = released.flat_map(|it| &it.after).filter(|it| it.why == Why::ValueReleased);
    note(
        "chain of unique values",
        chained.map(|it| &plan.operations[it.operation.position()]).any(|it| waits(it, Why::ValueReleased)),
    );
    note("container moved", any_waits(Why::ContainerMoved));
    note("container emptied", any_waits(Why::ContainerEmptied));
    note("container circle", found(|it| matches!(it, FindingKind::ContainerCircle)));
    let groups = plan.operations.iter().filter(|it| matches!(it.action, Action::ChangeMembers { .. }));
    let mut groups: Vec<_> = groups.map(|it| &it.target).collect();
    groups.sort_unstable();
    note("members split", groups.windows(2).any(|it| it[0] == it[1]));
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
    note("renamed", changes(|it| it.attribute.is("userName") && it.before.is_some() && it.after.is_some()));
    cases
}

fn any_change(plan: &Plan, test: fn(&Change) -> bool) -> bool {
    plan.operations.iter().flat_map(|it| it.action.changes()).any(test)
}
