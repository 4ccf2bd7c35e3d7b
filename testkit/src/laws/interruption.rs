//! Laws of runs that were interrupted.

use provisio::Cycle;
use provisio::model::Schema;

use super::running::{ids_of, is_linked, story};
use super::{Broken, Verdict};
use crate::rig::{Interruption, Rig};
use crate::world::{SystemState, World};

/// After a run that was interrupted anywhere, further runs reach the directory that an undisturbed job reaches,
/// and nothing is there twice (R5, R9).
pub fn interrupted_run_converges(world: &World, interruption: Interruption) -> Verdict {
    let undisturbed = Rig::new(world)?;
    undisturbed.settle()?;
    let interrupted = Rig::new(world)?;
    // What the interrupted run says of itself does not matter: its process may be gone.
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
    is_linked(&interrupted, &ids_of(&world.target.objects))
}

/// After runs on reads that broke off, runs on complete ones come to an end, and nothing is there twice (R1, R5).
///
/// The directory need not be the one that complete reads alone lead to: whoever is not read does not compete for an
/// account that matches.
pub fn runs_on_partial_reads_converge(world: &World) -> Verdict {
    let mut rig = Rig::new(world)?;
    rig.target_reads = partial(&world.target);
    let reads = partial(&world.source);
    rig.source.edit(|it| {
        it.incomplete = reads.incomplete;
        it.hidden = reads.hidden;
        it.unreadable = reads.unreadable;
    });
    // They need not come to an end: who was not seen may be gone, and a reference to them is refused each time.
    let run = || rig.run().map_err(|it| Broken(it.to_string()));
    let partly: Vec<Cycle> = vec![run()?, run()?];
    rig.target_reads = SystemState::default();
    rig.source.edit(|it| {
        it.incomplete.clear();
        it.hidden.clear();
        it.unreadable.clear();
    });
    let complete = rig.settle()?;
    is_linked(&rig, &ids_of(&world.target.objects)).map_err(|it| {
        let (partly, complete): (String, String) =
            (partly.iter().map(story).collect(), complete.iter().map(story).collect());
        Broken(format!("{it}\npartly read: {partly}\nthen: {complete}"))
    })
}

/// What of a system cannot be read, without what it holds.
fn partial(state: &SystemState) -> SystemState {
    SystemState { schema: Schema::default(), objects: Vec::new(), ..state.clone() }
}
