//! What was found out about a service by using it, in this process.

use std::collections::BTreeMap;

use provisio_model::{AttrName, ObjectType};

/// What is known by experience.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Whether lists of groups show their members.
    pub(crate) member_lists: Option<bool>,
    /// How many writes go into one request at most: 1 where that does not work at all.
    pub(crate) bulk_max: Option<usize>,
    /// What filters by an attribute are good for.
    filters: BTreeMap<(ObjectType, AttrName), FilterProof>,
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
}
