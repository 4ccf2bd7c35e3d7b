//! What a connector implements, and nothing else.
//!
//! A connector stands between the engine and one system. It implements [`Connector`], and [`Source`] if the
//! system is read, and [`Target`] if it is written; a target must be readable too.
//!
//! * [`Source::read`] streams the objects of one type. A stream that ends without [`ReadEvent::Complete`] is an
//!   incomplete read: from it, nothing is ever concluded to be absent (R1).
//! * [`Target::apply`] takes [`Write`](provisio_model::Write)s and answers each with exactly one
//!   [`Outcome`](provisio_model::Outcome).
//! * Connectors do not retry, do not sleep, and read the time from the [`Context`]: the engine decides when
//!   something is sent again.
//!
//! This crate and `provisio-model` are all that a connector depends on.

mod clock;
mod connector;
mod context;
mod error;
mod query;
mod stream;

pub use clock::Clock;
pub use connector::{CheckReport, Connector, ConnectorInfo, Source, Target};
pub use context::{CancelToken, Context};
pub use error::{ConnectorError, Result};
pub use query::{ReadQuery, Wanted};
pub use stream::{BoxStream, ChangeEvent, ChangeStream, OutcomeStream, ReadEvent, ReadStream};
