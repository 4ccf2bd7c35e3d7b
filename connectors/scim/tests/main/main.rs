//! The connector against a service in this process.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod conformance;
mod entra;
mod fake;
mod hostile;
mod lookup;
mod organisation;
mod reading;
mod servers;
mod support;
mod writing;
