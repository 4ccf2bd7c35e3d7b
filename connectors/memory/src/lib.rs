//! How is a directory kept, in memory or in one file, so that it answers every read and write precisely?
//!
//! [`MemoryDirectory`] is the reference implementation of [`Source`](provisio_connector::Source) and
//! [`Target`](provisio_connector::Target), and the directory that an embedder has without installing one.
//! It holds objects of the types of a [`Schema`](provisio_model::Schema), enforces that schema on every write,
//! and keeps a change feed.
//!
//! ```
//! use provisio_memory::{MemoryDirectory, directory_schema};
//! use provisio_model::{Attributes, Outcome, Values, WriteAction};
//!
//! let directory = MemoryDirectory::new(directory_schema());
//! let attributes: Attributes = [("userName", "adele@contoso.example")].into_iter().collect();
//! let outcome = directory.write("user", WriteAction::Create { attributes });
//! let Outcome::Applied(applied) = outcome else { panic!("{outcome:?}") };
//! assert_eq!(applied.id.as_str(), "user-000001");
//! let adele = directory.get("user", "user-000001").expect("just created");
//! assert_eq!(adele.attributes.get("username"), Some(&Values::one("adele@contoso.example")));
//! ```
//!
//! Inside, a write is first decided: it becomes entries or a refusal, and nothing changes. Then its entries are
//! installed. The same entries are what the file keeps, so opening a file is installing its entries again.

mod accept;
mod codec;
mod connector;
mod decide;
mod directory;
mod feed;
mod file;
mod key;
mod reference;
mod schema;
mod secret;
mod state;
mod unique;

pub use accept::COMPLEX_DEPTH_MAX;
pub use directory::{BATCH_MAX, MemoryDirectory};
pub use feed::TOMBSTONES_MAX;
pub use file::{COMPACTION_BYTES_MIN, FileError, LINE_BYTES_MAX};
pub use schema::directory_schema;
