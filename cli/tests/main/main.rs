//! The command as people and scripts see it: spawned, in a folder of its own, without a network.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod applying;
mod asking;
mod control;
mod crash;
mod cycles;
#[cfg(feature = "postgres")]
mod database;
#[cfg(feature = "ldap")]
mod directories;
mod faults;
mod linking;
mod logging;
mod monitoring;
mod provisioning;
mod quickstart;
mod rolling_back;
mod running;
mod support;
