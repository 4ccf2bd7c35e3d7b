//! Many objects of one type, packed: how a million of them fit in memory and are compared quickly.
//!
//! An object is a row: its values lie one after the other in one text that all rows share, in the order of the
//! [`Layout`], and sixteen bits for each say where it ends. Reading a value is an index and a slice: no name is looked up,
//! nothing is allocated. Values that lie in the same order on both sides are compared as one.
//!
//! [`RecordsBuilder`] packs; [`Records`] is what comes out; [`Record`] is one row of it.

mod builder;
mod code;
mod ids;
mod index;
mod known;
mod layout;
mod rows;
mod slots;
mod walk;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use crate::{Id, Object, Side, ValueKind, ValueRef, Values};
use ids::{Ids, Key};
use rows::{Held, Rows, is_absent, same_bytes, stride};

pub use builder::{AppendError, PackError, RecordsBuilder, VALUE_BYTES_MAX};
pub use layout::{Layout, Slot};

/// The position of one record among the [`Records`] of its object type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row<S>(u32, PhantomData<S>);

impl<S: Side> Row<S> {
    /// Makes the row at a position; that the records have it is checked when it is used.
    pub fn at(position: usize) -> Self {
        Self(u32::try_from(position).unwrap_or(u32::MAX), PhantomData)
    }

    fn next(self) -> Self {
        Self(self.0.saturating_add(1), PhantomData)
    }

    /// Returns the position, from 0.
    #[inline]
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

impl<S: Side> fmt::Debug for Row<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} row {}", S::NAME, self.0)
    }
}

/// How many objects are looked for at once: few enough that what was brought near is near still.
const AT_ONCE: usize = 32;

/// All objects of one type that were read from one side, packed.
pub struct Records<S> {
    layout: Arc<Layout>,
    rows: Rows,
    ids: Ids,
    origin: Option<Origin>,
    side: PhantomData<S>,
}

/// Where batches come from: one builder gives no two of them the same id.
#[derive(Clone)]
struct Origin {
    builder: Arc<()>,
    /// How many objects the builder packed before the first of these.
    first: usize,
}

impl<S: Side> Records<S> {
    /// Returns the object type and the attributes that these records hold.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Returns how many objects there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// Returns one object.
    ///
    /// # Panics
    /// When the row is not of these records.
    #[inline]
    pub fn record(&self, row: Row<S>) -> Record<'_, S> {
        let stride = stride(self.layout.width());
        Record { records: self, row, head: &self.rows.heads[row.position() * stride..][..stride] }
    }

    fn head(&self, row: Row<S>) -> Option<&[u16]> {
        let stride = stride(self.layout.width());
        self.rows.heads.get(row.position() * stride..(row.position() + 1) * stride)
    }

    /// The cell of the version comes behind those of the attributes.
    fn version_cell(&self) -> usize {
        self.layout.width()
    }

    /// Finds an object by its id.
    pub fn find(&self, id: &str) -> Option<Row<S>> {
        self.ids.find(id, Key::of(id)).map(|row| Row(row, PhantomData))
    }

    /// Finds an object by its id, at `guess` or anywhere: what is asked for in the order in which it was read is found
    /// without a search.
    pub fn find_near(&self, id: &str, guess: Row<S>) -> Option<Row<S>> {
        if self.is_at(id, guess) { Some(guess) } else { self.find(id) }
    }

    /// Finds many objects by their ids, as [`find`](Self::find) does one by one: `found` has an answer for each id. Those
    /// that follow each other, from `guess` on, are found without a search; it is left behind the last one.
    ///
    /// A search is three places of memory that are not near, one after the other; here it is done for a few dozen ids at
    /// once, so that the processor waits for all of them together.
    pub fn find_all<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i str>,
        guess: &mut Row<S>,
        found: &mut Vec<Option<Row<S>>>,
    ) {
        let mut ids = ids.into_iter().peekable();
        found.clear();
        let mut sought: [(usize, &str); AT_ONCE] = [(0, ""); AT_ONCE];
        while ids.peek().is_some() {
            let mut count = 0;
            for id in ids.by_ref().take(AT_ONCE) {
                let near = self.is_at(id, *guess).then_some(*guess);
                match near {
                    Some(row) => *guess = row.next(),
                    None => {
                        sought[count] = (found.len(), id);
                        count += 1;
                    }
                }
                found.push(near);
            }
            self.search(&sought[..count], found);
            if let Some(Some(last)) = found.last() {
                *guess = last.next();
            }
        }
    }

    fn search(&self, sought: &[(usize, &str)], found: &mut [Option<Row<S>>]) {
        // Whose hash begins alike is nearly always the one.
        for &(at, id) in sought {
            found[at] = self.ids.likely(id).map(|row| Row(row, PhantomData));
        }
        self.bring_ids_near(sought.iter().filter_map(|it| found[it.0]));
        for &(at, id) in sought {
            found[at] = found[at].and_then(|likely| self.find_near(id, likely));
        }
    }

    /// Brings the ids of some objects near, as [`bring_near`](Self::bring_near) does their values.
    pub fn bring_ids_near(&self, rows: impl Iterator<Item = Row<S>> + Clone) {
        let seen = rows.clone().fold(0, |seen, it| seen ^ self.ids.touch(it.position()));
        let seen = rows.fold(seen, |seen, it| seen ^ self.ids.touch_long(it.position()));
        std::hint::black_box(seen);
    }

    /// Brings one attribute of some objects near, as [`bring_near`](Self::bring_near) does all of them.
    pub fn bring_values_near(&self, rows: &[Row<S>], slot: Slot) {
        let cell = usize::from(slot.0);
        self.bring_cells_near(rows.iter().copied(), cell..cell + 1);
    }

    fn bring_cells_near(&self, rows: impl Iterator<Item = Row<S>> + Clone, cells: Range<usize>) {
        let heads = rows.filter_map(|it| self.head(it));
        let mut seen = heads.clone().fold(0, |seen, it| seen ^ Rows::touch_head(it));
        seen ^= heads.fold(0, |seen, it| seen ^ self.rows.touch(it, cells.clone()));
        std::hint::black_box(seen);
    }

    #[inline]
    fn is_at(&self, id: &str, row: Row<S>) -> bool {
        self.ids.is_at(id, row.position())
    }

    /// Brings the values of some objects near, before they are looked at one after the other.
    ///
    /// A processor waits for many places of memory in the time of one, if it is asked for all of them at once. So asking for
    /// a few dozen objects in advance saves most of the time. It changes nothing else.
    pub fn bring_near(&self, rows: impl Iterator<Item = Row<S>> + Clone) {
        self.bring_cells_near(rows, 0..self.layout.width());
    }

    /// Iterates over the objects in the order in which they were read.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Record<'_, S>> + Clone {
        (0..self.len()).map(|position| self.record(Row::at(position)))
    }

    /// Returns the bytes of memory that these records occupy.
    pub fn memory_bytes(&self) -> usize {
        self.rows.memory_bytes() + self.ids.memory_bytes()
    }
}

impl<S: Side> fmt::Debug for Records<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} records of {}", self.len(), S::NAME, self.layout.object_type())
    }
}

/// One object among its [`Records`].
pub struct Record<'a, S> {
    records: &'a Records<S>,
    row: Row<S>,
    head: &'a [u16],
}

impl<S: Side> Clone for Record<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Side> Copy for Record<'_, S> {}

impl<'a, S: Side> Record<'a, S> {
    /// Returns where it stands.
    #[inline]
    pub fn row(self) -> Row<S> {
        self.row
    }

    /// Returns its id.
    pub fn id(self) -> Id<S> {
        Id::new(self.id_str())
    }

    /// Returns its id, borrowed.
    #[inline]
    pub fn id_str(self) -> &'a str {
        self.records.ids.at(self.row.position())
    }

    /// Returns the version that the system gave it, if it gives versions.
    pub fn version(self) -> Option<&'a str> {
        self.records.rows.text(self.head, self.records.version_cell())
    }

    /// Returns the values of the attribute at `slot`; none when it is absent.
    #[inline]
    pub fn values(self, slot: Slot) -> ValuesRef<'a> {
        let Records { rows, layout, .. } = self.records;
        ValuesRef { rows, kind: layout.kind(slot), held: rows.held(self.head, usize::from(slot.0)) }
    }

    /// Returns the value at `slot` if there is exactly one.
    #[inline]
    pub fn single(self, slot: Slot) -> Option<ValueRef<'a>> {
        self.values(slot).single()
    }

    /// Tells whether `count` attributes from `slot` on hold what as many attributes of `other` hold from `other_slot` on,
    /// byte by byte, and none where it has none: then no rule tells them apart. A reference is the same as the text of its
    /// id; otherwise the attributes must be of the same type. `false` says nothing: they may still mean the same.
    #[inline]
    pub fn same_bytes<T: Side>(
        self,
        slot: Slot,
        other: Record<'_, T>,
        other_slot: Slot,
        count: usize,
    ) -> bool {
        let own = (self.head, usize::from(slot.0));
        self.records.rows.same(own, &other.records.rows, (other.head, usize::from(other_slot.0)), count)
    }

    /// Returns the length in bytes of the text at `slot`, if it is one and not a long one; else 0.
    #[inline]
    pub fn text_length(self, slot: Slot) -> usize {
        Rows::length(self.head, usize::from(slot.0))
    }

    /// Returns the text at `slot` if it holds one text or one reference, and nothing else.
    #[inline]
    pub fn text(self, slot: Slot) -> Option<&'a str> {
        let Records { rows, layout, .. } = self.records;
        if layout.is_text(slot) { rows.text(self.head, usize::from(slot.0)) } else { None }
    }

    /// Tells whether the text at `slot` is this one; nothing unless it holds one text or one reference that is not long.
    #[inline]
    pub fn is_text(self, slot: Slot, text: &str) -> Option<bool> {
        let Records { rows, layout, .. } = self.records;
        if layout.is_text(slot) { rows.is_text(self.head, usize::from(slot.0), text) } else { None }
    }

    /// Tells whether the attribute at `slot` is absent.
    #[inline]
    pub fn is_absent(self, slot: Slot) -> bool {
        is_absent(self.head, usize::from(slot.0))
    }

    /// Tells whether the value at `slot` is this one and no other, byte by byte. `false` says nothing: what it holds may
    /// still mean the same.
    #[inline]
    pub fn holds(self, slot: Slot, value: ValueRef<'_>) -> bool {
        let held = self.records.rows.text(self.head, usize::from(slot.0));
        match (self.records.layout.kind(slot), value) {
            (ValueKind::Text, ValueRef::Text(text)) => {
                held.is_some_and(|it| same_bytes(it.as_bytes(), text.as_bytes()))
            }
            (ValueKind::Bool, ValueRef::Bool(bool)) => held == Some(code::bool(bool)),
            _ => false,
        }
    }

    /// Returns a number that an object shares with another one of the same [`Records`] only if both hold the same at
    /// `slot`, if what it holds is short. It is never [`u64::MAX`].
    #[inline]
    pub fn token(self, slot: Slot) -> Option<u64> {
        self.records.rows.short(self.head, usize::from(slot.0))
    }

    /// Returns the attributes of the layout in their order.
    #[inline]
    pub fn layout(self) -> &'a Layout {
        &self.records.layout
    }

    /// Copies the record into an object.
    pub fn to_object(self) -> Object {
        let layout = self.layout();
        let mut object = Object::new(layout.object_type().clone(), self.id_str());
        object.version = self.version().map(Into::into);
        for (slot, attribute) in layout.attributes() {
            object.attributes.set_or_clear(attribute.name.clone(), self.values(slot).to_values());
        }
        object
    }
}

impl<S: Side> fmt::Debug for Record<'_, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", S::NAME, self.id_str())
    }
}

/// The values of one attribute of one record, borrowed; possibly none.
#[derive(Clone, Copy)]
pub struct ValuesRef<'a> {
    rows: &'a Rows,
    kind: ValueKind,
    held: Held<'a>,
}

impl<'a> ValuesRef<'a> {
    /// Tells whether the attribute is absent.
    #[inline]
    pub fn is_empty(self) -> bool {
        matches!(self.held, Held::Absent)
    }

    /// Returns how many values there are.
    #[inline]
    pub fn len(self) -> usize {
        match self.held {
            Held::Absent => 0,
            Held::Text(_) => 1,
            Held::List(ends, _) => ends.len(),
            Held::Others { count, .. } => count,
        }
    }

    /// Returns the value if there is exactly one.
    #[inline]
    pub fn single(self) -> Option<ValueRef<'a>> {
        match self.held {
            Held::Text(text) => Some(self.read(text)),
            Held::Others { first, count: 1 } => Some(self.rows.others.get(self.kind, first)),
            _ => None,
        }
    }

    /// Iterates over the values.
    #[inline]
    pub fn iter(self) -> impl ExactSizeIterator<Item = ValueRef<'a>> + Clone {
        (0..self.len()).map(move |at| self.at(at))
    }

    fn at(self, at: usize) -> ValueRef<'a> {
        match self.held {
            Held::Absent => ValueRef::Text(""),
            Held::Text(text) => self.read(text),
            Held::List(ends, text) => {
                let begin = at.checked_sub(1).map_or(0, |it| ends[it] as usize);
                self.read(text.get(begin..ends[at] as usize).unwrap_or_default())
            }
            Held::Others { first, .. } => self.rows.others.get(self.kind, first + at),
        }
    }

    /// Reads a text, or a code.
    #[inline]
    fn read(self, text: &'a str) -> ValueRef<'a> {
        match self.kind {
            ValueKind::Reference => ValueRef::Reference(text),
            ValueKind::Bool => ValueRef::Bool(code::read_bool(text)),
            ValueKind::Int => ValueRef::Int(code::read_int(text)),
            ValueKind::Decimal => ValueRef::Decimal(code::read_decimal(text)),
            ValueKind::Timestamp => ValueRef::Timestamp(code::read_timestamp(text)),
            _ => ValueRef::Text(text),
        }
    }

    /// Copies the values; `None` when there are none.
    pub fn to_values(self) -> Option<Values> {
        Values::from_many(self.iter().map(ValueRef::to_value))
    }
}

impl fmt::Debug for ValuesRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests;
