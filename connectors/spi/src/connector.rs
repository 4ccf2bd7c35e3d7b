//! The traits.

use async_trait::async_trait;
use provisio_model::{Capabilities, ErrorKind, Schema, Text, Watermark, Write};

use crate::{ChangeStream, ConnectorError, Context, OutcomeStream, ReadQuery, ReadStream, Result};

/// What a connector is, for logs and plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorInfo {
    /// The kind of connector: `csv`, `directory`, `scim`.
    pub kind: &'static str,
    /// Which system, without secrets: a file name, a host.
    pub system: Text,
}

/// What a test of the connection found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// What was looked at, one line each, for the operator.
    pub found: Vec<Text>,
}

impl CheckReport {
    /// Reports what was found.
    pub fn found<T: Into<Text>>(found: impl IntoIterator<Item = T>) -> Self {
        Self { found: found.into_iter().map(Into::into).collect() }
    }
}

/// What sources and targets have in common.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Says what it is.
    fn info(&self) -> ConnectorInfo;

    /// Says what it can do. Plain data: no I/O; what the system itself decides is known once the schema was asked for.
    fn capabilities(&self) -> Capabilities;

    /// Says what the system can hold.
    ///
    /// # Errors
    /// When the system cannot be asked.
    async fn schema(&self, context: &Context) -> Result<Schema>;

    /// Tries the connection and the credentials, and changes nothing.
    ///
    /// # Errors
    /// When the system cannot be used as configured; the kind says what to look at.
    async fn check(&self, context: &Context) -> Result<CheckReport>;
}

/// A system that is read.
#[async_trait]
pub trait Source: Connector {
    /// Streams objects of one type: all, or those that the query wants.
    ///
    /// The stream ends with [`crate::ReadEvent::Complete`] exactly when everything that is wanted was delivered.
    ///
    /// # Errors
    /// When the read cannot begin; `Unsupported` when it cannot look for what is wanted, such as for values of an
    /// attribute that the system does not search by: then everything is read instead. An error within the stream ends it, and the read is incomplete.
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>>;

    /// Streams what changed since a watermark. Needs [`Capabilities::changes`].
    ///
    /// # Errors
    /// `Unsupported` unless the connector offers it.
    async fn changes<'a>(
        &'a self,
        _context: &'a Context,
        _query: ReadQuery,
        _since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        Err(ConnectorError::new(ErrorKind::Unsupported, "changes", "this connector has no change feed"))
    }
}

/// A system that is written.
#[async_trait]
pub trait Target: Source {
    /// Does the writes and answers each with exactly one outcome, in any order.
    ///
    /// The connector neither retries nor reorders writes to the same object. When the stream ends early, the
    /// missing outcomes count as [`provisio_model::Outcome::Unknown`].
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a>;
}
