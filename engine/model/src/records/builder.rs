//! Packing objects into records.

use std::hash::BuildHasher as _;
use std::marker::PhantomData;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::cell::{Arena, Cell, RecentText, VALUE_BYTES_MAX};
use super::{Layout, Records, Row, Slot};
use crate::{AttrName, AttributeSchema, Object, Side, Text, ValueKind, ValueRef};

/// Why an object could not be packed. The builder is as it was before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// An object with this id is there already.
    #[error("the id `{id}` occurs twice")]
    DuplicateId {
        /// The id.
        id: Text,
    },
    /// The id is empty.
    #[error("the id is empty")]
    EmptyId,
    /// A value is not of the attribute's type.
    #[error("`{attribute}` must be {expected}, not {found}")]
    WrongKind {
        /// Which attribute.
        attribute: AttrName,
        /// The type that its schema has.
        expected: ValueKind,
        /// The type of the value.
        found: ValueKind,
    },
    /// A single-valued attribute has several values.
    #[error("`{attribute}` takes one value, not {found}")]
    SeveralValues {
        /// Which attribute.
        attribute: AttrName,
        /// How many there are.
        found: usize,
    },
    /// A value is longer than [`VALUE_BYTES_MAX`], or the records are full.
    #[error("`{attribute}` is longer than {VALUE_BYTES_MAX} bytes")]
    TooLarge {
        /// Which attribute.
        attribute: AttrName,
    },
}

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

/// Packs objects of one type, one after the other.
///
/// Either whole objects ([`RecordsBuilder::push`]), or attribute by attribute without an object in between:
/// [`RecordsBuilder::begin`], [`RecordsBuilder::set`], [`RecordsBuilder::commit`].
pub struct RecordsBuilder<S> {
    records: Records<S>,
    recent: RecentText,
    list: Vec<Cell>,
}

impl<S: Side> RecordsBuilder<S> {
    /// Starts without any object.
    pub fn new(layout: impl Into<Arc<Layout>>) -> Self {
        let records = Records {
            layout: layout.into(),
            ids: Vec::new(),
            cells: Vec::new(),
            versions: Vec::new(),
            arena: Arena::default(),
            index: HashTable::new(),
            hasher: RandomState::default(),
            side: PhantomData,
        };
        Self { records, recent: RecentText::default(), list: Vec::new() }
    }

    /// Returns what was packed so far.
    pub fn records(&self) -> &Records<S> {
        &self.records
    }

    /// Packs one object. Attributes that the layout does not have are left out: nobody asked for them. Parts that the
    /// layout wants are taken from the whole complex attribute.
    ///
    /// # Errors
    /// When the id is empty or known, or a value does not fit its attribute; nothing of the object is kept then.
    pub fn push(&mut self, object: &Object) -> Result<Row<S>, PackError> {
        self.begin(&object.id)?;
        let layout = Arc::clone(&self.records.layout);
        for (name, values) in object.attributes.iter() {
            if let Some(slot) = layout.slot(name.as_str())
                && let Err(error) = self.set_many(slot, values.iter())
            {
                self.abandon();
                return Err(error);
            }
        }
        for &slot in layout.parts() {
            if let Err(error) = self.set_part(object, layout.attribute(slot), slot) {
                self.abandon();
                return Err(error);
            }
        }
        if let Some(version) = &object.version {
            self.set_version(version);
        }
        Ok(self.commit())
    }

    /// Sets a part of a complex attribute. Where a connector took it apart itself, it stands under its own name. Of
    /// several elements that a filter chooses, the first counts: a target that has two has them against its own rules
    /// (RFC 7643 section 2.4).
    fn set_part(
        &mut self,
        object: &Object,
        attribute: &AttributeSchema,
        slot: Slot,
    ) -> Result<(), PackError> {
        let Some(path) = &attribute.path else { return Ok(()) };
        if object.attributes.get(attribute.name.as_str()).is_some() {
            return Ok(());
        }
        let values = path.values(&object.attributes);
        let most = if attribute.multi_valued { values.len() } else { values.len().min(1) };
        self.set_many(slot, values[..most].iter().map(|it| it.borrow()))
    }

    /// Begins an object; what was begun and not committed is dropped.
    ///
    /// # Errors
    /// When the id is empty or known.
    pub fn begin(&mut self, id: &str) -> Result<(), PackError> {
        self.abandon();
        if id.is_empty() {
            return Err(PackError::EmptyId);
        }
        if self.records.find(id).is_some() {
            return Err(PackError::DuplicateId { id: id.into() });
        }
        let cell = self.records.arena.store(ValueRef::Text(id), &mut self.recent);
        let cell = cell.map_err(|_| PackError::TooLarge { attribute: AttrName::new("id") })?;
        self.records.ids.push(cell);
        self.records.cells.resize(self.records.cells.len() + self.records.layout.width(), Cell::ABSENT);
        Ok(())
    }

    /// Sets the value of an attribute of the object that was begun.
    ///
    /// # Errors
    /// When the value is not of the attribute's type or is too long.
    pub fn set(&mut self, slot: Slot, value: ValueRef<'_>) -> Result<(), PackError> {
        let cell = self.cell(slot, value)?;
        self.place(slot, cell);
        Ok(())
    }

    /// Sets all values of an attribute of the object that was begun; none makes it absent.
    ///
    /// # Errors
    /// When a value is not of the attribute's type or is too long, or when there are several and the attribute
    /// takes one.
    pub fn set_many<'v>(
        &mut self,
        slot: Slot,
        values: impl IntoIterator<Item = ValueRef<'v>>,
    ) -> Result<(), PackError> {
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        let mut result = Ok(());
        for value in values {
            match self.cell(slot, value) {
                Ok(cell) => list.push(cell),
                Err(error) => result = Err(error),
            }
        }
        let attribute = self.records.layout.attribute(slot);
        if result.is_ok() && list.len() > 1 && !attribute.multi_valued {
            result = Err(PackError::SeveralValues { attribute: attribute.name.clone(), found: list.len() });
        }
        if result.is_ok() {
            match self.records.arena.store_list(&list) {
                Ok(cell) => self.place(slot, cell),
                Err(_) => result = Err(PackError::TooLarge { attribute: attribute.name.clone() }),
            }
        }
        self.list = list;
        result
    }

    /// Sets the version of the object that was begun.
    pub fn set_version(&mut self, version: &str) {
        let rows = self.records.ids.len();
        if let Ok(cell) = self.records.arena.store(ValueRef::Text(version), &mut self.recent) {
            self.records.versions.resize(rows.saturating_sub(1), Cell::ABSENT);
            self.records.versions.push(cell);
        }
    }

    /// Keeps the object that was begun.
    pub fn commit(&mut self) -> Row<S> {
        let row = self.records.ids.len().saturating_sub(1);
        self.index_row(row);
        Row::at(row)
    }

    /// Drops the object that was begun, if it was not committed.
    pub fn abandon(&mut self) {
        let committed = self.records.index.len();
        self.records.ids.truncate(committed);
        self.records.cells.truncate(committed * self.records.layout.width());
        self.records.versions.truncate(committed);
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
        let Records { ids, cells, versions, arena, .. } = batch;
        let shift = self.records.arena.append(arena).map_err(|_| AppendError::Full)?;
        let width = self.records.layout.width();
        let mut refused = Vec::new();
        for (at, id) in ids.into_iter().enumerate() {
            let id = shift.moved(id);
            let text = self.records.arena.text(&id);
            if self.records.find(text).is_some() {
                refused.push(PackError::DuplicateId { id: text.into() });
                continue;
            }
            self.records.ids.push(id);
            self.records
                .cells
                .extend(cells[at * width..(at + 1) * width].iter().map(|&cell| shift.moved(cell)));
            if let Some(&version) = versions.get(at).filter(|it| !it.is_absent()) {
                self.records.versions.resize(self.records.ids.len() - 1, Cell::ABSENT);
                self.records.versions.push(shift.moved(version));
            }
            self.index_row(self.records.ids.len() - 1);
        }
        Ok(refused)
    }

    /// Ends packing.
    pub fn finish(mut self) -> Records<S> {
        self.abandon();
        self.records.ids.shrink_to_fit();
        self.records.cells.shrink_to_fit();
        self.records.versions.shrink_to_fit();
        self.records.arena.shrink();
        self.records
    }

    fn cell(&mut self, slot: Slot, value: ValueRef<'_>) -> Result<Cell, PackError> {
        let attribute = self.records.layout.attribute(slot);
        if value.kind() != attribute.kind {
            return Err(PackError::WrongKind {
                attribute: attribute.name.clone(),
                expected: attribute.kind,
                found: value.kind(),
            });
        }
        let stored = self.records.arena.store(value, &mut self.recent);
        stored.map_err(|_| PackError::TooLarge { attribute: attribute.name.clone() })
    }

    fn place(&mut self, slot: Slot, cell: Cell) {
        let width = self.records.layout.width();
        let start = self.records.cells.len().saturating_sub(width);
        if let Some(place) = self.records.cells.get_mut(start + usize::from(slot.0)) {
            *place = cell;
        }
    }

    fn index_row(&mut self, row: usize) {
        let Records { ids, arena, index, hasher, .. } = &mut self.records;
        let hash_of = |row: &u32| hasher.hash_one(arena.text(&ids[*row as usize]));
        if let Ok(row) = u32::try_from(row) {
            index.insert_unique(hash_of(&row), row, hash_of);
        }
    }
}
