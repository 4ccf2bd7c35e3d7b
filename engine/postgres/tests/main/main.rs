//! The store on a real server.
//!
//! `scripts/test` starts one and names it in `PROVISIO_TEST_POSTGRES`, a connection string of a superuser. Without it
//! these tests are ignored. Each has a schema of its own.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

mod conformance;
mod loss;
mod opening;
mod support;
mod tls;
mod workers;
