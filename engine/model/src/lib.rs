//! The plain data of identity provisioning: what passes between a connector, the planner and the runtime.
//!
//! * A system holds [`Object`]s of several [`ObjectType`]s; its [`Schema`] says what they may hold. Values are
//!   typed ([`Value`]), an attribute has one or more ([`Values`]), and an absent attribute is simply not there.
//! * Ids of the two sides are different types: [`SourceId`] and [`TargetId`]. A [`Link`] joins one of each.
//! * A connector reads objects; they are packed into [`Records`] and become a [`Snapshot`] if the connector
//!   declared the read complete, else a [`Partial`]. Only a snapshot can prove that something is absent.
//! * A target is asked for [`Write`]s and answers with [`Outcome`]s; what goes wrong is a [`Failure`].
//! * Faults in texts that people write are [`Diagnostic`]s.
//!
//! This crate does no I/O, has no clock, and nothing in it is asynchronous.

mod attributes;
mod capability;
mod change;
pub mod compare;
mod delta;
mod diagnostic;
mod dialect;
mod failure;
mod id;
mod link;
mod lookup;
mod name;
mod object;
mod outcome;
pub mod path;
mod records;
mod schema;
mod secret;
mod snapshot;
mod suggest;
mod text;
mod timestamp;
mod value;
mod values;
mod write;

pub use attributes::Attributes;
pub use capability::{Capabilities, Rate};
pub use change::{Change, Watermark};
pub use compare::CompareRule;
pub use delta::{AttributeDelta, ValuesChange};
pub use diagnostic::{Diagnostic, Place, Severity};
pub use dialect::{Dialect, Habit, LetterCase};
pub use failure::{ErrorKind, Failure, Retry};
pub use id::{Id, Side, SourceId, SourceSide, TargetId, TargetSide};
pub use link::{Link, LinkClash, LinkOrigin, LinkTable, Links};
pub use lookup::{LookUp, LookedUp};
pub use name::{AttrName, ObjectType};
pub use object::Object;
pub use outcome::{Applied, Outcome};
pub use path::{AttrPath, PathError, PathFault};
pub use records::{
    AppendError, Layout, PackError, Record, Records, RecordsBuilder, Row, Slot, VALUE_BYTES_MAX, ValuesRef,
};
pub use schema::{AttributeSchema, Mutability, ObjectSchema, Schema, Uniqueness};
pub use secret::{REDACTED, Secret};
pub use snapshot::{Absence, Completeness, Import, Incomplete, Partial, Snapshot};
pub use suggest::closest;
pub use text::Text;
pub use timestamp::{Timestamp, TimestampError};
pub use value::{EscapedText, Value, ValueKind, ValueRef, misleads};
pub use values::Values;
pub use write::{Write, WriteAction, WriteId};
