//! Whole worlds.

use proptest::prelude::*;
use provisio::spec::Adoption;

use super::build::build;
use super::genes::{ReadGene, genes, read_gene};
use crate::world::World;

/// Gives worlds of people and groups: managers, circles of managers and of groups among them, names that collide,
/// workers out of scope and gone, accounts that drifted, are gone, are nobody's, and reads that break off.
///
/// A world is whole: every mapping compiles, every reference of the target leads to an object, unique values of
/// the target are unique, and no two links share an end. [`crate::rig::Rig`] can put each in place.
pub fn universe() -> impl Strategy<Value = World> {
    genes(read_gene()).prop_map(|it| build(&it))
}

/// Gives worlds as [`universe`] does, of which everything can be read.
pub fn complete_universe() -> impl Strategy<Value = World> {
    genes(Just(ReadGene::default())).prop_map(|it| build(&it))
}

/// Gives worlds as [`complete_universe`] does, whose jobs take over what matches and may update it. Only such a job
/// finds again what it created when it could not remember the link.
pub fn adopting_universe() -> impl Strategy<Value = World> {
    complete_universe().prop_map(|mut world| {
        for mapping in &mut world.spec.objects {
            mapping.adoption = Adoption::Link;
            mapping.operations.update = true;
        }
        world
    })
}
