//! Many objects of one type, packed: how a million of them fit in memory and are compared quickly.
//!
//! An object is a row of eight-byte cells, one for each attribute of the [`Layout`]. Text of up to seven bytes
//! lies in its cell; longer text lies in one shared arena, and a value that was seen shortly before is stored
//! once. Reading a value is an index and a slice: no name is looked up, nothing is allocated.
//!
//! [`RecordsBuilder`] packs; [`Records`] is what comes out; [`Record`] is one row of it.

mod builder;
mod cell;
mod layout;

use std::fmt;
use std::hash::BuildHasher as _;
use std::marker::PhantomData;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::{Id, Object, Side, ValueRef, Values};
use cell::{Arena, Cell};

pub use builder::{AppendError, PackError, RecordsBuilder};
pub use cell::VALUE_BYTES_MAX;
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
    ids: Vec<Cell>,
    cells: Vec<Cell>,
    versions: Vec<Cell>,
    arena: Arena,
    index: HashTable<u32>,
    hasher: RandomState,
    side: PhantomData<S>,
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
        self.ids.is_empty()
    }

    /// Returns one object.
    ///
    /// # Panics
    /// When the row is not of these records.
    #[inline]
    pub fn record(&self, row: Row<S>) -> Record<'_, S> {
        let width = self.layout.width();
        let start = row.position() * width;
        Record { records: self, row, cells: &self.cells[start..start + width] }
    }

    /// Finds an object by its id.
    pub fn find(&self, id: &str) -> Option<Row<S>> {
        let hash = self.hasher.hash_one(id);
        let found = self.index.find(hash, |&row| self.arena.text(&self.ids[row as usize]) == id);
        found.map(|&row| Row(row, PhantomData))
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
            let likely = self.index.find(self.hasher.hash_one(id), |_| true);
            found[at] = likely.map(|&row| Row(row, PhantomData));
        }
        self.bring_ids_near(sought.iter().filter_map(|it| found[it.0]));
        for &(at, id) in sought {
            found[at] = found[at].and_then(|likely| self.find_near(id, likely));
        }
    }

    /// Brings the ids of some objects near, as [`bring_near`](Self::bring_near) does their values.
    pub fn bring_ids_near(&self, rows: impl Iterator<Item = Row<S>> + Clone) {
        self.bring_cells_near(rows.filter_map(|it| self.ids.get(it.position())));
    }

    /// Brings one attribute of some objects near, as [`bring_near`](Self::bring_near) does all of them.
    pub fn bring_values_near(&self, rows: &[Row<S>], slot: Slot) {
        let width = self.layout.width();
        let at = |it: &Row<S>| it.position() * width + usize::from(slot.0);
        self.bring_cells_near(rows.iter().filter_map(|it| self.cells.get(at(it))));
    }

    fn bring_cells_near<'a>(&'a self, cells: impl Iterator<Item = &'a Cell> + Clone) {
        let mut seen = cells.clone().fold(0, |seen, it| seen ^ it.first_byte());
        seen ^= cells.fold(0, |seen, it| seen ^ self.arena.first_byte(*it));
        std::hint::black_box(seen);
    }

    fn is_at(&self, id: &str, row: Row<S>) -> bool {
        self.ids.get(row.position()).is_some_and(|it| self.arena.text(it) == id)
    }

    /// Brings the values of some objects near, before they are looked at one after the other.
    ///
    /// A processor waits for many places of memory in the time of one, if it is asked for all of them at once. So where
    /// objects are looked at in another order than that in which they lie, asking for a few dozen in advance saves most of
    /// the time. It changes nothing else; rows that lie one after the other are left to the processor.
    pub fn bring_near(&self, rows: &[Row<S>]) {
        let width = self.layout.width();
        if width == 0 || rows.windows(2).all(|it| it[0].position() + 1 == it[1].position()) {
            return;
        }
        let cells = |row: &Row<S>| self.cells.get(row.position() * width..(row.position() + 1) * width);
        let mut seen = 0;
        for cells in rows.iter().filter_map(cells) {
            let lines = cells.iter().step_by(Cell::IN_A_LINE).chain(cells.last());
            seen ^= lines.fold(0, |seen, it| seen ^ it.first_byte());
        }
        for cells in rows.iter().filter_map(cells) {
            seen ^= cells.iter().fold(0, |seen, it| seen ^ self.arena.first_byte(*it));
        }
        std::hint::black_box(seen);
    }

    /// Iterates over the objects in the order in which they were read.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Record<'_, S>> + Clone {
        (0..self.ids.len()).map(|position| self.record(Row::at(position)))
    }

    /// Returns the bytes of memory that these records occupy.
    pub fn memory_bytes(&self) -> usize {
        (self.ids.capacity() + self.cells.capacity() + self.versions.capacity()) * size_of::<Cell>()
            + self.arena.memory_bytes()
            + self.index.allocation_size()
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
    cells: &'a [Cell],
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
        self.records.arena.text(&self.records.ids[self.row.position()])
    }

    /// Returns the version that the system gave it, if it gives versions.
    pub fn version(self) -> Option<&'a str> {
        let cell = self.records.versions.get(self.row.position())?;
        (!cell.is_absent()).then(|| self.records.arena.text(cell))
    }

    /// Returns the values of the attribute at `slot`; none when it is absent.
    #[inline]
    pub fn values(self, slot: Slot) -> ValuesRef<'a> {
        let arena = &self.records.arena;
        ValuesRef { arena, cells: arena.expand(&self.cells[usize::from(slot.0)]) }
    }

    /// Returns the value at `slot` if there is exactly one.
    #[inline]
    pub fn single(self, slot: Slot) -> Option<ValueRef<'a>> {
        self.values(slot).single()
    }

    /// Returns the length in bytes of the value at `slot` if `other` holds the same one at `other_slot`, byte by byte, and
    /// neither holds more: then no rule tells them apart. `None` says nothing: they may still mean the same.
    #[inline]
    pub fn same_bytes<T: Side>(self, slot: Slot, other: Record<'_, T>, other_slot: Slot) -> Option<usize> {
        self.records.arena.same_bytes(self.cell(slot), &other.records.arena, other.cell(other_slot))
    }

    /// Returns the text at `slot` if it holds one text or one reference, and nothing else.
    #[inline]
    pub fn text(self, slot: Slot) -> Option<&'a str> {
        let cell = &self.cells[usize::from(slot.0)];
        cell.is_text().then(|| self.records.arena.text(cell))
    }

    /// Tells whether the attribute at `slot` is absent.
    #[inline]
    pub fn is_absent(self, slot: Slot) -> bool {
        self.cell(slot).is_absent()
    }

    /// Tells whether the value at `slot` is this one and no other, byte by byte. `false` says nothing: what it holds may
    /// still mean the same.
    #[inline]
    pub fn holds(self, slot: Slot, value: ValueRef<'_>) -> bool {
        self.records.arena.holds(self.cell(slot), value)
    }

    /// Returns a number that an object shares with another one of the same [`Records`] only if both hold the same at
    /// `slot`. Objects that hold the same may have other numbers. It is never [`u64::MAX`].
    #[inline]
    pub fn token(self, slot: Slot) -> u64 {
        self.cell(slot).bits()
    }

    #[inline]
    fn cell(self, slot: Slot) -> Cell {
        self.cells[usize::from(slot.0)]
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
    arena: &'a Arena,
    cells: &'a [Cell],
}

impl<'a> ValuesRef<'a> {
    /// Tells whether the attribute is absent.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.cells.is_empty()
    }

    /// Returns how many values there are.
    #[inline]
    pub fn len(self) -> usize {
        self.cells.len()
    }

    /// Returns the value if there is exactly one.
    #[inline]
    pub fn single(self) -> Option<ValueRef<'a>> {
        match self.cells {
            [cell] => Some(self.arena.value(cell)),
            _ => None,
        }
    }

    /// Iterates over the values.
    #[inline]
    pub fn iter(self) -> impl ExactSizeIterator<Item = ValueRef<'a>> + Clone {
        let arena = self.arena;
        self.cells.iter().map(move |cell| arena.value(cell))
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
