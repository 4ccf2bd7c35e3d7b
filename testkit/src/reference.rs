//! What does a mapping come to in the end?
//!
//! A second engine that knows nothing of the first: no plan, no order, no batches, no deltas, no slots. It reads the
//! [`MappingSpec`](provisio::MappingSpec) as it is written, over plain maps, and answers with the world as it is
//! once any number of undisturbed cycles over complete reads have left nothing to do. It is slow, and short enough
//! to be compared with `docs/mapping-format.md` line by line; [`crate::laws::agrees_with_the_reference`] compares
//! the real engine with it.
//!
//! # Why a fix-point of simultaneous assignment
//!
//! A cycle is one function from what there is to what there will be: every decision looks at both sides as they were
//! read, and all decisions come true at once. What is settled is its fix-point. One closed formula for the end would
//! be shorter and wrong, because the format says what *one* cycle may do: an account is matched as it was found and
//! linked from then on, a value is free once its holder has given it up, a limit counts what one plan takes away.
//! And anything finer than a cycle would be an order, which is what the planner is to be trusted with.
//!
//! * `rules`: the mapping, with its schemas, expressions and patterns at hand;
//! * `scope`, `clause` and `members`: who is in scope;
//! * `pairing`: whose object is whose;
//! * `given` and `convert`: what the source gives for an attribute;
//! * `place`: where an object holds the values of an attribute, or of a part of one;
//! * `held`: what an attribute of an existing object should hold;
//! * `referents`: which target object a source id stands for;
//! * `deed`: what a cycle wants to do with each object;
//! * `protection`: what stays as it is;
//! * `limits`: what is held back;
//! * `containers`: what would be in itself, or left in what is deleted;
//! * `contest`: who gets a value that only one may hold;
//! * `state`: what comes of deeds.

mod clause;
mod containers;
mod contest;
mod convert;
mod deed;
mod given;
mod held;
mod limits;
mod members;
mod pairing;
mod place;
mod protection;
mod referents;
mod rules;
mod scope;
mod state;

use provisio::model::Text;

use crate::world::World;
use rules::Rules;
use state::State;

/// After how many cycles without an end it gives up.
const CYCLES_MAX: usize = 50;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The mapping is not one that compiles.
    #[error("the mapping cannot be read: {0}")]
    Mapping(String),
    /// An expression draws random values, which no second engine draws again.
    #[error("`{attribute}` of `{mapping}` is random")]
    Random {
        /// The name of the object mapping.
        mapping: Text,
        /// The target attribute.
        attribute: Text,
    },
    /// There is no end: each cycle leaves something to do.
    #[error("there is still something to do after {CYCLES_MAX} cycles")]
    Endless,
}

/// Returns the world once nothing is left to do: its target and its links are other ones, the rest is the same.
///
/// All reads are complete, whatever the world says. An object that is created gets an id of its own that says whose
/// it is, not the one that the real target would give it.
///
/// # Errors
/// When the mapping does not fit the schemas, is random, or has no end.
///
/// ```
/// use provisio_testkit::{reference, scenario::Scenario};
///
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/leaver_is_disabled");
/// let world = Scenario::read(folder)?.world.expect("a mapping that can be read");
/// let settled = reference::settled(&world)?;
/// assert_ne!(settled.target.objects, world.target.objects);
/// assert_eq!(reference::settled(&settled)?.target.objects, settled.target.objects);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn settled(world: &World) -> Result<World, ReferenceError> {
    let rules = Rules::of(world)?;
    let mut state = State::of(world);
    for _ in 0..CYCLES_MAX {
        let next = cycle(&rules, &state);
        if next == state {
            return Ok(state.into_world(world));
        }
        state = next;
    }
    Err(ReferenceError::Endless)
}

/// One cycle: everything is decided on what there is, and comes true at once.
fn cycle(rules: &Rules<'_>, state: &State) -> State {
    let pairs = pairing::pair(rules, state);
    let mut deeds = deed::wanted(rules, state, &pairs);
    // Who matches and is not taken over is nobody's, also for the limits.
    referents::drop_what_does_not_come_about(rules, state, &pairs, &mut deeds);
    limits::hold_back(rules, state, &mut deeds);
    containers::break_circles(rules, state, &mut deeds);
    // A container in which something is left stays, and keeps its values from others, who may then stay in another.
    loop {
        let mut settled = deeds.clone();
        contest::settle(rules, state, &mut settled);
        referents::drop_what_does_not_come_about(rules, state, &pairs, &mut settled);
        while containers::break_circles(rules, state, &mut settled) {
            referents::drop_what_does_not_come_about(rules, state, &pairs, &mut settled);
        }
        let filled = containers::filled(rules, state, &settled);
        if filled.is_empty() {
            return state.after(rules, settled);
        }
        deeds.retain(|it| it.what != deed::What::Delete || !filled.contains(&it.target));
    }
}
