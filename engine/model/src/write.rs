//! What a target is asked to do.

use crate::{AttributeDelta, Attributes, ObjectType, TargetId, Text};

/// Tells which outcome belongs to which write: unique within what is under way, without further meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId(pub u32);

/// One write to one target object.
///
/// Attributes are named as the target's schema names them, or by the path of a part of a complex attribute, such as
/// `name.givenName` or `emails[type eq "work"].value`: always as [`crate::ObjectSchema::resolve`] writes it, and as
/// the layout of a read names it. A part is written alone; what else the attribute holds stays. A target whose protocol
/// has such paths sends them (RFC 7644 section 3.5.2); any other writes the whole attribute, which
/// [`crate::path::whole_attributes`] and [`crate::path::whole_deltas`] put together, the latter from what the object
/// holds at that moment. No two names of one write overlap.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Write {
    /// Comes back with the outcome.
    pub id: WriteId,
    /// What kind of object is written.
    pub object_type: ObjectType,
    /// What is done to it.
    pub action: WriteAction,
}

impl Write {
    /// Makes a write.
    pub fn new(id: WriteId, object_type: ObjectType, action: WriteAction) -> Self {
        Self { id, object_type, action }
    }
}

/// What is done to a target object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WriteAction {
    /// Create it with these attributes.
    Create {
        /// All that it holds at first.
        attributes: Attributes,
    },
    /// Change some attributes; a membership change is an `Add` or `Remove` of single values.
    Update {
        /// Which object.
        target: TargetId,
        /// The version that it must still have, where the target supports that.
        version: Option<Text>,
        /// What changes; each attribute at most once for `Set` and `Clear`, at most once each for `Add` and
        /// `Remove`.
        deltas: Vec<AttributeDelta>,
    },
    /// Remove it.
    Delete {
        /// Which object.
        target: TargetId,
        /// The version that it must still have, where the target supports that.
        version: Option<Text>,
    },
}
