//! Every scenario folder gives the plan that was approved.

use provisio_testkit::scenario::check_scenarios;

#[test]
fn scenarios_plan_what_was_approved() {
    check_scenarios(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
}
