//! The scenarios and laws of the engine.

mod scenarios;
