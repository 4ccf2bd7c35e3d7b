//! What holds for the workspace as a whole.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod architecture;
mod control;
mod log;
mod recovery;
mod support;
mod threads;
mod unread;
