//! Laws of cycles that start from changes, run by the real job on a real store.

use std::time::Duration;

use provisio::incremental::{SelectionLimits, WhyFull};
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
    let (full, delta) = (Rig::new(world)?, from_changes(world)?);
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

/// After a cycle from changes that was interrupted anywhere, further ones reach what undisturbed ones reach.
pub fn interrupted_cycle_from_changes_converges(
    world: &World,
    script: &[Edit],
    interruption: Interruption,
) -> Verdict {
    let (undisturbed, interrupted) = (from_changes(world)?, from_changes(world)?);
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
fn from_changes(world: &World) -> Result<Rig, Broken> {
    let mut rig = Rig::new(world)?;
    let mut limits = SelectionLimits::default();
    limits.rounds_max = u32::MAX;
    limits.objects_free = u64::MAX;
    let mut cycles = CycleSettings::changes().with_full_every(Duration::from_secs(1 << 40));
    cycles.limits = limits;
    rig.cycles = cycles;
    Ok(rig)
}
