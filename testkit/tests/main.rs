//! The scenarios and laws of the engine.

mod laws;
mod scenarios;
mod universes;
