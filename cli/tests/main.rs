//! The command as people and scripts see it: spawned, in a folder of its own, without a network.

#[path = "main/support.rs"]
mod support;

#[path = "main/applying.rs"]
mod applying;
#[path = "main/asking.rs"]
mod asking;
#[path = "main/crash.rs"]
mod crash;
#[path = "main/faults.rs"]
mod faults;
#[path = "main/quickstart.rs"]
mod quickstart;
#[path = "main/running.rs"]
mod running;
