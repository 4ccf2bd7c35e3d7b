//! The law that two engines agree: the real one, and one that is slow and obviously right.

use std::collections::BTreeSet;

use provisio::Cycle;
use provisio::model::{Link, Text};

use super::running::story;
use super::{Broken, Verdict};
use crate::reference::{self, ReferenceError};
use crate::rig::{Rig, lines};
use crate::strategies::Edit;
use crate::world::World;

/// Runs to their end lead to the directory and the links that [`reference::settled`] gives.
///
/// Says nothing of a mapping that draws random values, of objects that left before, and of soft deletes.
pub fn agrees_with_the_reference(world: &World) -> Verdict {
    agrees_with_the_reference_after_edits(world, &[])
}

/// Runs to their end, and once more to their end after edits of the source, lead to the directory and the links that
/// [`reference::settled`] gives.
///
/// Says nothing of a mapping that draws random values, of objects that left before, and of soft deletes.
pub fn agrees_with_the_reference_after_edits(world: &World, edits: &[Edit]) -> Verdict {
    let rig = Rig::new(world)?;
    let Some(mut expected) = settled(world)? else { return Ok(()) };
    let cycles = rig.settle()?;
    compare(world, &rig, &expected, &cycles)?;
    if edits.is_empty() {
        return Ok(());
    }
    for edit in edits {
        edit.apply(&mut expected.source);
        rig.source.edit(|source| edit.apply(source));
    }
    let Some(expected) = settled(&expected)? else { return Ok(()) };
    let cycles = rig.settle()?;
    compare(world, &rig, &expected, &cycles)
}

fn settled(world: &World) -> Result<Option<World>, Broken> {
    if !is_comparable(world) {
        return Ok(None);
    }
    match reference::settled(world) {
        Ok(settled) => Ok(Some(settled)),
        Err(ReferenceError::Random { .. }) => Ok(None),
        Err(error) => Err(Broken(format!("the reference has no answer: {error}"))),
    }
}

/// The reference knows nobody who left at another time, no releases and no marks of deleted objects.
fn is_comparable(world: &World) -> bool {
    let memory = &world.memory;
    let is_simple = memory.notes().next().is_none() && memory.releases().next().is_none();
    is_simple && world.spec.objects.iter().all(|it| it.deprovisioning.soft_delete.is_none())
}

fn compare(world: &World, rig: &Rig, expected: &World, cycles: &[Cycle]) -> Verdict {
    let mut wanted = lines(&world.spec, &expected.target.objects, &expected.links);
    let mut found = rig.directory();
    wanted.extend(links(world, &expected.links));
    found.extend(links(world, &rig.links()));
    let only = |of: &[String], other: &[String]| -> String {
        of.iter().filter(|it| !other.contains(it)).map(|it| format!("  {it}\n")).collect()
    };
    let (missing, surplus) = (only(&wanted, &found), only(&found, &wanted));
    if missing.is_empty() && surplus.is_empty() && wanted.len() == found.len() {
        return Ok(());
    }
    let stories: String = cycles.iter().map(story).collect();
    Err(Broken(format!(
        "the engine has\n{surplus}where the reference has\n{missing}after these runs:\n{stories}"
    )))
}

/// Shows links, one a line, sorted. What was created since the beginning has other ids in each engine.
fn links(world: &World, links: &[(Text, Link)]) -> Vec<String> {
    let objects = world.target.objects.iter().map(|it| &it.id);
    let known: BTreeSet<&Text> = objects.chain(world.links.iter().map(|(_, it)| it.target.text())).collect();
    let shown = links.iter().map(|(mapping, link)| {
        let target = Some(link.target.text()).filter(|it| known.contains(it));
        let target = target.map_or("what was created since", |it| it.as_str());
        format!("link of {mapping} {}: {target}, {:?}", link.source, link.origin)
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort_unstable();
    shown
}
