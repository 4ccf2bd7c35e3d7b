//! Does an implementation of one of our traits do what the engine relies on?
//!
//! The requirements are numbered in `docs/connector-spec.md`, and each has a check of the same number.
//!
//! * You wrote a **source**: say in a [`SourceFixture`] how to make it hold something, and let
//!   [`source_conformance!`](crate::source_conformance) make a test of each requirement S-01, S-02 and so on.
//! * You wrote a **target**: a [`TargetFixture`] opens it, and [`target_conformance!`](crate::target_conformance) makes a
//!   test of each T- requirement, and of each S- requirement, since a target is read, too.
//! * You wrote a **state store**: see [`store`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use provisio::connector::Target;
//! use provisio_memory::{MemoryDirectory, directory_schema};
//! use provisio_testkit::conformance::{Fixture, Prepared, TargetFixture, target};
//!
//! struct Directory;
//!
//! impl Fixture for Directory {}
//!
//! #[async_trait::async_trait]
//! impl TargetFixture for Directory {
//!     async fn target(&self) -> Prepared<Arc<dyn Target>> {
//!         Ok(Arc::new(MemoryDirectory::new(directory_schema())))
//!     }
//! }
//!
//! // Among tests: `provisio_testkit::target_conformance!(Directory, futures::executor::block_on);`
//! // In a program that is no test:
//! let report = futures::executor::block_on(target::report(|| Directory));
//! assert!(report.is_clean(), "{report}");
//! ```
//!
//! A check that cannot be made, since the connector does not declare what it is about or the fixture has no hook for it, is
//! skipped, and never in silence: the report says why, and a test of it fails until its number stands in the list
//! `skipping [...]` of the macro.

mod compare;
mod fixture;
pub mod profile;
mod reading;
mod sample;
pub mod source;
pub mod store;
pub mod target;
mod verdict;

pub use fixture::{Fixture, Hook, Prepared, SourceFixture, TargetFixture, Trouble};
pub use sample::fitting_value;
pub(crate) use verdict::{Checked, Stop, ensure};
pub use verdict::{Fault, Finding, Report, Requirement, Verdict};
