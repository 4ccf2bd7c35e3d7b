//! Which worlds, and which changes of them, should a law be tried on?
//!
//! * [`universe`]: people and groups on both sides, whole and contradiction-free, with everything that makes
//!   planning hard;
//! * [`edits`]: what happens to a source of such a world between two runs;
//! * [`Population`]: the people, groups and other objects of **any** schema, with hard names ([`Hard`]), twins, rehires,
//!   circles and references that lead to nobody;
//! * [`Population::snapshots`]: what a read shows of one, whole or broken off;
//! * [`specs`] and [`expressions`]: mappings between **any** two schemas, and expressions over any type, that compile;
//! * [`life_events`]: what happens to the people of any source between two runs; [`Life`] makes it happen.
//!
//! Populations shrink to the smallest one that fails: no object, no value and no character of it can be taken away.

mod any_spec;
mod build;
mod draw;
mod edit;
mod expression;
mod genes;
mod hard;
mod life;
mod meaning;
mod population;
mod smaller;
mod spec;
mod twist;
mod universe;

pub use any_spec::specs;
pub use draw::{Draw, Drawn, Shrinking};
pub use edit::{Edit, edits};
pub use expression::{WrittenExpression, expressions};
pub use hard::{Hard, LONG_NAME, hardness};
pub use life::{Life, LifeEvent, life_events};
pub use population::Population;
pub(crate) use population::secret;
pub use universe::{adopting_universe, complete_universe, universe};
