//! The connector against a service in this process.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod fake;
mod lookup;
mod reading;
mod support;
mod writing;
