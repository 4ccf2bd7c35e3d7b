//! The connector against a service in this process.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod bulk;
mod changes;
mod conformance;
mod entra;
mod fake;
mod faults;
mod hostile;
mod lookup;
mod net;
mod organisation;
mod read_back;
mod reading;
mod servers;
mod support;
mod transport;
mod vendors;
mod writing;
