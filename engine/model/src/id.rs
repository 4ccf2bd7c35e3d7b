//! Who an object is, on each side. The ids of the two sides are different types: nothing converts between them.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::Text;

mod sealed {
    pub trait Sealed {}
}

/// Which system an id, a record or a snapshot belongs to: [`SourceSide`] or [`TargetSide`].
pub trait Side: sealed::Sealed + Copy + Eq + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// The word for it in messages.
    const NAME: &'static str;
}

/// The system that is read: HR, a directory, a SCIM service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceSide {}

/// The system that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetSide {}

impl sealed::Sealed for SourceSide {}
impl sealed::Sealed for TargetSide {}

impl Side for SourceSide {
    const NAME: &'static str = "source";
}

impl Side for TargetSide {
    const NAME: &'static str = "target";
}

/// The id of an object in one system: opaque, unique within its object type, compared exactly.
///
/// It must not change when the object is renamed or moved (R7): a worker number, a SCIM `id`, an `objectGUID`.
#[derive(Clone)]
pub struct Id<S>(Text, PhantomData<S>);

/// Identifies an object of the source.
pub type SourceId = Id<SourceSide>;

/// Identifies an object of the target.
pub type TargetId = Id<TargetSide>;

impl<S: Side> Id<S> {
    /// Makes an id.
    pub fn new(id: impl AsRef<str>) -> Self {
        Self(Text::new(id), PhantomData)
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id as shared text.
    pub fn text(&self) -> &Text {
        &self.0
    }
}

impl<S> PartialEq for Id<S> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<S> Eq for Id<S> {}

impl<S> PartialOrd for Id<S> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<S> Ord for Id<S> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<S> Hash for Id<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// An id is found by its text: the two compare and hash alike.
impl<S> Borrow<str> for Id<S> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<S> fmt::Display for Id<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<S: Side> fmt::Debug for Id<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", S::NAME, self.0)
    }
}
