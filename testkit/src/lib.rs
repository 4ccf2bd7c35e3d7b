//! Strategies, laws, scenarios and generators: how a mapping, a connector or the engine itself is tested.

pub mod generate;
pub mod scenario;
pub mod world;
