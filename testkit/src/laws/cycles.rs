//! Laws of cycles that start from changes, run by the real job on a real store.

use std::time::Duration;

use provisio::incremental::{SelectionLimits, WhyFull};
use provisio::plan::TargetKnowledge;
use provisio::{CycleSettings, WhyEverything};

use super::delta::asks_for_memberships;
use super::running::story;
use super::{Broken, Verdict};
use crate::rig::{Interruption, Rig};
use crate::strategies::Edit;
use crate::world::World;

/// Cycles that start from changes do what cycles that read everything do.
///
/// Two copies of a world are brought to rest and then edited, script after script. One reads everything each time, the
/// other starts from what changed; both hold the same afterwards, with the same links.
pub fn cycles_from_changes_do_what_full_ones_do(world: &World, scripts: &[Vec<Edit>]) -> Verdict {
    do_what_full_ones_do(world, scripts, TargetKnowledge::LookUp)
}

/// Cycles that trust what they remember of the target do what cycles that read everything do, as long as nobody else writes
/// the target; and they read less of it.
pub fn remembering_cycles_do_what_full_ones_do(world: &World, scripts: &[Vec<Edit>]) -> Verdict {
    do_what_full_ones_do(world, scripts, TargetKnowledge::Remembered)
}

fn do_what_full_ones_do(world: &World, scripts: &[Vec<Edit>], known_by: TargetKnowledge) -> Verdict {
    let (full, delta) = (Rig::new(world)?, from_changes(world, known_by)?);
    full.settle()?;
    delta.settle()?;
    for script in scripts {
        for rig in [&full, &delta] {
            rig.source.edit(|source| script.iter().for_each(|it| it.apply(source)));
        }
        let whole = full.run().map_err(|it| it.to_string())?;
        let changes = delta.run().map_err(|it| it.to_string())?;
        match &changes.why_everything {
            None => {}
            Some(WhyEverything::Plan(WhyFull::ScopeByMembership)) if asks_for_memberships(world) => {}
            Some(why) => return Err(Broken(format!("everything is read: {why}"))),
        }
        let (expected, found) = (full.directory(), delta.directory());
        if expected != found || full.links() != delta.links() {
            return Err(Broken(format!(
                "changes lead elsewhere: {expected:#?}\nfound: {found:#?}\nfull: {}\nfrom changes: {}",
                story(&whole),
                story(&changes)
            )));
        }
    }
    Ok(())
}

/// What cannot be known waits for the cycle that reads everything, and then comes right: of a target that cannot be asked for
/// single objects, and is known as remembered.
pub fn what_is_not_remembered_waits_for_everything(world: &World, scripts: &[Vec<Edit>]) -> Verdict {
    let (mut full, mut delta) = (Rig::new(world)?, from_changes(world, TargetKnowledge::Remembered)?);
    delta.target_can_be_asked = false;
    full.settle()?;
    delta.settle()?;
    let in_between = delta.cycles.clone();
    for script in scripts {
        for rig in [&full, &delta] {
            rig.source.edit(|source| script.iter().for_each(|it| it.apply(source)));
        }
        let changes = delta.run().map_err(|it| it.to_string())?;
        delta.cycles.full_every = Duration::ZERO;
        for rig in [&mut full, &mut delta] {
            rig.settle()?;
        }
        delta.cycles = in_between.clone();
        let (expected, found) = (full.directory(), delta.directory());
        if expected != found || full.links() != delta.links() {
            return Err(Broken(format!(
                "what is remembered leads elsewhere: {expected:#?}\nfound: {found:#?}\nfrom changes: {}",
                story(&changes)
            )));
        }
    }
    Ok(())
}

/// After a cycle from changes that was interrupted anywhere, further ones reach what undisturbed ones reach.
pub fn interrupted_cycle_from_changes_converges(
    world: &World,
    script: &[Edit],
    interruption: Interruption,
    known_by: TargetKnowledge,
) -> Verdict {
    let (undisturbed, interrupted) = (from_changes(world, known_by)?, from_changes(world, known_by)?);
    for rig in [&undisturbed, &interrupted] {
        rig.settle()?;
        rig.source.edit(|source| script.iter().for_each(|it| it.apply(source)));
    }
    undisturbed.settle()?;
    let first = interrupted.run_with(interruption);
    let rest = interrupted.settle()?;
    let (expected, found) = (undisturbed.directory(), interrupted.directory());
    if expected != found {
        let first = first.map_or_else(|it| it.to_string(), |it| story(&it));
        let rest: String = rest.iter().map(story).collect();
        return Err(Broken(format!(
            "{interruption:?} leads elsewhere: {expected:#?}\nfound: {found:#?}\ninterrupted: {first}\nthen: {rest}"
        )));
    }
    Ok(())
}

/// Starts from changes, however many objects they reach.
fn from_changes(world: &World, known_by: TargetKnowledge) -> Result<Rig, Broken> {
    let mut rig = Rig::new(world)?;
    let mut limits = SelectionLimits::default();
    limits.rounds_max = u32::MAX;
    limits.objects_free = u64::MAX;
    let mut cycles = CycleSettings::changes().with_target(known_by);
    cycles.full_every = Duration::from_secs(1 << 40);
    cycles.limits = limits;
    rig.cycles = cycles;
    Ok(rig)
}
