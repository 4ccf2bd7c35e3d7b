//! What a CSV source makes of files: each test gives a file and a configuration as text and compares the events
//! of the read, as text.

#![expect(clippy::expect_used, reason = "a test that cannot begin fails")]

mod completeness;
mod configuration;
mod conformance;
mod hostile;
mod rows;
mod support;
