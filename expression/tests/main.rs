//! Tests of the language through its public interface.
#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod check;
mod diagnostics;
mod dotnet;
mod examples;
mod functions;
mod language;
mod laws;
mod limits;
mod reference;
mod stored;
mod strategy;
mod trace;
