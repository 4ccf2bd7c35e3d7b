//! Many objects at once: how they are handed over in batches, and how batches join.
//!
//! One builder gives no two of its batches the same id. So who takes its batches in, one after the other, looks no id up.

use std::sync::Arc;

use super::RecordsBuilder;
use crate::records::rows::stride;
use crate::records::{Ids, Key, Layout, Origin, Records};
use crate::{PackError, Side};

/// Why a batch could not be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The batch holds other attributes than the records.
    #[error("the batch has other attributes than the records that it joins")]
    OtherLayout,
    /// There is no room for it.
    #[error("the records are full")]
    Full,
}

impl<S: Side> RecordsBuilder<S> {
    /// Starts without any object, to pack them in batches ([`take_batch`](Self::take_batch)). An object that is in one of them
    /// is there already for all that follow.
    ///
    /// Ids are looked up among those of all batches, and a batch has no index of its own: it is made to be taken in by
    /// [`append`](Self::append), and to find an object in it is to go through it.
    pub fn in_batches(layout: impl Into<Arc<Layout>>) -> Self {
        let mut builder = Self { known: Some(Box::default()), ..Self::new(layout) };
        builder.records.origin = Some(Origin { builder: Arc::default(), first: 0 });
        builder
    }

    /// Hands over what was packed since the last time, and makes room for as much again. Who does not pack
    /// [in batches](Self::in_batches) forgets it.
    pub fn take_batch(&mut self) -> Records<S> {
        self.abandon();
        let mut next = Self::new(Arc::clone(&self.records.layout)).records;
        next.ids.reserve(self.records.len());
        next.rows.reserve_as(&self.records.rows);
        next.origin = self.records.origin.clone();
        if let Some(origin) = &mut next.origin {
            origin.first += self.records.len();
        }
        let mut batch = std::mem::replace(&mut self.records, next);
        batch.shrink();
        batch
    }

    /// Returns the position of the object with this id among all that were packed, in whichever batch.
    pub fn position(&mut self, id: &str) -> Option<usize> {
        let key = Key::of(id);
        let found = match &self.known {
            Some(known) => known.find(id, key),
            None => {
                self.records.ids.index_all();
                self.records.ids.find(id, key)
            }
        };
        found.map(|it| it as usize)
    }

    /// Brings near what it takes to look some ids up, before objects with them are begun one after the other: it is far apart,
    /// and a processor waits for many places of memory in the time of one. Only for who packs [in batches](Self::in_batches).
    pub fn bring_ids_near<'i>(&self, ids: impl Iterator<Item = &'i str>) {
        if let Some(known) = &self.known {
            std::hint::black_box(ids.fold(0, |seen, id| seen ^ known.touch(id)));
        }
    }

    /// Takes all records of `batch` in, which must have the same layout.
    ///
    /// Returns the error of each record whose id is there already; those are left out.
    ///
    /// # Errors
    /// When the layouts differ or the records are full; nothing was taken in then.
    pub fn append(&mut self, batch: Records<S>) -> Result<Vec<PackError>, AppendError> {
        self.abandon();
        if batch.layout != self.records.layout {
            return Err(AppendError::OtherLayout);
        }
        let first = self.records.len();
        if !self.records.takes(batch.len()) {
            return Err(AppendError::Full);
        }
        let stride = stride(self.records.layout.width());
        let follows = self.follows(&batch);
        self.records.rows.append(batch.rows, stride);
        let mut refused = Vec::new();
        if follows {
            self.records.ids.list_all(&batch.ids);
            self.records.origin = self.records.origin.take().or(batch.origin);
            return Ok(refused);
        }
        self.look_up();
        for at in 0..batch.ids.len() {
            let (from, to) = (first + at, self.records.len());
            if !self.take_in(&batch.ids, at) {
                refused.push(PackError::DuplicateId { id: batch.ids.at(at).into() });
                continue;
            }
            if from != to {
                self.records.rows.heads.copy_within(from * stride..(from + 1) * stride, to * stride);
            }
        }
        self.records.rows.heads.truncate(self.records.len() * stride);
        Ok(refused)
    }

    /// Tells whether a batch comes from the builder that all others are from, and right after them: then no id is there
    /// already.
    fn follows(&self, batch: &Records<S>) -> bool {
        match (&self.records.origin, &batch.origin) {
            _ if self.known.is_some() => false,
            (None, Some(_)) => self.records.is_empty(),
            (Some(own), Some(next)) => {
                Arc::ptr_eq(&own.builder, &next.builder) && own.first + self.records.len() == next.first
            }
            (_, None) => false,
        }
    }

    fn take_in(&mut self, ids: &Ids, row: usize) -> bool {
        let Some(known) = &mut self.known else { return self.records.ids.take_in(ids, row) };
        let (id, key) = (ids.at(row), Key::of(ids.at(row)));
        let is_new = known.find(id, key).is_none();
        if is_new {
            known.add(id, key);
            self.records.ids.list(id, key);
        }
        is_new
    }

    /// From here on, each id is looked up: what comes is not the next batch of the builder that the others are from.
    #[inline]
    pub(super) fn look_up(&mut self) {
        if self.known.is_none() && self.records.origin.take().is_some() {
            self.records.ids.index_all();
        }
    }
}
