//! What was read of one object type, and whether it was everything.
//!
//! Rule R1: absence must be proved. Only a [`Snapshot`] can say that an object is absent, and it exists only
//! where the reader declared the read complete. Whatever ended differently is a [`Partial`], which has no way
//! to answer the question. Where objects were asked for one by one, [`LookedUp`] says what came of each question,
//! and of nothing else. [`Absence`] is the proof that an operation has to carry.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

use crate::{Id, LookedUp, ObjectType, Records, Side, Text, Watermark};

/// The word of a connector that it delivered everything that was asked for, and what it relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completeness {
    /// What the reader checked, for the operator: `read to the end, trailer found`.
    pub evidence: Text,
    /// Where the next incremental read starts, when the source can do that.
    pub watermark: Option<Watermark>,
}

impl Completeness {
    /// Declares a read complete.
    pub fn declared(evidence: impl Into<Text>) -> Self {
        Self { evidence: evidence.into(), watermark: None }
    }

    /// Adds where the next incremental read starts.
    #[must_use]
    pub fn with_watermark(mut self, watermark: Watermark) -> Self {
        self.watermark = Some(watermark);
        self
    }
}

/// All objects of one type, proved to be all.
#[derive(Debug)]
pub struct Snapshot<S: Side> {
    records: Records<S>,
    completeness: Completeness,
    /// Objects that exist and could not be read. They are not among the records and not absent.
    unreadable: BTreeSet<Text>,
}

impl<S: Side> Snapshot<S> {
    /// Makes a snapshot from a read that its connector declared complete.
    ///
    /// `unreadable` are the ids of objects that exist and could not be read: they are never reported absent.
    pub fn complete(
        records: Records<S>,
        completeness: Completeness,
        unreadable: impl IntoIterator<Item = Text>,
    ) -> Self {
        Self { records, completeness, unreadable: unreadable.into_iter().collect() }
    }

    /// Returns why this is everything.
    pub fn completeness(&self) -> &Completeness {
        &self.completeness
    }

    /// Returns the ids of objects that exist and could not be read.
    pub fn unreadable(&self) -> &BTreeSet<Text> {
        &self.unreadable
    }

    /// Proves that an object does not exist; `None` if it does or could not be read.
    pub fn prove_absent(&self, id: &Id<S>) -> Option<Absence<S>> {
        let known = self.records.find(id.as_str()).is_some() || self.unreadable.contains(id.as_str());
        (!known).then(|| Absence::proved(self.records.layout().object_type().clone(), id.clone()))
    }
}

impl<S: Side> Deref for Snapshot<S> {
    type Target = Records<S>;

    fn deref(&self) -> &Records<S> {
        &self.records
    }
}

/// The proof that an object does not exist. Only [`Snapshot::prove_absent`] and [`LookedUp::prove_absent`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence<S: Side> {
    object_type: ObjectType,
    id: Id<S>,
}

impl<S: Side> Absence<S> {
    /// For those who hold the proof.
    pub(crate) fn proved(object_type: ObjectType, id: Id<S>) -> Self {
        Self { object_type, id }
    }

    /// Returns what is absent.
    pub fn id(&self) -> &Id<S> {
        &self.id
    }

    /// Returns the type under which it was looked for.
    pub fn object_type(&self) -> &ObjectType {
        &self.object_type
    }
}

/// Some objects of one type: what is there is true, what is missing says nothing.
#[derive(Debug)]
pub struct Partial<S: Side> {
    records: Records<S>,
    why: Incomplete,
}

/// Why a read is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incomplete {
    /// The stream ended without the connector declaring it complete.
    NotDeclared,
    /// The read failed.
    Failed(Text),
    /// The connector found that something is missing: a trailer, a page, a count.
    Doubtful(Text),
    /// This many objects could not be read, and it is not known which.
    Unidentified(usize),
}

impl fmt::Display for Incomplete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDeclared => formatter.write_str("the read ended without being declared complete"),
            Self::Failed(why) | Self::Doubtful(why) => formatter.write_str(why),
            Self::Unidentified(1) => formatter.write_str("1 object could not be read and is not identified"),
            Self::Unidentified(count) => {
                write!(formatter, "{count} objects could not be read and are not identified")
            }
        }
    }
}

impl<S: Side> Partial<S> {
    /// Keeps what was read, and why it is not everything.
    pub fn new(records: Records<S>, why: Incomplete) -> Self {
        Self { records, why }
    }

    /// Returns why it is not everything.
    pub fn why(&self) -> &Incomplete {
        &self.why
    }
}

impl<S: Side> Deref for Partial<S> {
    type Target = Records<S>;

    fn deref(&self) -> &Records<S> {
        &self.records
    }
}

/// What came of reading one object type.
#[derive(Debug)]
pub enum Import<S: Side> {
    /// Everything.
    Complete(Snapshot<S>),
    /// Not everything: no absence can be concluded.
    Partial(Partial<S>),
    /// Single objects and single values that were asked for: about anything else nothing can be concluded.
    LookedUp(LookedUp<S>),
}

impl<S: Side> Import<S> {
    /// Returns what was read, complete or not.
    pub fn records(&self) -> &Records<S> {
        match self {
            Self::Complete(snapshot) => snapshot,
            Self::Partial(partial) => partial,
            Self::LookedUp(looked_up) => looked_up,
        }
    }

    /// Returns the snapshot if the read was complete.
    pub fn complete(&self) -> Option<&Snapshot<S>> {
        match self {
            Self::Complete(snapshot) => Some(snapshot),
            Self::Partial(_) | Self::LookedUp(_) => None,
        }
    }

    /// Returns why a read that should have given everything did not, if it did not.
    pub fn incomplete(&self) -> Option<&Incomplete> {
        match self {
            Self::Complete(_) | Self::LookedUp(_) => None,
            Self::Partial(partial) => Some(&partial.why),
        }
    }

    /// Returns what was looked up, if objects were asked for one by one.
    pub fn looked_up(&self) -> Option<&LookedUp<S>> {
        match self {
            Self::Complete(_) | Self::Partial(_) => None,
            Self::LookedUp(looked_up) => Some(looked_up),
        }
    }

    /// Returns the object type that was read.
    pub fn object_type(&self) -> &ObjectType {
        self.records().layout().object_type()
    }

    /// Proves that an object does not exist; a partial read proves nothing, a look-up only what was asked.
    pub fn prove_absent(&self, id: &Id<S>) -> Option<Absence<S>> {
        match self {
            Self::Complete(snapshot) => snapshot.prove_absent(id),
            Self::Partial(_) => None,
            Self::LookedUp(looked_up) => looked_up.prove_absent(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AttributeSchema, Layout, Object, RecordsBuilder, SourceId, SourceSide};

    fn records() -> Records<SourceSide> {
        let mut builder = RecordsBuilder::new(Layout::new("worker", [AttributeSchema::text("name")]));
        builder.push(&Object::new("worker", "1")).expect("fits");
        builder.finish()
    }

    #[test]
    fn only_a_complete_read_proves_absence() {
        let complete =
            Import::Complete(Snapshot::complete(records(), Completeness::declared("all"), ["3".into()]));
        let partial = Import::Partial(Partial::new(records(), Incomplete::NotDeclared));
        let absent = |import: &Import<SourceSide>, id| import.prove_absent(&SourceId::new(id)).is_some();
        assert!(!absent(&complete, "1"), "present");
        assert!(absent(&complete, "2"), "proved absent");
        assert!(!absent(&complete, "3"), "unreadable, so not absent");
        assert!(!absent(&partial, "2"), "a partial read proves nothing");
    }
}
