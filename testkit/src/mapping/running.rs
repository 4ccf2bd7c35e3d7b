//! The law that runs come to an end.

use provisio::plan::{Action, Change};
use provisio::planner::FindingKind;

use super::trial::{Judged, Trial};
use super::{Breach, Law, Mapping};
use crate::rig::Rig;
use crate::strategies::{Draw, Life, LifeEvent};

/// Runs come to an end, and the next one has nothing to do: from the first run on, and after whatever happens in the source.
///
/// # Errors
/// When there is always something to do.
pub fn runs_come_to_rest(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::RunsComeToRest, mapping)?;
    let population = trial.population();
    trial.each(&population, |source, seed| {
        let rig = trial.settled(&trial.world(source))?;
        kept(&trial, &rig)?;
        next_day(&trial, &rig)?;
        let mut draw = Draw::new(seed);
        let events = [LifeEvent::draw(&mut draw), LifeEvent::draw(&mut draw)];
        for object_type in trial.schemas.source.types.iter().map(|it| &it.object_type) {
            rig.source.edit(|it| Life::new(&population, object_type).happen(it, &events));
        }
        rig.settle().map_err(|it| trial.restless(it))?;
        kept(&trial, &rig)
    })
}

/// A day later, when nobody changed anything, nothing is left to write but what [`Mapping::depends_on_time`] names, and what
/// happens to leavers.
fn next_day(trial: &Trial<'_>, rig: &Rig) -> Judged {
    rig.pass(1);
    let cycle = rig.run().map_err(|it| trial.restless(it.to_string()))?;
    let operations = cycle.planned.plan.operations.iter();
    for operation in operations.filter(|it| matches!(it.action, Action::Update { .. })) {
        let is_timely = |it: &&Change| trial.mapping.timely.iter().any(|name| it.attribute.is(name.as_str()));
        let Some(change) = operation.action.changes().iter().find(|it| !is_timely(it)) else { continue };
        return Err(trial
            .flaw(operation.mapping, Some(&change.attribute), operation.source.text().clone())
            .expected("nothing to do a day later, when nobody changed anything")
            .found(cycle.planned.plan.operation_text(operation))
            .help("do not read the clock in a rule that is written always: use apply = \"create\""));
    }
    Ok(())
}

/// A value that was sent again and again in vain is left alone at last: that is rest, and no good one.
fn kept(trial: &Trial<'_>, rig: &Rig) -> Judged {
    let cycle = rig.run().map_err(|it| trial.restless(it.to_string()))?;
    for finding in &cycle.planned.findings {
        let times = match finding.kind {
            FindingKind::NotKept { times } | FindingKind::ChangedBack { times } => times,
            _ => continue,
        };
        return Err(trial
            .flaw_of(finding)
            .expected("a value that is there when the next run looks")
            .found(format!("it was sent {times} times, and each time something else was there afterwards"))
            .help("look for another object mapping that writes the same attribute of the same object"));
    }
    Ok(())
}
