//! The scenarios and laws of the engine.

mod flow;
mod laws;
mod scenarios;
mod universes;
