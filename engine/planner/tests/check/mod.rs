//! What the checker finds, and what it does not.

mod content;
mod corruptions;
mod exchange;
mod execution;
mod faults;
mod forge;
mod incremental;
mod laws;
mod leaving;
mod limits;
mod policies;
mod protection;
mod universe;

use provisio_planner::{Violation, plan, preflight};

use universe::{Universe, worker};

/// Plans a universe and checks the plan.
fn violations(universe: &Universe) -> Vec<Violation> {
    universe.with(|input| {
        let planned = plan(input).expect("can be planned");
        provisio_planner::check(input, &planned.plan)
    })
}

#[test]
fn the_planner_s_own_plan_is_fit() {
    let universe = Universe::new();
    let (text, found) = universe.with(|input| {
        let planned = plan(input).expect("can be planned");
        (planned.plan.text().to_string(), provisio_planner::check(input, &planned.plan))
    });
    assert_eq!(found, [], "{text}");
    // The corruptions need one operation of each kind.
    for glyph in ["+ user", "= user", "~ user", "o user", "x user", "- user", "* group", "/ user"] {
        assert!(text.contains(glyph), "no {glyph} in\n{text}");
    }
}

#[test]
fn a_plan_with_exchanges_is_fit() {
    assert_eq!(violations(&Universe::exchanging()), []);
}

#[test]
fn a_plan_with_policies_is_fit() {
    assert_eq!(violations(&Universe::with_policies()), []);
}

#[test]
fn a_plan_with_held_operations_is_fit() {
    let universe = Universe::with_leavers();
    let held = universe.with(|input| plan(input).expect("can be planned").plan.held.len());
    assert_eq!(held, 3, "deletes, disables and member removals");
    assert_eq!(violations(&universe), []);
}

#[test]
fn a_violation_is_a_sentence() {
    let found = Universe::new().with(|input| {
        let mut plan = plan(input).expect("can be planned").plan;
        plan.parent.0 = 6;
        forge::joining(&mut plan, "Sales").after.clear();
        provisio_planner::check(input, &plan)
    });
    let text: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        text.first().map(String::as_str),
        Some("the plan was made from state 6, and the state is now 7")
    );
    assert!(text[1].ends_with("and does not come after it and wait for it"), "{text:?}");
}

#[test]
fn an_input_that_was_not_read_is_unfit() {
    let found = Universe::new().with(|input| {
        let plan = plan(input).expect("can be planned").plan;
        provisio_planner::check(&provisio_planner::PlanInput { target: &[], ..*input }, &plan)
    });
    assert_eq!(corruptions::names(&found), ["UnfitInput"]);
}

#[test]
fn preflight_says_how_the_two_sides_stand_to_each_other() {
    let mut world = Universe::new();
    world.worker(worker("w21", "DE").with("number", "3"));
    let text = world.with(|input| preflight(input).expect("the input is sound").to_string());
    let expected = "\
worker -> user
        1 out_of_scope: out of scope, not linked
        2 unmatched: in scope, not linked, nothing in the target matches
          w1
          w2
        1 matched: in scope, not linked, one free target object matches
          w8 (eight)
        1 match_taken: in scope, not linked, the target object that matches is linked to another
          w21: the target object `u3` matches, and it is linked to `w3`
        4 linked: in scope, linked, the target object is there
        1 linked_gone: in scope, linked, the target object is gone
          w9
        1 left_scope: left the scope, linked, the target object is there
          w6 (login6)
        1 source_deleted: gone from the source, linked, the target object is there
          w7 (login7)
        1 source_deleted_gone: gone from the source, linked, the target object is gone, too
          w10
team -> group
        1 unmatched: in scope, not linked, nothing in the target matches
          t2
        3 linked: in scope, linked, the target object is there
guest -> user
user: 9 in the target
        2 unmanaged: in the target only: not linked, and nothing in scope takes it over
          x1 (x1)
          x2 (x2)
group: 3 in the target
";
    assert_eq!(text, expected);
}

/// The part of a plan that is about one object is a plan by itself, and fit.
#[test]
fn parts_of_a_plan_are_fit() {
    for universe in [Universe::new(), Universe::with_leavers(), Universe::exchanging()] {
        universe.with(|input| {
            let whole = plan(input).expect("can be planned").plan;
            for operation in &whole.operations {
                let object = (operation.mapping, operation.source.clone());
                let part = whole.part_of(&[object], usize::MAX).expect("not too large");
                assert_eq!(provisio_planner::check(input, &part), [], "{}\n{}", whole.text(), part.text());
                let ours = part.operations.iter().filter(|it| it.source == operation.source).count();
                assert!(ours > 0 && part.operations.len() <= whole.operations.len());
            }
            assert!(whole.part_of(&[], 0).expect("nothing").is_empty());
        });
    }
}

#[test]
fn a_part_of_a_plan_says_when_it_needs_too_many_others() {
    Universe::new().with(|input| {
        let whole = plan(input).expect("can be planned").plan;
        let needy = whole.operations.iter().find(|it| {
            it.after.iter().any(|after| whole.operations[after.operation.position()].source != it.source)
        });
        let needy = needy.expect("an operation that waits for that of another object");
        let object = (needy.mapping, needy.source.clone());
        let refused = whole.part_of(&[object], 0).expect_err("another object is needed");
        assert!(refused.others > 0, "{refused}");
    });
}
