//! Two plans that differ in each way, and what is said of it.

use super::*;
use crate::plan::json::tests::example;

fn difference(change: impl FnOnce(&mut Plan)) -> String {
    let before = example::small();
    let mut after = example::small();
    change(&mut after);
    PlanDifference::between(&before, &after).text("a.json", "b.json").to_string()
}

#[test]
fn the_same_plan_does_the_same() {
    assert_eq!(difference(|_| {}), "- a.json\n+ b.json\nno difference: both do the same\n");
}

#[test]
fn who_is_not_created_is_one_object_and_no_list_of_attributes() {
    let text = difference(|plan| {
        plan.operations.remove(0);
        plan.operations.remove(1);
    });
    insta::assert_snapshot!(text, @r#"
    - a.json
    + b.json
    1 object and 1 membership differ
    user adele@contoso.example (users: 1001)
        - create
        + nothing to do
    group Sales (groups: D-4): members
        adele@contoso.example
            - joins
            + does not change
    "#);
}

#[test]
fn another_value_is_shown_beside_the_first() {
    let text = difference(|plan| {
        let Action::Update { changes } = &mut plan.operations[1].action else { panic!("an update") };
        changes.remove(0);
        changes[0].after = None;
    });
    insta::assert_snapshot!(text, @r#"
    - a.json
    + b.json
    1 object and 0 memberships differ
    user ben@contoso.example (users: 1002)
        phone - is cleared
              + is not written
        title - "Senior Engineer"
              + is cleared
    "#);
}

#[test]
fn who_is_skipped_and_who_is_held_back_is_said() {
    let text = difference(|plan| {
        let mut delete = plan.operations[1].clone();
        delete.action = Action::Delete;
        plan.operations.remove(1);
        let held = Held {
            limit: crate::plan::LimitKind::Deletes,
            mapping: delete.mapping,
            bound: crate::plan::Bound::Run,
            number: 1,
            of: 1,
            operations: vec![crate::plan::HeldOperation { operation: delete, since: None }],
        };
        plan.held.push(held);
        plan.skipped.clear();
    });
    insta::assert_snapshot!(text, @r#"
    - a.json
    + b.json
    2 objects and 0 memberships differ
    user ben@contoso.example (users: 1002)
        - update
        + held back: delete
        phone - is cleared
              + is not written
        title - "Senior Engineer"
              + is not written
    user 1003 (users: 1003)
        - skipped: out of scope: country is "SE", wanted country EQUALS "NO"
        + nothing to do
    "#);
}

#[test]
fn positions_do_not_matter() {
    let text = difference(|plan| {
        plan.operations.swap(0, 1);
        for (operation, created) in [(1, 1), (2, 1)] {
            crate::draft::each_target(&mut plan.operations[operation], |target, _| {
                if let TargetRef::Created(id) = target {
                    id.0 = created;
                }
            });
        }
    });
    assert_eq!(text, "- a.json\n+ b.json\nno difference: both do the same\n");
}
