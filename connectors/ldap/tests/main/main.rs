//! The connector against real servers, which `scripts/test` starts.

#![expect(clippy::expect_used, clippy::panic, reason = "in tests")]

mod active_directory;
mod changes;
mod conformance;
mod domain;
mod editor;
mod reading;
mod support;
mod wire;
mod writing;
