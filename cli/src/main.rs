//! The `provisio` command.
fn main() {}
