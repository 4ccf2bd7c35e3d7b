//! Tests of the directory through its public interface.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod answers;
mod changes;
mod crash;
mod file;
mod model;
mod reads;
mod support;
