//! What a connector's streams carry.

use std::pin::Pin;

use futures_core::Stream;
use provisio_model::{
    Change, Completeness, Failure, Incomplete, Object, Outcome, Records, SourceSide, TargetSide, Text,
};
use provisio_model::{Watermark, WriteId};

use crate::Result;

/// A stream that can be sent between threads and borrows from its connector.
pub type BoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

/// What [`crate::Source::read`] gives.
pub type ReadStream<'a> = BoxStream<'a, Result<ReadEvent>>;

/// What [`crate::Source::changes`] gives.
pub type ChangeStream<'a> = BoxStream<'a, Result<ChangeEvent>>;

/// What [`crate::Target::apply`] gives.
pub type OutcomeStream<'a> = BoxStream<'a, (WriteId, Outcome)>;

/// One step of a read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadEvent {
    /// An object.
    Object(Object),
    /// Many objects, packed in the layout of the query; for a connector whose system is the source.
    SourceBatch(Records<SourceSide>),
    /// Many objects, packed in the layout of the query; for a connector whose system is the target.
    TargetBatch(Records<TargetSide>),
    /// An object that is there and cannot be read. With its id, everything else stays provable; without, the
    /// whole read is incomplete, since any object may be the one.
    Unreadable {
        /// Which one, if that could be read.
        id: Option<Text>,
        /// What is wrong with it, and where.
        failure: Failure,
    },
    /// Everything that exists was delivered. It must be the last event; without it the read is incomplete.
    Complete(Completeness),
    /// The read came to its end and something is missing. It must be the last event.
    Incomplete(Incomplete),
}

/// One step of an incremental read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChangeEvent {
    /// An object changed.
    Change(Change),
    /// Everything before this is delivered: the next read may start here.
    Checkpoint(Watermark),
    /// The watermark is no longer known: only a full read can go on.
    ResyncRequired,
}
