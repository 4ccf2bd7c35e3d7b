//! The scenarios and laws of the engine, and what its stores must do.

mod connectors;
mod flow;
mod incremental;
mod laws;
mod mapping;
mod peers;
mod populations;
mod scenarios;
mod simulation;
mod stores;
mod target;
mod universes;
