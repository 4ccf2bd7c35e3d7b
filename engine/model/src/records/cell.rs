//! Eight bytes for a value, and the arena for what does not fit.

use crate::{Attributes, Secret, Timestamp, ValueRef};

/// The longest text or binary value that records hold, in bytes (4 MiB less one).
pub const VALUE_BYTES_MAX: usize = (1 << LENGTH_BITS) - 1;

const TAG_BITS: u32 = 4;
const LENGTH_BITS: u32 = 22;
const OFFSET_BITS: u32 = 64 - TAG_BITS - LENGTH_BITS;
const OFFSET_MAX: usize = (1 << OFFSET_BITS) - 1;
const INLINE_MAX: usize = 7;

/// One value or one list of values in eight bytes.
///
/// The low four bits of the first byte are the tag. Inline text has its length in the high four bits and its
/// bytes behind; everything else is a length (22 bits) and an offset (38 bits) into the [`Arena`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell([u8; 8]);

const ABSENT: u8 = 0;
const TEXT_INLINE: u8 = 1;
const TEXT: u8 = 2;
const REFERENCE_INLINE: u8 = 3;
const REFERENCE: u8 = 4;
const BOOL: u8 = 5;
const INT: u8 = 6;
const INT_WIDE: u8 = 7;
const DECIMAL: u8 = 8;
const TIMESTAMP: u8 = 9;
const BINARY: u8 = 10;
const LIST: u8 = 11;
const COMPLEX: u8 = 12;
const SECRET: u8 = 13;

/// The arena has no room for a value, or the value is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Cell {
    pub(super) fn bits(self) -> u64 {
        u64::from_le_bytes(self.0)
    }

    pub(super) const ABSENT: Self = Self([ABSENT, 0, 0, 0, 0, 0, 0, 0]);

    /// How many come into the cache of a processor at once.
    pub(super) const IN_A_LINE: usize = 64 / size_of::<Self>();

    #[inline]
    pub(super) fn first_byte(self) -> u8 {
        self.0[0]
    }

    #[inline]
    pub(super) fn is_absent(self) -> bool {
        self.0[0] == ABSENT
    }

    #[inline]
    pub(super) fn is_text(self) -> bool {
        matches!(self.tag(), TEXT_INLINE | TEXT | REFERENCE_INLINE | REFERENCE)
    }

    #[inline]
    fn tag(self) -> u8 {
        self.0[0] & 0x0f
    }

    fn inline(tag: u8, text: &[u8]) -> Self {
        let mut bytes = [0; 8];
        bytes[0] = tag | (u8::try_from(text.len()).unwrap_or(0) << TAG_BITS);
        bytes[1..=text.len()].copy_from_slice(text);
        Self(bytes)
    }

    fn place(tag: u8, offset: usize, length: usize) -> Result<Self, TooLarge> {
        if length > VALUE_BYTES_MAX || offset > OFFSET_MAX {
            return Err(TooLarge);
        }
        let word = u64::from(tag) | (length as u64) << TAG_BITS | (offset as u64) << (TAG_BITS + LENGTH_BITS);
        Ok(Self(word.to_le_bytes()))
    }

    #[inline]
    fn offset(self) -> usize {
        (u64::from_le_bytes(self.0) >> (TAG_BITS + LENGTH_BITS)) as usize
    }

    #[inline]
    fn length(self) -> usize {
        (u64::from_le_bytes(self.0) >> TAG_BITS) as usize & VALUE_BYTES_MAX
    }

    fn small(tag: u8, number: i64) -> Self {
        Self(((number as u64) << TAG_BITS | u64::from(tag)).to_le_bytes())
    }

    #[inline]
    fn small_number(self) -> i64 {
        (u64::from_le_bytes(self.0) as i64) >> TAG_BITS
    }
}

/// Compares texts of the same length that are too long for a cell: eight bytes at a time, since few are much longer.
#[inline]
fn same_long(left: &[u8], right: &[u8]) -> bool {
    const FEW: usize = 64;
    match (left.last_chunk::<8>(), right.last_chunk::<8>()) {
        (Some(left_end), Some(right_end)) if left.len() <= FEW => {
            let (left, right) = (left.as_chunks::<8>().0, right.as_chunks::<8>().0);
            left_end == right_end
                && left.len() == right.len()
                && left.iter().zip(right).all(|it| it.0 == it.1)
        }
        _ => left == right,
    }
}

/// What the cells of one set of records point into.
#[derive(Default)]
pub(super) struct Arena {
    text: String,
    bytes: Vec<u8>,
    lists: Vec<Cell>,
    complex: Vec<Attributes>,
    secrets: Vec<Secret>,
}

impl Arena {
    /// Returns the text of a text or reference cell, else the empty text.
    #[inline]
    pub(super) fn text<'a>(&'a self, cell: &'a Cell) -> &'a str {
        match cell.tag() {
            TEXT_INLINE | REFERENCE_INLINE => {
                let length = usize::from(cell.0[0] >> TAG_BITS).min(INLINE_MAX);
                std::str::from_utf8(&cell.0[1..=length]).unwrap_or_default()
            }
            TEXT | REFERENCE => {
                let offset = cell.offset();
                self.text.get(offset..offset + cell.length()).unwrap_or_default()
            }
            _ => "",
        }
    }

    /// Returns the first byte of a text in the arena, else 0.
    #[inline]
    pub(super) fn first_byte(&self, cell: Cell) -> u8 {
        match cell.tag() {
            TEXT | REFERENCE => self.text.as_bytes().get(cell.offset()).copied().unwrap_or_default(),
            _ => 0,
        }
    }

    /// Returns the length of what two cells hold if that is one value, the same in both, byte by byte; `None` if they
    /// differ, or that cannot be seen so simply. A reference is the same as the text of its id.
    #[inline]
    pub(super) fn same_bytes(&self, cell: Cell, other: &Self, other_cell: Cell) -> Option<usize> {
        match (cell.tag(), other_cell.tag()) {
            (TEXT | REFERENCE, TEXT) => {
                let length = cell.length();
                (length == other_cell.length() && same_long(self.long(cell), other.long(other_cell)))
                    .then_some(length)
            }
            (TEXT_INLINE | REFERENCE_INLINE, TEXT_INLINE) => {
                // All but the tag: the length and the bytes.
                let differ = (cell.bits() ^ other_cell.bits()) >> TAG_BITS;
                (differ == 0).then_some(usize::from(cell.0[0] >> TAG_BITS))
            }
            (BOOL, BOOL) | (INT, INT) => (cell == other_cell).then_some(0),
            _ => None,
        }
    }

    /// Returns the bytes of a text in the arena.
    #[inline]
    fn long(&self, cell: Cell) -> &[u8] {
        let offset = cell.offset();
        self.text.as_bytes().get(offset..offset + cell.length()).unwrap_or_default()
    }

    /// Tells whether a cell holds this one value, byte by byte. `false` says nothing of what is neither text nor boolean.
    #[inline]
    pub(super) fn holds(&self, cell: Cell, value: ValueRef<'_>) -> bool {
        match (cell.tag(), value) {
            (TEXT_INLINE, ValueRef::Text(text)) => {
                let length = usize::from(cell.0[0] >> TAG_BITS).min(INLINE_MAX);
                cell.0[1..=length] == *text.as_bytes()
            }
            (TEXT, ValueRef::Text(text)) => {
                cell.length() == text.len() && same_long(self.long(cell), text.as_bytes())
            }
            (BOOL, ValueRef::Bool(bool)) => (cell.small_number() != 0) == bool,
            _ => false,
        }
    }

    /// Returns the cells of a list cell, the cell itself for a single value, nothing when absent.
    #[inline]
    pub(super) fn expand<'a>(&'a self, cell: &'a Cell) -> &'a [Cell] {
        match cell.tag() {
            ABSENT => &[],
            LIST => {
                let offset = cell.offset();
                self.lists.get(offset..offset + cell.length()).unwrap_or_default()
            }
            _ => std::slice::from_ref(cell),
        }
    }

    /// Returns the value of a cell that is neither absent nor a list.
    #[inline]
    pub(super) fn value<'a>(&'a self, cell: &'a Cell) -> ValueRef<'a> {
        match cell.tag() {
            REFERENCE | REFERENCE_INLINE => ValueRef::Reference(self.text(cell)),
            BOOL => ValueRef::Bool(cell.small_number() != 0),
            INT => ValueRef::Int(cell.small_number()),
            INT_WIDE => ValueRef::Int(i64::from_le_bytes(self.fixed(cell))),
            DECIMAL => ValueRef::Decimal(f64::from_le_bytes(self.fixed(cell))),
            TIMESTAMP => {
                let bytes: [u8; 12] = self.fixed(cell);
                let (second, nanosecond) = bytes.split_at(8);
                let second = i64::from_le_bytes(second.try_into().unwrap_or_default());
                let nanosecond = u32::from_le_bytes(nanosecond.try_into().unwrap_or_default());
                ValueRef::Timestamp(Timestamp::from_parts(second, nanosecond))
            }
            BINARY => {
                let offset = cell.offset();
                ValueRef::Binary(self.bytes.get(offset..offset + cell.length()).unwrap_or_default())
            }
            COMPLEX => self.complex.get(cell.offset()).map_or(ValueRef::Text(""), ValueRef::Complex),
            SECRET => self.secrets.get(cell.offset()).map_or(ValueRef::Text(""), ValueRef::Secret),
            _ => ValueRef::Text(self.text(cell)),
        }
    }

    fn fixed<const N: usize>(&self, cell: &Cell) -> [u8; N] {
        let offset = cell.offset();
        self.bytes.get(offset..offset + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }

    /// Stores a value and returns its cell. `recent` finds text that is in the arena already.
    pub(super) fn store(&mut self, value: ValueRef<'_>, recent: &mut RecentText) -> Result<Cell, TooLarge> {
        match value {
            ValueRef::Text(text) => self.store_text(text, TEXT_INLINE, TEXT, recent),
            ValueRef::Reference(id) => self.store_text(id, REFERENCE_INLINE, REFERENCE, recent),
            ValueRef::Bool(bool) => Ok(Cell::small(BOOL, i64::from(bool))),
            ValueRef::Int(int) => {
                let cell = Cell::small(INT, int);
                if cell.small_number() == int {
                    Ok(cell)
                } else {
                    self.store_bytes(INT_WIDE, &int.to_le_bytes())
                }
            }
            ValueRef::Decimal(decimal) => self.store_bytes(DECIMAL, &decimal.to_le_bytes()),
            ValueRef::Timestamp(timestamp) => {
                let mut bytes = [0; 12];
                bytes[..8].copy_from_slice(&timestamp.second().to_le_bytes());
                bytes[8..].copy_from_slice(&timestamp.nanosecond().to_le_bytes());
                self.store_bytes(TIMESTAMP, &bytes)
            }
            ValueRef::Binary(bytes) => self.store_bytes(BINARY, bytes),
            ValueRef::Complex(attributes) => {
                self.complex.push(attributes.clone());
                Cell::place(COMPLEX, self.complex.len() - 1, 0)
            }
            ValueRef::Secret(secret) => {
                self.secrets.push(secret.clone());
                Cell::place(SECRET, self.secrets.len() - 1, 0)
            }
        }
    }

    /// Stores several cells as one.
    pub(super) fn store_list(&mut self, cells: &[Cell]) -> Result<Cell, TooLarge> {
        match cells {
            [] => Ok(Cell::ABSENT),
            [cell] => Ok(*cell),
            _ => {
                let cell = Cell::place(LIST, self.lists.len(), cells.len())?;
                self.lists.extend_from_slice(cells);
                Ok(cell)
            }
        }
    }

    fn store_text(
        &mut self,
        text: &str,
        inline: u8,
        placed: u8,
        recent: &mut RecentText,
    ) -> Result<Cell, TooLarge> {
        if text.len() <= INLINE_MAX {
            return Ok(Cell::inline(inline, text.as_bytes()));
        }
        if let Some((offset, length)) = recent.find(text, &self.text) {
            return Cell::place(placed, offset, length);
        }
        let cell = Cell::place(placed, self.text.len(), text.len())?;
        recent.note(text, self.text.len());
        self.text.push_str(text);
        Ok(cell)
    }

    fn store_bytes(&mut self, tag: u8, bytes: &[u8]) -> Result<Cell, TooLarge> {
        let cell = Cell::place(tag, self.bytes.len(), bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(cell)
    }

    /// Takes the content of `other` in and returns how its cells have to be moved.
    pub(super) fn append(&mut self, mut other: Self) -> Result<Shift, TooLarge> {
        let shift = Shift {
            text: self.text.len(),
            bytes: self.bytes.len(),
            lists: self.lists.len(),
            complex: self.complex.len(),
            secrets: self.secrets.len(),
        };
        if shift.text + other.text.len() > OFFSET_MAX || shift.bytes + other.bytes.len() > OFFSET_MAX {
            return Err(TooLarge);
        }
        for cell in &mut other.lists {
            *cell = shift.moved(*cell);
        }
        self.text.push_str(&other.text);
        self.bytes.append(&mut other.bytes);
        self.lists.append(&mut other.lists);
        self.complex.append(&mut other.complex);
        self.secrets.append(&mut other.secrets);
        Ok(shift)
    }

    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.bytes.shrink_to_fit();
        self.lists.shrink_to_fit();
        self.complex.shrink_to_fit();
        self.secrets.shrink_to_fit();
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.text.capacity()
            + self.bytes.capacity()
            + self.lists.capacity() * size_of::<Cell>()
            + self.complex.capacity() * size_of::<Attributes>()
            + self.secrets.capacity() * size_of::<Secret>()
    }
}

/// How far the cells of an arena moved when it was appended to another.
pub(super) struct Shift {
    text: usize,
    bytes: usize,
    lists: usize,
    complex: usize,
    secrets: usize,
}

impl Shift {
    /// Moves one cell. Text in the arena was bounded by [`Arena::append`], so the new offset fits.
    pub(super) fn moved(&self, cell: Cell) -> Cell {
        let by = match cell.tag() {
            TEXT | REFERENCE => self.text,
            INT_WIDE | DECIMAL | TIMESTAMP | BINARY => self.bytes,
            LIST => self.lists,
            COMPLEX => self.complex,
            SECRET => self.secrets,
            _ => return cell,
        };
        Cell::place(cell.tag(), cell.offset() + by, cell.length()).unwrap_or(Cell::ABSENT)
    }
}

/// Where text was stored that comes again and again, so that a repeated department or city is kept once, and found in
/// the same place by whoever compares it.
///
/// Each text has two places. Who is found there stays, and what is new has to wear it down first: names and addresses,
/// of which each is new, do not drive out what comes again.
pub(super) struct RecentText {
    places: Box<[Place]>,
    hasher: foldhash::fast::FixedState,
}

#[derive(Clone, Copy, Default)]
struct Place {
    offset: usize,
    length: u32,
    /// How often it was found, less how often it was in the way.
    strength: u32,
}

impl RecentText {
    const PLACES: usize = 1 << 13;
    const STRENGTH_MAX: u32 = 64;

    fn places_of(&self, text: &str) -> [usize; 2] {
        use std::hash::BuildHasher as _;
        let hash = self.hasher.hash_one(text);
        [hash as usize % Self::PLACES, (hash >> 32) as usize % Self::PLACES]
    }

    /// Finds where a text is in the arena.
    fn find(&mut self, text: &str, arena: &str) -> Option<(usize, usize)> {
        let is_it = |it: &Place| {
            it.length as usize == text.len()
                && arena.as_bytes().get(it.offset..it.offset + text.len()) == Some(text.as_bytes())
        };
        let at = self.places_of(text).into_iter().find(|at| is_it(&self.places[*at]))?;
        let place = &mut self.places[at];
        place.strength = (place.strength + 1).min(Self::STRENGTH_MAX);
        Some((place.offset, text.len()))
    }

    /// Notes that a text that was not found is stored at an offset of the arena.
    fn note(&mut self, text: &str, offset: usize) {
        let Ok(length) = u32::try_from(text.len()) else { return };
        let [one, other] = self.places_of(text);
        let weaker = if self.places[other].strength < self.places[one].strength { other } else { one };
        let place = &mut self.places[weaker];
        match place.strength.checked_sub(1) {
            Some(strength) => place.strength = strength,
            None => *place = Place { offset, length, strength: 0 },
        }
    }
}

impl Default for RecentText {
    fn default() -> Self {
        Self {
            places: vec![Place::default(); Self::PLACES].into_boxed_slice(),
            hasher: foldhash::fast::FixedState::default(),
        }
    }
}
