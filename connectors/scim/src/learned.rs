//! What was found out about a service by using it, in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use provisio_model::{AttrName, ObjectType};

/// How many names of written attributes are kept of one service; a mapping has far fewer.
const WRITTEN_MAX: usize = 4_096;

/// What is known by experience.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Whether lists of groups show their members.
    pub(crate) member_lists: Option<bool>,
    /// How many writes go into one request at most: 1 where that does not work at all.
    pub(crate) bulk_max: Option<usize>,
    /// Whether PATCH was answered as something that is not there.
    pub(crate) has_no_patch: bool,
    /// What filters by an attribute are good for.
    filters: BTreeMap<(ObjectType, AttrName), FilterProof>,
    /// What was written so far.
    written: BTreeMap<ObjectType, BTreeSet<AttrName>>,
    /// What was not kept as it was written.
    findings: Vec<WriteFinding>,
}

/// What a filter by an attribute is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FilterProof {
    /// It finds what it should, also several values joined by `or`.
    Several,
    /// It finds what it should, one value at a time.
    Single,
    /// It does not, or it could not be told.
    Useless,
}

/// An attribute that a service takes and does not keep as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteFinding {
    /// The type of the objects.
    pub object_type: ObjectType,
    /// The attribute, or the part of one.
    pub attribute: AttrName,
    /// What became of it.
    pub kept: Kept,
}

/// What became of a value that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// The object has no value there.
    Ignored,
    /// The object has another value there.
    Changed,
}

impl fmt::Display for WriteFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let became = match self.kept {
            Kept::Ignored => "the service takes it and does not keep it",
            Kept::Changed => "the service keeps something else than is written",
        };
        write!(formatter, "`{}` of {}: {became}", self.attribute, self.object_type)
    }
}

impl Learned {
    pub(crate) fn filter(&self, object_type: &ObjectType, attribute: &AttrName) -> Option<FilterProof> {
        self.filters.get(&(object_type.clone(), attribute.clone())).copied()
    }

    pub(crate) fn learn_filter(
        &mut self,
        object_type: &ObjectType,
        attribute: &AttrName,
        proof: FilterProof,
    ) {
        self.filters.insert((object_type.clone(), attribute.clone()), proof);
    }

    /// Notes that an attribute is written; tells whether it is the first time.
    pub(crate) fn write(&mut self, object_type: &ObjectType, attribute: &AttrName) -> bool {
        let count = self.written.values().map(BTreeSet::len).sum::<usize>();
        let written = self.written.entry(object_type.clone()).or_default();
        if written.contains(attribute) || count >= WRITTEN_MAX {
            return false;
        }
        written.insert(attribute.clone())
    }

    /// Notes what was found; tells whether it is new.
    pub(crate) fn find(&mut self, finding: WriteFinding) -> bool {
        let is_known =
            |it: &WriteFinding| it.object_type == finding.object_type && it.attribute == finding.attribute;
        if self.findings.iter().any(is_known) {
            return false;
        }
        self.findings.push(finding);
        true
    }

    /// What was not kept as it was written, in the order in which it was found.
    pub(crate) fn findings(&self) -> &[WriteFinding] {
        &self.findings
    }
}
