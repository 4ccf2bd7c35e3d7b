//! Which worlds, and which changes of them, should a law be tried on?
//!
//! * [`universe`]: people and groups on both sides, whole and contradiction-free, with everything that makes
//!   planning hard;
//! * [`edits`]: what happens to a source between two runs.

mod build;
mod edit;
mod genes;
mod spec;
mod universe;

pub use edit::{Edit, edits};
pub use universe::{adopting_universe, complete_universe, universe};
