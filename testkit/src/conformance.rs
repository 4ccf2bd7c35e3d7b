//! Does an implementation of one of our traits do what the engine relies on?
//!
//! The requirements are numbered in `docs/connector-spec.md`, and each has a check of the same number.

pub mod store;
