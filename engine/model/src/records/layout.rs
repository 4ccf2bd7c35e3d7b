//! Which attributes a set of records holds, and in which slot.

use crate::{AttrName, AttributeSchema, ObjectType, ValueKind};

/// The place of an attribute in a [`Layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u16);

/// The attributes that records of one object type hold, each in its slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    object_type: ObjectType,
    attributes: Vec<AttributeSchema>,
    /// Positions in `attributes`, sorted by name.
    pub(super) by_name: Vec<u16>,
    kinds: Vec<ValueKind>,
    /// Which of the first 64 attributes hold texts or references, a bit for each.
    texts: u64,
    /// The slots of parts of complex attributes.
    parts: Vec<Slot>,
}

impl Layout {
    /// The most attributes that a layout has.
    pub const WIDTH_MAX: usize = super::rows::WIDTH_MAX;

    /// Makes a layout; of two attributes with the same name, the first counts. At most [`Layout::WIDTH_MAX`] attributes
    /// are kept.
    pub fn new(
        object_type: impl Into<ObjectType>,
        attributes: impl IntoIterator<Item = AttributeSchema>,
    ) -> Self {
        let mut kept: Vec<AttributeSchema> = Vec::new();
        let mut by_name: Vec<u16> = Vec::new();
        for attribute in attributes {
            let Some(slot) = u16::try_from(kept.len()).ok().filter(|_| kept.len() < Self::WIDTH_MAX) else {
                break;
            };
            if let Err(at) = by_name.binary_search_by(|&it| kept[usize::from(it)].name.cmp(&attribute.name)) {
                by_name.insert(at, slot);
                kept.push(attribute);
            }
        }
        let parts = kept.iter().enumerate().filter(|(_, it)| it.path.is_some());
        let parts = parts.map(|(at, _)| Slot(u16::try_from(at).unwrap_or(u16::MAX))).collect();
        let kinds: Vec<ValueKind> = kept.iter().map(|it| it.kind).collect();
        let texts = kinds.iter().take(64).rev().fold(0, |bits, it| bits << 1 | u64::from(is_text(*it)));
        Self { object_type: object_type.into(), attributes: kept, by_name, kinds, texts, parts }
    }

    /// Returns which objects these are.
    pub fn object_type(&self) -> &ObjectType {
        &self.object_type
    }

    /// Returns how many attributes there are.
    pub fn width(&self) -> usize {
        self.attributes.len()
    }

    /// Finds the slot of an attribute, without regard to case.
    pub fn slot(&self, name: &str) -> Option<Slot> {
        let found = self
            .by_name
            .binary_search_by(|&it| AttrName::compare(self.attributes[usize::from(it)].name.as_str(), name));
        found.ok().map(|at| Slot(self.by_name[at]))
    }

    /// Returns the schema of the attribute at a slot.
    ///
    /// # Panics
    /// When the slot is not of this layout.
    pub fn attribute(&self, slot: Slot) -> &AttributeSchema {
        &self.attributes[usize::from(slot.0)]
    }

    /// Returns the type of the values of the attribute at a slot.
    #[inline]
    pub(super) fn kind(&self, slot: Slot) -> ValueKind {
        self.kinds.get(usize::from(slot.0)).copied().unwrap_or(ValueKind::Text)
    }

    /// Tells whether the attribute at a slot holds texts or references.
    #[inline]
    pub(super) fn is_text(&self, slot: Slot) -> bool {
        match self.texts.checked_shr(slot.0.into()) {
            Some(bits) => bits & 1 == 1,
            None => is_text(self.kind(slot)),
        }
    }

    /// Tells whether so many attributes from a slot on hold texts or references.
    pub(super) fn are_texts(&self, first: Slot, count: usize) -> bool {
        let first = usize::from(first.0);
        match 1_u64.checked_shl(count as u32) {
            Some(bit) if first + count < 64 => (self.texts >> first) & (bit - 1) == bit - 1,
            _ => self.kinds.iter().skip(first).take(count).all(|it| is_text(*it)),
        }
    }

    /// Returns the schemas of all attributes, each at the place of its slot.
    pub fn schemas(&self) -> &[AttributeSchema] {
        &self.attributes
    }

    /// Returns the slots of parts of complex attributes. They can be read as the whole attributes that they are part
    /// of: [`crate::RecordsBuilder::push`] takes them apart.
    pub fn parts(&self) -> &[Slot] {
        &self.parts
    }

    /// Returns the names of the attributes to read, each once: whole ones, also where only a part is wanted.
    pub fn whole_names(&self) -> Vec<&AttrName> {
        let mut names: Vec<&AttrName> = Vec::with_capacity(self.attributes.len());
        for attribute in &self.attributes {
            let name = attribute.path.as_ref().map_or(&attribute.name, |path| path.attribute());
            // Names of whole attributes are different already.
            if self.parts.is_empty() || !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Iterates over slots and attributes.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = (Slot, &AttributeSchema)> {
        self.attributes
            .iter()
            .enumerate()
            .map(|(at, attribute)| (Slot(u16::try_from(at).unwrap_or(u16::MAX)), attribute))
    }
}

fn is_text(kind: ValueKind) -> bool {
    matches!(kind, ValueKind::Text | ValueKind::Reference)
}
