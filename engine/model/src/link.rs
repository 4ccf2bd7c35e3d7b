//! Which target object belongs to which source object.
//!
//! A link is made when an object is created or adopted, and from then on decides alone (R7): a changed matching
//! value does not match again.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::{SourceId, TargetId, Text};

/// How a target object came to be ours. Only what this job created or adopted may it delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkOrigin {
    /// This job created it.
    Created,
    /// It existed and was matched.
    Adopted,
}

/// One source object and its target object, under one object mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The object of the source.
    pub source: SourceId,
    /// The object of the target.
    pub target: TargetId,
    /// How it came about.
    pub origin: LinkOrigin,
}

/// The links of one object mapping, found from either end.
///
/// Each source object has at most one link, and each target object too.
#[derive(Default)]
pub struct Links {
    entries: Vec<Link>,
    by_source: HashTable<u32>,
    by_target: HashTable<u32>,
    hasher: RandomState,
}

/// Two links share an end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("a link from `{}` to `{}` shares an end with the link from `{}` to `{}`", refused.source, refused.target, existing.source, existing.target)]
pub struct LinkClash {
    /// The link that could not be added.
    pub refused: Box<Link>,
    /// The link that is there.
    pub existing: Box<Link>,
}

impl Links {
    /// Adds a link.
    ///
    /// # Errors
    /// When one of its ends has a link already.
    pub fn insert(&mut self, link: Link) -> Result<(), LinkClash> {
        let (source, target) =
            (self.hasher.hash_one(link.source.as_str()), self.hasher.hash_one(link.target.as_str()));
        if let Some(existing) = self
            .source_at(source, link.source.as_str())
            .or_else(|| self.target_at(target, link.target.as_str()))
        {
            return Err(LinkClash { existing: Box::new(existing.clone()), refused: Box::new(link) });
        }
        let Ok(at) = u32::try_from(self.entries.len()) else { return Ok(()) };
        self.entries.push(link);
        let Self { entries, by_source, by_target, hasher } = self;
        by_source.insert_unique(source, at, |&it| hasher.hash_one(entries[it as usize].source.as_str()));
        by_target.insert_unique(target, at, |&it| hasher.hash_one(entries[it as usize].target.as_str()));
        Ok(())
    }

    /// Finds the link of a source object.
    pub fn of_source(&self, source: &str) -> Option<&Link> {
        self.source_at(self.hasher.hash_one(source), source)
    }

    /// Finds the link of a target object.
    pub fn of_target(&self, target: &str) -> Option<&Link> {
        self.target_at(self.hasher.hash_one(target), target)
    }

    fn source_at(&self, hash: u64, source: &str) -> Option<&Link> {
        let found = self.by_source.find(hash, |&at| self.entries[at as usize].source.as_str() == source);
        found.map(|&at| &self.entries[at as usize])
    }

    fn target_at(&self, hash: u64, target: &str) -> Option<&Link> {
        let found = self.by_target.find(hash, |&at| self.entries[at as usize].target.as_str() == target);
        found.map(|&at| &self.entries[at as usize])
    }

    /// Iterates in the order in which the links were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Link> {
        self.entries.iter()
    }

    /// Returns how many links there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// All links of a job, by the name of the object mapping that made them.
#[derive(Default)]
pub struct LinkTable {
    mappings: Vec<(Text, Links)>,
}

impl LinkTable {
    /// Makes an empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the links of an object mapping, if it has any.
    pub fn of(&self, mapping: &str) -> Option<&Links> {
        self.mappings.iter().find(|(name, _)| **name == *mapping).map(|(_, links)| links)
    }

    /// Returns the links of an object mapping for adding to them.
    pub fn of_mut(&mut self, mapping: &str) -> &mut Links {
        let at = match self.mappings.iter().position(|(name, _)| **name == *mapping) {
            Some(at) => at,
            None => {
                self.mappings.push((Text::new(mapping), Links::default()));
                self.mappings.len() - 1
            }
        };
        &mut self.mappings[at].1
    }

    /// Iterates over the object mappings that have links.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Links)> {
        self.mappings.iter().map(|(name, links)| (name, links))
    }

    /// Returns how many links there are in all.
    pub fn len(&self) -> usize {
        self.mappings.iter().map(|(_, links)| links.len()).sum()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(source: &str, target: &str) -> Link {
        Link { source: SourceId::new(source), target: TargetId::new(target), origin: LinkOrigin::Created }
    }

    #[test]
    fn an_end_has_one_link() {
        let mut links = Links::default();
        links.insert(link("1", "a")).expect("free");
        assert!(links.insert(link("1", "b")).is_err());
        assert!(links.insert(link("2", "a")).is_err());
        links.insert(link("2", "b")).expect("free");
        assert_eq!(links.of_target("b").map(|it| it.source.as_str()), Some("2"));
        assert_eq!(links.of_source("3"), None);
    }
}
