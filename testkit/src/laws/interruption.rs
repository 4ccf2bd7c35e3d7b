//! Laws of runs that were interrupted.

use super::running::{ids_of, is_linked, story};
use super::{Broken, Verdict};
use crate::rig::{Interruption, Rig};
use crate::world::World;

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
