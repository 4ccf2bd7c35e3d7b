//! Keeps the state of jobs in PostgreSQL, so that workers on several machines share them.
//!
//! ```no_run
//! use provisio_postgres::{PostgresSettings, PostgresStore};
//!
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = PostgresSettings::parse("postgresql://provisio@db.example/identity")?.with_schema("hr")?;
//! let store = PostgresStore::open(settings).await?;
//! # Ok(()) }
//! ```
//!
//! # What is where
//!
//! Everything is in one schema, in tables that can be read with plain SQL: `jobs` with generation and lease, `links`,
//! `watermarks`, `applied_plans`, and what cycles noted. The store makes them, and brings older ones to the current
//! format, all or nothing. A newer format, or tables of another program, it refuses and leaves alone.
//!
//! The user needs `CREATE` on the database, or on a schema that somebody made; and, for a store that is there already,
//! no more than `USAGE` on the schema and `SELECT, INSERT, UPDATE, DELETE` on its tables.
//!
//! # What is promised
//!
//! * A commit is one transaction: all of it or nothing, durable when it returns, refused when the generation moved on or
//!   the lease is lost.
//! * A connection that breaks is made again, within [`PostgresSettings::with_reconnect_timeout`]. Of a commit whose
//!   answer was lost the store asks the server what became of its transaction before it does anything else, so that
//!   nothing is applied twice.
//! * Leases end by the clock of the server.
//! * Every call is one transaction that leaves nothing behind in its session, so that a pooler in front may share
//!   sessions between transactions.
//! * Between machines, passwords and people go over TLS with a server whose certificate is checked (feature `tls`, on by
//!   default; without it such connections are refused): see [`PostgresSettings::parse`].
//! * Neither an error nor `Debug` shows a password, and errors of the server come without the details that may name
//!   people.
//!
//! # What it costs
//!
//! Measured not optimised, on two cores with a load of eight, PostgreSQL 15 on the same machine, fsync on, ids of 36
//! characters, 1 M objects; each object has a link, a reference, a matching value and a target object of 600 bytes. See
//! `examples/measure.rs`:
//!
//! | what | time |
//! |---|---|
//! | commit of 1,000 new objects | 340 ms at first, 640 ms as the last of 1 M |
//! | what every cycle needs (`head`), with 100,000 objects | 4 ms |
//! | look-up of 1,000 source objects with links and notes | 310 ms |
//! | who refers to 1,000 ids | 44 ms |
//! | who has 1,000 matching values | 68 ms |
//! | look-up of 1,000 target objects by id, by value | 160 ms, 190 ms |
//! | load of 1 M links | 28 s; 7 s under less load |
//! | take and release a lease | 12 ms |
//!
//! All look-ups go by index; how many objects a job has shows in what is not cached.
//!
//! It needs a tokio executor with time and I/O enabled, on which it spawns one task for each connection.

mod commit;
mod connections;
mod digests;
mod fault;
mod known;
mod lease;
mod links;
mod load;
mod names;
mod notes;
mod recall;
mod schema;
mod settings;
mod store;
mod text;

pub use settings::{PostgresSettings, SCHEMA, SettingsError};
pub use store::PostgresStore;
