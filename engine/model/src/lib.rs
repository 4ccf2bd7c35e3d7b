//! Plain data of identity provisioning.

pub mod diagnostic;

pub use diagnostic::{Diagnostic, Place, Severity};
