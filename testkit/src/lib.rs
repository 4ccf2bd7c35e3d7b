//! Room.

pub mod generate;
