//! Every scenario folder gives the plan that was approved, and keeps the laws.

mod situations;

use provisio_testkit::laws::{self, Broken};
use provisio_testkit::scenario::{Scenario, check_scenarios, read_scenarios};
use provisio_testkit::world::{SystemState, World};

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");

#[test]
fn scenarios_plan_what_was_approved() {
    check_scenarios(FOLDER);
}

#[test]
fn scenarios_keep_the_laws() {
    let scenarios = read_scenarios(FOLDER).expect("scenarios can be read");
    let planned: Vec<(&Scenario, &World)> = scenarios
        .iter()
        .filter_map(|it| Some((it, it.world.as_ref().ok()?)))
        .filter(|(_, world)| world.compile().is_ok())
        .collect();
    assert!(planned.len() > 100, "only {} scenarios are planned", planned.len());
    let broken: Vec<String> = planned
        .into_iter()
        .filter_map(|(scenario, world)| {
            keeps_the_laws(world).err().map(|it| format!("{}: {it}", scenario.name))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn keeps_the_laws(world: &World) -> Result<(), Broken> {
    laws::plan_does_not_depend_on_order(world, 1)?;
    laws::plan_passes_the_check(world)?;
    laws::limits_are_kept(world)?;
    // What is hidden here is not there at all, so only complete reads can be carried out.
    let is_complete = |it: &SystemState| it.incomplete.is_empty() && it.unreadable.is_empty();
    if is_complete(&world.source) && is_complete(&world.target) {
        laws::runs_converge(world)?;
        laws::strangers_are_untouched(world)?;
        laws::agrees_with_the_reference(world)?;
    }
    Ok(())
}
