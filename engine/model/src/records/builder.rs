//! Packing objects into records.

mod batches;

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use super::code::{Code, bool};
use super::known::Known;
use super::rows::{Draft, Pieces, Rows, Special};
use super::slots::InSlots;
use super::{Ids, Key, Layout, Records, Row, Slot};
use crate::{AttrName, AttributeSchema, Object, Side, Text, ValueKind, ValueRef, Values};

pub use batches::AppendError;

/// The longest text or binary value that records hold, in bytes (4 MiB less one).
pub const VALUE_BYTES_MAX: usize = (1 << 22) - 1;

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

/// Packs objects of one type, one after the other.
///
/// Either whole objects ([`RecordsBuilder::push`]), or attribute by attribute without an object in between:
/// [`RecordsBuilder::begin`], [`RecordsBuilder::set`], [`RecordsBuilder::commit`].
pub struct RecordsBuilder<S> {
    records: Records<S>,
    /// The object that was begun, if its attributes came in order so far.
    draft: Draft,
    is_draft: bool,
    /// The object that was begun, otherwise.
    begun: Box<Pieces>,
    /// Its id, if that is a long one.
    id: String,
    /// What its id is looked up by, while it is neither committed nor dropped.
    key: Option<Key>,
    /// The ids of all batches, if it packs batches.
    known: Option<Box<Known>>,
}

impl<S: Side> RecordsBuilder<S> {
    /// Starts without any object.
    pub fn new(layout: impl Into<Arc<Layout>>) -> Self {
        let records = Records {
            layout: layout.into(),
            rows: Rows::default(),
            ids: Ids::default(),
            origin: None,
            side: PhantomData,
        };
        Self {
            records,
            draft: Draft::default(),
            is_draft: false,
            begun: Box::default(),
            id: String::new(),
            key: None,
            known: None,
        }
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
        let layout = Arc::clone(&self.records.layout);
        self.begin(&object.id)?;
        let mut in_order = InSlots::new(&layout, &object.attributes).in_order();
        if in_order.any(|(slot, values)| self.set_all(slot, values).is_err()) {
            // In the order of their names, the first that is wrong may be another one.
            self.start(&object.id)?;
            self.begun.make(layout.width() + 1);
            for (slot, values) in InSlots::new(&layout, &object.attributes) {
                if let Err(error) = self.set_all(slot, values) {
                    self.abandon();
                    return Err(error);
                }
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

    fn set_all(&mut self, slot: Slot, values: &Values) -> Result<(), PackError> {
        match values.as_slice() {
            [value] => self.set(slot, value.borrow()),
            _ => self.set_many(slot, values.iter()),
        }
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

    /// Begins an object; what was begun and not committed is dropped. It takes least if its attributes are then set in the
    /// order of the layout.
    ///
    /// # Errors
    /// When the id is empty or known.
    pub fn begin(&mut self, id: &str) -> Result<(), PackError> {
        self.start(id)?;
        self.draft.begin(self.records.layout.width() + 1);
        self.is_draft = true;
        Ok(())
    }

    fn start(&mut self, id: &str) -> Result<(), PackError> {
        self.abandon();
        if id.is_empty() {
            return Err(PackError::EmptyId);
        }
        self.look_up();
        let key = Key::of(id);
        let found = match &self.known {
            Some(known) => known.find(id, key),
            None => self.records.ids.find(id, key),
        };
        if found.is_some() {
            return Err(PackError::DuplicateId { id: id.into() });
        }
        let is_full = self.records.is_full() || self.known.as_deref().is_some_and(Known::is_full);
        if id.len() > VALUE_BYTES_MAX || is_full {
            return Err(PackError::TooLarge { attribute: AttrName::new("id") });
        }
        self.key = Some(key);
        self.id.clear();
        if !key.is_whole() {
            self.id.push_str(id);
        }
        Ok(())
    }

    /// From here on, the object that was begun is in pieces: whatever comes, in whatever order.
    fn in_pieces(&mut self) {
        if std::mem::take(&mut self.is_draft) {
            self.begun.make(self.records.layout.width() + 1);
            self.draft.take_apart(&mut self.begun);
        }
    }

    /// Writes a part of a text where it stays, if it comes in order.
    #[inline]
    fn write_on(&mut self, cell: usize, text: &str, part: Range<usize>) -> bool {
        self.is_draft && self.draft.put(cell, text, part)
    }

    /// Sets the value of an attribute of the object that was begun.
    ///
    /// # Errors
    /// When the value is not of the attribute's type or is too long.
    #[inline]
    pub fn set(&mut self, slot: Slot, value: ValueRef<'_>) -> Result<(), PackError> {
        // Nearly everything is a short text, and nothing is wrong with it.
        match (value, self.records.layout.kind(slot)) {
            (ValueRef::Text(text), ValueKind::Text) | (ValueRef::Reference(text), ValueKind::Reference)
                if self.write_on(usize::from(slot.0), text, 0..text.len()) =>
            {
                Ok(())
            }
            _ => self.set_any(slot, value),
        }
    }

    /// Sets an attribute of the object that was begun to a part of a text, or to a reference to the object that has the part
    /// as its id, whichever the attribute's type is. What is no part of the text is empty.
    ///
    /// # Errors
    /// When the attribute is of neither type, or the value is too long.
    #[inline]
    pub fn set_text(&mut self, slot: Slot, text: &str, part: Range<usize>) -> Result<(), PackError> {
        let layout = &self.records.layout;
        if layout.is_text(slot) && self.is_draft && self.draft.put(usize::from(slot.0), text, part.clone()) {
            return Ok(());
        }
        let value = text.get(part).unwrap_or_default();
        match layout.kind(slot) {
            ValueKind::Reference => self.set_any(slot, ValueRef::Reference(value)),
            _ => self.set_any(slot, ValueRef::Text(value)),
        }
    }

    /// Sets the attributes from `first` on to parts of a text, as [`set_text`](Self::set_text) does one by one, in a fraction
    /// of the time; an empty part makes its attribute absent. It stops where it takes more than to copy the part, and returns
    /// how many attributes it set.
    pub fn set_texts(&mut self, first: Slot, text: &str, parts: &[Range<u32>]) -> usize {
        let mut set = 0;
        if !self.is_draft || !self.records.layout.are_texts(first, parts.len()) {
            return set;
        }
        loop {
            set += self.draft.put_few(usize::from(first.0) + set, text, &parts[set..]);
            let Some(part) = parts.get(set) else { return set };
            let part = part.start as usize..part.end as usize;
            if part.is_empty() || !self.draft.put(usize::from(first.0) + set, text, part) {
                return set;
            }
            set += 1;
        }
    }

    fn set_any(&mut self, slot: Slot, value: ValueRef<'_>) -> Result<(), PackError> {
        if value.kind() == self.records.layout.kind(slot) && self.write_code(usize::from(slot.0), value) {
            return Ok(());
        }
        self.in_pieces();
        self.check(slot, value)?;
        self.place(usize::from(slot.0), value);
        Ok(())
    }

    /// Writes the code of a value where it stays, if it has one and comes in order.
    fn write_code(&mut self, cell: usize, value: ValueRef<'_>) -> bool {
        let mut write = |code: &str| self.write_on(cell, code, 0..code.len());
        match value {
            ValueRef::Bool(it) => write(bool(it)),
            ValueRef::Int(it) => write(Code::int(it).as_str()),
            ValueRef::Decimal(it) => write(Code::decimal(it).as_str()),
            ValueRef::Timestamp(it) => write(Code::timestamp(it).as_str()),
            _ => false,
        }
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
        let mut values = values.into_iter();
        let (first, second) = (values.next(), values.next());
        if let (Some(value), None) = (first, second) {
            return self.set(slot, value);
        }
        self.in_pieces();
        let mut values = first.into_iter().chain(second).chain(values).peekable();
        let special = match values.peek() {
            None => None,
            Some(first) if lies_in_row(first.kind()) => Some(self.texts(slot, values)?),
            Some(_) => Some(self.others(slot, values)?),
        };
        self.begun.set_special(usize::from(slot.0), special);
        Ok(())
    }

    fn texts<'v>(
        &mut self,
        slot: Slot,
        values: impl Iterator<Item = ValueRef<'v>>,
    ) -> Result<Special, PackError> {
        let (from, first) = (self.begun.text.len(), self.begun.ends.len());
        for value in values {
            self.check(slot, value)?;
            write(value, &mut self.begun.text);
            let end = u32::try_from(self.begun.text.len() - from).map_err(|_| self.too_large(slot))?;
            self.begun.ends.push(end);
        }
        let last = self.begun.ends.len();
        self.several(slot, last - first)?;
        Ok(Special::List { text: (from, self.begun.text.len()), ends: (first, last) })
    }

    fn others<'v>(
        &mut self,
        slot: Slot,
        values: impl Iterator<Item = ValueRef<'v>>,
    ) -> Result<Special, PackError> {
        let kind = self.records.layout.kind(slot);
        let first = self.records.rows.others.count(kind);
        for value in values {
            self.check(slot, value)?;
            self.records.rows.others.push(value);
        }
        let count = self.records.rows.others.count(kind) - first;
        self.several(slot, count)?;
        Ok(Special::Others { kind, first, count })
    }

    fn several(&self, slot: Slot, found: usize) -> Result<(), PackError> {
        let attribute = self.records.layout.attribute(slot);
        if attribute.multi_valued {
            return Ok(());
        }
        Err(PackError::SeveralValues { attribute: attribute.name.clone(), found })
    }

    /// Sets the version of the object that was begun. One that is too long is left out.
    pub fn set_version(&mut self, version: &str) {
        if self.write_on(self.records.version_cell(), version, 0..version.len()) {
            return;
        }
        self.in_pieces();
        if version.len() <= VALUE_BYTES_MAX && self.begun.takes(version.len()) {
            self.place(self.records.version_cell(), ValueRef::Text(version));
        }
    }

    /// Keeps the object that was begun; returns the row of the last one.
    pub fn commit(&mut self) -> Row<S> {
        if let Some(key) = self.key.take() {
            if std::mem::take(&mut self.is_draft) {
                self.records.rows.push_draft(&mut self.draft);
            } else {
                self.records.rows.push(&self.begun);
                self.begun.clear();
            }
            if let Some(known) = &mut self.known {
                known.add(&self.id, key);
                self.records.ids.list(&self.id, key);
            } else {
                self.records.ids.add(&self.id, key);
            }
        }
        Row::at(self.records.len().saturating_sub(1))
    }

    /// Drops the object that was begun, if it was not committed.
    pub fn abandon(&mut self) {
        self.key = None;
        self.begun.clear();
        self.is_draft = false;
    }

    /// Ends packing.
    pub fn finish(mut self) -> Records<S> {
        self.abandon();
        self.records.ids.index_all();
        self.records.shrink();
        self.records
    }

    fn check(&self, slot: Slot, value: ValueRef<'_>) -> Result<(), PackError> {
        let expected = self.records.layout.kind(slot);
        if value.kind() != expected {
            let attribute = self.records.layout.attribute(slot).name.clone();
            return Err(PackError::WrongKind { attribute, expected, found: value.kind() });
        }
        let length = match value {
            ValueRef::Text(text) | ValueRef::Reference(text) => text.len(),
            ValueRef::Binary(bytes) => bytes.len(),
            _ => 0,
        };
        if length > VALUE_BYTES_MAX || !self.begun.takes(length) { Err(self.too_large(slot)) } else { Ok(()) }
    }

    fn too_large(&self, slot: Slot) -> PackError {
        PackError::TooLarge { attribute: self.records.layout.attribute(slot).name.clone() }
    }

    fn place(&mut self, cell: usize, value: ValueRef<'_>) {
        if lies_in_row(value.kind()) {
            let from = self.begun.text.len();
            write(value, &mut self.begun.text);
            self.begun.set_text(cell, from);
        } else {
            let kind = value.kind();
            let first = self.records.rows.others.count(kind);
            self.records.rows.others.push(value);
            self.begun.set_special(cell, Some(Special::Others { kind, first, count: 1 }));
        }
    }
}

/// Tells whether values of this type lie in a row as text or code.
fn lies_in_row(kind: ValueKind) -> bool {
    !matches!(kind, ValueKind::Binary | ValueKind::Complex | ValueKind::Secret)
}

fn write(value: ValueRef<'_>, text: &mut String) {
    match value {
        ValueRef::Text(it) | ValueRef::Reference(it) => text.push_str(it),
        ValueRef::Bool(it) => text.push_str(bool(it)),
        ValueRef::Int(it) => text.push_str(Code::int(it).as_str()),
        ValueRef::Decimal(it) => text.push_str(Code::decimal(it).as_str()),
        ValueRef::Timestamp(it) => text.push_str(Code::timestamp(it).as_str()),
        ValueRef::Binary(_) | ValueRef::Complex(_) | ValueRef::Secret(_) => {}
    }
}

impl<S: Side> Records<S> {
    fn shrink(&mut self) {
        self.rows.shrink();
        self.ids.shrink();
    }

    fn is_full(&self) -> bool {
        !self.takes(1)
    }

    /// Tells whether there are places for so many more.
    fn takes(&self, more: usize) -> bool {
        let besides = more.saturating_mul(self.layout.width() + 1);
        let places = |used: usize, more: usize| u32::try_from(used.saturating_add(more)).is_ok();
        places(self.len(), more) && places(self.rows.besides(), besides)
    }
}
